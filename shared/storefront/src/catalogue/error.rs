//! Why the catalogue could not be read.

use souk_catalogue::DecodeError;
use souk_ports::PortError;

/// Why the catalogue could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// Nothing has been published yet.
    #[error("nothing is published yet")]
    Unpublished,
    /// The store does not answer.
    #[error("the catalogue store {0}")]
    Store(#[from] PortError),
    /// A blob that the manifest names is not in the store.
    #[error("the catalogue store lacks {0}")]
    Missing(String),
    /// A blob of the version that a request reads is not in the store.
    #[error("version {version} of the catalogue lacks {key}")]
    Broken {
        /// The version's number.
        version: u64,
        /// Key of the blob.
        key: String,
    },
    /// A blob is damaged.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The version that a cursor names is gone.
    #[error("version {0} of the catalogue is gone")]
    VersionGone(u64),
}

impl ReadError {
    /// The same of a blob that a version names.
    pub(crate) fn of_version(self, version: u64) -> Self {
        match self {
            ReadError::Missing(key) => ReadError::Broken { version, key },
            other => other,
        }
    }
}
