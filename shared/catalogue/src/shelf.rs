//! Prices on pages: where and when a product is shown.
//!
//! A variant keeps its own price beside what the terms say about it ([`crate::Selling`]); a reader puts
//! the price of the moment in its place ([`Product::on`]). Listings, facets and the search are built
//! once, from the prices of the publish ([`Catalogue::shown`]).
//!
//! Not here: the moments at which prices change (`shown`), what a cart costs (`souk-pricing`).

use std::borrow::Cow;

use souk_pricing::MarketPrices;

use crate::{Catalogue, Product, Shown, instants};

/// Where and when products are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf<'m> {
    /// Id of the market.
    pub market: &'m str,
    /// Whether it is the first one, which has the products' own prices.
    pub is_first: bool,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

impl Product {
    /// The product as a shelf shows it: with the prices there in the place of its own, and without
    /// variants that are not sold there; `None` where none is.
    pub fn on(mut self, shelf: Shelf<'_>) -> Option<Product> {
        let Shelf {
            market,
            is_first,
            at_ms,
        } = shelf;
        self.variants.retain_mut(|variant| {
            let Some(price) = variant.price_at(market, is_first, at_ms) else {
                return false;
            };
            variant.price_minor = price.minor;
            variant.compare_at_minor = price.compare_at_minor;
            variant.prior_minor = price.prior_minor;
            true
        });
        (!self.variants.is_empty()).then_some(self)
    }

    /// Whether a further market ever sells it, by what the terms say.
    pub fn is_sold_in(&self, market: &str) -> bool {
        self.timelines(market).next().is_some()
    }

    fn has_terms(&self) -> bool {
        let mut variants = self.variants.iter();
        variants.any(|variant| variant.selling.is_some())
    }

    fn timelines(&self, market: &str) -> impl Iterator<Item = &MarketPrices> {
        let selling = self.variants.iter().filter_map(|one| one.selling.as_ref());
        let prices = selling.flat_map(|selling| &selling.prices);
        prices.filter(move |prices| prices.market == market)
    }

    /// Its lowest price in a market at a moment, or else the lowest of those that come first.
    fn price_from(&self, market: &str, at_ms: i64) -> Option<i64> {
        let now = self.timelines(market).filter_map(|prices| prices.at(at_ms));
        let now = now.map(|price| price.minor).min();
        now.or_else(|| {
            let later = self.timelines(market).filter_map(|prices| {
                let mut timeline = prices.timeline.iter();
                timeline.find_map(|price| price.minor.filter(|_| price.from_ms > at_ms))
            });
            later.min()
        })
    }
}

impl Catalogue {
    /// The shelf of the publish in the first market; `None` for a catalogue without terms, where
    /// products have their own prices.
    pub fn shelf(&self) -> Option<Shelf<'_>> {
        let publish = self.publish.as_ref()?;
        Some(Shelf {
            market: &publish.markets.first()?.id,
            is_first: true,
            at_ms: publish.at_ms,
        })
    }

    /// A product as the first market shows it at the publish. One that is not sold then keeps its own
    /// prices.
    pub fn shown<'p>(&self, product: &'p Product) -> Cow<'p, Product> {
        let shelf = self.shelf().filter(|_| product.has_terms());
        let shown = shelf.and_then(|shelf| product.clone().on(shelf));
        shown.map_or(Cow::Borrowed(product), Cow::Owned)
    }

    /// What listings and the search order and filter a product by in each market: the lowest price of a
    /// variant at the publish, or where none is sold then, the lowest of those that come first. `None`
    /// where it never is; in the first market it then has its own price.
    pub fn prices(&self, product: &Product) -> Vec<Option<i64>> {
        let first = Some(self.shown(product).price_range_minor().0);
        let publish = self.publish.iter();
        let further = publish.flat_map(|publish| {
            let markets = publish.markets.iter().skip(1);
            markets.map(|market| product.price_from(&market.id, publish.at_ms))
        });
        std::iter::once(first).chain(further).collect()
    }

    /// What the version says about prices; `None` for a catalogue without terms.
    pub(crate) fn shown_prices(&self) -> Option<Shown> {
        let publish = self.publish.as_ref()?;
        let variants = self.products.iter().flat_map(|product| &product.variants);
        let selling = variants.filter_map(|variant| variant.selling.as_deref());
        Some(Shown {
            markets: publish.markets.clone(),
            instants_ms: instants(selling, publish.at_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use souk_domain::Currency;
    use souk_pricing::{Price, Terms};

    use super::*;
    use crate::{BuildError, Collections, Facets, INSTANTS_MAX, Publish, Selling, Variant, build};

    const T: i64 = 1_796_000_000_000;

    fn variant(sku: &str, timeline: &[(i64, Option<i64>)]) -> Variant {
        let price = |&(from_ms, minor): &(i64, Option<i64>)| Price {
            from_ms,
            minor,
            compare_at_minor: (from_ms == T).then_some(1_000),
            prior_minor: (from_ms == T).then_some(950),
        };
        let prices = vec![MarketPrices {
            market: "us".to_owned(),
            timeline: timeline.iter().map(price).collect(),
        }];
        Variant {
            sku: sku.to_owned(),
            price_minor: 1_000,
            selling: (!timeline.is_empty()).then(|| {
                Box::new(Selling {
                    prices,
                    ..Selling::default()
                })
            }),
            ..Variant::default()
        }
    }

    fn mugs() -> Product {
        Product {
            slug: "mug".to_owned(),
            variants: vec![
                variant("MUG-S", &[(0, Some(1_000)), (T, Some(800))]),
                variant("MUG-L", &[(T + 5, Some(900)), (T + 9, None)]),
                variant("MUG-XL", &[]),
            ],
            ..Product::default()
        }
    }

    fn catalogue(at_ms: i64) -> Catalogue {
        Catalogue {
            products: vec![mugs()],
            currency: "USD".to_owned(),
            publish: Some(Publish {
                markets: Terms::plain("us", Currency::USD, "UTC", Vec::new()).markets,
                at_ms,
            }),
            ..Catalogue::default()
        }
    }

    #[test]
    fn a_shelf_shows_the_prices_of_its_moment_and_what_is_sold_then() {
        let at = |at_ms| {
            let shelf = Shelf {
                market: "us",
                is_first: true,
                at_ms,
            };
            let shown = mugs().on(shelf).unwrap();
            let variants = shown.variants.iter();
            let prices =
                variants.map(|one| (one.price_minor, one.compare_at_minor.zip(one.prior_minor)));
            prices.collect::<Vec<_>>()
        };
        let own = (1_000, None);
        assert_eq!(at(T - 1), [own, own]);
        assert_eq!(at(T), [(800, Some((1_000, 950))), own]);
        assert_eq!(at(T + 5), [(800, Some((1_000, 950))), (900, None), own]);
        assert_eq!(at(T + 9), [(800, Some((1_000, 950))), own]);
        let elsewhere = Shelf {
            market: "eu",
            is_first: false,
            at_ms: T,
        };
        assert_eq!(mugs().on(elsewhere), None);
    }

    #[test]
    fn the_manifest_lists_the_moments_that_come_and_listings_have_the_price_of_the_publish() {
        let built = |at_ms| build(&catalogue(at_ms), None).unwrap();
        let instants = |at_ms| built(at_ms).manifest.shown.unwrap().instants_ms;
        assert_eq!(instants(T - 1), [T, T + 5, T + 9]);
        assert_eq!(instants(T), [T + 5, T + 9]);
        let shown = built(T - 1).manifest.shown.unwrap();
        let periods = [T - 1, T, T + 8, T + 9].map(|at_ms| shown.period(at_ms));
        let expected = [(i64::MIN, T), (T, T + 5), (T + 5, T + 9), (T + 9, i64::MAX)];
        assert_eq!(periods, expected);
        let lowest = |at_ms| {
            let snapshot = built(at_ms);
            let collections = &snapshot.blobs[&snapshot.manifest.collections];
            let all = &Collections::decode(collections).unwrap().collections[0];
            let facets = &snapshot.blobs[&all.facets.unwrap()];
            Facets::decode(facets).unwrap().price_minor
        };
        assert_eq!(lowest(T - 1), (1_000, 1_000));
        assert_eq!(lowest(T), (800, 800));
    }

    #[test]
    fn prices_that_change_too_often_are_refused() {
        let often = |times: usize| {
            let timeline: Vec<_> = (0..times).map(|n| (T + n as i64, Some(1))).collect();
            let mut catalogue = catalogue(T - 1);
            catalogue.products[0].variants[0] = variant("MUG-S", &timeline);
            catalogue.products[0].variants.truncate(1);
            build(&catalogue, None).map(drop)
        };
        assert_eq!(often(INSTANTS_MAX), Ok(()));
        let too_many = INSTANTS_MAX + 1;
        assert_eq!(often(too_many), Err(BuildError::Instants(too_many)));
    }
}
