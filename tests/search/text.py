"""From text to terms, by the rules in shared/search/README.md.

It reads the lists of words from the sources of the search, because they are data, and nothing else.
"""

import pathlib
import re
import unicodedata

import jieba
import pypinyin
import snowballstemmer

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "shared"
WORDS = (SOURCES / "search/src/analysis/head_words.rs").read_text("utf-8")
STOPS = (SOURCES / "search/src/analysis/stops.rs").read_text("utf-8")
SHOP_WORDS = (SOURCES / "search-build/src/segment.rs").read_text("utf-8")
TRADITIONAL = (SOURCES / "search-build/src/traditional.txt").read_text("utf-8")


def strings(text):
    return re.findall(r"[\"']((?:[^\"'\\]|\\.)+)[\"']", text)


def listed(text, name):
    return strings(re.search(rf"const {name}:[^=]*=\s*\[(.*?)\];", text, re.S)[1])


def by_language(text, name):
    body = re.search(rf"const {name}:[^=]*=\s*\[(.*?)\n\];", text, re.S)[1]
    found = re.findall(r"\(\s*\"(\w\w)\",\s*&\[(.*?)\]", body, re.S)
    return {code: strings(words) for code, words in found}


ENDS = by_language(WORDS, "ENDS")
STOP_WORDS = by_language(STOPS, "STOPS")
HEAD_FIRST = listed(WORDS, "HEAD_FIRST")
FILLERS = set(listed(WORDS, "FILLERS"))
RUN_FILLERS = set(listed(WORDS, "RUN_FILLERS"))
RUN_ENDS = listed(WORDS, "RUN_ENDS")
MARK_ENDS = set(listed(WORDS, "MARK_ENDS"))
OPAQUE = set(listed(SHOP_WORDS, "OPAQUE_WORDS"))
SIMPLIFIED = {pair[0]: pair[1] for pair in TRADITIONAL.split()}

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
        is_letter = "a" <= part <= "z" or "\xdf" <= part <= "\u024f" or "\u0370" <= part <= "\u03ff"
        drops = drops or is_letter
        bare += part
    folded = unicodedata.normalize("NFKC", bare)
    if len(folded) == 1 and "\u3400" <= folded <= "\u9fff":
        return SIMPLIFIED.get(folded, folded)
    return folded


def fold(char):
    if char not in FOLDED:
        FOLDED[char] = fold_one(char)
    return FOLDED[char]


def code(text):
    """The letters and digits of an SKU or a barcode."""
    return "".join(char for source in text for char in fold(source) if char.isalnum())


# Tokens

RUNS = ((0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF),
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0x20000, 0x323AF))
CLASSES = {}


def find_class(char):
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
    point = ord(char)
    if any(low <= point <= high for low, high in RUNS):
        return "run"
    category = unicodedata.category(char)
    if category[0] == "N":
        return "digit"
    if category[0] == "L" or 0x900 <= point <= 0xDFF:
        return "letter"
    return "space" if char.isspace() else "mark"


def class_of(char):
    if char not in CLASSES:
        CLASSES[char] = find_class(char)
    return CLASSES[char]


class Token:
    """A word has parts, each a text and whether it is of digits; a run and a mark have a text."""

    def __init__(self, kind, at, text="", parts=None):
        self.kind, self.text, self.parts = kind, text, parts
        # Where each character of a run stands, and where a word begins and ends.
        self.places, self.start, self.end = [at], at, at + 1

    @property
    def has_digits(self):
        return any(number for _, number in self.parts)

    @property
    def joined(self):
        return "".join(text for text, _ in self.parts)

    @property
    def is_joined(self):
        return len(self.parts) > 1 and any(not number for _, number in self.parts)


def tokens(text):
    found, word, joiner = [], None, None

    def close(at):
        nonlocal word, joiner
        if word is not None:
            after = bool(found) and found[-1].kind == "mark" and found[-1].text == "'"
            if after:
                found.pop()
            if not (after and [part for part, _ in word.parts] == ["s"]):
                found.append(word)
            word = None
        if joiner is not None:
            found.append(Token("mark", at, '"' if joiner in "'\u2019" else joiner))
            joiner = None

    for at, source in enumerate(text):
        for char in fold(source):
            kind = class_of(char)
            if kind in ("letter", "digit"):
                number = kind == "digit"
                behind, joiner = joiner, None
                if behind is not None and behind in "'\u2019":
                    close(at)
                    found.append(Token("mark", at, "'"))
                if word is None:
                    word = Token("word", at, parts=[])
                word.end = at + 1
                if word.parts and word.parts[-1][1] == number and behind is None:
                    if len(word.parts[-1][0]) < 40:
                        word.parts[-1] = (word.parts[-1][0] + char, number)
                elif len(word.parts) < 8:
                    word.parts.append((char, number))
            elif kind == "run":
                close(at)
                last = found[-1] if found else None
                if last is not None and last.kind == "run" and last.places[-1] in (at - 1, at):
                    last.text += char
                    last.places.append(at)
                else:
                    found.append(Token("run", at, char))
            elif kind in ("joiner", "apostrophe") and word is not None and joiner is None:
                joiner = char
            elif kind == "space":
                close(at)
            else:
                close(at)
                found.append(Token("mark", at, char))
    close(len(text))
    return found


# Languages

ALGORITHMS = {
    "en": "english", "zh": "english", "ja": "english", "ko": "english", "da": "danish", "de": "german",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nb": "norwegian", "nn": "norwegian", "no": "norwegian", "nl": "dutch_porter", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}


class Language:
    def __init__(self, tag):
        self.code = tag.split("-")[0]
        algorithm = ALGORITHMS.get(self.code)
        self.stemmer = snowballstemmer.stemmer(algorithm) if algorithm else None
        self.stems = {}
        self.ends = ENDS.get(self.code, ENDS["en"])
        self.stop_words = set(STOP_WORDS.get(self.code, []))

    def stem(self, word):
        if len(word) < 3 or self.stemmer is None:
            return word
        if word not in self.stems:
            self.stems[word] = self.stemmer.stemWord(word)
        return self.stems[word]

    def part_term(self, part):
        return part[0] if part[1] else self.stem(part[0])

    def part_terms(self, word):
        return [self.part_term(part) for part in word.parts]

    def joined_term(self, word):
        return word.joined if word.has_digits else self.stem(word.joined)

    # Heads

    def head(self, found):
        """The place of the head's token, and for a run how many characters of it count."""
        end, cut = self.phrase_end(found)

        def chars(place):
            if found[place].kind != "run":
                return 0
            return cut if cut is not None and place + 1 == end else len(found[place].text)

        places = range(end) if self.code in HEAD_FIRST else reversed(range(end))
        for place in places:
            if not is_filler(found[place], chars(place)):
                return place, chars(place)
        return None

    def phrase_end(self, found):
        things = 0
        for place, token in enumerate(found):
            if token.kind == "word":
                if things and len(token.parts) == 1 and token.parts[0][0] in self.ends:
                    return place, None
                things += 1
            elif token.kind == "mark":
                if things and token.text in MARK_ENDS:
                    return place, None
            else:
                places = [at for at in (token.text.find(mark) for mark in RUN_ENDS) if at >= 0]
                if places and min(places) == 0 and things:
                    return place, None
                if places and min(places) > 0:
                    return place + 1, min(places)
                things += 1
        return len(found), None

    def head_terms(self, found):
        at = self.head(found)
        if at is None:
            return []
        token = found[at[0]]
        if token.kind == "word":
            return [self.part_term(token.parts[-1]), self.joined_term(token)]
        return [token.text[: at[1]][-2:]]


def is_filler(token, chars):
    if token.kind == "mark":
        return True
    if token.kind == "word":
        return token.has_digits or token.joined in FILLERS
    text = token.text[:chars]
    return text in RUN_FILLERS or (chars <= 4 and text.endswith("色"))


# Chinese words

jieba.setLogLevel(60)
for one in listed(SHOP_WORDS, "SHOP_WORDS") + sorted(OPAQUE):
    jieba.add_word(one, 1_000_000)
CUT = {}


def run_words(run):
    """Where each word of a run begins and ends."""
    if run not in CUT:
        words, at = [], 0
        for word in jieba.cut(run, HMM=False):
            words.append((at, at + len(word)))
            at += len(word)
        CUT[run] = words
    return CUT[run]


def is_whole(run, at):
    """Whether two characters lie within one word of which parts are not other things."""
    return any(
        start <= at and at + 2 <= end and run[start:end] not in OPAQUE for start, end in run_words(run)
    )


def run_terms(run):
    return [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]


READINGS = {}


def reading(char):
    """How a Chinese character is typed."""
    if not "\u4e00" <= char <= "\u9fff":
        return None
    if char not in READINGS:
        found = pypinyin.pinyin(char, style=pypinyin.NORMAL, v_to_u=False, errors="ignore")
        READINGS[char] = found[0][0] if found else None
    return READINGS[char]


def readings(text):
    found = [reading(char) for char in text]
    return found if all(found) else None
