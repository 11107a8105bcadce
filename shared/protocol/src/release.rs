//! A release of the storefront: what the back office says of it to the store `operations`, and how it
//! stands. A share is in buckets of shoppers, of 10,000: 100 are 1 %.
//!
//! Not here: when a release is bad (`souk-operations`).

use serde::{Deserialize, Serialize};

/// `GET`: → [`ReleaseStanding`].
pub const RELEASE_PATH: &str = "/operations/v1/release";

/// What is wanted of releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseWish {
    /// A second build for a share of the shoppers.
    Next(NextRelease),
    /// Another share of the one that is out.
    Share(u16),
    /// It ends: its build is the stable one now.
    Promote,
    /// It ends: shoppers get the stable build again.
    Rollback,
}

/// A release that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextRelease {
    /// 1 to 40 letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Of 10,000.
    pub share: u16,
    /// For how many seconds operations takes a bad one back by itself, after each change of the share.
    pub window_s: u32,
}

/// How releases stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseStanding {
    /// The one that is out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<ReleaseOut>,
    /// The last one that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<ReleasePast>,
}

/// A release that is out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseOut {
    /// Its name.
    pub name: String,
    /// Of 10,000.
    pub share: u16,
    /// In milliseconds since 1970.
    pub began_at_ms: i64,
    /// Until when operations takes it back by itself, in milliseconds since 1970.
    pub window_ends_at_ms: i64,
    /// Whether that is still to come.
    pub is_watched: bool,
    /// `gathering` (too few samples), `good` or `bad`.
    pub verdict: String,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// How many samples of it a verdict needs.
    pub samples_min: u32,
    /// The lane of the release.
    pub next: LaneFigures,
    /// The lane of the stable build.
    pub stable: LaneFigures,
}

/// What a lane has answered since the share was last set, while the release was watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneFigures {
    /// How many answers were reported.
    pub samples: u32,
    /// For how many they stand.
    pub requests: u64,
    /// Of these, those with a 5xx or without any answer.
    pub errors: u64,
    /// Of these, those that took longer than their target.
    pub slow: u64,
}

/// A release that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasePast {
    /// Its name.
    pub name: String,
    /// When it ended, in milliseconds since 1970.
    pub ended_at_ms: i64,
    /// Whether its build became the stable one; otherwise it was rolled back.
    pub is_promoted: bool,
    /// Who ended it: the name of a token, or `operations`.
    pub who: String,
    /// What was wrong with it, where operations has ended it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}
