//! The books: whether accounts, orders, movements and messages agree, and making them agree.

use souk_protocol::origin::{AuditReport, RepairBooks, RepairReply};
use souk_sql::StoreError;

/// Recounts what is kept, and repairs it.
///
/// Every method is one transaction, and fails as [`StoreError`] says.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait BooksAudit {
    /// Recounts every account from orders and movements.
    async fn audit(&self) -> Result<AuditReport, StoreError>;

    /// How many bytes the store takes up.
    async fn bytes(&self) -> Result<i64, StoreError>;

    /// The name of the store: random, made with its tables, and never changed. It tells the store from
    /// every other one, whatever its address, and says nothing else.
    async fn identity(&self) -> Result<String, StoreError>;

    /// Makes what [`Self::audit`] names agree again, by rows that are appended: the account of a
    /// SKU with its movements and its orders, the messages of an order with its history. Which of
    /// them is right is said in [`souk_domain::Recount`] and not by the caller. The same key with
    /// the same subject repairs once; what is not done leaves the key unused, except where
    /// [`RepairBooks::home`] says that other stores answer as well.
    async fn repair(&self, asked: &RepairBooks, now_ms: i64) -> Result<RepairReply, StoreError>;
}
