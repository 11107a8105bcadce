//! Values of facets: their texts by number, and their numbers by text.

use souk_catalogue::{DecodeError, SlugHash, Text, content};

use super::bytes::{ByteReader, new_blob, put_count, put_translated};

/// Texts of a page.
pub const VALUES_PER_PAGE: u32 = 512;
/// Values of a [`ValueLookup`].
pub const LOOKUP_PER_PAGE: usize = 4096;

/// Texts of values in the order of their numbers.
#[derive(Debug)]
pub struct ValueTexts {
    /// [`Text::base`] is what an address names.
    pub texts: Vec<Text>,
}

impl ValueTexts {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = new_blob();
        put_count(&mut out, self.texts.len());
        for text in &self.texts {
            put_translated(&mut out, text);
        }
        out
    }

    /// # Errors
    /// When the blob is not a page of texts.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("page of values", blob)?;
        let mut texts = Vec::new();
        for _ in 0..reader.count()? {
            texts.push(reader.translated()?);
        }
        Ok(Self { texts })
    }
}

/// What a value is looked up by.
pub fn value_hash(text: &str) -> u64 {
    SlugHash::of(text).0
}

/// Numbers of values, sorted by the hash of their text.
#[derive(Debug)]
pub struct ValueLookup<'a> {
    entries: &'a [u8],
}

const ENTRY_BYTES: usize = 12;

impl<'a> ValueLookup<'a> {
    /// The blob for hashes, sorted, with the numbers of their values.
    pub fn encode(values: &[(u64, u32)]) -> Vec<u8> {
        let mut entries = new_blob();
        for (hash, number) in values {
            entries.extend(hash.to_be_bytes());
            entries.extend(number.to_be_bytes());
        }
        entries
    }

    /// # Errors
    /// When the blob is not a lookup of values.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let entries = content("lookup of values", blob)?;
        Ok(Self { entries })
    }

    /// The number of the value whose text has this hash.
    pub fn find(&self, hash: u64) -> Option<u32> {
        let (entries, _) = self.entries.as_chunks::<ENTRY_BYTES>();
        let wanted = hash.to_be_bytes();
        let place = entries
            .binary_search_by(|entry| entry[..8].cmp(&wanted))
            .ok()?;
        let (numbers, _) = entries[place][8..].as_chunks::<4>();
        numbers.first().map(|&number| u32::from_be_bytes(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_looked_up() {
        let blob = ValueLookup::encode(&[(3, 7), (9, 1)]);
        let lookup = ValueLookup::decode(&blob).unwrap();
        assert_eq!(
            [3, 4, 9].map(|hash| lookup.find(hash)),
            [Some(7), None, Some(1)]
        );
    }
}
