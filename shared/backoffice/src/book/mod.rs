//! The back office's own store of orders: a projection of their events, for worklists and reports.
//!
//! The book learns of every event from letters that may arrive twice, late or out of order. It
//! keeps each event once, by order and sequence, and folds the gapless beginning of an order's
//! history with the state machine of the domain. An event that arrives before an earlier one is
//! kept until that one arrives. So a courier may deliver letters in any order, even those of one
//! order, and may deliver the same letter again after a reply was lost.
//!
//! **Architecture Invariant:** the book keeps neither personal fields nor tokens, and reading it
//! never asks the origin.
//!
//! Not here: carrying letters (`courier`), engines' connections (`functions/`).

mod fold;
mod letter;
mod remote;
pub mod sqlite;

use souk_protocol::desk::{
    BookCondition, BookedOrder, DeadLetter, Letter, OrderTotal, Taken, Worklist, WorklistQuery,
};
use souk_sql::StoreError;

pub use letter::{Malformed, letter_of};
pub use remote::{BookClient, RemoteBook, serve};

/// The book. Every method is one transaction.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OrderBook {
    /// Ingests letters, at most [`souk_protocol::desk::LETTERS_MAX`]; gives the outcome of each, in
    /// their order. A refused letter does not keep the others from being ingested.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing was ingested then, or the outcome is unknown. In both cases the
    /// call may be repeated.
    async fn take_in(&self, letters: &[Letter], now_ms: i64) -> Result<Vec<Taken>, StoreError>;

    /// A page of orders.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StoreError>;

    /// Everything that is known of an order; `None` when nothing is.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn order(&self, order: &str) -> Result<Option<BookedOrder>, StoreError>;

    /// Every order, counted and summed by status and currency. Reads the whole book.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn totals(&self) -> Result<Vec<OrderTotal>, StoreError>;

    /// How the book stands.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn condition(&self) -> Result<BookCondition, StoreError>;

    /// Stores letters that a queue of the platform dead-lettered; each name once.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn bury(&self, letters: &[DeadLetter], now_ms: i64) -> Result<(), StoreError>;

    /// Requeues dead letters, at most [`souk_protocol::desk::LETTERS_MAX`]; gives how many of them
    /// the book ingested. The others stay dead, with the reason of this attempt.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn revive(&self, now_ms: i64) -> Result<i64, StoreError>;
}
