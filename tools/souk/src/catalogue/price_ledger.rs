//! The origin's ledger of prices: what a publish says for it, and the prior prices that follow from it.
//!
//! Invariants: prior prices are computed from the ledger and what is about to be published, by
//! [`PriceHistory`], and written beside the prices of the version; so edge and origin have the same,
//! and prices that begin later have theirs. The same folder published again gets the same ones.
//!
//! Not here: where the ledger is (`souk-order-store`), the rule (`souk-pricing`).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use souk_catalogue::{Catalogue, Market, Product, Sale, SaleItem, Variant};
use souk_domain::Currency;
use souk_pricing::{Price, PriceHistory, lowest};
use souk_protocol::limits::OFFERS_PER_MESSAGE_MAX;
use souk_protocol::origin::{OfferPrice, OfferPrices, PriceRecord, ReadPrices};
use souk_protocol::staff;

use crate::client::StaffClient;

/// A market, as far as facts and the ledger of prices know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfferMarket {
    pub(crate) id: String,
    pub(crate) currency: Currency,
}

impl OfferMarket {
    pub(crate) fn all(markets: &[Market]) -> Vec<Self> {
        let markets = markets.iter();
        let markets = markets.map(|market| Self {
            id: market.id.clone(),
            currency: market.currency,
        });
        markets.collect()
    }
}

/// Records of some SKUs.
#[derive(Debug, Default)]
pub(crate) struct PriceLedger {
    /// The origin's clock, in milliseconds since 1970.
    pub(crate) now_ms: i64,
    /// By their SKUs, in the order of their moments.
    records: BTreeMap<String, Vec<PriceRecord>>,
}

impl PriceLedger {
    /// Reads what the origin has about these SKUs.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub(crate) fn read(client: &StaffClient, skus: &BTreeSet<&str>) -> Result<Self> {
        let mut ledger = Self::default();
        let skus: Vec<_> = skus.iter().map(|sku| (*sku).to_owned()).collect();
        for some in skus.chunks(OFFERS_PER_MESSAGE_MAX) {
            let mut asked = ReadPrices {
                skus: some.to_vec(),
                after: String::new(),
            };
            loop {
                let page = client.post(staff::READ_PRICES, &asked)?;
                ledger.now_ms = ledger.now_ms.max(page.now_ms);
                ledger.add(page.records);
                match page.after {
                    Some(after) => asked.after = after,
                    None => break,
                }
            }
        }
        Ok(ledger)
    }

    fn add(&mut self, records: Vec<PriceRecord>) {
        for record in records {
            let of_sku = self.records.entry(record.sku.clone()).or_default();
            of_sku.push(record);
            // Those of a SKU that has moved come from several stores.
            of_sku.sort_by_key(|record| record.recorded_ms);
        }
    }

    /// The records of a SKU.
    pub(crate) fn of(&self, sku: &str) -> &[PriceRecord] {
        self.records.get(sku).map_or(&[], Vec::as_slice)
    }

    /// What a SKU cost in a market, in one currency.
    pub(crate) fn history(&self, sku: &str, market: &str, currency: &str) -> PriceHistory {
        let mut history = PriceHistory::default();
        for record in self.of(sku) {
            let mut prices = record.prices.iter();
            let prices = prices.find(|one| one.market == market && one.currency == currency);
            history.record(record.recorded_ms, &prices.map_or_else(Vec::new, timeline));
        }
        history
    }

    /// Puts the prior price beside each reduced price of a variant.
    fn put_on(&self, variant: &mut Variant, markets: &[OfferMarket]) {
        let sku = variant.sku.clone();
        let put_on = |market: &OfferMarket, timeline: &mut [Price]| {
            let history = self.history(&sku, &market.id, market.currency.code());
            history.put_on(timeline, self.now_ms);
        };
        match &mut variant.selling {
            Some(selling) => {
                for prices in &mut selling.prices {
                    let mut markets = markets.iter();
                    if let Some(market) = markets.find(|market| market.id == prices.market) {
                        put_on(market, &mut prices.timeline);
                    }
                }
            }
            None => {
                let mut own = [own_price(variant)];
                if let Some(market) = markets.first() {
                    put_on(market, &mut own);
                }
                variant.prior_minor = own[0].prior_minor;
            }
        }
    }

    /// Puts the prior price beside the prices of a sale: the lowest that each item cost at other times in
    /// the 30 days before the sale opens for the first time.
    fn put_on_sale(&self, sale: &mut Sale, markets: &[OfferMarket]) {
        let Some(first) = sale.sessions.first() else {
            return;
        };
        for item in &mut sale.items {
            for market in markets {
                let usual = usual(item, market, markets);
                let (id, currency) = (&market.id, market.currency.code());
                let mut history = self.history(&item.merchant_sku, id, currency);
                history.record(self.now_ms, &usual);
                let prior = history.lowest_before(first.opens_at_ms);
                let mut prices = item.facts.prices.iter_mut();
                let prices = prices.find(|prices| prices.market == market.id);
                for price in prices.into_iter().flat_map(|prices| &mut prices.timeline) {
                    price.prior_minor = prior.filter(|_| price.is_reduction());
                }
            }
        }
    }

    /// SKUs of a sale whose prior prices are others by now.
    fn overtaken_of<'s>(&self, sale: &'s Sale, markets: &[OfferMarket]) -> Vec<&'s str> {
        let mut due = sale.clone();
        self.put_on_sale(&mut due, markets);
        let items = sale.items.iter().zip(&due.items);
        let overtaken = items.filter(|(item, due)| item.facts.prices != due.facts.prices);
        overtaken.map(|(item, _)| item.sku.as_str()).collect()
    }

    /// Whether a reduction of now or later has another prior price than its version says.
    fn has_overtaken(&self, variant: &Variant, markets: &[OfferMarket]) -> bool {
        let mut due = variant.clone();
        self.put_on(&mut due, markets);
        is_reduced(variant) && self.ahead(&due) != self.ahead(variant)
    }

    /// The prior prices of a variant that are shown now or later.
    fn ahead(&self, variant: &Variant) -> Vec<Option<i64>> {
        let selling = variant.selling.iter();
        let timelines = selling.flat_map(|selling| &selling.prices);
        let ahead = timelines.flat_map(|prices| {
            let timeline = &prices.timeline;
            let begun = timeline.partition_point(|price| price.from_ms <= self.now_ms);
            &timeline[begun.saturating_sub(1)..]
        });
        let priors = ahead.map(|price| price.prior_minor);
        priors.chain([variant.prior_minor]).collect()
    }
}

/// Puts the prior prices into a catalogue that is to be published.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn mark(client: &StaffClient, catalogue: &mut Catalogue) -> Result<()> {
    let Some(publish) = &catalogue.publish else {
        return Ok(());
    };
    let mut skus = reduced(&catalogue.products);
    skus.extend(sold(&catalogue.sales));
    if skus.is_empty() {
        return Ok(());
    }
    let ledger = PriceLedger::read(client, &skus)?;
    let markets = OfferMarket::all(&publish.markets);
    let products = catalogue.products.iter_mut();
    for variant in products.flat_map(|product| &mut product.variants) {
        if is_reduced(variant) {
            ledger.put_on(variant, &markets);
        }
    }
    for sale in &mut catalogue.sales {
        ledger.put_on_sale(sale, &markets);
    }
    Ok(())
}

/// SKUs of a published version whose prior prices are others by now, because it was not the one that
/// was shown meanwhile.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn overtaken<'p>(
    client: &StaffClient,
    products: impl Iterator<Item = &'p Product> + Clone,
    sales: &'p [Sale],
    markets: &[OfferMarket],
) -> Result<BTreeSet<&'p str>> {
    let mut skus = reduced(products.clone());
    skus.extend(sold(sales));
    if skus.is_empty() {
        return Ok(skus);
    }
    let ledger = PriceLedger::read(client, &skus)?;
    let variants = products.flat_map(|product| &product.variants);
    let variants = variants.filter(|variant| ledger.has_overtaken(variant, markets));
    let variants = variants.map(|variant| variant.sku.as_str());
    let running = sales
        .iter()
        .filter(|sale| sale.open_sessions(ledger.now_ms).next().is_some());
    let of_sales = running.flat_map(|sale| ledger.overtaken_of(sale, markets));
    Ok(variants.chain(of_sales).collect())
}

/// SKUs of what sales sell at other times.
fn sold(sales: &[Sale]) -> impl Iterator<Item = &str> {
    let items = sales.iter().flat_map(|sale| &sale.items);
    items.map(|item| item.merchant_sku.as_str())
}

/// What an item costs in a market at other times; nothing where it is not sold there.
fn usual(item: &SaleItem, market: &OfferMarket, markets: &[OfferMarket]) -> Vec<Price> {
    let Some(variant) = item.sold() else {
        return Vec::new();
    };
    let is_first = markets.first() == Some(market);
    match &variant.selling {
        Some(selling) => {
            let mut prices = selling.prices.iter();
            let prices = prices.find(|prices| prices.market == market.id);
            prices.map_or_else(Vec::new, |prices| prices.timeline.clone())
        }
        None if is_first => vec![own_price(variant)],
        None => Vec::new(),
    }
}

fn reduced<'p>(products: impl IntoIterator<Item = &'p Product>) -> BTreeSet<&'p str> {
    let variants = products.into_iter().flat_map(|product| &product.variants);
    let reduced = variants.filter(|variant| is_reduced(variant));
    reduced.map(|variant| variant.sku.as_str()).collect()
}

/// Whether it has a reduction in any market, or will have one.
fn is_reduced(variant: &Variant) -> bool {
    match &variant.selling {
        Some(selling) => {
            let mut prices = selling.prices.iter().flat_map(|prices| &prices.timeline);
            prices.any(Price::is_reduction)
        }
        None => own_price(variant).is_reduction(),
    }
}

fn own_price(variant: &Variant) -> Price {
    Price {
        from_ms: 0,
        minor: Some(variant.price_minor),
        compare_at_minor: variant.compare_at_minor,
        prior_minor: variant.prior_minor,
    }
}

/// A timeline of the ledger as the rule takes it.
pub(crate) fn timeline(prices: &OfferPrices) -> Vec<Price> {
    let prices = prices.timeline.iter();
    let prices = prices.map(|&OfferPrice(from_ms, minor, compare_at_minor)| Price {
        from_ms,
        minor,
        compare_at_minor,
        ..Price::default()
    });
    prices.collect()
}

/// A timeline as the ledger takes it.
pub(super) fn said(prices: &[Price]) -> Vec<OfferPrice> {
    let prices = prices.iter();
    let prices = prices.map(|one| OfferPrice(one.from_ms, one.minor, one.compare_at_minor));
    prices.collect()
}

/// Adds the prices of further goods that are sold under the same SKU: the lowest count.
pub(super) fn add(all: &mut Vec<OfferPrices>, further: Vec<OfferPrices>) {
    for prices in further {
        match all.iter_mut().find(|known| known.market == prices.market) {
            Some(known) => {
                let lowest = lowest(&timeline(known), &timeline(&prices));
                known.timeline = said(&lowest);
            }
            None => all.push(prices),
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_catalogue::Selling;
    use souk_pricing::{Facts, MarketPrices};
    use souk_room::Session;

    use super::*;

    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

    fn record(day: i64, prices: &[(&str, &str, i64)]) -> PriceRecord {
        let prices = prices.iter().map(|&(market, currency, minor)| OfferPrices {
            market: market.to_owned(),
            currency: currency.to_owned(),
            timeline: vec![OfferPrice(0, Some(minor), None)],
        });
        PriceRecord {
            number: day,
            sku: "MUG".to_owned(),
            recorded_ms: day * DAY_MS,
            prices: prices.collect(),
        }
    }

    fn ledger(now: i64, records: Vec<PriceRecord>) -> PriceLedger {
        let mut ledger = PriceLedger {
            now_ms: now * DAY_MS,
            ..PriceLedger::default()
        };
        ledger.add(records);
        ledger
    }

    fn mug(selling: &[&str]) -> Variant {
        let reduced = Price {
            minor: Some(800),
            compare_at_minor: Some(1_200),
            ..Price::default()
        };
        let prices = selling.iter().map(|market| MarketPrices {
            market: (*market).to_owned(),
            timeline: vec![reduced],
        });
        let selling = Selling {
            prices: prices.collect(),
            ..Selling::default()
        };
        Variant {
            sku: "MUG".to_owned(),
            price_minor: 800,
            compare_at_minor: Some(1_200),
            selling: (!selling.prices.is_empty()).then(|| Box::new(selling)),
            ..Variant::default()
        }
    }

    fn markets() -> [OfferMarket; 2] {
        let euro = Currency::parse("EUR").unwrap();
        [("us", Currency::USD), ("eu", euro)].map(|(id, currency)| OfferMarket {
            id: id.to_owned(),
            currency,
        })
    }

    #[test]
    fn a_variant_has_the_prior_price_of_the_first_market_and_its_terms_those_of_each() {
        let records = vec![
            record(9, &[("us", "USD", 1_000), ("eu", "EUR", 1_100)]),
            // From another store, that had the SKU before.
            record(2, &[("us", "USD", 900)]),
        ];
        let ledger = ledger(20, records);
        let mut plain = mug(&[]);
        ledger.put_on(&mut plain, &markets());
        assert_eq!(plain.prior_minor, Some(900));
        let mut sold = mug(&["us", "eu"]);
        ledger.put_on(&mut sold, &markets());
        let selling = sold.selling.as_deref().unwrap();
        let priors = [0, 1].map(|place: usize| selling.prices[place].timeline[0].prior_minor);
        assert_eq!(priors, [Some(900), Some(1_100)]);
    }

    #[test]
    fn a_version_is_overtaken_by_a_lower_price_of_meanwhile() {
        let before = record(2, &[("us", "USD", 900)]);
        let mut published = mug(&["us"]);
        ledger(3, vec![before.clone()]).put_on(&mut published, &markets());
        let later = |meanwhile: Vec<PriceRecord>| {
            let records = std::iter::once(before.clone()).chain(meanwhile);
            ledger(20, records.collect()).has_overtaken(&published, &markets())
        };
        assert!(!later(Vec::new()));
        assert!(!later(vec![record(9, &[("us", "USD", 950)])]));
        assert!(later(vec![record(9, &[("us", "USD", 850)])]));
    }

    #[test]
    fn a_sale_has_the_lowest_price_of_the_thirty_days_before_it_opens() {
        let session = |opens: i64| Session {
            number: 1,
            gathers_at_ms: (opens - 1) * DAY_MS,
            opens_at_ms: opens * DAY_MS,
            closes_at_ms: (opens + 1) * DAY_MS,
        };
        let variant = Variant {
            sku: "MUG".to_owned(),
            price_minor: 1_000,
            ..Variant::default()
        };
        let item = SaleItem {
            product: Product {
                variants: vec![variant],
                ..Product::default()
            },
            merchant_sku: "MUG".to_owned(),
            sku: "sale:drop:MUG".to_owned(),
            facts: Facts {
                prices: vec![MarketPrices {
                    market: "us".to_owned(),
                    timeline: vec![Price {
                        minor: Some(500),
                        compare_at_minor: Some(1_000),
                        ..Price::default()
                    }],
                }],
                ..Facts::default()
            },
            ..SaleItem::default()
        };
        let prior = |now, opens, records: Vec<PriceRecord>| {
            let mut sale = Sale {
                sessions: vec![session(opens), session(opens + 2)],
                items: vec![item.clone()],
                ..Sale::default()
            };
            let ledger = ledger(now, records);
            ledger.put_on_sale(&mut sale, &markets());
            assert!(ledger.overtaken_of(&sale, &markets()).is_empty());
            sale.items[0].facts.prices[0].timeline[0].prior_minor
        };
        let us = |day, minor| record(day, &[("us", "USD", minor)]);
        assert_eq!(prior(5, 20, Vec::new()), Some(1_000), "as it will be");
        assert_eq!(prior(5, 20, vec![us(1, 700), us(4, 1_000)]), Some(700));
        assert_eq!(prior(5, 40, vec![us(1, 700), us(4, 1_000)]), Some(1_000));
        // Published again between its sessions it has the one of its beginning.
        let records = vec![us(1, 900), us(11, 800)];
        assert_eq!(prior(12, 10, records), Some(900));
        assert_eq!(prior(12, 10, Vec::new()), None, "it was not sold before");
    }

    #[test]
    fn prices_in_another_currency_do_not_count() {
        let ledger = ledger(20, vec![record(2, &[("us", "EUR", 100)])]);
        let mut plain = mug(&[]);
        ledger.put_on(&mut plain, &markets());
        assert_eq!(plain.prior_minor, None);
    }

    #[test]
    fn goods_that_share_a_sku_are_recorded_at_the_lower_price() {
        let mut all = record(1, &[("us", "USD", 1_000)]).prices;
        let further = record(1, &[("us", "USD", 900), ("eu", "EUR", 800)]).prices;
        add(&mut all, further);
        assert_eq!(
            all,
            record(1, &[("us", "USD", 900), ("eu", "EUR", 800)]).prices
        );
    }
}
