//! What an item of a sale costs in each market over time, and what that is compared with.

use std::collections::BTreeMap;

use souk_catalogue::Market;
use souk_pricing::{MarketPrices, Price};

/// The beginning of what has always been.
const EVER: i64 = 0;

/// What a file asks for an item.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// In minor units of the first market's currency.
    pub(super) minor: i64,
    /// By the ids of markets, in minor units of theirs.
    pub(super) by_market: BTreeMap<String, i64>,
}

/// The prices of an item: where `ordinary` has a price of other times, that is what the sale's is
/// compared with while it is the higher one. `end_ms` is the end of the sale, in milliseconds since
/// 1970; nothing is said of what comes after it.
///
/// A market with the currency of the first one sells the item if it does so at other times, any other
/// market if a price is named for it.
pub(super) fn prices(
    ordinary: &[MarketPrices],
    asked: &Asked,
    markets: &[Market],
    end_ms: i64,
) -> Vec<MarketPrices> {
    let mut prices = Vec::new();
    for (place, market) in markets.iter().enumerate() {
        let usual = ordinary.iter().find(|usual| usual.market == market.id);
        let is_alike = market.currency == markets[0].currency;
        let minor = match asked.by_market.get(&market.id) {
            Some(&minor) => Some(minor),
            None => (place == 0 || (is_alike && usual.is_some())).then_some(asked.minor),
        };
        prices.extend(minor.map(|minor| MarketPrices {
            market: market.id.clone(),
            timeline: timeline(usual, minor, end_ms),
        }));
    }
    prices
}

fn timeline(usual: Option<&MarketPrices>, minor: i64, end_ms: i64) -> Vec<Price> {
    let usual = usual.map_or(&[][..], |usual| &usual.timeline);
    let compared = |usual: &Price| Price {
        from_ms: usual.from_ms,
        minor: Some(minor),
        compare_at_minor: usual.minor.filter(|&usual| usual > minor),
        ..Price::default()
    };
    let begun = usual.iter().filter(|usual| usual.from_ms < end_ms);
    let mut timeline: Vec<_> = begun.map(compared).collect();
    if timeline.first().is_none_or(|first| first.from_ms > EVER) {
        timeline.insert(0, compared(&Price::default()));
    }
    timeline.dedup_by_key(|price| price.compare_at_minor);
    timeline
}

#[cfg(test)]
mod tests {
    use souk_domain::Currency;
    use souk_pricing::Terms;

    use super::*;

    fn market(id: &str, currency: &str) -> Market {
        let currency = Currency::parse(currency).unwrap();
        let terms = Terms::plain(id, currency, "Etc/UTC", Vec::new());
        terms.markets[0].clone()
    }

    fn usual(market: &str, timeline: &[(i64, Option<i64>)]) -> MarketPrices {
        let price = |&(from_ms, minor): &(i64, Option<i64>)| Price {
            from_ms,
            minor,
            compare_at_minor: Some(9_999),
            prior_minor: Some(1),
        };
        MarketPrices {
            market: market.to_owned(),
            timeline: timeline.iter().map(price).collect(),
        }
    }

    #[test]
    fn a_price_is_compared_with_that_of_other_times_while_it_is_lower() {
        let usual = usual(
            "us",
            &[
                (0, Some(1_000)),
                (10, Some(700)),
                (20, None),
                (30, Some(900)),
            ],
        );
        let asked = Asked {
            minor: 800,
            ..Asked::default()
        };
        let of = |end_ms| {
            let prices = prices(
                std::slice::from_ref(&usual),
                &asked,
                &[market("us", "USD")],
                end_ms,
            );
            let timeline = prices[0].timeline.iter();
            let said = |price: &Price| {
                assert_eq!((price.minor, price.prior_minor), (Some(800), None));
                (price.from_ms, price.compare_at_minor)
            };
            timeline.map(said).collect::<Vec<_>>()
        };
        assert_eq!(of(31), [(0, Some(1_000)), (10, None), (30, Some(900))]);
        assert_eq!(of(30), [(0, Some(1_000)), (10, None)]);
    }

    #[test]
    fn a_market_sells_it_in_its_own_currency_only_where_a_price_is_named() {
        let markets = [
            market("us", "USD"),
            market("pr", "USD"),
            market("gu", "USD"),
            market("eu", "EUR"),
            market("uk", "GBP"),
        ];
        let ordinary = ["us", "pr", "eu", "uk"].map(|id| usual(id, &[(0, Some(1_000))]));
        let by_market = [("eu".to_owned(), 600), ("pr".to_owned(), 700)];
        let asked = Asked {
            minor: 800,
            by_market: by_market.into(),
        };
        let prices = prices(&ordinary, &asked, &markets, 9);
        let prices = prices.iter();
        let found: Vec<_> = prices
            .map(|prices| (prices.market.as_str(), prices.timeline[0].minor))
            .collect();
        assert_eq!(
            found,
            [("us", Some(800)), ("pr", Some(700)), ("eu", Some(600))]
        );
    }
}
