//! Codes that buyers type: terms hold their hashes, so that a published blob does not show a code.

use minicbor::{Decode, Encode};

/// The first 64 bits of the BLAKE3 hash of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct CodeHash(#[n(0)] u64);

impl CodeHash {
    /// Of a code as a buyer types it: white space around it and the case of `a` to `z` make no
    /// difference.
    pub fn of(code: &str) -> Self {
        let code = code.trim().to_ascii_uppercase();
        let mut head = [0; 8];
        head.copy_from_slice(&blake3::hash(code.as_bytes()).as_bytes()[..8]);
        Self(u64::from_be_bytes(head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        assert_eq!(CodeHash::of(" tea-10 "), CodeHash::of("TEA-10"));
        assert_eq!(CodeHash::of("新年"), CodeHash::of("新年 "));
        assert_ne!(CodeHash::of("TEA10"), CodeHash::of("TEA-10"));
    }
}
