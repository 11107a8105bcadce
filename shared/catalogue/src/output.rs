//! The blobs of a version while they are made.

use std::collections::BTreeMap;

use crate::Hash;

/// A number of things, as blobs say it.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).expect("a catalogue has fewer than 2^32 products and variants")
}

/// Keeps a blob by its hash.
pub(crate) fn put(blobs: &mut BTreeMap<Hash, Vec<u8>>, blob: Vec<u8>) -> Hash {
    let hash = Hash::of(&blob);
    blobs.insert(hash, blob);
    hash
}
