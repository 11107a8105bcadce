//! `tax.toml`: categories and rates.

use souk_pricing::{Area, Percent, TaxRate};

use super::{Reading, tables};
use crate::document::Node;
use crate::problem::suggestion;

impl Reading<'_> {
    pub(super) fn tax(&mut self, root: &Node<'_>) {
        for node in tables(root, "category") {
            let id = self.unique(&node, "category");
            self.terms.categories.push(id);
            let selector = node.get("products").map(|node| self.selector(&node));
            self.categories.push(selector.unwrap_or_default());
        }
        for node in tables(root, "rate") {
            let rate = self.tax_rate(&node);
            self.terms.rates.push(rate);
        }
    }

    fn tax_rate(&mut self, node: &Node<'_>) -> TaxRate {
        let list = |name: &str| {
            node.get(name)
                .map(|_| node.text_of(name))
                .into_iter()
                .collect()
        };
        let area = Area {
            countries: list("country"),
            regions: list("region"),
            postal: list("postal"),
        };
        if area.countries.is_empty() && !(area.regions.is_empty() && area.postal.is_empty()) {
            let reason = "regions and postal codes are of a country";
            self.problems
                .push(node.key_error(reason, "write country = \"US\" or another one"));
        }
        let market = node
            .get("market")
            .and_then(|market| self.market_named(&market));
        let markets = match market {
            Some(market) => vec![market],
            None => self.all_markets(),
        };
        let currencies = self.currencies(&markets);
        TaxRate {
            name: node.text_of("name"),
            percent: Percent::parse(&node.text_of("percent")).unwrap_or_default(),
            area,
            market,
            category: node
                .get("category")
                .and_then(|node| self.category_named(&node)),
            is_duty: node
                .get("duty")
                .and_then(|node| node.switch())
                .unwrap_or_default(),
            free_below: self.amounts(node.get("free_below").as_ref(), &currencies),
        }
    }

    fn category_named(&mut self, node: &Node<'_>) -> Option<u16> {
        let id = node.text()?;
        let known = &self.terms.categories;
        let place = known.iter().position(|one| one == id);
        if place.is_none() {
            let instead = suggestion(id, known.iter().map(String::as_str));
            self.problems
                .push(node.error(format!("there is no category '{id}'"), instead));
        }
        u16::try_from(place?).ok()
    }
}
