//! The terms that an order is decided and priced by: those that its buyer was shown, if they are in
//! force.
//!
//! The edge sends what its version of the shop says. The origin compares that with what it has
//! stored: the terms of the published version, or those before them while forms that show them may
//! still be sent. So an order is placed by the terms that its buyer has seen, or not at all.
//!
//! An instance remembers what it has read, for as long as an edge trusts its version; terms of prices
//! never change under their stamp.

use std::cell::RefCell;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use souk_order_store::{Price, PublicationStore, StoreError, SubmitReply, Terms, pricing};
use souk_ports::is_within;
use souk_pricing::{Place, SeriesKeys, place_stamp};
use souk_protocol::consistency::Data;
use souk_protocol::origin::{
    PromotionRefusal, PublishedTerms, StoredTerms, SubmitOrder, TERMS_BEFORE_MS,
};

/// How long an instance takes what it has read for what is stored.
const FRESH_MS: i64 = Data::Catalogue.class().bound_ms();
/// Terms of prices that an instance remembers: the current ones and those before them.
const PRICES_MAX: usize = 2;

/// The terms that an instance has read.
#[derive(Debug, Default)]
pub(crate) struct KnownTerms {
    /// And when.
    stored: RefCell<Option<(i64, StoredTerms)>>,
    /// Terms of prices by their stamps, the last one first.
    prices: RefCell<Vec<(String, Arc<souk_pricing::Terms>)>>,
}

/// What an order is decided by.
pub(crate) struct OrderTerms {
    pub(crate) terms: Terms,
    pub(crate) price: Price,
}

impl KnownTerms {
    /// Nothing has been read.
    pub(crate) const fn new() -> Self {
        Self {
            stored: RefCell::new(None),
            prices: RefCell::new(Vec::new()),
        }
    }

    /// Forgets what was read, because it has changed.
    pub(crate) fn forget(&self) {
        self.stored.take();
    }

    /// The terms for an order, with the rest of `deployed`, and its price by them. Whether a promotion is
    /// revoked is read for each order that uses one, so that it is at once.
    ///
    /// # Errors
    /// Those of the store, and [`StoreError::Rejected`] when the order cannot be priced by any terms.
    pub(crate) async fn of_order<S: PublicationStore>(
        &self,
        store: &S,
        deployed: Terms,
        series: &SeriesKeys,
        submit: &SubmitOrder,
        now_ms: i64,
    ) -> Result<OrderTerms, StoreError> {
        let known = self.fresh(now_ms);
        let known = known.filter(|known| is_current(known, submit));
        let is_remembered = known.is_some();
        let mut stored = match known {
            Some(known) => Some(known),
            None => self.read(store, now_ms).await?,
        };
        let terms = decide(deployed, stored.as_ref(), submit.terms.as_ref(), now_ms);
        let price = self.price(store, &terms, series, stored.as_ref(), submit, now_ms);
        let price = price.await?;
        let refused = match &price {
            Price::Quoted(priced) if priced.promotions().next().is_some() => {
                if is_remembered {
                    stored = store.terms().await?;
                }
                revoked(priced, stored.as_ref())
            }
            Price::Quoted(_) | Price::OfOffers | Price::Refused(_) => None,
        };
        let price = refused.map_or(price, |refusal| Price::Refused(Box::new(refusal)));
        Ok(OrderTerms { price, terms })
    }

    /// The terms of prices of the published version; `None` where it has none.
    pub(crate) async fn published_prices<S: PublicationStore>(
        &self,
        store: &S,
    ) -> Result<Option<Arc<souk_pricing::Terms>>, StoreError> {
        let stored = store.terms().await?;
        match stored.and_then(|stored| stored.prices.current) {
            Some(stamp) => self.prices(store, &stamp).await,
            None => Ok(None),
        }
    }

    /// Whether what was priced for a place costs the same at another one by the published terms; `stamp`
    /// is what it has from that place ([`place_stamp`]).
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn is_same_place<S: PublicationStore>(
        &self,
        store: &S,
        stamp: &str,
        place: &Place,
    ) -> Result<bool, StoreError> {
        let Some(terms) = self.published_prices(store).await? else {
            return Ok(false);
        };
        // The name of the market is part of the stamp.
        let markets = terms.markets.iter();
        let mut stamps = markets.filter_map(|market| place_stamp(&terms, &market.id, place));
        Ok(stamps.any(|one| one.to_string() == stamp))
    }

    async fn read<S: PublicationStore>(
        &self,
        store: &S,
        now_ms: i64,
    ) -> Result<Option<StoredTerms>, StoreError> {
        let stored = store.terms().await?;
        if let Some(stored) = &stored {
            self.stored.replace(Some((now_ms, stored.clone())));
        }
        Ok(stored)
    }

    async fn price<S: PublicationStore>(
        &self,
        store: &S,
        terms: &Terms,
        series: &SeriesKeys,
        stored: Option<&StoredTerms>,
        submit: &SubmitOrder,
        now_ms: i64,
    ) -> Result<Price, StoreError> {
        let shown = submit.quote.as_deref();
        let stamp = shown.map(|quote| quote.terms.as_str());
        let is_in_force = stored.map(|stored| stored.prices.allow(stamp, terms.freeze_ms, now_ms));
        let Some(shown) = shown else {
            return Ok(match is_in_force {
                Some(true) | None => Price::OfOffers,
                Some(false) => Price::Refused(Box::new(SubmitReply::TermsChanged)),
            });
        };
        let prices = match is_in_force {
            Some(true) => self.prices(store, &shown.terms).await?,
            Some(false) | None => None,
        };
        match prices {
            Some(prices) => {
                pricing::quoted(submit, shown, &prices, series, terms.freeze_ms, now_ms)
            }
            None => {
                let refusal = SubmitReply::QuoteChanged { total: None };
                Ok(Price::Refused(Box::new(refusal)))
            }
        }
    }

    /// The terms of prices with a stamp; `None` where the store has none by now.
    async fn prices<S: PublicationStore>(
        &self,
        store: &S,
        stamp: &str,
    ) -> Result<Option<Arc<souk_pricing::Terms>>, StoreError> {
        let known = self.remembered(stamp);
        if known.is_some() {
            return Ok(known);
        }
        let Some(blob) = store.price_terms(stamp).await? else {
            return Ok(None);
        };
        let corrupt = |error: &dyn std::fmt::Display| {
            StoreError::Corrupt(format!("the terms of prices {stamp}: {error}"))
        };
        let blob = STANDARD.decode(blob).map_err(|error| corrupt(&error))?;
        let terms = souk_pricing::Terms::decode(&blob).map_err(|error| corrupt(&error))?;
        if terms.stamp().to_string() != stamp {
            return Err(corrupt(&"they have another stamp"));
        }
        let terms = Arc::new(terms);
        let mut prices = self.prices.borrow_mut();
        prices.insert(0, (stamp.to_owned(), terms.clone()));
        prices.truncate(PRICES_MAX);
        Ok(Some(terms))
    }

    fn remembered(&self, stamp: &str) -> Option<Arc<souk_pricing::Terms>> {
        let prices = self.prices.borrow();
        let found = prices.iter().find(|(known, _)| known == stamp)?;
        Some(found.1.clone())
    }

    fn fresh(&self, now_ms: i64) -> Option<StoredTerms> {
        let known = self.stored.borrow();
        let (read_at_ms, stored) = known.as_ref()?;
        is_within(FRESH_MS, *read_at_ms, now_ms).then(|| stored.clone())
    }
}

/// The refusal of an order that uses a promotion which is revoked.
fn revoked(priced: &pricing::Priced, stored: Option<&StoredTerms>) -> Option<SubmitReply> {
    let revoked = &stored?.revoked;
    let mut used = priced.promotions();
    let used = used.find(|used| revoked.iter().any(|one| one == used))?;
    Some(SubmitReply::PromotionUnavailable {
        promotion: used.to_owned(),
        reason: PromotionRefusal::Revoked,
    })
}

/// Whether an order names the terms that are known; where it names others, there may be newer ones.
fn is_current(known: &StoredTerms, submit: &SubmitOrder) -> bool {
    let (shown, quote) = (submit.terms.as_ref(), submit.quote.as_deref());
    shown.is_none_or(|shown| known.current.stamp == shown.stamp)
        && quote.map(|quote| &quote.terms) == known.prices.current.as_ref()
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
        ..
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
    use souk_protocol::origin::{PaymentMethod, PriceStamps};

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
            prices: PriceStamps::default(),
            revoked: Vec::new(),
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
