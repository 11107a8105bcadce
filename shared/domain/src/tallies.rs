//! What may be counted of searches and of the help: no search that may hold personal data.
//!
//! The storefront asks before it counts, and the back office again before it stores.

use crate::names::{Slug, is_in_slugs};

/// Longest text that is counted, in characters.
const CHARS_MAX: usize = 64;
/// Most words of a text that is counted.
pub const TALLIED_WORDS_MAX: usize = 8;
/// So many digits may be a telephone, card or order number, wherever they stand.
const DIGITS_MAX: usize = 5;

/// Whether a search may be counted: it has a word, no `@`, fewer than six digits in all, at most 64
/// characters and at most 8 words with spaces between them.
pub fn may_be_tallied(text: &str) -> bool {
    let digits = text.chars().filter(|&char| is_digit(char)).count();
    let words = text.split(' ').filter(|word| !word.is_empty()).count();
    text.chars().count() <= CHARS_MAX
        && (1..=TALLIED_WORDS_MAX).contains(&words)
        && digits <= DIGITS_MAX
        && !text.contains(['@', '\u{FF20}', '\u{FE6B}'])
}

/// Digits of every script, and those that Chinese writes as words.
fn is_digit(char: char) -> bool {
    char.is_numeric() || "零一二三四五六七八九".contains(char)
}

/// Whether a text may be the slug of an answer of the help, which the storefront has looked up: no longer
/// than one, and of its characters. Its canonical form is not looked at: the tables for that are 33 KiB.
pub fn may_be_slug(text: &str) -> bool {
    (1..=Slug::BYTES_MAX).contains(&text.len()) && text.chars().all(is_in_slugs)
}

#[cfg(test)]
mod tests {
    use super::{may_be_slug, may_be_tallied};

    #[test]
    fn only_what_is_written_as_a_slug_may_be_one() {
        for slug in ["returns", "größe-m", "退货", &"a".repeat(255)] {
            assert!(may_be_slug(slug), "{slug}");
        }
        for other in ["", "two words", "a/b", "a@b.example", &"a".repeat(256)] {
            assert!(!may_be_slug(other), "{other}");
        }
    }

    #[test]
    fn what_may_hold_personal_data_is_not_counted() {
        let (long, longer) = ("x".repeat(64), "x".repeat(65));
        for (text, counted) in [
            ("copper cezve", true),
            ("iphone 11 128", true),
            ("wh1000xm4", true),
            ("茶壶", true),
            ("二十四味", true),
            ("a b c d e f g h", true),
            ("a  b c d e f g   h", true),
            ("a b c d e f g h i", false),
            (&long, true),
            (&longer, false),
            ("", false),
            (" ", false),
            ("li@lei.example", false),
            ("li＠lei", false),
            ("li﹫lei", false),
            ("12345", true),
            ("123456", false),
            ("12 34 56", false),
            ("a1b2c3d4e5f6", false),
            ("+49 30 901820", false),
            ("4242 4242 4242 4242", false),
            ("１３８００１３８", false),
            ("٠١٢٣٤٥", false),
            ("一三八零零一", false),
        ] {
            assert_eq!(may_be_tallied(text), counted, "{text}");
        }
    }
}
