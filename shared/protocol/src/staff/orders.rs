//! Orders as staff see them: worklists and reports from the order index.
//!
//! Neither shows personal fields; a caller that needs those asks the origin for the record.

use serde::{Deserialize, Serialize};

use crate::origin::{FundsReport, PaymentMethod, RecordedEvent, Status};
use crate::problem::Problem;

/// Most orders on one page of a worklist, and as many when the request names no number.
pub const WORKLIST_ITEMS_MAX: u32 = 100;

/// Which orders a worklist shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistQuery {
    /// Only those that stand here.
    pub status: Option<Status>,
    /// Only those with money that the buyer disputes.
    pub disputed: bool,
    /// Which come first.
    pub sort: Sort,
    /// Where the page before ended: [`Worklist::after`].
    pub after: Option<WorklistPosition>,
    /// 1 to [`WORKLIST_ITEMS_MAX`].
    pub limit: u32,
}

/// Which orders come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Those that were placed last.
    Newest,
    /// Those that have waited longest.
    Oldest,
}

/// A position in a worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistPosition {
    /// When the order was placed, in milliseconds since 1970.
    pub placed_at_ms: i64,
    /// Its number.
    pub order: String,
}

/// A page of orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worklist {
    /// As the order index knows them.
    pub orders: Vec<WorklistEntry>,
    /// For the parameter `after` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// An order on a worklist. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistEntry {
    /// Number.
    pub order: String,
    /// Its status, as far as the order index has its events.
    pub status: Status,
    /// Number of events since it was placed that the order index has.
    pub revision: u32,
    /// When it was placed, in milliseconds since 1970.
    pub placed_at_ms: i64,
    /// When its last event happened, in milliseconds since 1970.
    pub changed_at_ms: i64,
    /// Until when its units are held, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until_ms: Option<i64>,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// Id of the method by which it is delivered.
    pub delivery: String,
    /// Units ordered.
    pub units: i64,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Lines and delivery.
    pub total: i64,
    /// What was paid.
    pub funds: FundsReport,
}

/// Everything that the order index knows of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedOrder {
    /// Where it stands; absent while only later events have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<WorklistEntry>,
    /// Units returned, for each line.
    pub returned: Vec<u32>,
    /// Units taken off by the buyer, for each line; empty where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<u32>,
    /// Events after placing, in order; those that came before an earlier one among them.
    pub events: Vec<RecordedEvent>,
}

/// The orders of one currency that stand at one point of their lives. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTotal {
    /// Where they stand.
    pub status: Status,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// How many there are.
    pub orders: i64,
    /// Units in them.
    pub units: i64,
    /// Sum of their totals.
    pub total: i64,
    /// Sum of what was taken.
    pub captured: i64,
    /// Sum of what went back.
    pub refunded: i64,
}

/// 409: the order does not allow this now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IllegalChange {
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
    /// Where the order stands.
    pub order_status: Status,
    /// The most that is possible, or the one amount that is, where the amount is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub possible: Option<i64>,
    /// Names of the actions that are legal now.
    pub legal: Vec<String>,
}
