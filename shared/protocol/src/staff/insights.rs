//! How what was learnt from orders gets into the shop.
//!
//! A publish is: each new blob → `PUT /staff/v1/insights/{root}`, which makes a root the one that the
//! edge reads. They are hints: an edge that cannot read them shows other products and no error, so
//! the last publish counts.

use std::fmt;

/// The value of the key of the insights: a line of text, `VERSION ROOT PUBLISHED_AT_MS BEFORE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightsPointer {
    /// Number, ascending from 1.
    pub version: u64,
    /// Hash of the root's blob.
    pub root: String,
    /// When it was published, in milliseconds since 1970.
    pub published_at_ms: i64,
    /// The root before it, whose blobs an edge may still read; `-` in the text where there is none.
    pub before: Option<String>,
}

impl InsightsPointer {
    /// Reads the text; `None` for anything else.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(value).ok()?.split(' ');
        let mut word = || words.next().map(str::to_owned);
        Some(Self {
            version: word()?.parse().ok()?,
            root: word()?,
            published_at_ms: word()?.parse().ok()?,
            before: Some(word()?).filter(|before| before != "-"),
        })
    }
}

impl fmt::Display for InsightsPointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            root,
            published_at_ms,
            before,
        } = self;
        let before = before.as_deref().unwrap_or("-");
        write!(out, "{version} {root} {published_at_ms} {before}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_read_back_and_nonsense_is_not() {
        for before in [None, Some("0123".to_owned())] {
            let pointer = InsightsPointer {
                version: u64::MAX,
                root: "4f1c".to_owned(),
                published_at_ms: -7,
                before,
            };
            assert_eq!(
                InsightsPointer::parse(pointer.to_string().as_bytes()),
                Some(pointer)
            );
        }
        for bad in ["", "1", "1 4f1c", "1 4f1c 5", "x 4f1c 5 -", "1 4f1c x -"] {
            assert_eq!(InsightsPointer::parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(InsightsPointer::parse(&[0xFF]), None);
    }
}
