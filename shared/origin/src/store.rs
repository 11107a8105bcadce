//! The port to the engine that keeps stock and orders.

use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_protocol::trade::{
    AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitOrder, SubmitReply,
};

/// Why a store did not do what was asked. Nothing was written, unless the error is
/// [`StoreError::Transient`]: then a commit may have got through whose reply was lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The engine is busy or away: the same request, with the same key, may be sent again.
    #[error("the order store did not answer: {0}")]
    Transient(String),
    /// The request can never be carried out.
    #[error("the order store refused: {0}")]
    Rejected(String),
    /// The engine's answer makes no sense: ours.
    #[error("the order store is damaged: {0}")]
    Corrupt(String),
}

/// An order to place, with what only the origin knows.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder<'a> {
    /// What the edge sent.
    pub submit: &'a SubmitOrder,
    /// The moment, in milliseconds since 1970.
    pub now_ms: i64,
    /// Fee of the express delivery in minor units.
    pub express_fee_minor: i64,
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

    /// The order with this number.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn order(&self, id: &str) -> Result<Option<StoredOrder>, StoreError>;

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

    /// Recounts every account from orders and movements.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn audit(&self) -> Result<AuditReport, StoreError>;

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
