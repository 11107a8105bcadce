//! Amounts that files name for currencies, in minor units.

use std::collections::BTreeSet;

use souk_domain::Currency;
use souk_pricing::{Amount, Amounts};

use super::Reading;
use crate::document::Node;
use crate::problem::suggestion;

impl Reading<'_> {
    /// Codes of the currencies of some markets, by their places.
    pub(super) fn currencies(&self, markets: &[u16]) -> BTreeSet<&'static str> {
        let markets = markets
            .iter()
            .map(|&place| &self.terms.markets[usize::from(place)]);
        markets.map(|market| market.currency.code()).collect()
    }

    /// The amounts of a key; every currency of `wanted` has to have one.
    pub(super) fn amounts(&mut self, node: Option<&Node<'_>>, wanted: &BTreeSet<&str>) -> Amounts {
        let Some(node) = node else {
            return Amounts::default();
        };
        let mut amounts = self.known_amounts(node);
        let has = |code: &str| amounts.iter().any(|amount| amount.currency.code() == code);
        let missing: Vec<_> = wanted.iter().filter(|code| !has(code)).collect();
        if let Some(code) = missing.first() {
            let reason = format!("there is no amount in {code}");
            let instead = format!("add {code} = …, in minor units, or name markets without it");
            self.problems.push(node.error(reason, instead));
        }
        amounts.sort_by_key(|amount| amount.currency.code());
        Amounts(amounts)
    }

    fn known_amounts(&mut self, node: &Node<'_>) -> Vec<Amount> {
        let all: Vec<u16> = (0..self.terms.markets.len())
            .filter_map(|place| u16::try_from(place).ok())
            .collect();
        let used = self.currencies(&all);
        let mut amounts = Vec::new();
        for (code, value) in node.entries() {
            let Some(minor) = value.integer() else {
                // The shape has reported it.
                continue;
            };
            match Currency::parse(code) {
                Ok(currency) if used.contains(currency.code()) => {
                    amounts.push(Amount { currency, minor });
                }
                Ok(_) => {
                    let reason = format!("no market has prices in {code}");
                    let instead = suggestion(code, used.iter().copied());
                    self.problems.push(value.key_error(reason, instead));
                }
                Err(error) => self.problems.push(value.key_error(error.to_string(), "")),
            }
        }
        amounts
    }
}
