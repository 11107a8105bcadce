//! Texts: one line of plain text, a list. Letters are composed (NFC), so that equal texts are equal
//! bytes.
//!
//! Not here: HTML (`html`).

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::Reason;

/// One line: control characters and runs of blanks become one blank.
///
/// # Errors
/// When it is longer than the bound.
pub(crate) fn line(text: &str, chars_max: usize) -> Result<String, Reason> {
    let line = one_line(text);
    match line.chars().nth(chars_max) {
        Some(_) => Err(Reason::TooLong(chars_max)),
        None => Ok(line),
    }
}

/// One line, cut at the bound; the second value says whether it was.
pub(crate) fn cut(text: &str, chars_max: usize) -> (String, bool) {
    let mut line = one_line(text);
    match line.char_indices().nth(chars_max) {
        Some((end, _)) => {
            line.truncate(end);
            (line, true)
        }
        None => (line, false),
    }
}

fn one_line(text: &str) -> String {
    let parts = text.split(|c: char| c.is_whitespace() || c.is_control());
    let mut line = String::with_capacity(text.len());
    for part in parts.filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    match line.is_ascii() || is_nfc(&line) {
        true => line,
        false => line.nfc().collect(),
    }
}

/// The entries of a list, each once, in their order.
///
/// # Errors
/// When there are too many, or one is too long.
pub(crate) fn list(
    text: &str,
    separator: char,
    what: &'static str,
    max: usize,
    chars_max: usize,
) -> Result<Vec<String>, Reason> {
    let mut entries = Vec::new();
    for entry in text.split(separator) {
        let entry = line(entry, chars_max)?;
        if !entry.is_empty() && !entries.contains(&entry) {
            if entries.len() == max {
                return Err(Reason::TooMany { what, max });
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_no_breaks_and_a_bound() {
        assert_eq!(line(" a\r\n\tb\u{0}c  d ", 7), Ok("a b c d".into()));
        assert_eq!(line("cafe\u{301}", 4), Ok("café".into()));
        assert_eq!(line("茶茶茶", 3), Ok("茶茶茶".into()));
        assert_eq!(line("茶茶茶", 2), Err(Reason::TooLong(2)));
        assert_eq!(cut("茶茶茶", 2), ("茶茶".into(), true));
    }

    #[test]
    fn lists_drop_empty_and_repeated_entries() {
        let tags = |text: &str| list(text, ',', "tags", 2, 5);
        assert_eq!(tags(" a , b,,a"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        let too_many = Reason::TooMany {
            what: "tags",
            max: 2,
        };
        assert_eq!(tags("a,b,c"), Err(too_many));
        assert_eq!(tags("a,toolong"), Err(Reason::TooLong(5)));
    }
}
