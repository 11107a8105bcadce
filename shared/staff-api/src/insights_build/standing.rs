//! How the building of insights stands between two steps, as the order index keeps it.

use serde::{Deserialize, Serialize};
use souk_ports::is_within;
use souk_protocol::staff::InsightsPointer;

/// How long a version is good enough.
const BUILD_EVERY_MS: i64 = 60 * 60 * 1_000;

/// How long a step publishes and deletes at most; one that takes longer has died.
const CLAIM_MS_MAX: i64 = 30 * 1_000;

/// How long a new order index is waited for to have as many orders as the one that was lost.
const REFILL_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

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
    /// Versions whose blobs are deleted while no build is going on, the oldest first.
    pub(super) retiring: Vec<Retiring>,
    /// The pointer to the published version, as its text. The key-value store has a copy that may
    /// be older, so numbers are never taken from there once this is known.
    pub(super) published: Option<String>,
    /// When a version was found that this order index does not know: it is a new one, after a loss.
    pub(super) lost_at_ms: Option<i64>,
    /// When a step began to publish or to delete, until it has: other steps wait so long.
    pub(super) claimed_at_ms: Option<i64>,
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
    /// How many of its blobs are done with.
    pub(super) place: usize,
}

impl Standing {
    /// What was kept; one that cannot be read counts as none, so that a build begins anew.
    pub(super) fn read(kept: &str) -> Self {
        souk_json::read(kept.as_bytes()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        souk_sql::json(self)
    }

    pub(super) fn is_due(&self, now_ms: i64) -> bool {
        !(self.built_at_ms).is_some_and(|built_ms| is_within(BUILD_EVERY_MS, built_ms, now_ms))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.building.is_none() && self.retiring.is_empty() && self.claimed_at_ms.is_none()
    }

    /// Whether a step publishes or deletes now.
    pub(super) fn is_claimed(&self, now_ms: i64) -> bool {
        (self.claimed_at_ms).is_some_and(|claimed_ms| is_within(CLAIM_MS_MAX, claimed_ms, now_ms))
    }

    /// The published version.
    pub(super) fn pointer(&self) -> Option<InsightsPointer> {
        InsightsPointer::parse(self.published.as_ref()?.as_bytes())
    }

    /// Whether a new order index still has fewer orders than the published version is made of. It
    /// gets a day for them: some may be lost for good.
    pub(super) fn is_refilling(&mut self, counted: i64, published: i64, now_ms: i64) -> bool {
        let is_waited_for =
            |lost_ms: &i64| counted < published && is_within(REFILL_MS_MAX, *lost_ms, now_ms);
        self.lost_at_ms = self.lost_at_ms.filter(is_waited_for);
        self.lost_at_ms.is_some()
    }
}

impl Building {
    pub(super) fn parts(&self) -> u32 {
        match self.leaves_lists {
            true => self.parts_total(),
            false => u32::try_from(self.segments.len()).unwrap_or(u32::MAX),
        }
    }

    /// The segments, and what is learnt of products beside.
    pub(super) fn parts_total(&self) -> u32 {
        (1 << self.segment_bits) + 1
    }

    /// Whether every segment is made.
    pub(super) fn is_complete(&self) -> bool {
        self.leaves_lists || self.segments.len() >= 1 << self.segment_bits
    }
}

/// How long ago the last build ended, by what is kept; `None` before the first one.
pub(crate) fn age_ms(kept: &str, now_ms: i64) -> Option<i64> {
    let built_ms = Standing::read(kept).built_at_ms?;
    Some(now_ms - built_ms)
}
