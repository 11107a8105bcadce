//! `markets.toml`: markets, and how the prices of one follow from those of another.

use souk_domain::{Currency, TAKEN_SEGMENTS};
use souk_pricing::{DeliveryTax, Market, TaxMode, TaxRounding};

use super::conversion::{Conversion, MarketExtra, RATE_DIGITS, decimal};
use super::keys::{DELIVERY_TAXES, TAX_MODES, TAX_ROUNDINGS};
use super::{Reading, choice, tables};
use crate::document::Node;
use crate::format::Format;
use crate::problem::suggestion;
use crate::settings;

const MODES: [TaxMode; 2] = [TaxMode::Included, TaxMode::Added];
const ROUNDINGS: [TaxRounding; 2] = [TaxRounding::Line, TaxRounding::Order];
const TAXES_OF_DELIVERY: [DeliveryTax; 3] = [
    DeliveryTax::Standard,
    DeliveryTax::ProRata,
    DeliveryTax::None,
];

impl Reading<'_> {
    pub(super) fn markets(&mut self, root: &Node<'_>) {
        let nodes = tables(root, "market");
        for node in &nodes {
            self.market(node);
        }
        for (place, node) in nodes.iter().enumerate().take(self.markets.len()) {
            let conversion = self.conversion(place, node);
            self.markets[place].conversion = conversion;
        }
    }

    fn market(&mut self, node: &Node<'_>) {
        let currency = Currency::parse(&node.text_of("currency"));
        // A wrong one is reported by the shape; the others are read all the same.
        let currency = currency.unwrap_or(self.currency);
        let time_zone = match node.text_of("zone") {
            zone if zone.is_empty() => self.context.time_zone.to_owned(),
            zone => zone,
        };
        let market = Market {
            id: self.unique(node, "market"),
            path: node.text_of("path"),
            currency,
            countries: self.countries(node),
            tax: choice(node, "tax", TAX_MODES, MODES),
            tax_rounding: choice(node, "tax_rounding", TAX_ROUNDINGS, ROUNDINGS),
            delivery_tax: choice(node, "delivery_tax", DELIVERY_TAXES, TAXES_OF_DELIVERY),
            languages: self.market_languages(node),
            title: node.get("title").map(|_| self.title(node)),
            time_zone,
        };
        let offsets = match (self.context.offsets)(&market.time_zone) {
            Ok(offsets) => offsets,
            Err(reason) => {
                if let Some(zone) = node.get("zone") {
                    let instead = format!("write {}", Format::TimeZone.right());
                    self.problems.push(zone.error(reason, instead));
                }
                Vec::new()
            }
        };
        self.check_place(node, &market);
        self.markets.push(MarketExtra {
            offsets,
            ..MarketExtra::default()
        });
        self.terms.markets.push(market);
    }

    /// Whether it may stand where it stands.
    fn check_place(&mut self, node: &Node<'_>, market: &Market) {
        let markets = &self.terms.markets;
        let at = |name: &str| node.get(name).unwrap_or_else(|| node.clone());
        if markets.is_empty() {
            if !market.path.is_empty() {
                let reason = "the first market has the addresses without a path";
                self.problems
                    .push(at("path").error(reason, "take path away"));
            }
            if market.currency != self.currency {
                let code = self.currency.code();
                let reason = format!("the first market has the prices of products.csv, in {code}");
                let instead = format!("write \"{code}\", as in shop.toml");
                self.problems.push(at("currency").error(reason, instead));
            }
            return;
        }
        if market.path.is_empty() {
            let reason = "only the first market has addresses without a path";
            let instead = format!("write path = \"{}\"", market.id.to_lowercase());
            self.problems.push(node.key_error(reason, instead));
        } else if markets.iter().any(|other| other.path == market.path) {
            let reason = format!("another market has the path '{}'", market.path);
            self.problems
                .push(at("path").error(reason, "choose another one"));
        } else if self.context.languages.contains(&market.path) {
            let reason = format!("'{}' is a language of the shop", market.path);
            let instead = "choose another path: addresses of languages begin so";
            self.problems.push(at("path").error(reason, instead));
        } else if TAKEN_SEGMENTS.contains(&market.path.as_str()) {
            let reason = format!(
                "addresses of the shop's own pages begin with '{}'",
                market.path
            );
            self.problems
                .push(at("path").error(reason, "choose another one"));
        }
    }

    /// Codes of countries; none for all of them.
    pub(super) fn countries(&mut self, node: &Node<'_>) -> Vec<String> {
        let list = node.get("countries");
        let codes = settings::texts(list.as_ref());
        if codes.iter().all(|code| code != "*") {
            return codes;
        }
        if let (Some(list), 2..) = (list, codes.len()) {
            let reason = "* is every country, so the others say nothing";
            self.problems
                .push(list.error(reason, "write [\"*\"] or the countries"));
        }
        Vec::new()
    }

    fn market_languages(&mut self, node: &Node<'_>) -> Vec<String> {
        let mut languages = Vec::new();
        for item in node.get("languages").iter().flat_map(Node::items) {
            let code = item.text().unwrap_or_default();
            if self.context.languages.iter().any(|known| known == code) {
                languages.push(code.to_owned());
                continue;
            }
            let reason = format!("'{code}' is none of the shop's languages");
            let known = self.context.languages.iter().map(String::as_str);
            self.problems
                .push(item.error(reason, suggestion(code, known)));
        }
        languages
    }

    fn conversion(&mut self, place: usize, node: &Node<'_>) -> Option<Conversion> {
        let convert = node.get("convert")?;
        let from = convert.get("from")?;
        let other = usize::from(self.market_named(&from)?);
        let is_converted = |place: usize| {
            let id = &self.terms.markets[place].id;
            self.converted.contains(id)
        };
        if other == place || place == 0 || is_converted(other) {
            let reason = "prices are converted from a market that has prices of its own";
            let first = self.terms.markets.first().map_or("", |market| &market.id);
            let instead = match place {
                0 => {
                    "take convert away: the first market has the prices of products.csv".to_owned()
                }
                _ => format!("write from = \"{first}\""),
            };
            self.problems.push(from.error(reason, instead));
            return None;
        }
        let digits = |place: usize| self.terms.markets[place].currency.minor_digits();
        let (from_digits, to_digits) = (digits(other), digits(place));
        let rate = convert.get("rate")?;
        let units = decimal(rate.text().unwrap_or_else(|| rate.source()), RATE_DIGITS);
        let Some(units) = units.filter(|&units| units > 0) else {
            let reason = "the rate has to be above 0, with up to eight decimals";
            self.problems
                .push(rate.error(reason, "write such as \"0.92\""));
            return None;
        };
        let code = self.terms.markets[place].currency.code();
        let round = convert.get("round");
        let round = round.and_then(|node| settings::amount(&node, code, self.problems));
        self.converted.insert(self.terms.markets[place].id.clone());
        let round = round.unwrap_or(1);
        Some(Conversion::new(
            other,
            units,
            round,
            [from_digits, to_digits],
        ))
    }
}
