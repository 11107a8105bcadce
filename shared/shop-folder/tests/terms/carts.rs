//! Carts with what they cost, in files that a merchant can read.
//!
//! A case has a `cart` of `QUANTITY SKU`, perhaps with options (`1 MUG engraving ribbon:red`), and what comes of it: `applied` has `PROMOTION AMOUNT`, or
//! `PROMOTION AMOUNT: SHARE SHARE …` with what each line gets; `refused` has `PROMOTION REASON` or
//! `CODE REASON`; `tax` has `NAME PERCENT on BASE: AMOUNT`, duty among it; `units` has what each unit of
//! the first line costs.

use std::collections::BTreeMap;

use serde::Deserialize;
use souk_domain::Quantity;
use souk_pricing::{
    Adjustment, Chosen, Context, Facts, GivenCode, Line, Place, Quote, Subject, Target, Terms,
    quote,
};

use crate::world::{facts, product, read};

pub(crate) const FILES: [(&str, &str); 7] = [
    ("stacking", include_str!("cases/stacking.toml")),
    ("caps-and-codes", include_str!("cases/caps-and-codes.toml")),
    (
        "buy-get-and-steps",
        include_str!("cases/buy-get-and-steps.toml"),
    ),
    ("sales", include_str!("cases/sales.toml")),
    ("tax", include_str!("cases/tax.toml")),
    (
        "currencies-and-units",
        include_str!("cases/currencies-and-units.toml"),
    ),
    ("options", include_str!("cases/options.toml")),
];

/// 2026-11-29 12:00 UTC.
const AT_MS: i64 = 1_795_953_600_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    products: BTreeMap<String, Offer>,
    files: BTreeMap<String, String>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    price: i64,
    collection: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    cart: Vec<String>,
    market: Option<String>,
    #[serde(default)]
    codes: Vec<String>,
    tier: Option<String>,
    /// `COUNTRY REGION POSTAL`.
    place: Option<String>,
    delivery: Option<String>,
    total: i64,
    applied: Option<Vec<String>>,
    refused: Option<Vec<String>>,
    tax: Option<Vec<String>>,
    units: Option<Vec<i64>>,
    /// Working days that options add.
    lead_days: Option<u16>,
}

/// The options of a line of a cart: `ID`, or `ID:CHOICE`.
fn chosen(line: &str) -> Chosen {
    let options = line.split(' ').skip(2);
    let options = options.map(|option| match option.split_once(':') {
        Some((id, choice)) => (id.to_owned(), Some(choice.to_owned())),
        None => (option.to_owned(), None),
    });
    options.collect()
}

/// Checks every case of a file; how many there are.
pub(crate) fn check(name: &str, text: &str) -> usize {
    let file: CaseFile = toml::from_str(text).expect(name);
    let products = file.products.iter();
    let products: Vec<_> = products
        .map(|(sku, offer)| product(sku, offer.price, &offer.collection, &[]))
        .collect();
    let files = file
        .files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let files: Vec<_> = files.collect();
    let currency = if name == "tax" { "EUR" } else { "USD" };
    let (shop, problems) = read(&files, currency, &products);
    assert_eq!(problems, [], "{name}");
    let facts = facts(&shop, &products);
    for case in &file.case {
        case.check(&shop.terms, &facts);
    }
    file.case.len()
}

impl Case {
    fn check(&self, terms: &Terms, facts: &[Facts]) {
        let quote = self.quote(terms, facts);
        let name = &self.name;
        if let Some(applied) = &self.applied {
            let is_detailed = |at: usize| applied.get(at).is_some_and(|one| one.contains(':'));
            let found = quote.adjustments.iter().enumerate();
            let found = found.map(|(at, one)| self.applied(terms, one, is_detailed(at)));
            assert_eq!(&found.collect::<Vec<_>>(), applied, "{name}");
        }
        if let Some(refused) = &self.refused {
            let found = quote.not_applied.iter().map(|one| {
                let subject = match one.subject {
                    Subject::Promotion(place) => &terms.promotions[place].id,
                    Subject::Code(place) => &self.codes[place],
                };
                format!("{subject} {}", one.reason.name())
            });
            assert_eq!(&found.collect::<Vec<_>>(), refused, "{name}");
        }
        if let Some(tax) = &self.tax {
            let parts = quote.tax.parts.iter().chain(&quote.duty.parts);
            let found = parts.map(|part| {
                let rate = &terms.rates[part.rate];
                format!(
                    "{} {} on {}: {}",
                    rate.name, rate.percent, part.base, part.amount
                )
            });
            assert_eq!(&found.collect::<Vec<_>>(), tax, "{name}");
        }
        if let Some(units) = &self.units {
            let line = quote.lines[0];
            let found = (0..line.quantity).map(|unit| line.units(unit..unit + 1).total);
            assert_eq!(&found.collect::<Vec<_>>(), units, "{name}");
        }
        if let Some(lead_days) = self.lead_days {
            assert_eq!(quote.lead_days, lead_days, "{name}");
        }
        assert_eq!(quote.total, self.total, "{name}");
    }

    fn applied(&self, terms: &Terms, one: &Adjustment, is_detailed: bool) -> String {
        let applied = format!("{} {}", terms.promotions[one.promotion].id, one.amount);
        if !is_detailed {
            return applied;
        }
        let share = |line: usize| {
            let mut allocations = one.allocations.iter();
            let found = allocations.find(|part| part.target == Target::Line(line));
            found.map_or(0, |part| part.amount).to_string()
        };
        let shares: Vec<_> = (0..self.cart.len()).map(share).collect();
        format!("{applied}: {}", shares.join(" "))
    }

    fn quote(&self, terms: &Terms, facts: &[Facts]) -> Quote {
        let options: Vec<_> = self.cart.iter().map(|line| chosen(line)).collect();
        let lines = self.cart.iter().zip(&options).map(|(line, options)| {
            let mut words = line.split(' ');
            let (quantity, sku) = (words.next().unwrap(), words.next().unwrap());
            let quantity = Quantity::new(quantity.parse().unwrap()).unwrap();
            let facts = facts.iter().find(|facts| facts.sku == sku).unwrap();
            Line {
                facts,
                quantity,
                options,
            }
        });
        let lines: Vec<_> = lines.collect();
        let place = self.place.as_ref().map(|place| {
            let mut parts = place.split(' ').map(str::to_owned);
            let mut part = || parts.next().unwrap_or_default();
            Place {
                country: part(),
                region: part(),
                postal_code: part(),
            }
        });
        let codes: Vec<_> = self.codes.iter().map(|code| GivenCode::new(code)).collect();
        let first = &terms.markets[0].id;
        let context = Context {
            at_ms: AT_MS,
            market: self.market.as_ref().unwrap_or(first),
            place: place.as_ref(),
            codes: &codes,
            delivery: self.delivery.as_deref(),
            tier: self.tier.as_deref(),
            refused: &[],
        };
        quote(terms, &lines, &context).expect(&self.name)
    }
}
