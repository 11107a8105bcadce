#!/usr/bin/env python3
"""Scores queries by brute force over a product file, from the rules in shared/search/README.md.

It shares no code with the search, and compares its first 50 results with their scores, its totals,
its counts of values and the words that it leaves out with those of `souk-relevance`:

    cargo xtask search-reference

Not here: synonyms of the shop's rules as such (queries name the phrases that they stand for), and
what is said about corrections.
"""

import argparse
import collections
import json
import math
import sys

import products
import text as words

LITTLE = 10
OSA_LENGTHS = {**{n: 1 for n in range(4, 9)}, **{n: 2 for n in range(9, 25)}}
FACETS = ("collection", "type", "vendor", "tag")


def distance(a, b, most):
    """Letters more, less, other or swapped, if there are at most so many."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before, row = None, list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == b[j - 2] and a[i - 2] == other:
                least = min(least, older[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
    return row[-1]


class Word:
    """A word of a query: a word of letters and digits, or two characters of a run."""

    def __init__(self, text, start, end, forms, token=None, run=None, head=False):
        self.text, self.start, self.end, self.forms = text, start, end, forms
        self.token, self.run, self.head = token, run, head
        self.has_synonym = False

    @property
    def is_letters(self):
        return self.token is not None and not self.token.has_digits


class Index:
    """The documents of one language."""

    def __init__(self, documents, language):
        self.documents, self.language = documents, language
        self.with_term = collections.defaultdict(list)
        self.lexicon = collections.Counter()
        self.ever_whole = set()
        self.by_slug = {one.product.slug: number for number, one in enumerate(documents)}
        self.with_code = collections.defaultdict(set)
        for number, one in enumerate(documents):
            for term in one.impacts:
                self.with_term[term].append(number)
            for code in one.codes:
                self.with_code[code].add(number)
            self.lexicon.update(one.lexicon)
            self.ever_whole |= one.whole
        self.read_as = collections.defaultdict(dict)
        for word, count in self.lexicon.items():
            read = words.readings(word)
            if read:
                self.read_as["".join(read)][word] = count

    # Queries

    def parse(self, query):
        language, found = self.language, words.tokens(query["text"])
        stops = language.stop_words | set(query["stop_words"])
        is_stop = [one.kind == "mark" or (one.kind == "word" and one.joined in stops) for one in found]
        at_head = language.head(found)
        parsed = []
        for place, token in enumerate(found):
            of_head = at_head is not None and at_head[0] == place
            if token.kind == "word" and (all(is_stop) or not is_stop[place]):
                word = Word(token.joined, token.start, token.end, self.forms(token), token, head=of_head)
                parsed.append(word)
            elif token.kind == "run":
                for at, term in enumerate(words.run_terms(token.text)):
                    last = min(at + 1, len(token.text) - 1)
                    is_head = of_head and last + 1 == at_head[1]
                    start, end = token.places[at], token.places[last] + 1
                    parsed.append(Word(term, start, end, [([term], 256)], run=place, head=is_head))
        parsed = parsed[:16]
        beside = [(a, b) for a, b in zip(parsed, parsed[1:]) if a.token and b.token]
        for a, b in beside:
            both = a.text + b.text
            term = language.stem(both) if a.is_letters and b.is_letters else both
            a.forms.append(([term], 230))
            b.forms.append(([term], 230))
        for one in parsed:
            if one.is_letters and len(one.text) <= 20:
                for at in range(3, len(one.text) - 2):
                    halves = [language.stem(half) for half in (one.text[:at], one.text[at:])]
                    one.forms.append(([" ".join(halves)], 230))
        self.add_synonyms(parsed, query)
        self.strengthen(parsed)
        pairs = [
            f"{language.part_term(a.token.parts[-1])} {language.part_term(b.token.parts[0])}" for a, b in beside
        ]
        return parsed, pairs

    def forms(self, token):
        """Each form: its terms and its weight."""
        found = []
        if token.is_joined or len(token.parts) == 1:
            found.append(([self.language.joined_term(token)], 256))
        if len(token.parts) > 1:
            parts = self.language.part_terms(token)
            found.append(([f"{a} {b}" for a, b in zip(parts, parts[1:])], 240))
            once = [term for at, term in enumerate(parts) if at == 0 or parts[at - 1] != term]
            found.append((once, 96))
        return found

    def add_synonyms(self, parsed, query):
        for phrase, to, weight in query["synonyms"]:
            terms = []
            for token in words.tokens(to):
                if token.kind == "word":
                    terms += self.language.part_terms(token)
                elif token.kind == "run":
                    terms += words.run_terms(token.text)
            terms = [term for at, term in enumerate(terms) if at == 0 or terms[at - 1] != term][:8]
            start = query["text"].find(phrase)
            if start < 0 or not terms:
                continue
            for one in parsed:
                if start <= one.start and one.end <= start + len(phrase):
                    one.forms.append((terms, min(weight, 256)))
                    one.has_synonym = True

    def strengthen(self, parsed):
        """Weak synonyms of a head that is the head of no document."""
        for one in parsed:
            named = collections.Counter()
            for terms, weight in one.forms:
                numbers = self.with_term.get(terms[0], ())
                hits = (self.hit(number, terms, 256) for number in numbers)
                named[weight < 96] += sum(hit[2] for hit in hits if hit)
            if one.head and not named[False] and named[True] >= LITTLE:
                one.forms = [(terms, max(weight, 96)) for terms, weight in one.forms]

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
        return sum(values) // len(values), is_found, weight >= 96 and terms[-1] in one.heads

    def hits(self, forms):
        best = {}
        for terms, weight in forms:
            for number in self.with_term.get(terms[0], ()):
                hit = self.hit(number, terms, weight)
                if hit:
                    old = best.get(number, (0, False, False))
                    best[number] = (max(old[0], hit[0]), old[1] or hit[1], old[2] or hit[2])
        return best

    def idf(self, count):
        total = max(len(self.documents), count)
        return max(1, math.floor(64.0 * math.log(1.0 + (total - count + 0.5) / (count + 0.5)) + 0.5))

    # Little found

    def nearest(self, word):
        most = OSA_LENGTHS.get(len(word))
        if most is None:
            return []
        found = []
        for other, count in self.lexicon.items():
            if other[0] < "\u3000" or words.class_of(other[0]) != "run":
                far = distance(word, other, most)
                if 0 < far <= most:
                    found.append((far, -count, other))
        found.sort()
        return [other for far, _, other in found if far == found[0][0]][:4]

    def read_so(self, key, but=None):
        found = [(-count, word) for word, count in self.read_as.get(key, {}).items() if word != but]
        return [word for _, word in sorted(found)][:4]

    def corrected(self, one):
        """The forms that a word gets that finds nothing."""
        if one.token is None:
            read = words.readings(one.text)
            alike = self.read_so("".join(read), but=one.text) if read else []
            return [([word[at : at + 2] for at in range(len(word) - 1)], 200) for word in alike]
        if one.is_letters:
            chinese = [(words.run_terms(word), 240) for word in self.read_so(one.text)]
            if chinese:
                return chinese
        stem = self.language.stem
        forms = [([stem(word)], 180) for word in self.nearest(one.text)]
        parts = one.token.parts
        if len(parts) > 1:
            for place, (part, number) in enumerate(parts):
                if number or len(part) < 4 or self.with_term.get(stem(part)):
                    continue
                for word in self.nearest(part):
                    terms = self.language.part_terms(one.token)
                    forms.append((terms[:place] + [stem(word)] + terms[place + 1 :], 180))
        return forms

    # Answers

    def answer(self, query):
        parsed, pairs = self.parse(query)
        code = words.code(query["text"])
        codes = set(self.with_code.get(code, ())) if len(code) >= 3 else set()
        scored = Scores(self, parsed, pairs)
        if not codes:
            unknown = [place for place, found in scored.found_by.items() if not found]
            if not unknown and not scored.with_all(scored.idf):
                unknown = list(range(len(parsed)))
            wrong = [place for place in unknown if not parsed[place].has_synonym]
            forms = {place: self.corrected(parsed[place]) for place in wrong}
            if any(forms.values()):
                for place, more in forms.items():
                    parsed[place].forms.extend(more)
                scored = Scores(self, parsed, pairs)
        needed = set(scored.idf)
        while not codes and len(scored.with_all(needed)) < LITTLE and len(needed) > 1:
            least = lambda p: (bool(scored.found_by[p]), parsed[p].head, scored.idf[p], -p)
            needed.remove(min(needed, key=least))
        pins = [self.by_slug[slug] for slug in query["pins"] if slug in self.by_slug]
        hidden = {self.by_slug[slug] for slug in query["hidden"] if slug in self.by_slug}
        results = (scored.with_all(needed) | codes | set(pins)) - hidden
        counted = Counted(self, results, query)
        dropped = [one.text for place, one in enumerate(parsed) if place in scored.idf and place not in needed]
        return {
            "items": self.ordered(query, scored, counted.shown, pins, codes)[:50],
            "total": counted.total,
            "facets": counted.facets(),
            "price": counted.price,
            "dropped": dropped,
        }

    def ordered(self, query, scored, results, pins, codes):
        def score(number):
            value = scored.score(number)
            factor = 256
            for kind, name, own in query["boosts"]:
                if (kind, name) in self.documents[number].product.values():
                    factor = factor * own // 256
            return value * factor // 256 * learnt.get(self.documents[number].tie, 256) // 256

        # What was learnt is known of products by their ties.
        learnt = {self.documents[self.by_slug[slug]].tie: factor for slug, factor in query["learnt"]}
        popular = {slug: rank for rank, slug in enumerate(query["popular"])}

        def key(number):
            one = self.documents[number]
            tier = pins.index(number) if number in pins else 1 << 32 if number in codes else 2 << 32
            by = {
                "relevance": lambda: -score(number),
                "price-asc": lambda: one.product.price,
                "price-desc": lambda: -one.product.price,
                "title": lambda: one.sort_title.ljust(16, b"\0"),
                "popular": lambda: (popular.get(one.product.slug, len(popular)), -score(number)),
            }
            return tier, by[query["sort"]](), one.tie

        is_scored = query["sort"] == "relevance"
        ordered = sorted(results, key=key)
        return [[self.documents[n].product.slug, score(n) if is_scored else 0] for n in ordered]


class Scores:
    """What each document has of the words of a query."""

    def __init__(self, index, parsed, pairs):
        self.sums, self.has, self.heads = collections.Counter(), collections.defaultdict(set), set()
        self.idf, self.found_by = {}, {}
        first = lambda one: one.forms[0][0][0]
        runs = {one.run for one in parsed if one.run is not None and first(one) in index.ever_whole}
        for place, one in enumerate(parsed):
            hits = index.hits(one.forms)
            found = {number for number, hit in hits.items() if hit[1]}
            own = index.idf(len(found))
            is_bridge = one.run in runs and first(one) not in index.ever_whole
            if not is_bridge:
                self.idf[place], self.found_by[place] = own, found
            for number, (value, is_found, is_head) in hits.items():
                self.sums[number] += own * value
                if is_found and not is_bridge:
                    self.has[number].add(place)
                if is_found and is_head and one.head:
                    self.heads.add(number)
        for pair in pairs:
            hits = index.hits([([pair], 256)])
            own = index.idf(sum(hit[1] for hit in hits.values())) * 96 // 256
            for number, (value, _, _) in hits.items():
                self.sums[number] += own * value

    def with_all(self, places):
        return set.intersection(*(self.found_by[place] for place in places)) if places else set()

    def score(self, number):
        total = max(1, sum(self.idf.values()))
        share = sum(self.idf[place] for place in self.has[number]) * 1024 // total
        value = self.sums[number] * share // 1024 * share // 1024 * 16
        return value * 410 // 256 if number in self.heads else value


class Counted:
    """Results that pass the filters, and how many have each value."""

    def __init__(self, index, results, query):
        self.groups = query["groups"]
        self.chosen = {(kind, value) for kind, values in self.groups for value in values}
        low, high = query["price_min"], query["price_max"]
        lacking = collections.Counter()
        for sku in query["sold_out"]:
            lacking.update(index.with_code.get(words.code(sku), ()))
        self.shown, self.counts, prices = [], collections.Counter(), []
        for number in results:
            product = index.documents[number].product
            sold_out = number in lacking and lacking[number] >= len(product.variants)
            if query["in_stock"] and sold_out:
                continue
            own = product.values()
            failing = [kind for kind, values in self.groups if not any((kind, v) in own for v in values)]
            takes = (low is None or product.price >= low) and (high is None or product.price <= high)
            if not failing:
                prices.append(product.price)
            if not takes or len(failing) > 1:
                continue
            self.counts.update(pair for pair in own if not failing or pair[0] == failing[0])
            if not failing:
                self.shown.append(number)
        self.total = len(self.shown)
        self.price = [min(prices), max(prices)] if prices else None

    def facets(self):
        by_kind = collections.defaultdict(list)
        for pair in self.chosen | set(self.counts):
            by_kind[pair[0]].append([pair[1], self.counts[pair]])
        having = lambda kind: sum(count for _, count in by_kind[kind])
        options = [kind for kind in by_kind if kind not in FACETS and having(kind) >= -(-self.total // 10)]
        options = sorted(options, key=lambda kind: (-having(kind), kind))[:4]
        has_chosen = {kind for kind, _ in self.chosen}
        facets = {}
        for kind, values in by_kind.items():
            if kind in FACETS or kind in options or kind in has_chosen:
                values.sort(key=lambda one: (-one[1], one[0]))
                facets[kind] = [
                    one for at, one in enumerate(values) if at < 12 or (kind, one[0]) in self.chosen
                ]
        return facets


DEFAULTS = {
    "locale": 0, "groups": [], "price_min": None, "price_max": None, "sort": "relevance", "in_stock": False,
    "sold_out": [], "pins": [], "hidden": [], "boosts": [], "synonyms": [], "stop_words": [], "popular": [], "learnt": [],
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--catalogue", required=True)
    parser.add_argument("--translations", action="append", default=[])
    parser.add_argument("--languages", default="en,zh")
    parser.add_argument("--answers", required=True)
    args = parser.parse_args()
    read = products.read_products(args.catalogue, args.translations)
    indexes = []
    for locale, tag in enumerate(args.languages.split(",")):
        language = words.Language(tag)
        documents = [products.Document(one, language, locale) for one in read]
        indexes.append(Index(documents, language))
    same, wrong, kinds = 0, [], collections.Counter()
    for line in open(args.answers, encoding="utf-8"):
        theirs = json.loads(line)
        query = {**DEFAULTS, **theirs.pop("query")}
        ours = indexes[query["locale"]].answer(query)
        different = [name for name in ours if ours[name] != theirs[name]]
        kinds["with results"] += bool(ours["items"])
        kinds["with words dropped"] += bool(ours["dropped"])
        kinds["with something learnt"] += bool(query["learnt"])
        same += not different
        if different:
            wrong.append((query, different, ours, theirs))
    for query, different, ours, theirs in wrong[:10]:
        asked = {name: value for name, value in query.items() if value != DEFAULTS.get(name)}
        print(json.dumps(asked, ensure_ascii=False))
        for name in different:
            a, b = ours[name], theirs[name]
            if name == "items":
                a, b = next(([x, y] for x, y in zip(a + [None], b + [None]) if x != y), [len(a), len(b)])
            print(f"    {name}: {a} here, {b} there")
    print(f"{len(read)} products, {same} queries answered alike, {len(wrong)} otherwise; {dict(kinds)}")
    sys.exit(bool(wrong) or not same)


if __name__ == "__main__":
    main()
