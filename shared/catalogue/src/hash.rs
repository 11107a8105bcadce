//! Content addresses, and the place of a slug in the directory.

use std::fmt;

use minicbor::{Decode, Encode};

/// Bytes of a hash.
pub const HASH_BYTES: usize = 16;

/// The first 128 bits of the BLAKE3 hash of a blob: its name everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Hash(#[cbor(n(0), with = "minicbor::bytes")] [u8; HASH_BYTES]);

impl Hash {
    /// The name of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut short = [0; HASH_BYTES];
        short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..HASH_BYTES]);
        Self(short)
    }

    /// Hashes one behind the other; zeros stand for none. A reader finds one of them, or reads all
    /// of them, without taking a list apart.
    pub fn pack(hashes: impl IntoIterator<Item = Option<Hash>>) -> Vec<u8> {
        let hashes = hashes.into_iter();
        hashes
            .flat_map(|hash| hash.map_or([0; HASH_BYTES], |hash| hash.0))
            .collect()
    }

    /// What [`Hash::pack`] has written; bytes at the end that make no hash are left out.
    pub fn unpack(bytes: &[u8]) -> impl ExactSizeIterator<Item = Option<Hash>> {
        let (hashes, _) = bytes.as_chunks::<HASH_BYTES>();
        hashes
            .iter()
            .map(|&bytes| (bytes != [0; HASH_BYTES]).then_some(Hash(bytes)))
    }

    /// Its bytes, as [`Hash::from_bytes`] takes them.
    pub fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// A name that was written as bytes.
    pub fn from_bytes(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads 32 lower-case hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * HASH_BYTES {
            return None;
        }
        let mut bytes = [0; HASH_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (hex_digit(pair[0])? << 4) | hex_digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// The first 64 bits of the BLAKE3 hash of a slug: it stands for the slug where space is short, and
/// finds the product as the slug does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlugHash(pub u64);

impl SlugHash {
    /// Of this slug.
    pub fn of(slug: &str) -> Self {
        let mut head = [0; 8];
        head.copy_from_slice(&blake3::hash(slug.as_bytes()).as_bytes()[..8]);
        Self(u64::from_be_bytes(head))
    }

    /// Which of `2^bits` product segments holds the product with the slug; at most 32 bits.
    pub(crate) fn bucket(self, bits: u8) -> u32 {
        let head = self.0 >> 32;
        let bucket = head >> (32 - u32::from(bits));
        u32::try_from(bucket).expect("32 bits at most are left")
    }
}

/// Which of `2^bits` product segments holds the product with this slug.
pub fn slug_bucket(slug: &str, bits: u8) -> u32 {
    SlugHash::of(slug).bucket(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read_back_from_their_text() {
        let hash = Hash::of(b"souk");
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        for bad in [
            "",
            "zz",
            &hash.to_string().to_uppercase(),
            &format!("{hash}0"),
        ] {
            assert_eq!(Hash::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn packed_hashes_are_read_back() {
        let hashes = [Some(Hash::of(b"a")), None, Some(Hash::of(b"b"))];
        let bytes = Hash::pack(hashes);
        assert_eq!(bytes.len(), 48);
        assert!(Hash::unpack(&bytes).eq(hashes));
        assert!(Hash::unpack(&bytes[..47]).eq(hashes[..2].iter().copied()));
    }

    #[test]
    fn a_bucket_splits_in_two_with_one_more_bit() {
        for slug in ["mug", "teapot", "灯笼"] {
            assert_eq!(slug_bucket(slug, 0), 0);
            assert_eq!(slug_bucket(slug, 9) >> 1, slug_bucket(slug, 8));
            let all = u64::from(slug_bucket(slug, 32));
            assert_eq!(SlugHash::of(slug).0 >> 32, all);
        }
    }
}
