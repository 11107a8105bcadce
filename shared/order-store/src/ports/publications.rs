//! Which versions of the catalogue there are, and which one is published.

use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_sql::StoreError;

/// A step of publishing and its moment.
#[derive(Debug, Clone, Copy)]
pub struct PublicationStep<'a> {
    /// The step.
    pub change: &'a PublicationChange,
    /// The moment, in milliseconds since 1970.
    pub now_ms: i64,
}

/// Keeps the list of the catalogue's versions.
///
/// Every method is one transaction, and fails as [`StoreError`] says.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait PublicationStore {
    /// The versions of the catalogue.
    async fn publications(&self) -> Result<Publications, StoreError>;

    /// A step of publishing.
    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError>;
}
