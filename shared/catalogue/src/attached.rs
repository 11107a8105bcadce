//! What a version has beside its products: the blobs of the shop, in the terms of another crate.

use minicbor::{Decode, Encode};

use crate::{DecodeError, Hash, blob::list, decode_blob, encode_blob};

/// The list of all blobs and media files that a version needs beside those of its products, so that
/// every tool finds them without knowing what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Attached {
    /// Names of the blobs, one behind the other.
    #[cbor(n(0), with = "minicbor::bytes")]
    blobs: Vec<u8>,
    /// Names of the media files: `NAME` of `/media/NAME`.
    #[cbor(n(1), with = "list")]
    media: Vec<String>,
    /// The blob with the list of the files that the version was published from, for tools.
    #[n(2)]
    sources: Option<Hash>,
}

impl Attached {
    /// A list of blobs and of media files.
    pub fn new(blobs: impl IntoIterator<Item = Hash>, media: Vec<String>) -> Self {
        Self {
            blobs: Hash::pack(blobs.into_iter().map(Some)),
            media,
            sources: None,
        }
    }

    /// The same with the blob that lists the source files, which is among the blobs.
    pub fn with_sources(self, sources: Option<Hash>) -> Self {
        Self { sources, ..self }
    }

    /// The blob of the list.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not such a list.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("list of attached blobs", blob)
    }

    /// Names of the blobs.
    pub fn blobs(&self) -> impl Iterator<Item = Hash> {
        Hash::unpack(&self.blobs).flatten()
    }

    /// The blob with the list of the source files.
    pub fn sources(&self) -> Option<Hash> {
        self.sources
    }

    /// Names of the media files.
    pub fn media(&self) -> &[String] {
        &self.media
    }
}
