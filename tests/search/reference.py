#!/usr/bin/env python3
"""Scores queries by brute force over a product file, from the rules in shared/search/README.md.

It shares no code with the search. It reads the lists of words, which are data, from the sources,
and compares its first 50 results, totals and counts of values with those of `souk-relevance`:

    cargo run --package souk-relevance -- --catalogue F --answers QUERIES > ANSWERS
    python3 tests/search/reference.py F ANSWERS

Needs `blake3`, `snowballstemmer` and, for Chinese, `jieba` from PyPI.
Not here: corrections (queries of which a word is unknown are passed over) and the table of
traditional characters.
"""

import collections
import csv
import html
import json
import math
import pathlib
import re
import sys
import unicodedata

import blake3
import snowballstemmer

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "shared"
WORDS = (SOURCES / "search/src/analysis/head_words.rs").read_text("utf-8")
STOPS = (SOURCES / "search/src/analysis/stops.rs").read_text("utf-8")
SHOP_WORDS = (SOURCES / "search-build/src/segment.rs").read_text("utf-8")


def strings(text):
    return re.findall(r"[\"']((?:[^\"'\\]|\\.)+)[\"']", text)


def listed(text, name):
    return strings(re.search(rf"const {name}:[^=]*=\s*\[(.*?)\];", text, re.S)[1])


def by_language(text, name, language):
    body = re.search(rf"const {name}:[^=]*=\s*\[(.*?)\n\];", text, re.S)[1]
    found = {code: strings(words) for code, words in re.findall(r"\(\s*\"(\w\w)\",\s*&\[(.*?)\]", body, re.S)}
    return found.get(language, found["en"] if name == "ENDS" else [])


LANGUAGE = "en"
ENDS = by_language(WORDS, "ENDS", LANGUAGE)
STOP_WORDS = by_language(STOPS, "STOPS", LANGUAGE)
FILLERS = set(listed(WORDS, "FILLERS"))
RUN_FILLERS = set(listed(WORDS, "RUN_FILLERS"))
RUN_ENDS = listed(WORDS, "RUN_ENDS")
MARK_ENDS = set(listed(WORDS, "MARK_ENDS"))
OPAQUE = set(listed(SHOP_WORDS, "OPAQUE_WORDS"))
STEMMER = snowballstemmer.stemmer("english")
STEMS = {}


def stem(word):
    if len(word) < 3:
        return word
    if word not in STEMS:
        STEMS[word] = STEMMER.stemWord(word)
    return STEMS[word]


# Folding

ACCENT = re.compile("[\u0300-\u036f]")
SPECIAL = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
FOLDED = {}


def fold_one(char):
    if char < "\x80":
        return char.lower()
    if ACCENT.match(char):
        return ""
    if ord(char) > 0xFFFF:
        return char
    plain = "".join(one.lower() for one in unicodedata.normalize("NFKC", char))
    plain = "".join(SPECIAL.get(one, one) for one in plain)
    bare, drops = "", False
    for part in unicodedata.normalize("NFKD", plain):
        if ACCENT.match(part):
            bare += "" if drops else part
            continue
        drops = drops or "a" <= part <= "z" or "\xdf" <= part <= "\u024f" or "\u0370" <= part <= "\u03ff"
        bare += part
    return unicodedata.normalize("NFKC", bare)


def fold(char):
    if char not in FOLDED:
        FOLDED[char] = fold_one(char)
    return FOLDED[char]


# Tokens: ("word", [(text, is_number)]), ("run", text), ("mark", char)

RUNS = ((0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF),
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0x20000, 0x323AF))
CLASSES = {}


def class_of(char):
    if char in "-._":
        return "joiner"
    if char in "'\u2019":
        return "apostrophe"
    if char < "\x80":
        if "a" <= char <= "z":
            return "letter"
        if "0" <= char <= "9":
            return "digit"
        return "space" if char in " \t\n\r\f" else "mark"
    code = ord(char)
    if any(low <= code <= high for low, high in RUNS):
        return "run"
    category = unicodedata.category(char)
    if category[0] == "N":
        return "digit"
    if category[0] == "L" or 0x900 <= code <= 0xDFF:
        return "letter"
    return "space" if char.isspace() else "mark"


def tokens(text):
    found, word, joiner, run = [], None, None, False

    def close():
        nonlocal word, joiner
        if word is not None:
            after = bool(found) and found[-1] == ("mark", "'")
            if after:
                found.pop()
            if not (after and [text for text, _ in word] == ["s"]):
                found.append(("word", word))
            word = None
        if joiner is not None:
            found.append(("mark", '"' if joiner in "'\u2019" else joiner))
            joiner = None

    for source in text:
        for char in fold(source):
            kind = CLASSES.get(char) or CLASSES.setdefault(char, class_of(char))
            if kind in ("letter", "digit"):
                number = kind == "digit"
                behind, joiner = joiner, None
                if behind is not None and behind in "'\u2019":
                    close()
                    found.append(("mark", "'"))
                if word is None:
                    word = []
                if word and word[-1][1] == number and behind is None:
                    if len(word[-1][0]) < 40:
                        word[-1] = (word[-1][0] + char, number)
                elif len(word) < 8:
                    word.append((char, number))
                run = False
            elif kind == "run":
                close()
                if run and found and found[-1][0] == "run":
                    found[-1] = ("run", found[-1][1] + char)
                else:
                    found.append(("run", char))
                run = True
            elif kind in ("joiner", "apostrophe") and word is not None and joiner is None:
                joiner, run = char, False
            elif kind == "space":
                close()
                run = False
            else:
                close()
                found.append(("mark", char))
                run = False
    close()
    return found


def part_term(part):
    return part[0] if part[1] else stem(part[0])


def joined(word):
    return "".join(text for text, _ in word)


def joined_term(word):
    return joined(word) if any(number for _, number in word) else stem(joined(word))


def is_joined(word):
    return len(word) > 1 and any(not number for _, number in word)


# Heads


def is_filler(token, chars):
    kind, value = token
    if kind == "mark":
        return True
    if kind == "word":
        return any(number for _, number in value) or joined(value) in FILLERS
    text = value[:chars]
    return text in RUN_FILLERS or (chars <= 4 and text.endswith("色"))


def head(found):
    """The place of the head's token, and for a run how many characters of it count."""
    end, cut, things = len(found), None, 0
    for place, (kind, value) in enumerate(found):
        if kind == "word":
            if things and len(value) == 1 and value[0][0] in ENDS:
                end = place
                break
            things += 1
        elif kind == "mark":
            if things and value in MARK_ENDS:
                end = place
                break
        else:
            places = [at for at in (value.find(mark) for mark in RUN_ENDS) if at >= 0]
            if places and min(places) == 0 and things:
                end = place
                break
            if places and min(places) > 0:
                end, cut = place + 1, min(places)
                break
            things += 1
    for place in reversed(range(end)):
        kind, value = found[place]
        chars = 0 if kind != "run" else cut if cut is not None and place + 1 == end else len(value)
        if not is_filler(found[place], chars):
            return place, chars
    return None


def head_terms(found):
    at = head(found)
    if at is None:
        return []
    kind, value = found[at[0]]
    if kind == "word":
        return [part_term(value[-1]), joined_term(value)]
    return [value[: at[1]][-2:]]


# Chinese words

_jieba = None


def run_words(run):
    global _jieba
    if _jieba is None:
        import jieba

        jieba.setLogLevel(60)
        for word in listed(SHOP_WORDS, "SHOP_WORDS") + sorted(OPAQUE):
            jieba.add_word(word, 1_000_000)
        _jieba = jieba
    words, at = [], 0
    for word in _jieba.cut(run, HMM=False):
        words.append((at, at + len(word), word in OPAQUE))
        at += len(word)
    return words


# Documents

FIELDS = ((2.0, 0.3, 16.0), (2.0, 0.3, 6.0), (1.0, 0.9, 120.0))


class Document:
    def __init__(self, row):
        self.slug = row["Handle"]
        self.tie = int.from_bytes(blake3.blake3(self.slug.encode()).digest()[:4], "big")
        self.vendor, self.kind = row["Vendor"], row["Type"]
        self.tags = [tag.strip() for tag in row["Tags"].split(",") if tag.strip()]
        self.counts = collections.defaultdict(lambda: [0, 0, 0])
        self.lengths = [0, 0, 0]
        self.whole, self.heads = set(), set()
        title = tokens(row["Title"])
        self.add(title, 0)
        self.add_pairs(title)
        for text in [self.kind, self.vendor] + self.tags:
            self.add(tokens(text), 1)
        body = html.unescape(re.sub("<[^>]*>", " ", row["Body (HTML)"]))
        self.add(tokens(body.encode()[: 32 * 1024].decode("utf-8", "ignore")), 2)
        vendor = tokens(self.vendor)
        for found in (title, tokens(self.kind)):
            at = head(found)
            if at is None:
                continue
            token = found[at[0]]
            same = bool(vendor) and vendor[0][0] == token[0] == "word" and joined(vendor[0][1]) == joined(token[1])
            if not same:
                self.heads.update(head_terms(found))
        self.impacts = {}
        for term, counts in self.counts.items():
            weighted = sum(
                weight * count / (1.0 - b + b * length / pivot)
                for (weight, b, pivot), count, length in zip(FIELDS, counts, self.lengths)
            )
            self.impacts[term] = min(255, max(1, math.floor(255.0 * weighted / (weighted + 3.0) + 0.5)))
        self.codes = {"".join(c for s in row["Variant SKU"] for c in fold(s) if c.isalnum())}

    def put(self, term, field, whole=True):
        self.counts[term][field] += 1
        if whole:
            self.whole.add(term)

    def add(self, found, field):
        for kind, value in found:
            if kind == "word":
                for part in value:
                    self.put(part_term(part), field)
                self.lengths[field] += len(value)
                if is_joined(value):
                    self.put(joined_term(value), field)
            elif kind == "run":
                self.lengths[field] += max(1, len(value) - 1)
                if len(value) == 1:
                    self.put(value, field)
                    continue
                words = run_words(value)
                for at in range(len(value) - 1):
                    whole = any(a <= at and at + 2 <= b and not opaque for a, b, opaque in words)
                    self.put(value[at : at + 2], field, whole)
                for a, b, _ in words:
                    if b - a == 1:
                        self.put(value[a], field)

    def add_pairs(self, found):
        before = None
        for kind, value in found:
            if kind != "word":
                before = None
                continue
            for at, part in enumerate(value):
                term = part_term(part)
                if before is not None and (at > 0 or not before[1]):
                    self.put(f"{before[0]} {term}", 0)
                before = (term, part[1])


# Queries


def forms(word):
    """Each form: its terms and its weight."""
    found = []
    if is_joined(word) or len(word) == 1:
        found.append(([joined_term(word)], 256))
    if len(word) > 1:
        parts = [part_term(part) for part in word]
        found.append(([f"{a} {b}" for a, b in zip(parts, parts[1:])], 240))
        once = [term for at, term in enumerate(parts) if at == 0 or parts[at - 1] != term]
        found.append((once, 96))
    return found


def parse(text):
    """The words of a query and its bonuses: dictionaries."""
    found = tokens(text)
    is_stop = [kind == "mark" or (kind == "word" and joined(value) in STOP_WORDS) for kind, value in found]
    at_head = head(found)
    words = []
    for place, (kind, value) in enumerate(found):
        of_head = at_head is not None and at_head[0] == place
        if kind == "word" and (all(is_stop) or not is_stop[place]):
            words.append({"word": value, "forms": forms(value), "head": of_head, "run": None})
        elif kind == "run":
            terms = [value] if len(value) == 1 else [value[at : at + 2] for at in range(len(value) - 1)]
            for at, term in enumerate(terms):
                last = min(at + 1, len(value) - 1)
                is_head = of_head and last + 1 == at_head[1]
                words.append({"word": None, "forms": [([term], 256)], "head": is_head, "run": place})
    words = words[:16]
    letters = lambda word: not any(number for _, number in word)
    for a, b in zip(words, words[1:]):
        if a["word"] and b["word"]:
            text = joined(a["word"]) + joined(b["word"])
            term = stem(text) if letters(a["word"]) and letters(b["word"]) else text
            for one in (a, b):
                if ([term], 230) not in one["forms"]:
                    one["forms"].append(([term], 230))
    for one in words:
        if one["word"] and letters(one["word"]) and len(joined(one["word"])) <= 20:
            text = joined(one["word"])
            for at in range(3, len(text) - 2):
                one["forms"].append(([f"{stem(text[:at])} {stem(text[at:])}"], 230))
    pairs = []
    for a, b in zip(words, words[1:]):
        if a["word"] and b["word"]:
            pairs.append(f"{part_term(a['word'][-1])} {part_term(b['word'][0])}")
    return words, pairs


class Index:
    def __init__(self, documents):
        self.documents = documents
        self.with_term = collections.defaultdict(list)
        for number, one in enumerate(documents):
            for term in one.impacts:
                self.with_term[term].append(number)
        self.ever_whole = {
            term for term, numbers in self.with_term.items() if any(term in documents[n].whole for n in numbers)
        }

    def hit(self, number, terms, weight):
        """Value, whether it is found, whether it is a head."""
        one, values, is_found = self.documents[number], [], True
        for term in terms:
            if term not in one.impacts:
                return None
            value = one.impacts[term] * weight // 256
            if term not in one.whole and term in self.ever_whole:
                value, is_found = value // 4, False
            values.append(value)
        value = sum(values) // len(values) if len(values) > 1 else values[0]
        return value, is_found, terms[-1] in one.heads

    def hits(self, found):
        best = {}
        for terms, weight in found:
            for number in self.with_term.get(terms[0], ()):
                hit = self.hit(number, terms, weight)
                if hit:
                    old = best.get(number, (0, False, False))
                    best[number] = (max(old[0], hit[0]), old[1] or hit[1], old[2] or hit[2])
        return best

    def idf(self, count):
        total = max(len(self.documents), count)
        return max(1, math.floor(64.0 * math.log(1.0 + (total - count + 0.5) / (count + 0.5)) + 0.5))

    def answer(self, text):
        words, pairs = parse(text)
        code = "".join(c for s in text for c in fold(s) if c.isalnum())
        codes = {n for n, one in enumerate(self.documents) if len(code) >= 3 and code in one.codes}
        sums, has, heads = collections.Counter(), collections.defaultdict(set), set()
        idf, found_by = {}, {}
        runs = {one["run"] for one in words if one["run"] is not None and one["forms"][0][0][0] in self.ever_whole}
        for place, one in enumerate(words):
            hits = self.hits(one["forms"])
            found = {number for number, hit in hits.items() if hit[1]}
            own = self.idf(len(found))
            is_bridge = one["run"] in runs and one["forms"][0][0][0] not in self.ever_whole
            if not is_bridge:
                idf[place], found_by[place] = own, found
            for number, (value, is_found, is_head) in hits.items():
                sums[number] += own * value
                if is_found and not is_bridge:
                    has[number].add(place)
                if is_found and is_head and one["head"]:
                    heads.add(number)
        for pair in pairs:
            hits = self.hits([([pair], 256)])
            own = self.idf(sum(hit[1] for hit in hits.values())) * 96 // 256
            for number, (value, _, _) in hits.items():
                sums[number] += own * value
        everything = set.intersection(*found_by.values()) if found_by else set()
        if not codes and (any(not found for found in found_by.values()) or not everything):
            return None  # Corrections are tried.
        needed = set(idf)

        def with_all(places):
            return set.intersection(*(found_by[place] for place in places)) if places else set()

        while not codes and len(with_all(needed)) < 10 and len(needed) > 1:
            needed.remove(min(needed, key=lambda p: (bool(found_by[p]), words[p]["head"], idf[p], -p)))
        results = with_all(needed) | codes
        total = max(1, sum(idf.values()))

        def score(number):
            share = sum(idf[place] for place in has[number]) * 1024 // total
            value = sums[number] * share // 1024 * share // 1024 * 16
            return value * 410 // 256 if number in heads else value

        key = lambda n: (n not in codes, -score(n), self.documents[n].tie)
        ordered = sorted(results, key=key)
        vendors = collections.Counter(self.documents[n].vendor for n in results if self.documents[n].vendor)
        return {
            "items": [[self.documents[n].slug, score(n)] for n in ordered[:50]],
            "total": len(results),
            "vendors": dict(sorted(vendors.items(), key=lambda one: (-one[1], one[0]))[:12]),
        }


def main():
    catalogue, answers = sys.argv[1:3]
    csv.field_size_limit(1 << 30)
    with open(catalogue, encoding="utf-8", newline="") as file:
        index = Index([Document(row) for row in csv.DictReader(file) if row["Title"]])
    same = passed = 0
    wrong = []
    for line in open(answers, encoding="utf-8"):
        theirs = json.loads(line)
        ours = index.answer(theirs["query"])
        if ours is None:
            passed += 1
            continue
        is_same = (
            ours["items"] == theirs["items"]
            and ours["total"] == theirs["total"]
            and ours["vendors"] == theirs["facets"].get("Vendor", {})
        )
        same += is_same
        if not is_same:
            wrong.append((theirs["query"], ours, theirs))
    for query, ours, theirs in wrong[:10]:
        print(f"{query!r}: {ours['total']} here, {theirs['total']} there")
        for a, b in zip(ours["items"], theirs["items"]):
            if a != b:
                print("   ", a, b)
                break
    print(f"{same} passed, {len(wrong)} failed, {passed} skipped")
    sys.exit(bool(wrong) or not same)


if __name__ == "__main__":
    main()
