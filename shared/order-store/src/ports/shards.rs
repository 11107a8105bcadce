//! The port to an engine that is one store among others.

use crate::SubmitReply;
use souk_protocol::origin::{ReceiptReply, StockReceipt};
use souk_protocol::shards::{Delivery, Layout, OfferFacts, Ownership, Pull, PullReply, SkuKeys};
use souk_sql::StoreError;

use super::Store;
use super::orders::NewOrder;

/// Units that the owner let go for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Names the transfer.
    pub transfer: String,
    /// Of which SKU.
    pub sku: String,
    /// How many; 0: none, and no units are in transit.
    pub units: u32,
    /// With no units: how many can be ordered.
    pub available: i64,
    /// What is sold under the SKU.
    pub offer: OfferFacts,
}

/// Units that left and are not known to have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// Where they go.
    pub shard: u16,
    /// What is to be done about them.
    pub kind: DepartureKind,
    /// What goes.
    pub delivery: Delivery,
}

/// What is to be done about units that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepartureKind {
    /// They were asked for: ask what became of them.
    Asked,
    /// They belong where they go: bring them there.
    Sent,
}

/// A SKU that was given up and is not known to have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its new owner.
    pub to: u16,
    /// What goes.
    pub ownership: Ownership,
}

/// Keys that the only shard has kept itself, and hands over when the shop grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysToKeep {
    /// As the stores of keys know them.
    pub keys: Vec<String>,
    /// Where they begin, for the store that has them.
    pub from: String,
    /// Where the next ones begin; `None`: these are the last.
    pub up_to: Option<String>,
}

/// Keeps what several stores need to be one shop.
///
/// Every method is one transaction, and fails as [`StoreError`] says.
///
/// An engine that is never one of several does not implement it.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait ShardStore: Store {
    /// As a store of keys: where the order of a key lives, which is where the first claim said.
    async fn claim_key(&self, key: &str, home: u16) -> Result<u16, StoreError>;

    /// As a store of keys: the orders of these live there, unless it is known otherwise.
    async fn keep_keys(&self, keys: &[String], home: u16) -> Result<(), StoreError>;

    /// How many shards the shop has, as far as this store knows.
    async fn layout(&self) -> Result<Option<Layout>, StoreError>;

    /// Stores how many shards there are; gives the layout that counts, which is the latest that it
    /// knows. From a layout by which the shop grows until a later one it accepts no order.
    async fn take_layout(&self, taken: Layout, own: u16) -> Result<Layout, StoreError>;

    /// Takes units off the account for an order on another shard, once for each name.
    async fn depart(&self, pull: &Pull, now_ms: i64) -> Result<PullReply, StoreError>;

    /// Books units from other shards and places the order that they are for, together or
    /// not at all. `None`, and nothing is written, when one of the transfers was given up, or its
    /// SKU has another owner by now. A refusal books nothing either.
    async fn submit_with(
        &self,
        order: NewOrder<'_>,
        arrivals: &[Arrival],
    ) -> Result<Option<SubmitReply>, StoreError>;

    /// Books a receipt with units from other shards, together or not at all.
    /// `None`, and nothing is written, as of [`Self::submit_with`].
    async fn receive_with(
        &self,
        receipt: &StockReceipt,
        arrivals: &[Arrival],
        now_ms: i64,
    ) -> Result<Option<ReceiptReply>, StoreError>;

    /// Whether a transfer is in the books. If it is not, it never will be from now on.
    async fn has_arrived(&self, transfer: &str) -> Result<bool, StoreError>;

    /// Books units that another shard sent to their owner; once for each name. Gives whether a SKU can be ordered that
    /// could not before.
    async fn accept_delivery(&self, delivery: &Delivery, now_ms: i64) -> Result<bool, StoreError>;

    /// Takes units off that belong on another one of so many shards, and writes them down as sent.
    async fn send_strays(&self, shards: u16, now_ms: i64) -> Result<(), StoreError>;

    /// Units that were sent, or were asked for before a moment, and are not known to have arrived,
    /// the longest gone first, without those whose shard is silent.
    async fn departures(
        &self,
        before_ms: i64,
        limit: u32,
        silent: &[u16],
    ) -> Result<Vec<Departure>, StoreError>;

    /// The end of a transfer: the units have arrived, or are put back. Gives whether a SKU can
    /// be ordered that could not before.
    async fn end_departure(
        &self,
        transfer: &str,
        arrived: bool,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// While the shop grows: gives up SKUs that another shard is to own, of the next `look` SKUs,
    /// unless some have yet to arrive; gives up to `limit` of those that have.
    async fn give_up(
        &self,
        own: u16,
        look: u32,
        limit: u32,
        now_ms: i64,
    ) -> Result<Vec<Given>, StoreError>;

    /// These are with their new owners, with the keys of their orders.
    async fn arrived(&self, ownerships: &[Ownership]) -> Result<(), StoreError>;

    /// While the shop grows: whether this shard has anything left to give, SKUs or keys.
    async fn is_left(&self) -> Result<bool, StoreError>;

    /// Owns these from now on; each is taken once.
    async fn own(&self, ownerships: &[Ownership], now_ms: i64) -> Result<(), StoreError>;

    /// Keys of orders that have a SKU, as far as they are known here, from where an earlier answer
    /// ended; and where this one did, unless it is the last.
    async fn sku_keys(
        &self,
        sku: &str,
        from: &str,
    ) -> Result<(SkuKeys, Option<String>), StoreError>;

    /// Orders on other shards have these keys and these SKUs.
    async fn note_sku_keys(&self, sku_keys: &[SkuKeys]) -> Result<(), StoreError>;

    /// While the only shard grows: the next keys that the stores of keys do not have yet; `None`
    /// when they have all.
    async fn keys_to_keep(&self, limit: u32) -> Result<Option<KeysToKeep>, StoreError>;

    /// The stores of keys know these.
    async fn keys_kept(&self, kept: &KeysToKeep) -> Result<(), StoreError>;
}
