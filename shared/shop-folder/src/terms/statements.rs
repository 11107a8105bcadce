//! What the files of the terms say, one thing by one, so that two versions of them can be compared.
//! Comments, order and layout do not count.

use std::collections::BTreeMap;

use super::{DELIVERY_FILE, MARKETS_FILE, OPTIONS_FILE, PRICES_FILE, PROMOTIONS_FILE, TAX_FILE};
use crate::changes::inline;
use crate::document::Document;

/// A kind of things that one of the files lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What programs know it by.
    pub name: &'static str,
    /// What people call several of them.
    pub what: &'static str,
    /// The file.
    pub file: &'static str,
    /// The list in the file; none in a table of rows.
    list: Option<&'static str>,
}

/// Every kind.
pub const KINDS: [Kind; 8] = [
    listed("markets", "markets", MARKETS_FILE, "market"),
    Kind {
        name: "prices",
        what: "prices",
        file: PRICES_FILE,
        list: None,
    },
    listed("zones", "delivery zones", DELIVERY_FILE, "zone"),
    listed("methods", "deliveries", DELIVERY_FILE, "method"),
    listed("categories", "tax categories", TAX_FILE, "category"),
    listed("rates", "tax rates", TAX_FILE, "rate"),
    listed("promotions", "promotions", PROMOTIONS_FILE, "promotion"),
    listed("options", "options", OPTIONS_FILE, "option"),
];

const fn listed(
    name: &'static str,
    what: &'static str,
    file: &'static str,
    list: &'static str,
) -> Kind {
    Kind {
        name,
        what,
        file,
        list: Some(list),
    }
}

/// The entries of a kind in the text of its file: the name of each, and what the file says about it.
pub fn statements_of(kind: Kind, text: &str) -> BTreeMap<String, String> {
    match kind.list {
        Some(list) => of_list(kind.file, list, text),
        None => of_rows(text),
    }
}

/// Tables by their ids; one without an id is called by what it says.
fn of_list(file: &str, list: &str, text: &str) -> BTreeMap<String, String> {
    let document = Document::parse(file, text, &mut Vec::new());
    let items = super::tables(&document.root(), list);
    let named = items.iter().map(|item| {
        let says = inline(item);
        match item.text_of("id") {
            id if id.is_empty() => (says.clone(), says),
            id => (id, says),
        }
    });
    named.collect()
}

/// Prices by SKU, market and beginning.
fn of_rows(text: &str) -> BTreeMap<String, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let place = |name: &str| header.iter().position(|column| column.trim() == name);
    let [sku, market, from] = ["sku", "market", "from"].map(place);
    let records = reader.records().filter_map(Result::ok);
    let named = records.map(|record| {
        let cell = |place: Option<usize>| {
            let cell = place.and_then(|place| record.get(place));
            cell.unwrap_or_default().trim()
        };
        let begins = match cell(from) {
            "" => String::new(),
            moment => format!("from {moment}"),
        };
        let parts = [cell(sku), cell(market), &begins];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let says: Vec<_> = record.iter().map(str::trim).collect();
        (parts.join(" "), says.join(","))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> BTreeMap<String, String> {
        let kind = KINDS.into_iter().find(|kind| kind.name == name).unwrap();
        statements_of(kind, text)
    }

    #[test]
    fn things_are_called_by_their_ids_and_layout_does_not_count() {
        let short = "[[market]]\nid = \"us\"\ncurrency = \"USD\"\n";
        let long = "# ours\n[[market]]\nid   = 'us'\n\ncurrency = \"USD\" # dollars\n";
        let markets = of("markets", short);
        assert_eq!(markets, of("markets", long));
        let says = "{ id = \"us\", currency = \"USD\" }".to_owned();
        assert_eq!(markets, BTreeMap::from([("us".to_owned(), says)]));
    }

    #[test]
    fn a_rate_is_called_by_what_it_says_and_a_price_by_where_and_when_it_holds() {
        let rates = of("rates", "[[rate]]\nname = \"VAT\"\npercent = \"19\"\n");
        let rate = "{ name = \"VAT\", percent = \"19\" }";
        assert_eq!(rates.keys().collect::<Vec<_>>(), [rate]);
        let prices = of(
            "prices",
            "sku,market,price,from\nMUG,,18.00,\nMUG,eu,17.50, 2026-11-27\n",
        );
        let names: Vec<_> = prices.keys().map(String::as_str).collect();
        assert_eq!(names, ["MUG", "MUG eu from 2026-11-27"]);
        assert_eq!(prices["MUG"], "MUG,,18.00,");
    }
}
