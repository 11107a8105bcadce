//! Values of facets: their texts by number, and their numbers by text.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, SlugHash, Text, decode_blob, encode_blob};

/// Texts of a page.
pub const VALUES_PER_PAGE: u32 = 512;
/// Values of a [`ValueLookup`].
pub const LOOKUP_PER_PAGE: usize = 4096;

/// Texts of values in the order of their numbers.
#[derive(Debug, Encode, Decode)]
pub struct ValueTexts {
    /// [`Text::base`] is what an address names.
    #[n(0)]
    pub texts: Vec<Text>,
}

impl ValueTexts {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a page of texts.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("page of values", blob)
    }
}

/// What a value is looked up by.
pub fn value_hash(text: &str) -> u64 {
    SlugHash::of(text).0
}

/// Numbers of values, sorted by the hash of their text.
#[derive(Debug, Encode, Decode)]
pub struct ValueLookup<'a> {
    #[cbor(b(0), with = "minicbor::bytes")]
    entries: &'a [u8],
}

const ENTRY_BYTES: usize = 12;

impl<'a> ValueLookup<'a> {
    /// The blob for hashes, sorted, with the numbers of their values.
    pub fn encode(values: &[(u64, u32)]) -> Vec<u8> {
        let mut entries = Vec::with_capacity(values.len() * ENTRY_BYTES);
        for (hash, number) in values {
            entries.extend(hash.to_be_bytes());
            entries.extend(number.to_be_bytes());
        }
        encode_blob(&ValueLookup { entries: &entries })
    }

    /// # Errors
    /// When the blob is not a lookup of values.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("lookup of values", blob)
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
