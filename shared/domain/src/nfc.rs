//! Composes letters (Unicode's form NFC) with a table of 20 KiB: the library that the import uses
//! takes 65 KiB of a script's 600 KiB, compressed.
//!
//! `nfc.bin` is made from that library, and a test compares both. Source: Unicode Standard, 3.11
//! "Normalization Forms", and UAX #15.

use std::borrow::Cow;

/// Two lengths, then what characters are made of, then classes of marks. All numbers are
/// little-endian.
static TABLE: &[u8] = include_bytes!("nfc.bin");

/// Bytes of the two lengths.
const HEAD: usize = 4;
/// Bytes of a row that says what a character is made of: the character, the first and the second
/// part, three bytes each. The highest bit of the character says that the parts are composed to it.
const PART_BYTES: usize = 9;
/// Bytes of a row that gives marks a class: the first mark, how many more, the class.
const CLASS_BYTES: usize = 5;
/// The bit of a character that is composed.
const COMPOSED: u32 = 1 << 23;

/// Korean syllables are made by arithmetic. Source: Unicode Standard, 3.12.
const SYLLABLES: u32 = 0xac00;
const LEADING: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILING: u32 = 0x11a7;
const VOWEL_COUNT: u32 = 21;
const TRAILING_COUNT: u32 = 28;
const SYLLABLE_COUNT: u32 = 19 * VOWEL_COUNT * TRAILING_COUNT;

/// What a character is made of.
#[derive(Clone, Copy)]
struct Parts {
    whole: char,
    first: char,
    /// Absent where the character is another way to write `first`.
    second: Option<char>,
    is_composed: bool,
}

/// The text with its letters composed.
pub(crate) fn compose(text: &str) -> Cow<'_, str> {
    // Below this character nothing is composed, and no character is a mark.
    if text.chars().all(|character| character < '\u{300}') {
        return Cow::Borrowed(text);
    }
    let mut characters = Vec::new();
    text.chars()
        .for_each(|whole| take_apart(whole, &mut characters));
    order_marks(&mut characters);
    let composed: String = put_together(characters).into_iter().collect();
    match composed == text {
        true => Cow::Borrowed(text),
        false => Cow::Owned(composed),
    }
}

fn take_apart(whole: char, out: &mut Vec<char>) {
    let syllable = u32::from(whole).wrapping_sub(SYLLABLES);
    if syllable < SYLLABLE_COUNT {
        let (rest, trailing) = (syllable / TRAILING_COUNT, syllable % TRAILING_COUNT);
        let parts = [LEADING + rest / VOWEL_COUNT, VOWELS + rest % VOWEL_COUNT];
        out.extend(parts.into_iter().filter_map(char::from_u32));
        if trailing > 0 {
            out.extend(char::from_u32(TRAILING + trailing));
        }
        return;
    }
    match parts_of(whole) {
        Some(parts) => {
            take_apart(parts.first, out);
            out.extend(parts.second);
        }
        None => out.push(whole),
    }
}

/// Marks of one letter stand in the order of their classes.
fn order_marks(characters: &mut [char]) {
    let is_mark = |character: &char| class_of(*character) > 0;
    for run in characters.chunk_by_mut(|a, b| is_mark(a) && is_mark(b)) {
        // Some marks at most: the standard library's sort is four KiB of every function.
        for end in 1..run.len() {
            let mut place = end;
            while place > 0 && class_of(run[place - 1]) > class_of(run[place]) {
                run.swap(place - 1, place);
                place -= 1;
            }
        }
    }
}

fn put_together(characters: Vec<char>) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(characters.len());
    let mut letter = None;
    let mut last_class = 0;
    for character in characters {
        let class = class_of(character);
        if let Some(place) = letter {
            // A mark of the same class between them keeps two apart, and so does a letter.
            let is_free = out.len() == place + 1 || (last_class > 0 && last_class < class);
            if is_free && let Some(whole) = pair(out[place], character) {
                out[place] = whole;
                continue;
            }
        }
        if class == 0 {
            letter = Some(out.len());
        }
        last_class = class;
        out.push(character);
    }
    out
}

/// The character that two are composed to.
fn pair(first: char, second: char) -> Option<char> {
    let (leading, vowel) = (
        u32::from(first).wrapping_sub(LEADING),
        u32::from(second).wrapping_sub(VOWELS),
    );
    if leading < 19 && vowel < VOWEL_COUNT {
        let place = (leading * VOWEL_COUNT + vowel) * TRAILING_COUNT;
        return char::from_u32(SYLLABLES + place);
    }
    let (syllable, trailing) = (
        u32::from(first).wrapping_sub(SYLLABLES),
        u32::from(second).wrapping_sub(TRAILING),
    );
    if syllable < SYLLABLE_COUNT
        && syllable % TRAILING_COUNT == 0
        && (1..TRAILING_COUNT).contains(&trailing)
    {
        return char::from_u32(u32::from(first) + trailing);
    }
    let mut rows = (0..part_rows()).map(part_row);
    let found =
        rows.find(|row| row.is_composed && row.first == first && row.second == Some(second));
    found.map(|row| row.whole)
}

fn parts_of(whole: char) -> Option<Parts> {
    let (mut low, mut high) = (0, part_rows());
    while low < high {
        let middle = low + (high - low) / 2;
        let row = part_row(middle);
        match row.whole.cmp(&whole) {
            std::cmp::Ordering::Equal => return Some(row),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The canonical combining class; 0 for a letter.
fn class_of(character: char) -> u8 {
    let begin = HEAD + part_rows() * PART_BYTES;
    let rows = TABLE[begin..].chunks_exact(CLASS_BYTES);
    let code = u32::from(character);
    let found = rows.into_iter().find(|row| {
        let first = number(row);
        (first..=first + u32::from(row[3])).contains(&code)
    });
    found.map_or(0, |row| row[4])
}

fn part_rows() -> usize {
    usize::from(u16::from_le_bytes([TABLE[0], TABLE[1]]))
}

fn part_row(place: usize) -> Parts {
    let row = &TABLE[HEAD + place * PART_BYTES..][..PART_BYTES];
    let character = |number: u32| char::from_u32(number).unwrap_or('\0');
    let whole = number(row);
    Parts {
        whole: character(whole & !COMPOSED),
        first: character(number(&row[3..])),
        second: Some(character(number(&row[6..]))).filter(|&second| second != '\0'),
        is_composed: whole & COMPOSED != 0,
    }
}

/// Three bytes as a number.
fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use unicode_normalization::{UnicodeNormalization, char as library};

    use super::*;

    fn all() -> impl Iterator<Item = char> {
        (0..=u32::from(char::MAX)).filter_map(char::from_u32)
    }

    /// The table as the library has it.
    fn table() -> Vec<u8> {
        let is_syllable = |c: &char| u32::from(*c).wrapping_sub(SYLLABLES) < SYLLABLE_COUNT;
        let mut wholes: BTreeMap<String, char> = BTreeMap::new();
        let mut apart = Vec::new();
        for whole in all().filter(|c| !is_syllable(c)) {
            let parts: String = whole.nfd().collect();
            if parts != whole.to_string() {
                apart.push((whole, parts.clone()));
                if parts.chars().count() > 1 {
                    wholes.entry(parts).or_insert(whole);
                }
            }
        }
        let three = |number: u32| number.to_le_bytes()[..3].to_vec();
        let mut rows = Vec::new();
        for (whole, parts) in &apart {
            let mut first = parts.clone();
            let second = match parts.chars().count() {
                1 => None,
                _ => first.pop(),
            };
            let mut letters = first.chars();
            let first = match (letters.next(), letters.next()) {
                (Some(first), None) => first,
                _ => wholes[&first],
            };
            let composed = second.and_then(|second| library::compose(first, second));
            let flag = if composed == Some(*whole) {
                COMPOSED
            } else {
                0
            };
            rows.extend(three(u32::from(*whole) | flag));
            rows.extend(three(u32::from(first)));
            rows.extend(three(second.map_or(0, u32::from)));
        }
        let mut classes: Vec<(u32, u32, u8)> = Vec::new();
        for character in all() {
            let (code, class) = (
                u32::from(character),
                library::canonical_combining_class(character),
            );
            match classes.last_mut() {
                Some((first, more, known))
                    if class == *known && code == *first + *more + 1 && *more < 255 =>
                {
                    *more += 1;
                }
                _ if class > 0 => classes.push((code, 0, class)),
                _ => {}
            }
        }
        let length = |length: usize| u16::try_from(length).unwrap().to_le_bytes();
        let mut table = Vec::new();
        table.extend(length(apart.len()));
        table.extend(length(classes.len()));
        table.extend(rows);
        for (first, more, class) in classes {
            table.extend(three(first));
            table.extend([u8::try_from(more).unwrap(), class]);
        }
        table
    }

    #[test]
    fn the_table_is_what_the_library_has() {
        let made = table();
        if std::env::var_os("UPDATE_NFC").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/nfc.bin"), &made).unwrap();
        }
        assert!(
            made == TABLE,
            "write it anew: UPDATE_NFC=1 cargo test -p souk-domain nfc"
        );
    }

    #[test]
    fn every_character_is_composed_as_the_library_does() {
        for whole in all() {
            let apart: String = whole.nfd().collect();
            // Syllables are made by one rule, so some of them do; the others have no parts.
            let syllable = u32::from(whole).wrapping_sub(SYLLABLES);
            let is_left_out = syllable < SYLLABLE_COUNT && syllable % 97 > 0;
            if is_left_out || apart == whole.to_string() {
                continue;
            }
            for text in [whole.to_string(), apart] {
                let expected: String = text.nfc().collect();
                assert_eq!(compose(&text), expected, "{text:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn texts_are_composed_as_the_library_does(
            text in prop::collection::vec(
                prop_oneof![
                    any::<char>(),
                    prop::char::range('\u{300}', '\u{36f}'),
                    prop::char::range('a', 'z'),
                    prop::char::range('\u{1100}', '\u{11ff}'),
                    prop::char::range('\u{ac00}', '\u{d7a3}'),
                    prop::char::range('\u{900}', '\u{dff}'),
                ],
                0..12,
            )
        ) {
            let text: String = text.into_iter().collect();
            let expected: String = text.nfc().collect();
            prop_assert_eq!(compose(&text), expected);
        }
    }
}
