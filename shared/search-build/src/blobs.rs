//! Blobs that are read and written.

use std::collections::BTreeMap;

use souk_catalogue::{DecodeError, Hash};

/// Reads a blob of the published index.
pub type Read<'a> = &'a dyn Fn(Hash) -> Result<Vec<u8>, BuildError>;

/// Why an index cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A blob of the published index cannot be read.
    #[error("the published search index cannot be read: {0}")]
    Read(String),
    /// A blob of the published index is damaged.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Blobs that are written.
#[derive(Default)]
pub(crate) struct Blobs {
    pub(crate) blobs: BTreeMap<Hash, Vec<u8>>,
    /// Bytes of the blobs that hold cards.
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
