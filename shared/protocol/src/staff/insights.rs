//! How what was learnt from orders gets into the shop.
//!
//! A publish is: each new blob → [`PublishInsights`], which makes its root the one that the edge
//! reads. They are hints: an edge that cannot read them shows other products and no error, so the
//! back office decides alone, and the last publish counts.

use serde::{Deserialize, Serialize};

/// The value of the key of the insights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsightsPointer {
    /// Number, ascending from 1.
    pub version: u64,
    /// Hash of the root's blob.
    pub root: String,
    /// When it was published, in milliseconds since 1970.
    pub published_at_ms: i64,
    /// The root before it, whose blobs an edge may still read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// Makes a root the published one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishInsights {
    /// Hash of the root's blob, which was sent before.
    pub root: String,
    /// The published version that the client knows; absent where there is none. Another one
    /// refuses the request.
    pub expected: Option<u64>,
}
