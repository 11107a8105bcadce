//! Orders: placing, finding and changing them.

use serde_json::Value;
use souk_domain::Movement;
use souk_protocol::origin::{Progress, Queue, RecordedEvent};
use souk_sql::StoreError;

use crate::pricing::Price;
use crate::{OrderRecord, StoredOrder, SubmitOrder, SubmitReply, Terms};

/// An order to place, with what only the origin knows.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder<'a> {
    /// What the edge sent.
    pub submit: &'a SubmitOrder,
    /// The moment, in milliseconds since 1970.
    pub now_ms: i64,
    /// What the deployment decides.
    pub terms: &'a Terms,
    /// What is known of its price.
    pub price: &'a Price,
}

/// An order as it is, and what is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The order with its history.
    pub record: OrderRecord,
    /// The fingerprint of the change that used the key, if one did.
    pub change: Option<String>,
    /// What the order takes of allowances, as it is stored: a list of [`crate::Wanted`].
    pub takes: Vec<Value>,
}

/// What an order takes of allowances when units are taken off that are not paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoweredTakes {
    /// What it takes from now on, as it is stored.
    pub takes: Vec<Value>,
    /// What goes back: accounts with units.
    pub back: Vec<Value>,
}

/// An order as it was placed, with what is sealed or keyed beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedOrder {
    /// The order.
    pub order: StoredOrder,
    /// The fingerprint as it is stored.
    pub fingerprint: String,
    /// How many events it has.
    pub revision: u32,
}

/// Units that a change moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMove {
    /// Of which SKU.
    pub sku: String,
    /// From where to where.
    pub movement: Movement,
    /// How many, at least 1.
    pub units: u32,
}

/// Money that a change moves, from one account of the order to another: as much as one loses the
/// other gains, so the ledger is balanced by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundsEntry {
    /// Place of the event that moves it.
    pub sequence: u32,
    /// Loses it.
    pub from: FundsAccount,
    /// Gains it.
    pub to: FundsAccount,
    /// Minor units, above 0.
    pub amount: i64,
}

/// Where money of an order can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FundsAccount {
    /// With the buyer.
    Buyer,
    /// With the buyer, but the provider vouches for it.
    Authorised,
    /// With the shop.
    Shop,
    /// With the shop, but it is to go back.
    Owed,
    /// With the provider, for its services.
    Fees,
    /// With the buyer's bank, which has yet to decide whose it is.
    Disputed,
}

impl FundsAccount {
    /// Every account.
    pub const ALL: [FundsAccount; 6] = [
        FundsAccount::Buyer,
        FundsAccount::Authorised,
        FundsAccount::Shop,
        FundsAccount::Owed,
        FundsAccount::Fees,
        FundsAccount::Disputed,
    ];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            FundsAccount::Buyer => "buyer",
            FundsAccount::Authorised => "authorised",
            FundsAccount::Shop => "shop",
            FundsAccount::Owed => "owed",
            FundsAccount::Fees => "fees",
            FundsAccount::Disputed => "disputed",
        }
    }
}

/// A change to an order, decided on the record of a revision.
#[derive(Debug, Clone, Copy)]
pub struct OrderChange<'a> {
    /// The order's number.
    pub order: &'a str,
    /// Key of the change, within the order.
    pub key: &'a str,
    /// Hash of what was asked for.
    pub fingerprint: &'a str,
    /// The revision that it was decided on.
    pub revision: u32,
    /// What happens, numbered from `revision + 1` on; at least one event.
    pub events: &'a [RecordedEvent],
    /// The fold of all events, these included.
    pub progress: &'a Progress,
    /// Units that move.
    pub moves: &'a [StockMove],
    /// Money that moves.
    pub entries: &'a [FundsEntry],
    /// ISO 4217 code of that money.
    pub currency: &'a str,
    /// Whether the order is no longer unpaid from now on: what it has taken of allowances goes back,
    /// but for what is kept.
    pub ends_unpaid: bool,
    /// What becomes of what it keeps of allowances.
    pub kept: KeptTakes,
    /// What it takes of allowances from now on; `None`: that stays, or `ends_unpaid` and `kept` say it.
    pub lowered: Option<&'a LoweredTakes>,
    /// The order as it was placed, with another address; `None`: it stays.
    pub placed: Option<&'a StoredOrder>,
    /// Beside the one for the back office that every event gets: messages for these queues, due
    /// now.
    pub queues: &'a [Queue],
    /// The moment, in milliseconds since 1970.
    pub now_ms: i64,
}

/// What a change does to what an order keeps of allowances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptTakes {
    /// Nothing.
    Stay,
    /// The order comes to nothing: they go back.
    GoBack,
    /// The order is reinstated: they are taken again. Where one has not enough, nothing is written.
    TakenAgain,
}

/// What became of an [`OrderChange`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// All of it is written.
    Done {
        /// Whether a SKU ran out, or can be ordered again.
        shelves_changed: bool,
    },
    /// Nothing is written: the order is of another revision by now, or gone.
    Stale,
    /// Nothing is written: there are too few units, or an allowance has too little left.
    TooFew {
        /// Of which SKU, or the account of the allowance.
        sku: String,
    },
}

/// Keeps orders with their histories.
///
/// Every method is one transaction, and fails as [`StoreError`] says.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OrderStore {
    /// Places an order: new key → prices and stock for every line → order, movements, outbox
    /// record, or nothing at all. The same key with the same fingerprint gives the same order.
    /// Refusals are replies, not errors.
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError>;

    /// The order with this number, and what is known of a change's key.
    async fn find(&self, id: &str, change_key: &str) -> Result<Option<Found>, StoreError>;

    /// Writes a change: state, events, stock, movements, funds and messages together or nothing.
    async fn change(&self, change: OrderChange<'_>) -> Result<Committed, StoreError>;

    /// Rewrites the details of an order, as they are sealed now, and its fingerprint where there is a
    /// new one; nothing else of it may differ. An order that is no longer of the revision stays as it is:
    /// it may have another address.
    async fn reseal(
        &self,
        placed: &StoredOrder,
        fingerprint: Option<&str>,
        revision: u32,
    ) -> Result<(), StoreError>;

    /// The next orders by their numbers, those in the archive among them, each as it was placed and
    /// at most `limit`; `after` is the number that the last one had, or empty.
    async fn sealed_orders(&self, after: &str, limit: u32) -> Result<Vec<SealedOrder>, StoreError>;

    /// Looks at the next `limit` orders, in the order in which they were placed and again from the
    /// beginning after the last one, and archives those that are over, delivered to the back office
    /// and unchanged since `before_ms`; gives how many. Lookups by number and by key find them
    /// there, and a change brings one back. An engine without an archive archives nothing.
    async fn archive(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError>;

    /// Deletes the oldest `limit` orders at most that have expired or were cancelled before
    /// `before_ms`, were never paid and are delivered to the back office: with their histories, their
    /// keys and their movements, which come to nothing. Gives how many. Their keys may be used again.
    async fn thin_out(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError>;
}
