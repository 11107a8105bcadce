//! What a sale sells.

use std::collections::BTreeMap;
use std::ops::Range;

use souk_catalogue::{FactsContext, SaleItem};
use souk_domain::{Money, Sku, sale_sku};
use souk_pricing::Facts;

use super::file::Reading;
use super::goods::{Good, variant};
use super::prices::{Asked, prices};
use crate::document::Node;
use crate::problem::{Severity, suggestion};

impl<'c> Reading<'c> {
    /// The items without those in which something is wrong. `time` is that of the whole sale, in
    /// milliseconds since 1970.
    pub(super) fn items(&mut self, root: &Node<'_>, time: Range<i64>) -> Vec<SaleItem> {
        let mut lines = BTreeMap::new();
        let mut items = Vec::new();
        for node in root.get("items").iter().flat_map(Node::items) {
            let Some(sku) = node.get("sku") else {
                continue;
            };
            let Some(good) = self.good(&sku) else {
                continue;
            };
            let line = sku.line();
            if let Some(other) = lines.insert(variant(good).sku.as_str(), line) {
                let reason = format!("the item at line {other} is the same variant");
                let problem = sku.error(reason, "keep one of the two");
                self.problems.push(problem);
            }
            items.extend(self.item(&node, good, &time));
        }
        items
    }

    /// The variant that a SKU names.
    fn good(&mut self, node: &Node<'_>) -> Option<Good<'c>> {
        let sku = node.text()?;
        let goods = &self.goods.0;
        let Some(named) = goods.get(sku) else {
            let reason = format!("there is no sku '{sku}'");
            let problem = node.error(reason, suggestion(sku, goods.keys().copied()));
            self.problems.push(match self.context.missing {
                Severity::Error => problem,
                Severity::Warning => problem.warning(),
            });
            return None;
        };
        let (&first, others) = named.split_first()?;
        // Variants that share a stock have one SKU, and are one offer.
        if others
            .iter()
            .all(|&other| variant(other).sku == variant(first).sku)
        {
            return Some(first);
        }
        let skus: Vec<_> = named
            .iter()
            .map(|&good| variant(good).sku.as_str())
            .collect();
        let reason = format!("{} variants have the sku '{sku}'", skus.len());
        let instead = format!("write one of {}", skus.join(", "));
        self.problems.push(node.error(reason, instead));
        None
    }

    fn item(&mut self, node: &Node<'_>, good: Good<'_>, time: &Range<i64>) -> Option<SaleItem> {
        let (product, place) = good;
        let merchant_sku = &variant(good).sku;
        let sku = self.account(node, merchant_sku)?;
        let number = |name: &str| node.get(name).and_then(|node| node.integer());
        let count = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
        let (units, limit) = (count("units")?, count("limit")?);
        if limit > units
            && let Some(node) = node.get("limit")
        {
            let reason = format!("one buyer may have {limit} of {units} units");
            let instead = format!("write a limit of up to {units}");
            self.problems.push(node.error(reason, instead));
        }
        let facts = self.facts(node, good, &sku, time)?;
        Some(SaleItem {
            product: product.card(),
            variant: place,
            merchant_sku: merchant_sku.clone(),
            sku,
            units,
            limit,
            facts,
        })
    }

    /// The SKU of the sale's own units.
    fn account(&mut self, node: &Node<'_>, merchant_sku: &str) -> Option<String> {
        let sku = Sku::parse(merchant_sku).and_then(|sku| sale_sku(self.id, &sku));
        match sku {
            Ok(sku) => Some(sku.to_string()),
            Err(error) => {
                let id = self.id;
                let reason = format!("the SKU of its units, sale:{id}:{merchant_sku}, {error}");
                let instead = "give the sale a shorter id, or the variant a shorter SKU";
                let at = node.get("sku").unwrap_or_else(|| node.clone());
                self.problems.push(at.error(reason, instead));
                None
            }
        }
    }

    /// The facts of the item in no session yet.
    fn facts(
        &mut self,
        node: &Node<'_>,
        good: Good<'_>,
        sku: &str,
        time: &Range<i64>,
    ) -> Option<Facts> {
        let languages: Vec<_> = self.context.languages.iter().map(String::as_str).collect();
        let first = self.context.markets.first()?;
        let context = FactsContext {
            languages: &languages,
            market: &first.id,
        };
        let ordinary = good.0.facts(variant(good), context);
        let asked = Asked {
            minor: node.get("price")?.integer()?,
            by_market: self.market_prices(node),
        };
        let prices = prices(&ordinary.prices, &asked, self.context.markets, time.end);
        let facts = Facts {
            sku: sku.to_owned(),
            prices,
            ..ordinary.clone()
        };
        self.warn_of_price(node, &ordinary, &facts, time.start);
        Some(facts)
    }

    /// The prices that are named for markets.
    fn market_prices(&mut self, node: &Node<'_>) -> BTreeMap<String, i64> {
        let mut by_market = BTreeMap::new();
        let markets = self.context.markets;
        for (id, value) in node.get("prices").iter().flat_map(Node::entries) {
            let Some(place) = markets.iter().position(|market| market.id == id) else {
                let known = markets.iter().skip(1).map(|market| market.id.as_str());
                let reason = format!("there is no market '{id}'");
                self.problems
                    .push(value.key_error(reason, suggestion(id, known)));
                continue;
            };
            if place == 0 {
                let reason = "the first market has the price of the item";
                self.problems
                    .push(value.key_error(reason, "take this one away"));
            }
            by_market.extend(value.integer().map(|minor| (id.to_owned(), minor)));
        }
        by_market
    }

    /// Warns of a price that is above that of other times when the sale opens.
    fn warn_of_price(&mut self, node: &Node<'_>, ordinary: &Facts, facts: &Facts, opens_ms: i64) {
        for market in self.context.markets {
            let at = |facts: &Facts| facts.price(&market.id, opens_ms).map(|tag| tag.minor);
            let (Some(usual), Some(minor)) = (at(ordinary), at(facts)) else {
                continue;
            };
            if minor <= usual {
                continue;
            }
            let own = node.get("prices").and_then(|prices| prices.get(&market.id));
            let at = own.or_else(|| node.get("price"));
            let usual = Money::new(usual, market.currency);
            let reason = format!(
                "the price is above {usual}, that of other times in {}",
                market.id
            );
            let at = at.unwrap_or_else(|| node.clone());
            self.problems
                .push(at.error(reason, "write a lower one").warning());
        }
    }
}
