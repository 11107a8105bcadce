//! Content addresses, and the place of a slug in the directory.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The first 128 bits of the BLAKE3 hash of a blob: its name everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hash([u8; 16]);

impl Hash {
    /// The name of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut short = [0; 16];
        short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        Self(short)
    }

    /// Reads 32 lower-case hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 32 {
            return None;
        }
        let mut bytes = [0; 16];
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

/// Which of `2^bits` product segments holds the product with this slug.
pub fn slug_bucket(slug: &str, bits: u8) -> u32 {
    let hash = blake3::hash(slug.as_bytes());
    let mut head = [0; 4];
    head.copy_from_slice(&hash.as_bytes()[..4]);
    match bits {
        0 => 0,
        bits => u32::from_be_bytes(head) >> (32 - u32::from(bits)),
    }
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
    fn a_bucket_splits_in_two_with_one_more_bit() {
        for slug in ["mug", "teapot", "灯笼"] {
            assert_eq!(slug_bucket(slug, 0), 0);
            assert_eq!(slug_bucket(slug, 9) >> 1, slug_bucket(slug, 8));
        }
    }
}
