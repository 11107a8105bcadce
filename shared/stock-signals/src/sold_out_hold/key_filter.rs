//! A Bloom filter of idempotency keys: it may say "perhaps" of a key that is not there, and never
//! "no" of one that is.

use bytes::Bytes;

/// Bits for each key. With [`HASHES`] less than one key of a thousand that is not there is taken for
/// one that may be, so that hardly any refusal goes to the origin for it.
const BITS_PER_KEY: usize = 16;
const HASHES: usize = 11;
/// A filter of one key would be all chance.
const BYTES_MIN: usize = 32;
/// Keys that a filter holds at most: 200 kB. A SKU with more orders gets no hold.
pub const KEYS_MAX: usize = 100_000;

/// Keys that may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFilter(pub(super) Bytes);

impl KeyFilter {
    /// The filter of exactly these keys; `None` where they are more than [`KEYS_MAX`].
    pub fn of<K: AsRef<str>>(keys: &[K]) -> Option<Self> {
        if keys.len() > KEYS_MAX {
            return None;
        }
        let mut bits = vec![0; (keys.len() * BITS_PER_KEY / 8).max(BYTES_MIN)];
        let count = bit_count(&bits);
        for key in keys {
            for place in places(key.as_ref(), count) {
                let (byte, bit) = at(place);
                bits[byte] |= bit;
            }
        }
        Some(Self(bits.into()))
    }

    /// Whether the key may be one of those that the filter was made of. An empty filter, which
    /// is never made, says so of every key.
    pub fn may_have(&self, key: &str) -> bool {
        let count = bit_count(&self.0);
        count == 0
            || places(key, count).all(|place| {
                let (byte, bit) = at(place);
                self.0[byte] & bit != 0
            })
    }
}

fn bit_count(bytes: &[u8]) -> u64 {
    bytes.len() as u64 * 8
}

fn at(place: u64) -> (usize, u8) {
    let byte = usize::try_from(place / 8).expect("a place within bytes that are there");
    (byte, 1 << (place % 8))
}

/// The bits of a key: eleven numbers out of its hash.
fn places(key: &str, count: u64) -> impl Iterator<Item = u64> {
    let mut bytes = [0; 4 * HASHES];
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(key.as_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    (0..HASHES).map(move |n| {
        let number = bytes[4 * n..][..4].try_into().expect("four bytes");
        u64::from(u32::from_le_bytes(number)) % count
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_that_is_there_is_never_denied(
            keys in proptest::collection::vec(".{0,40}", 0..300)
        ) {
            let filter = KeyFilter::of(&keys).expect("few keys");
            for key in &keys {
                prop_assert!(filter.may_have(key), "{key:?}");
            }
        }
    }

    #[test]
    fn few_keys_that_are_not_there_pass() {
        for count in [1, 10, 1_000, 20_000] {
            let keys: Vec<_> = (0..count).map(|n| format!("there-{n}")).collect();
            let filter = KeyFilter::of(&keys).expect("few keys");
            let strangers = (0..100_000).filter(|n| filter.may_have(&format!("not-there-{n}")));
            let passed = strangers.count();
            assert!(passed < 100, "{passed} of 100,000 beside {count} keys");
        }
    }

    #[test]
    fn too_many_keys_make_no_filter() {
        let keys = vec!["k"; KEYS_MAX];
        assert!(KeyFilter::of(&keys).is_some_and(|filter| filter.0.len() == 200_000));
        assert_eq!(KeyFilter::of(&vec!["k"; KEYS_MAX + 1]), None);
    }

    #[test]
    fn a_filter_without_bits_denies_nothing() {
        assert!(KeyFilter(Bytes::new()).may_have("k"));
    }
}
