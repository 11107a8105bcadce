//! The lexicon: words as they are written, with how many documents have them. Corrections and
//! suggestions come from it.
//!
//! Pages of sorted texts, each of which says how much of the one before it begins with: a walk over
//! them is a walk over a trie, so distances of words are counted for what is new in a word only.

use souk_catalogue::{DecodeError, content};

use super::bytes::{ByteReader, FrontCoded, new_blob, put_varint};

/// Bytes of a page, about.
pub const LEXICON_PAGE_BYTES: usize = 48 * 1024;

/// What an entry is, and the first character of its key.
pub mod kinds {
    /// A word of letters; the key goes on with it.
    pub const WORD: char = 'w';
    /// A Chinese word; the key goes on with it.
    pub const RUN: char = 'z';
    /// Pinyin without tones, a [`SEPARATOR`] and the Chinese word.
    pub const PINYIN: char = 'p';
    /// Initials of the pinyin, a [`SEPARATOR`] and the Chinese word.
    pub const INITIALS: char = 'c';
    /// Between the parts of a key.
    pub const SEPARATOR: char = '\u{1}';
}

/// An entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LexiconEntry<'a> {
    /// Its kind, then its text.
    pub key: &'a [u8],
    /// Bytes of the key that the one before had too.
    pub shared: usize,
    /// Documents of the run that have it, deleted ones among them.
    pub added: u32,
    /// Documents of larger runs that had it and are deleted.
    pub removed: u32,
}

/// A page, borrowing from its blob.
#[derive(Debug)]
pub struct LexiconPage<'a> {
    entries: &'a [u8],
}

impl<'a> LexiconPage<'a> {
    /// The blob for keys in their order with what is added and what is removed.
    pub fn encode<'p>(entries: impl IntoIterator<Item = (&'p str, u32, u32)>) -> Vec<u8> {
        let (mut out, mut texts) = (new_blob(), FrontCoded::new());
        for (key, added, removed) in entries {
            texts.put(&mut out, key);
            put_varint(&mut out, added);
            put_varint(&mut out, removed);
        }
        out
    }

    /// # Errors
    /// When the blob is not a page of the lexicon.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let entries = content("page of the lexicon", blob)?;
        Ok(Self { entries })
    }

    /// Calls `each` with every entry, until it says `false`.
    ///
    /// # Errors
    /// When an entry is damaged.
    pub fn walk(&self, mut each: impl FnMut(LexiconEntry<'_>) -> bool) -> Result<(), DecodeError> {
        let mut reader = ByteReader::new("page of the lexicon", self.entries);
        let mut text = FrontCoded::new();
        while !reader.is_empty() {
            let shared = text.next(&mut reader)?;
            let (added, removed) = (reader.varint()?, reader.varint()?);
            let entry = LexiconEntry {
                key: text.text(),
                shared,
                added,
                removed,
            };
            if !each(entry) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_back() {
        let blob = LexiconPage::encode([("wlamp", 3, 0), ("wlampe", 0, 2)]);
        let mut found = Vec::new();
        let page = LexiconPage::decode(&blob).unwrap();
        page.walk(|entry| {
            found.push((entry.key.to_vec(), entry.shared, entry.added, entry.removed));
            true
        })
        .unwrap();
        let expected = [(b"wlamp".to_vec(), 0, 3, 0), (b"wlampe".to_vec(), 5, 0, 2)];
        assert_eq!(found, expected);
        let broken = LexiconPage {
            entries: &[0x01, b'w', 3],
        };
        assert!(broken.walk(|_| true).is_err());
    }
}
