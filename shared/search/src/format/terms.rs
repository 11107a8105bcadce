//! Pages of the dictionary: terms in their order, each with its postings.

use souk_catalogue::{DecodeError, Hash};

use super::bytes::{ByteReader, FrontCoded, length, new_blob, put_bytes, put_hashes, put_varint};

/// Bytes of a page, about.
pub const TERM_PAGE_BYTES: usize = 32 * 1024;
/// Postings of so many bytes have a blob of their own.
pub const POSTINGS_INLINE_MAX: usize = 8 * 1024;

/// A page of the dictionary, borrowing from its blob.
#[derive(Debug)]
pub struct TermPage<'a> {
    /// For each term: how much of the one before it begins with, the rest, and twice the bytes of
    /// its postings with these behind, or one more than twice the place of their blob.
    entries: &'a [u8],
    /// Long lists of postings.
    blobs: Vec<Hash>,
}

/// Where the postings of a term are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Postings<'a> {
    /// In the page.
    Inline(&'a [u8]),
    /// In a blob.
    Blob(Hash),
}

impl<'a> TermPage<'a> {
    /// The blob for terms in their order.
    pub fn encode<'p>(terms: impl IntoIterator<Item = (&'p str, Postings<'p>)>) -> Vec<u8> {
        let (mut entries, mut texts, mut blobs) = (Vec::new(), FrontCoded::new(), Vec::new());
        for (term, postings) in terms {
            texts.put(&mut entries, term);
            match postings {
                Postings::Inline(bytes) => {
                    put_varint(&mut entries, length(bytes.len()) << 1);
                    entries.extend(bytes);
                }
                Postings::Blob(hash) => {
                    put_varint(&mut entries, length(blobs.len()) << 1 | 1);
                    blobs.push(hash);
                }
            }
        }
        let mut out = new_blob();
        put_hashes(&mut out, &blobs);
        put_bytes(&mut out, &entries);
        out
    }

    /// # Errors
    /// When the blob is not a page of the dictionary.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("page of the dictionary", blob)?;
        let blobs = reader.hashes()?;
        let entries = reader.bytes()?;
        Ok(Self { entries, blobs })
    }

    /// Calls `each` with the place among `terms`, which are sorted, and the postings of each that is
    /// on the page.
    ///
    /// # Errors
    /// When an entry before the last of `terms` is damaged.
    pub fn find(
        &self,
        terms: &[&str],
        mut each: impl FnMut(usize, Postings<'a>),
    ) -> Result<(), DecodeError> {
        let mut wanted = 0;
        self.walk(|term, postings| {
            while wanted < terms.len() && terms[wanted].as_bytes() < term {
                wanted += 1;
            }
            if wanted < terms.len() && terms[wanted].as_bytes() == term {
                each(wanted, postings);
                wanted += 1;
            }
            wanted < terms.len()
        })
    }

    /// Calls `each` with every term, until it says `false`.
    ///
    /// # Errors
    /// When an entry is damaged.
    pub fn walk(
        &self,
        mut each: impl FnMut(&[u8], Postings<'a>) -> bool,
    ) -> Result<(), DecodeError> {
        let mut reader = ByteReader::new("page of the dictionary", self.entries);
        let mut text = FrontCoded::new();
        while !reader.is_empty() {
            text.next(&mut reader)?;
            let tag = reader.size()?;
            let postings = match tag & 1 {
                0 => Postings::Inline(reader.take(tag >> 1)?),
                _ => {
                    let blob = self.blobs.get(tag >> 1);
                    Postings::Blob(*blob.ok_or_else(|| reader.error("a blob is not named"))?)
                }
            };
            if !each(text.text(), postings) {
                break;
            }
        }
        Ok(())
    }

    /// The blobs of long lists.
    pub fn blobs(&self) -> &[Hash] {
        &self.blobs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_and_damage_is_an_error() {
        let hash = Hash::of(b"long");
        let page = TermPage::encode([
            ("lamp", Postings::Inline(&[0, 7])),
            ("lamp shade", Postings::Inline(&[])),
            ("lock", Postings::Blob(hash)),
        ]);
        let read = TermPage::decode(&page).unwrap();
        let mut found = Vec::new();
        let terms = ["a", "lamp", "lamps", "lock", "z"];
        read.find(&terms, |place, postings| found.push((place, postings)))
            .unwrap();
        let expected = [
            (1, Postings::Inline(&[0, 7][..])),
            (3, Postings::Blob(hash)),
        ];
        assert_eq!(found, expected);
        assert_eq!(read.blobs(), [hash]);
        for length in 0..page.len() {
            assert!(TermPage::decode(&page[..length]).is_err(), "{length}");
        }
        for bad in [&[0x10, 0][..], &[0x09, 1], &[0x01, b'a', 1], &[0x00, 8, 1]] {
            let page = TermPage {
                entries: bad,
                blobs: vec![],
            };
            assert!(page.walk(|_, _| true).is_err(), "{bad:?}");
        }
    }
}
