//! The port to an engine that is one store among others.

use souk_protocol::life::{ReceiptReply, StockReceipt};
use souk_protocol::shards::{Delivery, GiveAway, OfferFacts, Pull, PullReply, SkuKeys};
use souk_protocol::trade::SubmitReply;

use crate::{NewOrder, OrderStore, StoreError};

/// Where a SKU can be ordered, as far as a store knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// Here, or it was, and is no longer sold.
    Here,
    /// On another shard, unless it has moved on.
    At(u16),
    /// Not known.
    Unknown,
}

/// Units that the owner let go for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Names the transfer.
    pub transfer: String,
    /// The owner.
    pub from: u16,
    /// Of which SKU.
    pub sku: String,
    /// How many; 0: none, and nothing is on its way.
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

/// What the directory knows of a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub sku: String,
    /// Its owner.
    pub shard: u16,
    /// Who is to own it, while it moves.
    pub target: Option<u16>,
    /// Where staff put it.
    pub pin: Option<u16>,
    /// How often it has moved.
    pub moves: i64,
}

/// Keys from before there were several shards, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlderKeys {
    /// As the stores of keys know them.
    pub keys: Vec<String>,
    /// Of what they are, for the store that has them.
    pub of: String,
    /// The last of them, for the same.
    pub up_to: String,
    /// Whether no key of that kind comes after them.
    pub is_last: bool,
}

/// A shard that has keys of a SKU's orders, which are wanted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkuKeySource {
    /// Which SKU.
    pub sku: String,
    /// The shard.
    pub shard: u16,
    /// The transfer by which the SKU came.
    pub transfer: String,
    /// Up to where the keys are here.
    pub position: String,
}

/// Keeps what several stores need to be one shop. Every method is one transaction.
///
/// An engine that is never one of several does not implement it.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait ShardStore: OrderStore {
    /// Where the order of a key lives, if somebody has said so.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn key_home(&self, key: &str) -> Result<Option<u16>, StoreError>;

    /// Says where the order of a key is to live, unless somebody has said so before; gives what
    /// counts.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn keep_key(&self, key: &str, home: u16) -> Result<u16, StoreError>;

    /// Whether an order here has the key, or a receipt, if it is that of one.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn knows_key(&self, key: &str) -> Result<bool, StoreError>;

    /// As a store of keys: the orders of these live there. Gives how many are said to live elsewhere.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn take_keys(&self, keys: &[String], home: u16) -> Result<u32, StoreError>;

    /// The next keys here of which the stores of keys have not been told; `None` when they know all.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn older_keys(&self, limit: u32) -> Result<Option<OlderKeys>, StoreError>;

    /// The stores of keys know these.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn older_keys_told(&self, keys: &OlderKeys) -> Result<(), StoreError>;

    /// How many shards the shop has: as many as are deployed, or as many as it ever had if that is
    /// more. A number above 1 is remembered.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn count_shards(&self, deployed: u16) -> Result<u16, StoreError>;

    /// Where these SKUs can be ordered.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn whereabouts(&self, skus: &[String]) -> Result<Vec<Whereabouts>, StoreError>;

    /// Takes units off the account for an order on another shard, once for each name.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn depart(&self, pull: &Pull, now_ms: i64) -> Result<PullReply, StoreError>;

    /// Books units that come from other shards and places the order that they are for, together or
    /// not at all. `None`, and nothing is written, when one of the transfers was given up, or its
    /// SKU can be ordered here by now. A refusal books nothing either.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn submit_with(
        &self,
        order: NewOrder<'_>,
        arrivals: &[Arrival],
    ) -> Result<Option<SubmitReply>, StoreError>;

    /// Books a receipt with units that come from other shards for it, together or not at all.
    /// `None`, and nothing is written, as of [`Self::submit_with`].
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn receive_with(
        &self,
        receipt: &StockReceipt,
        arrivals: &[Arrival],
        now_ms: i64,
    ) -> Result<Option<ReceiptReply>, StoreError>;

    /// Whether a transfer is in the books. If it is not, it never will be from now on.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn has_arrived(&self, transfer: &str) -> Result<bool, StoreError>;

    /// Books units, and perhaps the ownership, that come for good; once for each name. Gives whether
    /// a SKU can be ordered that could not before.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn take_in(&self, delivery: &Delivery, now_ms: i64) -> Result<bool, StoreError>;

    /// Units that left before a moment and are not known to have arrived, the longest gone first,
    /// without those whose shard is silent. Before that, units that are stray are sent off.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn departures(
        &self,
        before_ms: i64,
        limit: u32,
        silent: &[u16],
        now_ms: i64,
    ) -> Result<Vec<Departure>, StoreError>;

    /// Units that left under this name, while they are not known to have arrived.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn departure(&self, transfer: &str) -> Result<Option<Departure>, StoreError>;

    /// The end of a transfer: the units are where they went, or come back. Gives whether a SKU can
    /// be ordered that could not before.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn end_departure(
        &self,
        transfer: &str,
        arrived: bool,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// Gives a SKU up and sends it off from this shard, once. Gives whether it has arrived.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn give_away(&self, give: &GiveAway, own: u16, now_ms: i64) -> Result<bool, StoreError>;

    /// Keys of orders that have a SKU, as far as they are known here, from where an earlier answer
    /// ended.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn sku_keys(&self, sku: &str, from: &str) -> Result<SkuKeys, StoreError>;

    /// Shards to ask for keys, because a latch was wanted for a SKU that has some elsewhere; without
    /// those that have given more than `keys_max`, and those that are silent.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn wanted_sku_keys(
        &self,
        keys_max: usize,
        silent: &[u16],
        limit: u32,
    ) -> Result<Vec<SkuKeySource>, StoreError>;

    /// Takes what a shard answered, unless it is not what is to come next from there.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn take_sku_keys(&self, source: &SkuKeySource, page: &SkuKeys) -> Result<(), StoreError>;

    /// What the directory knows of these SKUs; those that it does not know are left out. The first
    /// time, everything that is sold here is placed here.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn places(&self, skus: &[String]) -> Result<Vec<Place>, StoreError>;

    /// Gives SKUs an owner that have none.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn assign(&self, places: &[(String, u16)]) -> Result<(), StoreError>;

    /// Says where a SKU is to be: by staff (`pin`) or by its hash.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn direct(&self, sku: &str, target: u16, pin: Option<u16>) -> Result<(), StoreError>;

    /// A SKU is with the new owner that it was on its way to. If it is to be somewhere else by now,
    /// at its pin or without one at the place of its hash, it moves on.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn moved(&self, place: &Place, place_by_hash: u16) -> Result<(), StoreError>;

    /// SKUs that are to move.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn moving(&self, limit: u32) -> Result<Vec<Place>, StoreError>;

    /// The next SKUs to look through when the number of shards has become another one; none when
    /// all of them are placed for so many.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn unseen(&self, shards: u16, limit: u32) -> Result<Vec<Place>, StoreError>;

    /// The SKUs up to this one were looked through.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn seen(&self, up_to: &str) -> Result<(), StoreError>;

    /// Pins, how many SKUs are to move or have yet to be looked at for so many shards, and whether
    /// orders were placed before there were several shards.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn layout(&self, shards: u16) -> Result<(Vec<(String, u16)>, u64, bool), StoreError>;
}
