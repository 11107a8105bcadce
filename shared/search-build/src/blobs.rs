//! The blobs that a build writes.

use std::collections::BTreeMap;

use souk_catalogue::Hash;

/// Blobs that are written.
#[derive(Default)]
pub(crate) struct Blobs {
    pub(crate) blobs: BTreeMap<Hash, Vec<u8>>,
    pub(crate) card_bytes: usize,
    /// Long lists of postings of the run that is written.
    pub(crate) long_postings: Vec<Hash>,
}

impl Blobs {
    pub(crate) fn put(&mut self, blob: Vec<u8>) -> Hash {
        let hash = Hash::of(&blob);
        self.blobs.insert(hash, blob);
        hash
    }

    pub(crate) fn put_card_chunk(&mut self, blob: Vec<u8>) -> Hash {
        self.card_bytes += blob.len();
        self.put(blob)
    }
}
