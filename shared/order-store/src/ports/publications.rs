//! Which versions of the catalogue there are, and which one is published.

use souk_protocol::origin::{PriceStamps, SetTerms, StoredTerms};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_sql::StoreError;

/// The terms with those that come now: the ones until now become those before; `None` where they are
/// the same.
pub fn next_terms(stored: Option<StoredTerms>, set: &SetTerms, now_ms: i64) -> Option<StoredTerms> {
    let stamp = set.prices.as_ref().map(|prices| prices.stamp.clone());
    let Some(stored) = stored else {
        return Some(StoredTerms {
            current: set.orders.clone(),
            before: None,
            since_ms: now_ms,
            prices: PriceStamps {
                current: stamp,
                ..PriceStamps::default()
            },
        });
    };
    let mut next = stored.clone();
    if next.current != set.orders {
        next.before = Some(std::mem::replace(&mut next.current, set.orders.clone()));
        next.since_ms = now_ms;
    }
    if next.prices.current != stamp {
        next.prices = PriceStamps {
            current: stamp,
            before: next.prices.current,
            since_ms: now_ms,
        };
    }
    (next != stored).then_some(next)
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

    /// Stores what the published version says about orders and prices, and what the one before said.
    /// The same terms again change nothing.
    async fn set_terms(&self, terms: &SetTerms, now_ms: i64) -> Result<(), StoreError>;

    /// The terms of prices with this stamp, in Base64; `None` where they are neither the current ones
    /// nor those before.
    async fn price_terms(&self, stamp: &str) -> Result<Option<String>, StoreError>;
}
