//! What all stores of an instance share: the facts that it saw last, and the orders that wait.

use souk_order_store::facts::Memory;
use souk_sql::commit_queue::CommitQueue;

use crate::answers::Answer;

/// Of all stores of an instance.
#[derive(Debug, Default)]
pub struct Shared {
    pub(crate) memory: Memory,
    pub(crate) queue: CommitQueue<PreparedOrder, Answer>,
}

/// An order for one SKU, as the engine takes it.
#[derive(Debug)]
pub(crate) struct PreparedOrder {
    pub(crate) key: String,
    pub(crate) fingerprint: String,
    pub(crate) id: String,
    pub(crate) sku: String,
    pub(crate) now_ms: i64,
    pub(crate) sold_out_hold_last_ms: i64,
    /// What it takes of allowances, as a list.
    pub(crate) takes: String,
    /// Without, it is only looked at.
    pub(crate) decided: Option<PreparedDecision>,
}

#[derive(Debug)]
pub(crate) struct PreparedDecision {
    pub(crate) status: &'static str,
    pub(crate) units: u32,
    pub(crate) stamp: String,
    pub(crate) lines: String,
    pub(crate) body: String,
    pub(crate) hold_until_ms: Option<i64>,
    /// How it is listed, where it has a ticket.
    pub(crate) ticket: Option<String>,
}
