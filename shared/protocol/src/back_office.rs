//! Orders, stock receipts, queues and reports in the staff API, and what its order index ingests.
//!
//! The order index is the back office's own store: it gets every event of every order in event
//! messages, and answers worklists and reports without asking the origin. An event message carries
//! neither personal fields nor the order's token; a caller that needs those asks the origin for the
//! record.

use serde::{Deserialize, Serialize};

use crate::life::{FundsReport, QueueDepth, ReceiptLine, RecordedEvent};
use crate::problem::Problem;
use crate::trade::{Delivery, PaymentMethod, Status};

/// `GET` with [`WorklistQuery`] as parameters: → [`Worklist`], from the order index.
///
/// With `/ID` behind it: → [`crate::life::OrderRecord`] from the origin, its token left empty.
/// With `/ID/index`: → [`IndexedOrder`], as the order index knows it.
/// `POST` with `/ID/changes`, an `Idempotency-Key` and a [`crate::life::Action`]:
/// → [`crate::life::OrderRecord`], or [`IllegalChange`] with 409.
pub const ORDERS_PATH: &str = "/staff/v1/orders";
/// `GET`: → list of [`OrderTotal`], from the order index.
pub const REPORT_PATH: &str = "/staff/v1/reports/orders";
/// `POST` with an `Idempotency-Key` and a [`Receipt`]: → list of
/// [`crate::trade::StockAccount`].
pub const RECEIPTS_PATH: &str = "/staff/v1/stock/receipts";
/// `POST` with an `Idempotency-Key` and an [`AskedRepair`]: → [`crate::repair::Repair`].
pub const REPAIRS_PATH: &str = "/staff/v1/repairs";
/// `GET`: → [`QueueReport`].
pub const QUEUES_PATH: &str = "/staff/v1/queues";
/// `POST`: [`crate::life::Replay`] → [`crate::life::Replayed`].
pub const REPLAY_PATH: &str = "/staff/v1/queues/replay";
/// `POST` without a body: does what is due → [`TickDone`].
pub const TICK_PATH: &str = "/staff/v1/tick";
/// `GET`: the order index's gauges as Prometheus text.
pub const METRICS_PATH: &str = "/staff/v1/metrics";

/// Most orders on one page of a worklist, and as many when the request names no number.
pub const WORKLIST_ITEMS_MAX: u32 = 100;
/// Most event messages in one call of the order index.
pub const EVENT_MESSAGES_MAX: usize = crate::life::CLAIM_MAX;

/// Which orders a worklist shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistQuery {
    /// Only those that stand here.
    pub status: Option<Status>,
    /// Which come first.
    pub sort: Sort,
    /// Where the page before ended: [`Worklist::after`].
    pub after: Option<Place>,
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

/// A place in a worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
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
    /// How it travels.
    pub delivery: Delivery,
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

/// Units that come in, or are found to be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// 1 to [`crate::limits::OFFERS_PER_MESSAGE_MAX`], each SKU once.
    pub lines: Vec<ReceiptLine>,
    /// Why, for the ledger.
    pub reason: String,
}

/// Asks for the repair of what the audit names: either a SKU or an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedRepair {
    /// The SKU whose account drifts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The number of the order that lacks a message which it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Why, for the ledger.
    pub reason: String,
    /// Only says what would be done.
    #[serde(default)]
    pub preview: bool,
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

/// How the queues and the order index stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueReport {
    /// At the origin.
    pub queues: Vec<QueueDepth>,
    /// At the end of the way.
    pub index: OrderIndexCondition,
}

/// How the order index stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderIndexCondition {
    /// Events that arrived before an earlier one of their order, and wait for it.
    pub early: i64,
    /// Event messages that a queue of the platform dead-lettered, and that wait for the staff.
    pub dead: i64,
    /// The event that was ingested last; absent in an empty order index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastTaken>,
}

/// The event that the order index ingested last, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTaken {
    /// When it happened.
    pub at_ms: i64,
    /// When it was ingested.
    pub taken_at_ms: i64,
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

/// One event to be delivered to the order index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMessage {
    /// The order's number.
    pub order: String,
    /// Place of the event in the order's history; 0 for placing. Together with the order it is
    /// the event message's identity.
    pub sequence: u32,
    /// What happened.
    pub entry: Entry,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// An order was placed.
    Placed(PlacedEntry),
    /// Something happened to an order.
    Changed(RecordedEvent),
}

/// What the order index keeps of an order. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedEntry {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Where it began.
    pub status: Status,
    /// Until when its units are held, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until_ms: Option<i64>,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// How it travels.
    pub delivery: Delivery,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Lines and delivery.
    pub total: i64,
    /// What was sold.
    pub lines: Vec<EntryLine>,
}

/// A line of [`PlacedEntry`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryLine {
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// Price of one unit.
    pub unit_price: i64,
    /// Units of `quantity` that were not there.
    #[serde(default)]
    pub backordered: u32,
}

/// What became of a [`EventMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "taken", rename_all = "snake_case")]
pub enum Taken {
    /// It is in the order index now.
    New,
    /// It was in the order index before.
    Known,
    /// It cannot be true.
    Refused {
        /// Why.
        reason: String,
    },
}

/// An event message that a queue of the platform gave up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The queue's name of it, so that it is kept once however often it comes.
    pub name: String,
    /// As it was sent: a [`EventMessage`] as JSON, if nothing is wrong with it.
    pub body: String,
    /// Why it was given up.
    pub error: String,
}

/// A call of an order index that lives elsewhere. `POST` to any path; answered by the type that the
/// variant names, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum OrderIndexCall {
    /// → list of [`Taken`], one for each event message.
    TakeIn {
        /// At most [`EVENT_MESSAGES_MAX`].
        messages: Vec<EventMessage>,
    },
    /// → [`Worklist`].
    Worklist {
        /// Which.
        query: WorklistQuery,
    },
    /// → [`IndexedOrder`] or `null`.
    Order {
        /// Its number.
        order: String,
    },
    /// → list of [`OrderTotal`].
    Totals,
    /// → [`OrderIndexCondition`].
    Condition,
    /// → `null`.
    DeadLetter {
        /// At most [`EVENT_MESSAGES_MAX`].
        messages: Vec<DeadLetter>,
    },
    /// → number of event messages that are in the order index now.
    Requeue,
}
