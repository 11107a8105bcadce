//! The port to the engine that keeps stock and orders.

use souk_domain::Movement;
use souk_protocol::life::{
    Claim, Message, OrderRecord, Progress, Queue, QueueDepth, ReceiptReply, RecordedEvent,
    Settlement, StockReceipt,
};
use souk_protocol::repair::{RepairBooks, RepairReply};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_protocol::trade::{
    AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitOrder, SubmitReply,
};
use souk_sql::StoreError;

use crate::Terms;

/// An order to place, with what only the origin knows.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder<'a> {
    /// What the edge sent.
    pub submit: &'a SubmitOrder,
    /// The moment, in milliseconds since 1970.
    pub now_ms: i64,
    /// What the deployment decides.
    pub terms: &'a Terms,
}

/// An order as it is, and what is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The order with its history.
    pub record: OrderRecord,
    /// The fingerprint of the change that used the key, if one did.
    pub change: Option<String>,
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
}

impl FundsAccount {
    /// Every account.
    pub const ALL: [FundsAccount; 5] = [
        FundsAccount::Buyer,
        FundsAccount::Authorised,
        FundsAccount::Shop,
        FundsAccount::Owed,
        FundsAccount::Fees,
    ];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            FundsAccount::Buyer => "buyer",
            FundsAccount::Authorised => "authorised",
            FundsAccount::Shop => "shop",
            FundsAccount::Owed => "owed",
            FundsAccount::Fees => "fees",
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
    /// Beside the one for the back office that every event gets: messages for these queues, due
    /// now.
    pub queues: &'a [Queue],
    /// The moment, in milliseconds since 1970.
    pub now_ms: i64,
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
    /// Nothing is written: there are too few units.
    TooFew {
        /// Of which SKU.
        sku: String,
    },
}

/// A sold-out hold to set on a SKU that is sold out. See
/// `souk_stock_signals::sold_out_hold`.
#[derive(Debug, Clone, Copy)]
pub struct SoldOutHoldRequest<'a> {
    /// Of which SKU.
    pub sku: &'a str,
    /// Until when no order with the SKU is accepted, in milliseconds since 1970.
    pub until_ms: i64,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// The number of the sold-out hold whose keys the caller has.
    pub known: Option<i64>,
    /// A SKU with more keys gets no sold-out hold.
    pub keys_max: usize,
}

/// A sold-out hold that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldOutHoldSet {
    /// Its number: the same one until an order with the SKU is accepted, and never used again.
    pub number: i64,
    /// The keys of all orders that have the SKU, each once; `None` where the number is the one
    /// that the caller knows, so that the keys are those that it has.
    pub keys: Option<Vec<String>>,
}

/// A step of publishing and its moment.
#[derive(Debug, Clone, Copy)]
pub struct PublicationStep<'a> {
    /// The step.
    pub change: &'a PublicationChange,
    /// The moment, in milliseconds since 1970.
    pub now_ms: i64,
}

/// Keeps stock, orders and the list of publications. Every method is one transaction.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OrderStore {
    /// Places an order: new key → prices and stock for every line → order, movements, outbox
    /// record, or nothing at all. The same key with the same fingerprint gives the same order.
    ///
    /// # Errors
    /// Refusals are replies, not errors; see [`StoreError`].
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError>;

    /// The order with this number, and what is known of a change's key.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn find(&self, id: &str, change_key: &str) -> Result<Option<Found>, StoreError>;

    /// Writes a change: state, events, stock, movements, funds and messages together or nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn change(&self, change: OrderChange<'_>) -> Result<Committed, StoreError>;

    /// Books units that come in or are missing, as movements. The same key with the same content
    /// books once.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn receive(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError>;

    /// Messages that are due, the longest due first; no other caller gets them until the visibility
    /// timeout is over.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError>;

    /// What became of messages. A settlement whose claim is not the last one changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError>;

    /// Looks at the next `limit` orders, in the order in which they were placed and again from the
    /// beginning after the last one, and archives those that are over, delivered to the back office
    /// and unchanged since `before_ms`; gives how many. Lookups by number and by key find them
    /// there, and a change brings one back. An engine without an archive archives nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn archive(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError>;

    /// Requeues the dead messages of a queue; gives how many they are.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn replay(&self, queue: Queue, now_ms: i64) -> Result<i64, StoreError>;

    /// How much waits in each queue.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn backlog(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError>;

    /// Rewrites the details of an order, as they are sealed now; nothing else of it may differ.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn reseal(&self, placed: &StoredOrder) -> Result<(), StoreError>;

    /// Sets names and prices; a SKU that is new also gets its first units, as a movement.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError>;

    /// The accounts of these SKUs, in their order, without those that are unknown.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError>;

    /// Every SKU that cannot be ordered at the moment.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn unavailable(&self) -> Result<Vec<String>, StoreError>;

    /// Sets a sold-out hold on a SKU, or makes the one that is there last longer: no instance
    /// accepts an order with the SKU before it ends, even if units come back, and whenever the
    /// order was decided. `None`, and nothing is set, where the SKU is not sold out (it has units,
    /// may be ordered without any, or is not offered) or has more keys than asked for.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn sold_out_hold(
        &self,
        asked: SoldOutHoldRequest<'_>,
    ) -> Result<Option<SoldOutHoldSet>, StoreError>;

    /// Recounts every account from orders and movements.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn audit(&self) -> Result<AuditReport, StoreError>;

    /// Makes what [`Self::audit`] names agree again, by rows that are appended: the account of a
    /// SKU with its movements and its orders, the messages of an order with its history. Which of
    /// them is right is said in [`souk_domain::Recount`] and not by the caller. The same key with
    /// the same subject repairs once; what is not done leaves the key unused, except where
    /// [`RepairBooks::home`] says that other stores answer as well.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn repair(&self, asked: &RepairBooks, now_ms: i64) -> Result<RepairReply, StoreError>;

    /// The versions of the catalogue.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn publications(&self) -> Result<Publications, StoreError>;

    /// A step of publishing.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError>;
}
