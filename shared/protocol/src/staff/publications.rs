//! How a catalogue gets into the shop.
//!
//! A publish is: [`PublicationChange::Begin`] (which blobs are new is the client's to find out, from
//! the manifest of the published version) → each new blob → offers to the origin →
//! [`PublicationChange::Activate`]. Nothing is visible before the last step, and every step may be
//! repeated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::by_kind::read_by_kind;

/// The value of the pointer keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The version's number.
    pub version: u64,
    /// Hash of the manifest's blob.
    pub manifest: String,
    /// When it became the published one, in milliseconds since 1970.
    pub activated_at_ms: i64,
    /// The version that was published before it, for an edge that finds this one broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// A version that the shop knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Number, ascending from 1.
    pub version: u64,
    /// Hash of the manifest's blob.
    pub manifest: String,
    /// The encoding of the blobs.
    pub format: u32,
    /// Products in it.
    pub products: u32,
    /// Variants in it.
    pub variants: u32,
    /// When its publishing began, in milliseconds since 1970.
    pub begun_at_ms: i64,
    /// When it last became the published one; absent when it never did.
    pub activated_at_ms: Option<i64>,
    /// When another one took its place (or it was begun and left); absent for the published one.
    pub retired_at_ms: Option<i64>,
}

/// Every version that has not been dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publications {
    /// The published one of each format.
    pub current: BTreeMap<u32, u64>,
    /// In order of their numbers.
    pub versions: Vec<Publication>,
}

impl Publications {
    /// The published version of a format.
    pub fn published(&self, format: u32) -> Option<&Publication> {
        let current = self.current.get(&format)?;
        self.versions.iter().find(|known| known.version == *current)
    }

    /// The version that was published before another one of its format.
    pub fn before(&self, publication: &Publication) -> Option<&Publication> {
        let others = self.versions.iter().filter(|known| {
            known.format == publication.format
                && known.version != publication.version
                && known.activated_at_ms.is_some()
        });
        others.max_by_key(|known| known.retired_at_ms)
    }
}

/// A step of publishing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum PublicationChange {
    /// Registers a version before its blobs are sent. A version with the same manifest that is
    /// known already is taken up again.
    Begin {
        /// Hash of the manifest's blob.
        manifest: String,
        /// The encoding of the blobs.
        format: u32,
        /// Products in it.
        products: u32,
        /// Variants in it.
        variants: u32,
    },
    /// Makes a version the published one of its format, if `expected` is still published. Those of
    /// other formats stay as they are.
    Activate {
        /// Which.
        version: u64,
        /// The published version of the same format that the client knows.
        expected: Option<u64>,
    },
    /// Forgets a version that is not published, after its blobs were deleted.
    Drop {
        /// Which.
        version: u64,
        /// It must have been retired for this long, in milliseconds.
        grace_ms: i64,
    },
}

read_by_kind!(PublicationChange by step {
    manifest: String,
    format: u32,
    products: u32,
    variants: u32,
    version: u64,
    expected: u64,
    grace_ms: i64,
} {
    "begin" => Begin { manifest: needed, format: needed, products: needed, variants: needed },
    "activate" => Activate { version: needed, expected: optional },
    "drop" => Drop { version: needed, grace_ms: needed },
});

/// What became of a [`PublicationChange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PublicationReply {
    /// Done; this is the version now.
    Done {
        /// The version.
        publication: Publication,
    },
    /// Another version is published than was expected.
    Superseded {
        /// The published one of the format.
        current: Option<u64>,
    },
    /// There is no such version, or its manifest has not been sent.
    Unknown,
    /// The version is published, or was retired too short a time ago.
    InUse,
}

read_by_kind!(PublicationReply by outcome {
    publication: Publication,
    current: u64,
} {
    "done" => Done { publication: needed },
    "superseded" => Superseded { current: optional },
    "unknown" => Unknown {},
    "in_use" => InUse {},
});
