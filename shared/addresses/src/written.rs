//! Characters as people and their keyboards write them.

/// The zeros of the decimal digits that keyboards offer beside ASCII: Arabic-Indic, Persian,
/// Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam, Thai, Lao,
/// Tibetan, Myanmar, Khmer, Mongolian, full-width. Nine more digits follow each.
const ZEROS: [char; 18] = [
    '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}',
    '\u{1810}', '\u{ff10}',
];

/// The character in ASCII, where it is a digit of another script or a full-width form.
fn ascii(c: char) -> char {
    let digit = ZEROS.iter().find_map(|&zero| {
        let value = u32::from(c).checked_sub(u32::from(zero))?;
        char::from_digit(value, 10)
    });
    match (digit, c) {
        (Some(digit), _) => digit,
        // U+FF01 to U+FF5E are U+0021 to U+007E, in full width.
        (None, '\u{ff01}'..='\u{ff5e}') => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        (None, c) => c,
    }
}

/// What people put between or around the characters of a postal code, and nothing else: blanks,
/// dashes, full stops, the Japanese postal mark, marks of writing direction.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2010}'..='\u{2015}'
                | '\u{202a}'..='\u{202e}' | '\u{2043}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
                | '\u{2212}' | '\u{3012}' | '\u{3020}' | '\u{3036}' | '\u{30fc}' | '\u{fe58}'
                | '\u{fe63}' | '\u{feff}' | '\u{ff70}'
        )
}

/// A postal code without anything that may be written one way or another: digits in ASCII, capital
/// letters, no separators.
pub(crate) fn bare(code: &str) -> String {
    let kept = code.chars().map(ascii).filter(|&c| !is_separator(c));
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether it is a letter of another script than the Latin one; full-width Latin letters are not.
pub(crate) fn is_of_own_script(c: char) -> bool {
    let is_latin = c < '\u{250}' || matches!(c, '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}');
    c.is_alphabetic() && !is_latin
}

/// A text whose digits are in ASCII, without spaces around it.
pub fn plain(text: &str) -> String {
    let is_digit = |c: char| ascii(c).is_ascii_digit();
    let characters = text.trim().chars();
    characters
        .map(|c| if is_digit(c) { ascii(c) } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_digits() {
        let cases = [
            ("١٢٣٤٥", "12345"),
            ("۱۲۳۴۵-۶۷۸۹۰", "1234567890"),
            ("１５４－００２３", "1540023"),
            ("〒154ー0023", "1540023"),
            ("११०००१", "110001"),
            ("๑๐๑๕๐", "10150"),
            ("\u{200f}11564\u{200e}", "11564"),
            ("ｋ１ａ 0ｂ1", "K1A0B1"),
            ("00–950", "00950"),
            ("01.310-100", "01310100"),
            ("1011五", "1011五"),
        ];
        for (code, expected) in cases {
            assert_eq!(bare(code), expected, "{code}");
        }
        for zero in ZEROS {
            let digits: String = (0..10)
                .filter_map(|n| char::from_u32(u32::from(zero) + n))
                .collect();
            assert!(digits.chars().all(char::is_numeric), "{digits}");
            assert_eq!(bare(&digits), "0123456789");
        }
    }

    #[test]
    fn other_texts_keep_everything_but_their_digits() {
        assert_eq!(plain(" Ｂ－٧ str. "), "Ｂ－7 str.");
    }
}
