//! Which versions of the catalogue there are, and which one is published.

use souk_protocol::origin::{PublishedTerms, StoredTerms};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_sql::StoreError;

/// The terms with those that come now: the ones until now become those before; `None` where they are
/// the same.
pub fn next_terms(
    stored: Option<StoredTerms>,
    terms: &PublishedTerms,
    now_ms: i64,
) -> Option<StoredTerms> {
    let current = stored.map(|stored| stored.current);
    if current.as_ref() == Some(terms) {
        return None;
    }
    Some(StoredTerms {
        current: terms.clone(),
        before: current,
        since_ms: now_ms,
    })
}

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

    /// What the published version says about orders; `None` before any has said something.
    async fn terms(&self) -> Result<Option<StoredTerms>, StoreError>;

    /// Stores what the published version says about orders, and what the one before said. The same
    /// terms again change nothing.
    async fn set_terms(&self, terms: &PublishedTerms, now_ms: i64) -> Result<(), StoreError>;
}
