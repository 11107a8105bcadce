//! The terms that an order is decided by: those that its buyer was shown, if they are in force.
//!
//! The edge sends what its version of the shop says. The origin compares that with what it has
//! stored: the terms of the published version, or those before them while forms that show them may
//! still be sent. So an order is placed by the terms that its buyer has seen, or not at all.
//!
//! An instance remembers what it has read, for as long as an edge trusts its version.

use std::cell::RefCell;

use souk_order_store::{PublicationStore, StoreError, Terms};
use souk_ports::is_within;
use souk_protocol::consistency::Data;
use souk_protocol::origin::{PublishedTerms, StoredTerms, TERMS_BEFORE_MS};

/// How long an instance takes what it has read for what is stored.
const FRESH_MS: i64 = Data::Catalogue.class().bound_ms();

/// The terms that an instance has read, and when.
#[derive(Debug, Default)]
pub(crate) struct KnownTerms(RefCell<Option<(i64, StoredTerms)>>);

impl KnownTerms {
    /// Nothing has been read.
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Forgets what was read, because it has changed.
    pub(crate) fn forget(&self) {
        self.0.take();
    }

    /// The terms for an order whose buyer was shown some, with the rest of `deployed`.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn of_order<S: PublicationStore>(
        &self,
        store: &S,
        deployed: Terms,
        shown: Option<&PublishedTerms>,
        now_ms: i64,
    ) -> Result<Terms, StoreError> {
        let known = self
            .fresh(now_ms)
            .filter(|known| shown.is_none_or(|shown| known.current.stamp == shown.stamp));
        let stored = match known {
            Some(known) => Some(known),
            None => store.terms().await?,
        };
        if let Some(stored) = &stored {
            self.0.replace(Some((now_ms, stored.clone())));
        }
        Ok(decide(deployed, stored.as_ref(), shown, now_ms))
    }

    fn fresh(&self, now_ms: i64) -> Option<StoredTerms> {
        let known = self.0.borrow();
        let (read_at_ms, stored) = known.as_ref()?;
        is_within(FRESH_MS, *read_at_ms, now_ms).then(|| stored.clone())
    }
}

/// A store that has none, such as a new shard, takes what the edge says: it is published.
fn decide(
    deployed: Terms,
    stored: Option<&StoredTerms>,
    shown: Option<&PublishedTerms>,
    now_ms: i64,
) -> Terms {
    let Some(StoredTerms {
        current,
        before,
        since_ms,
    }) = stored
    else {
        return shown.map_or(deployed, |shown| deployed.with(shown));
    };
    let is_shown = |terms: &PublishedTerms| shown.is_none_or(|shown| shown.stamp == terms.stamp);
    if is_shown(current) {
        return deployed.with(current);
    }
    match before {
        Some(before) if is_shown(before) && now_ms - since_ms <= TERMS_BEFORE_MS => {
            deployed.with(before)
        }
        Some(_) | None => Terms {
            are_as_shown: false,
            ..deployed.with(current)
        },
    }
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::PaymentMethod;

    use super::*;

    fn terms(stamp: &str, express_fee: i64) -> PublishedTerms {
        PublishedTerms {
            stamp: stamp.to_owned(),
            payment_methods: vec![PaymentMethod::Transfer],
            express_fee: Some(express_fee),
            card_hold_ms: 1,
            transfer_hold_ms: 2,
        }
    }

    #[test]
    fn an_order_is_decided_by_the_terms_that_its_buyer_was_shown() {
        let stored = StoredTerms {
            current: terms("b", 200),
            before: Some(terms("a", 100)),
            since_ms: 1_000,
        };
        let decided = |shown: Option<PublishedTerms>, now_ms| {
            let terms = decide(Terms::DEFAULT, Some(&stored), shown.as_ref(), now_ms);
            (terms.are_as_shown, terms.express_fee_minor)
        };
        let soon = 1_000 + TERMS_BEFORE_MS;
        assert_eq!(decided(Some(terms("b", 7)), soon), (true, 200));
        assert_eq!(decided(Some(terms("a", 7)), soon), (true, 100));
        assert_eq!(decided(Some(terms("a", 7)), soon + 1), (false, 200));
        assert_eq!(decided(Some(terms("c", 7)), 1_000), (false, 200));
        assert_eq!(decided(None, 1_000), (true, 200));
    }

    #[test]
    fn a_store_without_terms_takes_those_of_the_edge() {
        let decided = decide(Terms::DEFAULT, None, Some(&terms("a", 100)), 0);
        assert_eq!(
            (decided.express_fee_minor, decided.transfer_hold_ms),
            (100, 2)
        );
        assert!(decided.methods.has(PaymentMethod::Transfer));
        assert!(!decided.methods.has(PaymentMethod::Card));
        assert_eq!(decide(Terms::DEFAULT, None, None, 0), Terms::DEFAULT);
    }
}
