//! How the building of insights stands between two steps, as the order index keeps it.

use serde::{Deserialize, Serialize};
use souk_catalogue::Hash;
use souk_ports::is_within;
use souk_protocol::staff::InsightsPointer;

/// How long a version is good enough.
const BUILD_EVERY_MS: i64 = 60 * 60 * 1_000;

/// How the building stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Standing {
    /// When the last build ended, in milliseconds since 1970.
    pub(super) built_at_ms: Option<i64>,
    /// How often counts had changed when it began.
    pub(super) built_changes: Option<i64>,
    /// The build that is going on.
    pub(super) building: Option<Building>,
    /// The version whose blobs are deleted now.
    pub(super) retiring: Option<Retiring>,
}

/// A build that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Building {
    /// Whether only the queries are new.
    pub(super) leaves_lists: bool,
    /// Whether the staff asked for it.
    pub(super) is_wanted: bool,
    /// The root that was published when it began.
    pub(super) base: Option<String>,
    /// How often counts had changed, and were forgotten, when it began.
    pub(super) changes: i64,
    pub(super) clears: i64,
    /// It makes `2^segment_bits` segments.
    pub(super) segment_bits: u8,
    /// The names of those that are made; empty for one without lists.
    pub(super) segments: Vec<String>,
    /// Products that have a list so far.
    pub(super) products: u32,
    /// Blobs that it has written.
    pub(super) written: u32,
}

/// A version whose blobs are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Retiring {
    /// Its root.
    pub(super) root: String,
    /// The roots whose blobs stay: of the published version and of the one before it.
    pub(super) kept: [String; 2],
    /// Blobs that are deleted so far.
    pub(super) deleted: usize,
}

impl Retiring {
    /// What may go when a root was published in place of a version: the one before that version.
    pub(super) fn after(replaced: InsightsPointer, published: Hash) -> Option<Self> {
        Some(Self {
            root: replaced.before?,
            kept: [published.to_string(), replaced.root],
            deleted: 0,
        })
    }
}

impl Standing {
    /// What was kept; one that cannot be read counts as none, so that a build begins anew.
    pub(super) fn read(kept: &str) -> Self {
        serde_json::from_slice(kept.as_bytes()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        souk_sql::json(self)
    }

    pub(super) fn is_due(&self, now_ms: i64) -> bool {
        !(self.built_at_ms).is_some_and(|built_ms| is_within(BUILD_EVERY_MS, built_ms, now_ms))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.building.is_none() && self.retiring.is_none()
    }
}

impl Building {
    pub(super) fn parts(&self) -> u32 {
        match self.leaves_lists {
            true => self.parts_total(),
            false => u32::try_from(self.segments.len()).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn parts_total(&self) -> u32 {
        1 << self.segment_bits
    }

    pub(super) fn is_complete(&self) -> bool {
        self.parts() >= self.parts_total()
    }
}

/// How long ago the last build ended, by what is kept; `None` before the first one.
pub(crate) fn age_ms(kept: &str, now_ms: i64) -> Option<i64> {
    let built_ms = Standing::read(kept).built_at_ms?;
    Some(now_ms - built_ms)
}
