//! Copies of everything that is kept, and putting them back.

use serde_json::Value;
use souk_protocol::origin::{CopyRows, Ledger, RestoreReply};
use souk_sql::StoreError;

/// A page of rows, whole as they are stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredRows {
    /// In the form of [`Ledger`], those after the moment of the copy among them where a row says
    /// more than one moment.
    pub rows: Vec<Value>,
    /// Where the next page begins; `None` after the last one.
    pub after: Option<String>,
}

/// What is put back.
#[derive(Debug, Clone, Copy)]
pub struct RowsToRestore<'a> {
    /// Names the copy.
    pub backup: &'a str,
    /// Counts up from 1.
    pub batch: i64,
    /// Of what.
    pub ledger: Ledger,
    /// The rows, orders with their states.
    pub rows: &'a [Value],
}

/// Copies what is kept, and puts it back.
///
/// Every method is one transaction, and fails as [`StoreError`] says. From [`Self::begin_restore`] to
/// [`Self::finish_restore`] the store refuses everything that would change orders or accounts, with
/// [`StoreError::Transient`]: orders are there before their accounts.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait BackupStore {
    /// A page of a copy.
    async fn copy_rows(&self, asked: &CopyRows) -> Result<StoredRows, StoreError>;

    /// Begins putting a copy back, or goes on with it.
    async fn begin_restore(&self, backup: &str) -> Result<RestoreReply, StoreError>;

    /// Puts a batch back, once.
    async fn restore_rows(&self, batch: RowsToRestore<'_>) -> Result<RestoreReply, StoreError>;

    /// Ends it, and has holds lapse from now on: those of orders that are paid by card not before
    /// `card_holds_from_ms`.
    async fn finish_restore(
        &self,
        backup: &str,
        card_holds_from_ms: i64,
    ) -> Result<RestoreReply, StoreError>;

    /// Has every event of the next orders by their numbers delivered to the back office again, and
    /// with `payments` the payments of those that are paid by card looked at; archived orders come
    /// back for that. Gives their numbers.
    async fn requeue_orders(
        &self,
        after: &str,
        limit: u32,
        payments: bool,
        now_ms: i64,
    ) -> Result<Vec<String>, StoreError>;
}
