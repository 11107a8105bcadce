//! Further markets: their lists are in the order of their own prices, and have what they sell.

use souk_catalogue::{Catalogue, Filter, ListingOrder, Market, Product, Publish, Selling, build};
use souk_domain::Currency;
use souk_pricing::{MarketPrices, Price};

use crate::shop::{catalogue, collections, facets, find_in, listing_in};

const NOW_MS: i64 = 1_790_000_000_000;

/// What a product costs in each market.
type InMarkets = fn(usize, i64) -> [Option<i64>; 3];

/// The catalogue with three markets.
pub(crate) fn with_markets(mut catalogue: Catalogue, prices: InMarkets) -> Catalogue {
    let ids = ["us", "eu", "np"];
    catalogue.publish = Some(Publish {
        markets: ids.map(|id| Market::plain(id, Currency::USD)).into(),
        at_ms: NOW_MS,
    });
    for (number, product) in catalogue.products.iter_mut().enumerate() {
        for variant in &mut product.variants {
            let minor = prices(number, variant.price_minor);
            let prices = ids.iter().zip(minor).filter_map(|(id, minor)| {
                let price = Price {
                    from_ms: 0,
                    minor: Some(minor?),
                    ..Price::default()
                };
                Some(MarketPrices {
                    market: (*id).to_owned(),
                    timeline: vec![price],
                })
            });
            variant.selling = Some(Box::new(Selling {
                prices: prices.collect(),
                ..Selling::default()
            }));
        }
    }
    catalogue
}

/// Euros follow from dollars, in steps of half a euro.
pub(crate) fn converted(minor: i64) -> i64 {
    (minor * 92 / 100 + 25) / 50 * 50
}

/// In the second market prices follow from those of the first; the third has prices of its own and sells
/// two products of three.
fn prices(number: usize, minor: i64) -> [Option<i64>; 3] {
    let own = 90_000 - minor;
    [
        Some(minor),
        Some(converted(minor)),
        (!number.is_multiple_of(3)).then_some(own),
    ]
}

fn lowest(product: &Product, market: usize) -> Option<i64> {
    let variants = product.variants.iter();
    let selling = variants.map(|one| one.selling.as_deref().expect("it has terms"));
    let prices = selling.filter_map(|selling| selling.prices.get(market)?.at(NOW_MS));
    prices.map(|price| price.minor).min()
}

#[test]
fn the_lists_of_a_market_have_what_it_sells_in_the_order_of_its_prices() {
    let catalogue = with_markets(catalogue(600), prices);
    let snapshot = build(&catalogue, None).unwrap();
    let sold = catalogue.products.iter().filter_map(|product| {
        let price = lowest(product, 2)?;
        Some((price, lowest(product, 0), product.slug.clone()))
    });
    let mut sold: Vec<_> = sold.collect();
    sold.sort();
    assert_eq!(sold.len(), 400);
    let collections = collections(&snapshot);
    let all = collections.find("all").unwrap();
    assert_eq!(
        [0, 1, 2].map(|market| all.products_in(market)),
        [600, 600, 400]
    );
    assert_eq!(
        [0, 1, 2].map(|market| all.is_partial(market)),
        [false, false, true]
    );
    let found = |order, filter: &Filter| {
        find_in(&snapshot, listing_in(&snapshot, "all", order, 2), filter).0
    };
    let slugs = |bound: i64| {
        let within = sold.iter().filter(|(price, ..)| *price <= bound);
        within.map(|(.., slug)| slug.clone()).collect::<Vec<_>>()
    };
    let partial = |bound| Filter::priced(None, bound).in_market(2, true);
    let ascending = found(ListingOrder::PriceAscending, &partial(None));
    assert_eq!(ascending, slugs(i64::MAX));
    let cheap = found(ListingOrder::PriceAscending, &partial(Some(86_000)));
    assert_eq!(cheap, slugs(86_000));
    assert!(cheap.len() > 20 && cheap.len() < 390, "{}", cheap.len());
    let mut featured = found(ListingOrder::Featured, &partial(Some(86_000)));
    assert_ne!(featured, cheap, "the merchant's order");
    featured.sort();
    let mut same = cheap;
    same.sort();
    assert_eq!(featured, same);
    let range = facets(&snapshot, "all").prices_in(2);
    assert_eq!(range, (sold[0].0, sold[399].0));
}

#[test]
fn a_market_whose_prices_follow_from_the_first_has_the_same_blobs() {
    let catalogue = with_markets(catalogue(600), prices);
    let snapshot = build(&catalogue, None).unwrap();
    for collection in collections(&snapshot).collections {
        let listing = |market| collection.listing(ListingOrder::PriceAscending, market);
        assert_eq!(listing(1), listing(0), "{}", collection.slug);
        // The third market sells none of the first group.
        assert_eq!(listing(2) == listing(0), collection.slug == "group-0");
    }
}
