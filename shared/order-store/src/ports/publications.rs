//! Which versions of the catalogue there are, and which one is published.

use souk_protocol::origin::{PriceStamps, Revoke, SetTerms, StoredTerms};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_sql::StoreError;

/// What changes the terms that a store has.
#[derive(Debug, Clone, Copy)]
pub enum TermsChange<'a> {
    /// A version is published.
    Set(&'a SetTerms),
    /// A promotion is revoked, or no longer.
    Revoke(&'a Revoke),
}

impl<'a> TermsChange<'a> {
    /// Stamp and blob of the terms of prices that come with it.
    pub fn prices(self) -> Option<(&'a str, &'a str)> {
        let TermsChange::Set(SetTerms { prices, .. }) = self else {
            return None;
        };
        let prices = prices.as_ref()?;
        Some((&prices.stamp, &prices.blob))
    }
}

/// The terms after a change; `None` where it changes nothing.
pub fn next_terms(
    stored: Option<StoredTerms>,
    change: TermsChange<'_>,
    now_ms: i64,
) -> Option<StoredTerms> {
    match change {
        TermsChange::Set(set) => published(stored, set, now_ms),
        TermsChange::Revoke(revoke) => revoked(stored?, revoke),
    }
}

/// With those that come now: the ones until now become those before.
fn published(stored: Option<StoredTerms>, set: &SetTerms, now_ms: i64) -> Option<StoredTerms> {
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
            revoked: set.revoked.clone(),
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

fn revoked(mut stored: StoredTerms, Revoke { promotion, undo }: &Revoke) -> Option<StoredTerms> {
    let promotion = promotion.as_ref()?;
    match (stored.revoked.binary_search(promotion), undo) {
        (Ok(place), true) => drop(stored.revoked.remove(place)),
        (Err(place), false) => stored.revoked.insert(place, promotion.clone()),
        (Ok(_), false) | (Err(_), true) => return None,
    }
    Some(stored)
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

    /// Stores what [`next_terms`] makes of the terms: the published ones with those before them, and
    /// the promotions that are revoked. The same change again changes nothing.
    async fn change_terms(&self, change: TermsChange<'_>, now_ms: i64) -> Result<(), StoreError>;

    /// The terms of prices with this stamp, in Base64; `None` where they are neither the current ones
    /// nor those before.
    async fn price_terms(&self, stamp: &str) -> Result<Option<String>, StoreError>;
}
