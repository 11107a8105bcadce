//! Sessions of sales with a waiting room: what the usher reads of them.

use souk_protocol::origin::{ReadSession, SessionStanding};
use souk_sql::StoreError;

/// Lists orders with a ticket, as they are placed.
///
/// The list is a copy for the usher and no account: that a ticket has one order is an allowance, which
/// the audit counts. A list that is lost keeps no order from being placed.
///
/// Every method is one transaction, and fails as [`StoreError`] says.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SessionStore {
    /// How a session stands: an order that is placed later, or is seen later, gets a higher number than
    /// all that were given away before, so a caller that goes on after the last one misses none.
    async fn read_session(
        &self,
        asked: &ReadSession,
        now_ms: i64,
    ) -> Result<SessionStanding, StoreError>;

    /// Forgets the list of a session whose last order is older than `before_ms`, the first `limit` orders
    /// of it at most; gives how many. Orders and allowances stay as they are.
    async fn forget_session(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError>;
}
