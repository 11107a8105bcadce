//! What the shop learns from orders: how it is built, and how a history from elsewhere gets into it.
//!
//! They are hints: an edge that cannot read them shows other products and no error.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Most pairs, and most days, in one [`ImportCounts`]: 45 bytes each are below 1 MB together.
pub const IMPORT_ROWS_MAX: usize = 10_000;

/// A part of the counts of orders that the shop did not take itself. Products are hashes of their
/// slugs, as 16 hexadecimal digits. A part may be sent again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Names the import, at most 64 bytes. A new name begins anew, in place of one that was not
    /// finished.
    pub import: String,
    /// Two products, and how many orders have both; a product twice for the orders that have it.
    /// At most [`IMPORT_ROWS_MAX`].
    pub pairs: Vec<(String, String, i64)>,
    /// A day, in days since 1970, a product, and how many orders of that day have it. At most
    /// [`IMPORT_ROWS_MAX`].
    pub days: Vec<(i64, String, i64)>,
    /// The last part puts the whole in place of what was imported before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<ImportedOrders>,
}

/// The orders that were imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedOrders {
    /// How many.
    pub orders: i64,
    /// The day of the last one, in days since 1970.
    pub last_day: i64,
}

/// What a step of building did, and how the published version stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InsightsBuild {
    /// Whether the build has ended, or cannot begin because the order index is filled anew; else the
    /// same request goes on with it.
    pub done: bool,
    /// Whether the order index is filled anew. Nothing is built meanwhile, so that no list becomes
    /// thinner.
    pub is_refilling: bool,
    /// Parts that are built, of [`InsightsBuild::parts_total`].
    pub parts: u32,
    /// Parts of the version that is built.
    pub parts_total: u32,
    /// The published version; 0 where there is none.
    pub version: u64,
    /// Orders that are counted now, the imported ones among them.
    pub orders: i64,
    /// Blobs that the build has written so far.
    pub blobs_written: u32,
    /// Blobs of replaced versions that this step has deleted.
    pub blobs_deleted: u32,
}

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
