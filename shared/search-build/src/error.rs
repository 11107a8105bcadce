//! Reading the published index, and why it fails.

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
