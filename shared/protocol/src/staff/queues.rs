//! How the queues stand, and what a tick did.

use serde::{Deserialize, Serialize};

use crate::mail::MailReport;
use crate::origin::QueueDepth;

/// How the queues and the order index stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueReport {
    /// At the origin.
    pub queues: Vec<QueueDepth>,
    /// Which messages for the back office end in.
    pub index: OrderIndexCondition,
}

/// What a tick did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TickDone {
    /// Orders that expired.
    pub expired: u32,
    /// Messages for the order index.
    pub delivered: Delivered,
    /// What the payment functions did, in their own words; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<serde_json::Value>,
    /// What the mail function did; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mails: Option<MailReport>,
    /// Whether there is more to do at once.
    pub more: bool,
    /// What did not work, in words; the rest was done all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

/// What became of the messages that a courier claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delivered {
    /// Claimed.
    pub claimed: u32,
    /// Delivered, for the first time or again.
    pub done: u32,
    /// To be delivered later.
    pub retried: u32,
    /// Dead-lettered: the staff have to handle them.
    pub dead: u32,
}

/// How the order index stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderIndexCondition {
    /// Events that arrived before an earlier one of their order, and wait for it.
    pub early: i64,
    /// Event messages that a queue of the platform dead-lettered, and that wait for the staff.
    pub dead: i64,
    /// Reports of mails that did not get to their buyers.
    #[serde(default)]
    pub mails_failed: i64,
    /// The event that was ingested last; absent in an empty order index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastIngested>,
}

/// The event that the order index ingested last, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastIngested {
    /// When it happened.
    pub at_ms: i64,
    /// When it was ingested.
    pub ingested_at_ms: i64,
}
