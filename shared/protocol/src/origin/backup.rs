//! Copies of everything that the origin keeps, and putting them back.
//!
//! A copy is cut at a moment: what happened after it is left out. Everything that counts is appended
//! and has its moment (orders, their events, movements of stock and of funds, receipts), so the pages
//! of a copy fit together however long it takes, and the same copy may be continued later. What can
//! be computed is not copied: where an order stands, what an account has, what is taken of an
//! allowance, which messages are due.
//! The moment must lie so far back that no write with an earlier one is still under way.
//!
//! Rows have the same form from every engine, so that one engine's copy can be put back into another.
//! A copy of several shards is put back into one store.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Progress, RecordedEvent, SealedDetails, StoredOrder};

/// `POST`: [`CopyRows`] → [`CopiedRows`].
pub const COPY_PATH: &str = "/trade/v1/copy";
/// `POST`: [`Restore`] → [`RestoreReply`].
pub const RESTORE_PATH: &str = "/trade/v1/restore";
/// `POST`: [`RequeueOrders`] → [`RequeuedOrders`].
pub const REQUEUE_PATH: &str = "/trade/v1/requeue";

/// Most rows of a page. Orders are up to some 100 KB each, with their histories.
pub const COPY_ROWS_MAX: u32 = 500;
/// Most orders of a page of orders, and of one step of requeuing.
pub const COPY_ORDERS_MAX: u32 = 50;

/// How far back the moment of a copy lies at least, in milliseconds: no request to the origin lasts
/// as long, and clocks of several shards are closer to each other.
pub const COPY_CUT_MS_MIN: i64 = 60_000;
const _: () = assert!(COPY_CUT_MS_MIN > crate::limits::ORIGIN_CALL_MS_MAX);

/// How long a restored order that is paid by card is held at least, in milliseconds: by then the
/// provider was asked whether it was paid.
pub const RESTORED_CARD_HOLD_MS_MIN: i64 = 30 * 60 * 1_000;

/// What the origin keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ledger {
    /// [`OrderCopy`].
    Orders,
    /// Money that moved: `order_id`, `sequence`, `source`, `target`, `amount`, `currency`, `at_ms`.
    Funds,
    /// Keys of receipts and repairs: `key`, `fingerprint`, `reason`, `at_ms`, `repair`, `by_name`.
    Receipts,
    /// Repairs of accounts: `sku`, `kind`, `supplied`, `available`, `held`, `sold`, `receipt`,
    /// `at_ms`.
    Repairs,
    /// Units that moved: `sku`, `kind`, `units`, `order_id`, `receipt`, `at_ms`.
    Movements,
    /// What publishes have said about prices: `sku`, `recorded_ms`, `prices`
    /// ([`super::PriceRecord`]).
    Prices,
    /// Versions of the catalogue, as [`crate::staff::Publication`] with `current`.
    Publications,
    /// What is sold: `sku`, `slug`, `title`, `unit_price`, `currency`, `backorder`, `offered`; put
    /// back with `supplied`, `available`, `held` and `sold`, which its movements and repairs sum up
    /// to. Last: nothing can be ordered before.
    Offers,
}

impl Ledger {
    /// Every one, in the order in which they are put back.
    pub const ALL: [Self; 8] = [
        Ledger::Orders,
        Ledger::Funds,
        Ledger::Receipts,
        Ledger::Repairs,
        Ledger::Movements,
        Ledger::Prices,
        Ledger::Publications,
        Ledger::Offers,
    ];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Ledger::Orders => "orders",
            Ledger::Funds => "funds",
            Ledger::Receipts => "receipts",
            Ledger::Repairs => "repairs",
            Ledger::Movements => "movements",
            Ledger::Prices => "prices",
            Ledger::Publications => "publications",
            Ledger::Offers => "offers",
        }
    }
}

/// An order with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCopy {
    /// The key that it was placed with.
    pub key: String,
    /// As it is stored.
    pub fingerprint: String,
    /// The order as it was placed.
    pub order: StoredOrder<SealedDetails>,
    /// What it took of which allowances; absent where it took nothing. What is taken of an allowance
    /// is computed from orders that are not paid when they are put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Value>,
    /// What happened to it, in order.
    pub events: Vec<RecordedEvent>,
    /// The keys of its changes, each with its fingerprint and the revision that it led to.
    pub changes: Vec<(String, String, u32)>,
    /// Where it stands, which the origin computes when it puts the order back; absent where nothing
    /// happened to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Progress>,
}

/// Asks for a page of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyRows {
    /// Of what.
    pub ledger: Ledger,
    /// Where the page before ended: [`CopiedRows::after`]; empty at the beginning.
    #[serde(default)]
    pub after: String,
    /// The moment of the copy, in milliseconds since 1970.
    pub until_ms: i64,
}

/// A page of a copy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CopiedRows {
    /// The rows. A page may have none and not be the last.
    pub rows: Vec<Value>,
    /// How many shards the shop has. Pages of one copy have the same: where orders, keys and units
    /// are changes when the shop grows. It has no pages while it does (423).
    pub shards: u16,
    /// Where the next page begins; absent after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A step of putting a copy back. Between the first one and the last one, everything else that would
/// change orders or stock is refused with 503.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Restore {
    /// Begins, in a store that has neither orders nor stock, or goes on with what was begun.
    Begin {
        /// Names the copy.
        backup: String,
    },
    /// Puts rows back, each batch once.
    Rows {
        /// Names the copy.
        backup: String,
        /// Counts up from 1.
        batch: i64,
        /// Of what.
        ledger: Ledger,
        /// The rows.
        rows: Vec<Value>,
    },
    /// Ends it: no further row is taken.
    Finish {
        /// Names the copy.
        backup: String,
    },
}

/// What became of a [`Restore`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RestoreReply {
    /// Done, now or before.
    Done {
        /// The last batch that was put back; 0 where there is none.
        batch: i64,
    },
    /// The store has something that is not of this copy.
    NotEmpty,
    /// The shop has several stores: a copy goes into one, which is given more afterwards.
    SeveralStores,
    /// This copy was put back here before, whole: nothing of it is left to do.
    Finished,
    /// This copy was not begun here, takes no more rows, or the batch is not the next one.
    OutOfTurn,
}

/// Asks for orders to be sent to the order index once more, all that happened to them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequeueOrders {
    /// Where the step before ended: [`RequeuedOrders::after`]; empty at the beginning.
    #[serde(default)]
    pub after: String,
    /// Whether the payment provider is asked about orders that are paid by card, too.
    #[serde(default)]
    pub payments: bool,
}

/// What became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequeuedOrders {
    /// Orders of this step.
    pub orders: u32,
    /// Where the next step begins; absent after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}
