//! The tables that the function reads: what characters become, and how they are read.

use std::collections::BTreeMap;

use pinyin::ToPinyin;
use souk_search::analysis::FoldTable;
use souk_search::format::Readings;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Accents: they go away behind Latin and Greek letters, and where they stand alone.
const ACCENTS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36F}';
/// Han characters of which the simplified form is searched for.
const HAN: std::ops::RangeInclusive<char> = '\u{3400}'..='\u{9FFF}';
/// Traditional characters, each with the simplified one. Source: the table of fast2s 0.3 (MIT, Tyr
/// Chen).
const TRADITIONAL: &str = include_str!("traditional.txt");
/// The characters of which the reading is known to the function.
const READ: std::ops::RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';

/// What every character of the Basic Multilingual Plane becomes that becomes another one:
/// compatibility forms their plain form (NFKC), capitals small letters, letters with accents the
/// letter, traditional characters simplified ones.
pub(crate) fn fold_table() -> FoldTable {
    let simplified = simplified();
    let mut pairs = BTreeMap::new();
    for char in '\u{80}'..='\u{FFFF}' {
        let folded = fold(char, &simplified);
        if folded != char.to_string() {
            pairs.insert(char, folded);
        }
    }
    FoldTable::new(&pairs)
}

fn simplified() -> BTreeMap<char, char> {
    let mut simplified = BTreeMap::new();
    for pair in TRADITIONAL.split_whitespace() {
        let mut chars = pair.chars();
        if let (Some(from), Some(to)) = (chars.next(), chars.next()) {
            simplified.insert(from, to);
        }
    }
    simplified
}

fn fold(char: char, simplified: &BTreeMap<char, char>) -> String {
    if ACCENTS.contains(&char) {
        return String::new();
    }
    let plain: String = std::iter::once(char)
        .nfkc()
        .flat_map(char::to_lowercase)
        .collect();
    let plain = plain
        .replace('ß', "ss")
        .replace('æ', "ae")
        .replace('œ', "oe")
        .replace('ø', "o");
    let plain = plain.replace('ł', "l").replace('đ', "d").replace('ı', "i");
    let mut bare = String::new();
    let mut drops_accents = false;
    for part in plain.nfkd() {
        if ACCENTS.contains(&part) {
            if !drops_accents {
                bare.push(part);
            }
            continue;
        }
        drops_accents |= is_accented_script(part) && !is_combining_mark(part);
        bare.push(part);
    }
    let folded: String = bare.nfkc().collect();
    let mut chars = folded.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) if HAN.contains(&one) => simplified.get(&one).unwrap_or(&one).to_string(),
        _ => folded,
    }
}

/// Latin and Greek.
fn is_accented_script(char: char) -> bool {
    matches!(char, 'a'..='z' | '\u{DF}'..='\u{24F}' | '\u{370}'..='\u{3FF}')
}

/// How Chinese characters are read, without tones.
pub(crate) fn readings() -> Readings {
    Readings::new(READ.filter_map(|char| {
        let reading = char.to_pinyin()?;
        Some((char, plain_syllable(reading.plain())))
    }))
}

/// A syllable as it is typed: `lü` is typed `lv`, and `lu` is another one.
fn plain_syllable(syllable: &str) -> String {
    syllable.replace('ü', "v")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_folded() {
        let table = fold_table();
        for (text, folded) in [
            ("ÉCOLE Ångström", "ecole angstrom"),
            ("Straße Łódź Øre", "strasse lodz ore"),
            ("ＷＨ－１０００", "wh-1000"),
            ("手機殼 國語 ﬁ ½", "手机壳 国语 fi 1⁄2"),
            ("Ёлка Йод", "ёлка йод"),
            ("ガ パ 한국어", "ガ パ 한국어"),
            ("e\u{301}", "e"),
            ("Ψυχή", "ψυχη"),
        ] {
            assert_eq!(table.text(text), folded);
        }
        assert!(table.encode().len() < 64 * 1024, "{}", table.encode().len());
    }

    #[test]
    fn characters_are_read_without_tones() {
        let table = readings();
        let read: Vec<_> = "手机绿".chars().filter_map(|char| table.of(char)).collect();
        assert_eq!(read, ["shou", "ji", "lv"]);
        assert!(table.encode().len() < 64 * 1024, "{}", table.encode().len());
    }
}
