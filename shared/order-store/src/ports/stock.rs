//! Stock: what is offered, how many units there are, and sold-out holds.

use souk_protocol::origin::{DefineOffers, PriceRecord, ReceiptReply, StockAccount, StockReceipt};
use souk_sql::StoreError;

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

/// Keeps offers and the account of each SKU.
///
/// Every method is one transaction, and fails as [`StoreError`] says.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait StockStore {
    /// Sets names and prices; a SKU that is new also gets its first units, as a movement. What differs
    /// from the last record of a SKU in the ledger of prices is appended to it; what is withdrawn is
    /// recorded without prices.
    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError>;

    /// Books units that are received or missing, as movements. The same key with the same content
    /// books once.
    async fn receive(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError>;

    /// The accounts of these SKUs, in their order, without those that are unknown.
    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError>;

    /// Records of these SKUs in the ledger of prices, in the order in which they were appended: those
    /// after a number, at most [`souk_protocol::origin::PRICE_RECORDS_MAX`].
    async fn prices(&self, skus: &[String], after: i64) -> Result<Vec<PriceRecord>, StoreError>;

    /// Every SKU that cannot be ordered at the moment.
    async fn unavailable(&self) -> Result<Vec<String>, StoreError>;

    /// Sets a sold-out hold on a SKU, or makes the one that is there last longer: no instance
    /// accepts an order with the SKU before it ends, even if units are returned, and whenever the
    /// order was decided. `None`, and nothing is set, where the SKU is not sold out (it has units,
    /// may be ordered without any, or is not offered) or has more keys than asked for.
    async fn sold_out_hold(
        &self,
        asked: SoldOutHoldRequest<'_>,
    ) -> Result<Option<SoldOutHoldSet>, StoreError>;
}
