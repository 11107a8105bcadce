//! Messages about orders, for the back office, the payment provider and the clock.

use souk_protocol::origin::{Claim, Message, Queue, QueueDepth, Settlement};
use souk_sql::StoreError;

/// Keeps the messages that orders and changes leave, until a consumer has settled them.
///
/// Every method is one transaction, and fails as [`StoreError`] says.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait MessageQueue {
    /// Messages that are due, the longest due first; no other caller gets them until the visibility
    /// timeout is over.
    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError>;

    /// What became of messages. A settlement whose claim is not the last one changes nothing.
    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError>;

    /// Requeues the dead messages of a queue; gives how many they are.
    async fn replay(&self, queue: Queue, now_ms: i64) -> Result<i64, StoreError>;

    /// How much waits in each queue.
    async fn backlog(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError>;
}
