//! What travels between the origin, the courier and the order index.
//!
//! The order index is the back office's own store: it gets every event of every order in event
//! messages, and answers worklists and reports without asking the origin. An event message carries
//! no personal fields.

use serde::{Deserialize, Serialize};

use crate::origin::{PaymentMethod, RecordedEvent, Status};
use crate::staff::{ImportCounts, WorklistQuery};

/// Most event messages in one call of the order index.
pub const EVENT_MESSAGES_MAX: usize = crate::origin::CLAIM_MAX;

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
    /// Id of the method by which it is delivered.
    pub delivery: String,
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
    /// The product's slug at the moment of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
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
#[serde(rename_all = "snake_case")]
pub enum IngestOutcome {
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

/// An event message that a queue of the platform dead-lettered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The queue's name of it, so that it is kept once however often it comes.
    pub name: String,
    /// As it was sent: a [`EventMessage`] as JSON, if nothing is wrong with it.
    pub body: String,
    /// Why it was dead-lettered.
    pub error: String,
}

/// How the counts stand that recommendations are made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counted {
    /// Orders, the imported ones among them.
    pub orders: i64,
    /// The day of the last one, in days since 1970.
    pub last_day: i64,
    /// Ascends with every change of a count.
    pub changes: i64,
    /// How often counts were replaced at once: the shop's own ones forgotten, to be filled anew, and
    /// an import put in the place of the one before.
    pub clears: i64,
    /// Whether fewer orders are counted than before the counts were forgotten.
    pub is_refilling: bool,
    /// What [`OrderIndexCall::KeepBuild`] kept; empty at first.
    pub build: String,
}

/// What is ordered most.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MostOrdered {
    /// Hashes of the slugs, as [`PairCount::product`], the most popular first, with what their orders
    /// weigh.
    pub products: Vec<(String, i64)>,
    /// Products that are counted.
    pub counted: i64,
}

/// How many orders have two products.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PairCount {
    /// The hash of a product's slug, as 16 hexadecimal digits.
    pub product: String,
    /// That of another one; of the same one for how many orders have the product.
    pub companion: String,
    /// Orders that have both.
    pub orders: i64,
    /// Orders that have the companion.
    pub companion_orders: i64,
}

/// Two products, and how many orders have both.
pub type PairMet = (String, String, i64);

/// Most SKUs in one [`OrderIndexCall::NoteSoldOut`]: 11 bytes each are 1.1 MB, and a text of SQLite on
/// Workers has 2 MB at most.
pub const SOLD_OUT_MAX: usize = 100_000;

/// A product and a companion.
pub type Pair = (String, String);

/// Most pairs in one answer: a hundred bytes each are 500 KB.
pub const PAIRS_PAGE_MAX: usize = 5_000;

/// A call of an order index that lives elsewhere. `POST` to any path; answered by the type that the
/// variant names, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderIndexCall {
    /// At most [`EVENT_MESSAGES_MAX`] → list of [`IngestOutcome`], one for each of them.
    Ingest(Vec<EventMessage>),
    /// → [`crate::staff::Worklist`].
    Worklist(WorklistQuery),
    /// The order of a number → [`crate::staff::IndexedOrder`] or `null`.
    Order(String),
    /// → list of [`crate::staff::OrderTotal`].
    Totals,
    /// → list of [`crate::mail::FailedMail`].
    FailedMails,
    /// → [`crate::staff::OrderIndexCondition`].
    Condition,
    /// At most [`EVENT_MESSAGES_MAX`] → nothing.
    DeadLetter(Vec<DeadLetter>),
    /// → number of event messages that are in the order index now.
    Requeue,
    /// → nothing; the order index is empty afterwards.
    Clear,
    /// → [`Counted`].
    Counted,
    /// What an order counts, by its age in days, and how many products at most → [`MostOrdered`].
    MostOrdered((Vec<i64>, i64)),
    /// After which product and companion, and how many orders a pair has at least (what stands for a
    /// product alone is always there) → list of [`PairCount`], at most [`PAIRS_PAGE_MAX`].
    Pairs((Pair, i64)),
    /// How many orders a pair has at least, and how many pairs at most → list of [`PairMet`].
    MostMet((i64, i64)),
    /// The numbers of the SKUs that are sold out, at most [`SOLD_OUT_MAX`]; today, and a day, in days
    /// since 1970 → list of the numbers of those that were so since that day at the latest.
    NoteSoldOut((Vec<u32>, i64, i64)),
    /// What [`Counted::build`] says, and what it says from now on → `true`; `false` where it says
    /// something else, which stays.
    KeepBuild((String, String)),
    /// A part of the counts of orders that the shop did not take itself → nothing.
    Import(ImportCounts),
}
