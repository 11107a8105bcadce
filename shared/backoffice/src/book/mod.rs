//! The back office's own store of orders: a projection of their events, for worklists and reports.
//!
//! The book hears of every event by letters that may come twice, late or in another order. It
//! keeps each event once, by order and sequence, and folds the gapless beginning of an order's
//! history with the state machine of the domain. What came before an earlier event is kept and
//! waits for it. So whoever brings letters needs no order, not even among those of one order, and
//! may bring the same again after a reply was lost.
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
    /// Takes letters in, at most [`souk_protocol::desk::LETTERS_MAX`]; what became of each, in
    /// their order. A letter that is refused keeps none of the others out.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing was taken in then, or nobody knows. Both may be repeated.
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

    /// Keeps letters that a queue of the platform gave up; each name once.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn bury(&self, letters: &[DeadLetter], now_ms: i64) -> Result<(), StoreError>;

    /// Takes buried letters in, at most [`souk_protocol::desk::LETTERS_MAX`]; how many of them are
    /// in the book now. The others stay buried, with the reason of this time.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn revive(&self, now_ms: i64) -> Result<i64, StoreError>;
}
