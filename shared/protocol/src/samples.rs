//! What edges tell the store `operations` about requests that they have answered, and what the staff see
//! of it.
//!
//! Over service chaining, or a call of the object. Nothing here is reachable by shoppers.
//! A sample has no address, cookie, path or time of day: it says nothing of a person.

use serde::{Deserialize, Serialize};

/// `POST` [`SampleBatch`]: an empty answer. What cannot be stored is lost, and is not sent again.
pub const SAMPLES_PATH: &str = "/operations/v1/samples";
/// Longest body with a batch, in bytes: [`SAMPLES_MAX`] times 240.
pub const SAMPLES_BYTES_MAX: usize = 24 * 1024;
/// Samples in a batch, at most.
pub const SAMPLES_MAX: usize = 100;

/// `GET`, with [`SINCE`]: → [`SignalsStanding`].
pub const SIGNALS_PATH: &str = "/operations/v1/signals";
/// Parameter of [`SIGNALS_PATH`]: the second, in seconds since 1970, after which seconds are wanted; all
/// that there are where it is missing.
pub const SINCE: &str = "since";
/// `POST` without a body: a person looks on, so edges report for [`WATCH_MS`] from now → nothing.
pub const WATCH_PATH: &str = "/operations/v1/watch";
/// How long edges report for one who looks on, in milliseconds.
pub const WATCH_MS: i64 = 30_000;

/// What an instance has answered since its last batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleBatch {
    /// Names the instance: a random number below 2^53, drawn when it starts.
    pub edge: u64,
    /// Further samples that it had no room for.
    #[serde(default)]
    pub lost: u64,
    /// At most [`SAMPLES_MAX`].
    pub samples: Vec<Sample>,
}

/// A request that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The number of its class: `souk_operations::RouteClass`.
    pub class: u8,
    /// It stands for so many requests, in millionths: a million of the instance's share.
    pub per_million: u32,
    /// The hundreds of its status.
    pub status: u8,
    /// How long it took, in milliseconds.
    pub ms: u32,
    /// How long the origin took, of the longest call that it was asked by; `None`: by none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_ms: Option<u32>,
    /// Whether a call of the origin failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub origin_failed: bool,
    /// Whether it was to place an order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub places: bool,
    /// The stamp of the pulse that the instance had; 0: none.
    pub stamp: u64,
    /// How old that pulse was, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulse_age_ms: Option<u32>,
    /// How long before the batch was sent it was answered, in milliseconds.
    pub ago_ms: u32,
    /// The number of its lane while a release is out: `souk_operations::Lane`; 0: none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lane: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalsStanding {
    /// The store's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// Until when edges report because a person looks on, in milliseconds since 1970; `None`: they do
    /// not, or for other reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_until_ms: Option<i64>,
    /// Every signal, in the order of the registry.
    pub signals: Vec<SignalStanding>,
    /// The last minutes, the oldest first; a second without any value is left out.
    pub seconds: Vec<SignalsSecond>,
    /// Changes of switches that are on their way to edges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applying: Vec<ApplyingChange>,
    /// What each class of requests had to wait for, in several windows that end now. Left out where
    /// [`SINCE`] is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<ClassWindow>,
}

/// A signal, and its value now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalStanding {
    /// Its name.
    pub signal: String,
    /// `ms`, `per_second`, `count` or `fraction` (0 to 1).
    pub unit: String,
    /// A sentence.
    pub meaning: String,
    /// Of the last second that has one, at most five seconds ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// The values of a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalsSecond {
    /// In seconds since 1970.
    pub at_s: i64,
    /// By the names of the signals.
    pub values: std::collections::BTreeMap<String, f64>,
}

/// A change of switches that is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyingChange {
    /// The number of its record in the journal.
    pub record: u64,
    /// When it was made, in milliseconds since 1970.
    pub changed_at_ms: i64,
}

/// The requests of a class in a window, as far as edges reported them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassWindow {
    /// The class: `read`, `search`, `cart`, `ticket`, `order` or `secret`.
    pub class: String,
    /// How long the window is, in seconds.
    pub window_s: i64,
    /// Minutes of it in which edges reported.
    pub minutes: u32,
    /// Requests.
    pub requests: u64,
    /// Those with a 5xx.
    pub errors: u64,
    /// Those that were answered, not with a 5xx, within each of [`BOUNDS_MS`].
    pub within: Vec<u64>,
}

/// The bounds of [`ClassWindow::within`], in milliseconds: those of the histogram
/// `souk_request_duration_seconds`.
pub const BOUNDS_MS: [u32; 12] = [
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 3_000, 5_000, 10_000,
];

/// The windows that [`SignalsStanding::windows`] has, in seconds: two pairs for alerts on how fast a
/// budget is used up (Google, The Site Reliability Workbook, chapter 5).
pub const WINDOWS_S: [i64; 4] = [5 * 60, 30 * 60, 60 * 60, 6 * 60 * 60];
