//! The staff API: how a catalogue gets into the shop. Every request carries a bearer token.
//!
//! A publish is: `POST begin` (which blobs are new is the client's to find out, from the manifest
//! of the published version) → `PUT` each new blob → offers to the origin → `POST activate`.
//! Nothing is visible before the last step, and every step may be repeated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `GET`: → [`Publications`]; `POST`: [`PublicationChange`] → [`PublicationReply`].
pub const PUBLICATIONS_PATH: &str = "/staff/v1/publications";
/// `GET`, `PUT`, `DELETE` with the hash of the content behind it.
pub const BLOBS_PATH: &str = "/staff/v1/blobs/";
/// `PUT`, `DELETE` with the media name behind it.
pub const MEDIA_PATH: &str = "/staff/v1/media/";
/// `POST`: [`crate::trade::DefineOffers`] → 204.
pub const OFFERS_PATH: &str = "/staff/v1/offers";
/// `POST`: [`crate::trade::StockQuery`] → [`crate::trade::StockReport`].
pub const STOCK_PATH: &str = "/staff/v1/stock";
/// `GET`: → [`crate::trade::AuditReport`].
pub const AUDIT_PATH: &str = "/staff/v1/audit";
/// `GET`: → [`crate::shards::ShardsReport`]. 501 `unsupported` where the origin is one store.
pub const SHARDS_PATH: &str = "/staff/v1/shards";
/// `POST`: [`crate::shards::Grow`] → [`crate::shards::GrowReply`] that says `growing`, so that the same
/// request goes on with it, or `grown`; a refusal is a problem.
pub const GROW_PATH: &str = "/staff/v1/shards/grow";

/// The value of the pointer keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The version's number.
    pub version: u64,
    /// Hash of the manifest's blob.
    pub manifest: String,
    /// When it became the published one, in milliseconds since 1970.
    pub activated_at_ms: i64,
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
}

/// A step of publishing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// What became of a [`PublicationChange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
