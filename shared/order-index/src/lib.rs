//! The back office's own store of orders: a projection of their events, for worklists and reports.
//!
//! The order index learns of every event from event messages that may arrive twice, late or out of
//! order. It keeps each event once, by order and sequence, and folds the gapless beginning of an
//! order's history with the state machine of the domain. An event that arrives before an earlier
//! one is kept until that one arrives. So a courier may deliver event messages in any order, even
//! those of one order, and may deliver the same event message again after a reply was lost.
//!
//! **Architecture Invariant:** the order index keeps neither personal fields nor tokens, and
//! reading it never asks the origin.
//!
//! Beside the orders it counts what they teach, without buyers: [`OrderCounts`].
//!
//! [`courier`] delivers them from the origin's queue.
//!
//! Not here: the staff API (`souk-staff-api`), engines' connections (`functions/`).

#[cfg(feature = "contract")]
pub mod contract;
mod counts;
pub mod courier;
mod event_message;
mod fold;
mod remote;
pub mod sqlite;

use souk_protocol::mail::FailedMail;
use souk_protocol::order_index::{DeadLetter, EventMessage, IngestOutcome};
use souk_protocol::staff::{
    IndexedOrder, OrderIndexCondition, OrderTotal, Worklist, WorklistQuery,
};
use souk_sql::StoreError;

pub use counts::{FORGOTTEN_AFTER_DAYS, OrderCounts, PAIRS_KEPT, PAIRS_MAX, SEEN_ONCE_DAYS};
pub use event_message::{Malformed, message_of};
pub use remote::{RemoteOrderIndex, serve};

/// The order index. Every method is one transaction.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OrderIndex: OrderCounts {
    /// Ingests event messages, at most [`souk_protocol::order_index::EVENT_MESSAGES_MAX`]; gives
    /// the outcome of each, in their order. A refused event message does not keep the others from
    /// being ingested.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing was ingested then, or the outcome is unknown. In both cases the
    /// call may be repeated.
    async fn ingest(
        &self,
        messages: &[EventMessage],
        now_ms: i64,
    ) -> Result<Vec<IngestOutcome>, StoreError>;

    /// A page of orders.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StoreError>;

    /// Everything that is known of an order; `None` when nothing is.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn order(&self, order: &str) -> Result<Option<IndexedOrder>, StoreError>;

    /// Every order, counted and summed by status and currency. Reads the whole order index.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn totals(&self) -> Result<Vec<OrderTotal>, StoreError>;

    /// Mails that did not get to their buyers, the last report first; at most
    /// [`souk_protocol::mail::FAILED_MAILS_MAX`].
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn failed_mails(&self) -> Result<Vec<FailedMail>, StoreError>;

    /// How the order index stands.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn condition(&self) -> Result<OrderIndexCondition, StoreError>;

    /// Stores event messages that a queue of the platform dead-lettered; each name once.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn dead_letter(&self, messages: &[DeadLetter], now_ms: i64) -> Result<(), StoreError>;

    /// Requeues dead letters, at most [`souk_protocol::order_index::EVENT_MESSAGES_MAX`]; gives how
    /// many of them the order index ingested. The others stay dead, with the reason of this
    /// attempt.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn requeue(&self, now_ms: i64) -> Result<i64, StoreError>;

    /// Forgets everything but imported counts, so that it can be filled anew from the origin.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn clear(&self) -> Result<(), StoreError>;
}
