#!/usr/bin/env python3
"""Compares the search's stems and readings with those of packages that others use.

    judges.py words > WORDS              languages and words, with a tab between
    judges.py compare STEMS READINGS     what `souk-relevance` makes of them, and its readings

A line of STEMS is a language, a word and its stem; one of READINGS a character and how it is read.
"""

import pathlib
import random
import re
import sys

import pypinyin
import snowballstemmer

import text as words

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS_A_LANGUAGE = 600
LETTERS = {
    "ru": ("бвгджзклмнпрстфхцчшщ", "аеёиоуыэюя", "ами ого ему ость ение ться ешь ила ый ая ое ие ов ей ях ишь".split()),
    "tr": ("bcdfghjklmnprstvyz", "aeiou", "lar ler lari dan den in im iniz miz da de siniz casina yken".split()),
    "fi": ("hjklmnprstv", "aeiouy", "ssa sta lla lle ksi issa ista kin kaan mme nne isten ien den tta ja".split()),
    "hu": ("bcdgjklmnprstvz", "aeiou", "ban ben nak nek bol tol hoz ert kent val vel ok ek unk juk".split()),
    "pl": ("bcdgjklmnprstwz", "aeiouy", "owie ami ach ego emu ymi osc aniem enia cie li lem ica ek ow".split()),
}
LATIN = ("bcdfghklmnprstvwz", "aeiouy", """s es ed ing ingly ly ness ment ation ations ational izer ies ied ful less able
ability ive ous er est ism ist isch ung heit keit lich en em ern ig igkeit ement ements ation euse eux ives iste
iques ando iendo cion mente idad anza able ibili azione zione ita evole amento o a e os as ao oes issimo ar ir
het heten arna aren erna else ers ende ede te ten ul ului ilor ea ati heid elijk baar eren s' 's""".split())


def make_words(dice):
    for tag in words.ALGORITHMS:
        consonants, vowels, endings = LETTERS.get(tag, LATIN)
        for _ in range(WORDS_A_LANGUAGE):
            syllables = range(dice.randint(1, 4))
            root = "".join(dice.choice(consonants) + dice.choice(vowels) for _ in syllables)
            double = dice.choice(consonants) * dice.randint(0, 2)
            ending = "".join(dice.choice(endings) for _ in range(dice.randint(0, 2)))
            yield tag, (root + double + ending).replace("'", "")
    for tag, path in (("en", "tools/xtask/demo/products.csv"), ("de", "tests/shops/kontor/products.csv")):
        known = set()
        for token in words.tokens(re.sub("<[^>]*>", " ", (ROOT / path).read_text("utf-8"))):
            if token.kind == "word":
                known.update(part for part, number in token.parts if not number)
        for word in sorted(known):
            yield tag, word


def compare_stems(lines):
    stemmers, wrong, count = {}, [], 0
    for line in lines:
        tag, word, stem = line.rstrip("\n").split("\t")
        count += 1
        if tag not in stemmers:
            stemmers[tag] = snowballstemmer.stemmer(words.ALGORITHMS[tag])
        judged = stemmers[tag].stemWord(word) if len(word) >= 3 else word
        if judged != stem:
            wrong.append((tag, word, stem, judged))
    return count, wrong


def compare_readings(lines):
    wrong, count = [], 0
    for line in lines:
        char, read = line.rstrip("\n").split("\t")
        count += 1
        judged = pypinyin.pinyin(char, style=pypinyin.NORMAL, v_to_u=False)[0][0]
        if judged != read:
            wrong.append((char, read, judged))
    return count, wrong


def main():
    if sys.argv[1] == "words":
        for tag, word in make_words(random.Random(1)):
            print(f"{tag}\t{word}")
        return
    failed = False
    for name, compare, path in (("stems", compare_stems, sys.argv[2]), ("readings", compare_readings, sys.argv[3])):
        with open(path, encoding="utf-8") as file:
            count, wrong = compare(file)
        for one in wrong[:20]:
            print(f"{name}: {' '.join(one)}")
        print(f"{count} {name}, {len(wrong)} other than those of the judge")
        failed = failed or bool(wrong) or not count
    sys.exit(failed)


if __name__ == "__main__":
    main()
