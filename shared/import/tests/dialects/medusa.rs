//! Medusa's product CSV of both versions.

use souk_domain::Currency;
use souk_import::{Dialect, Note, Reason};

use crate::support::{notes, options, pictures, product, read, reasons, stock, variants};

const FIRST: &[u8] = include_bytes!("../fixtures/medusa1.csv");
const SECOND: &[u8] = include_bytes!("../fixtures/medusa2.csv");

#[test]
fn the_first_version_keeps_prices_in_minor_units() {
    let imported = read(FIRST);
    assert_eq!(imported.report.dialect, Dialect::Medusa1);
    let coat = product(&imported, "rain-coat");
    assert_eq!(
        variants(coat),
        [
            ("COAT-S", "S".into(), 12_900, None, 850),
            ("COAT-M", "M".into(), 12_905, None, 900),
        ]
    );
    assert_eq!(
        stock(&imported),
        [("COAT-S", 12, false), ("COAT-M", 0, true)]
    );
    assert_eq!(
        coat.description_html.base,
        "For long walks\nKeeps dry &lt; 5 h"
    );
    assert_eq!(
        (coat.tags.join(" "), coat.collections.join(" ")),
        ("rain walk".into(), "outdoor".into())
    );
    assert_eq!(
        pictures(coat),
        [
            "https://pictures.example/coat.jpg",
            "https://pictures.example/coat-2.jpg"
        ]
    );
    assert_eq!(imported.report.skipped.draft, 1);
    assert!(imported.report.unknown_columns.is_empty());
}

#[test]
fn the_second_version_writes_decimals() {
    let imported = read(SECOND);
    assert_eq!(imported.report.dialect, Dialect::Medusa2);
    let pot = product(&imported, "tea-pot");
    assert_eq!(options(pot), ["Color", "Size"]);
    assert_eq!(
        variants(pot),
        [
            ("POT-R-S", "Red/Small".into(), 3250, None, 650),
            ("POT-B-S", "Blue/Small".into(), 3300, None, 700),
        ]
    );
    assert_eq!(
        pot.description_html.base,
        "<p>Holds one litre.</p>\n<p>Dishwasher safe.</p>"
    );
    let towel = product(&imported, "tea-towel");
    assert!(options(towel).is_empty());
    assert_eq!(towel.collections, ["kitchen"]);
    // The file has no quantities: every variant that is counted gets the default.
    assert_eq!(
        stock(&imported),
        [
            ("POT-R-S", 5, false),
            ("POT-B-S", 5, true),
            ("TOWEL", 5, false)
        ]
    );
    let notes = notes(&imported);
    assert!(
        notes.contains(&(None, "", &Note::NoQuantities(5))),
        "{notes:?}"
    );
    assert!(
        notes.contains(&(Some(2), "Product Category 1", &Note::ForeignId)),
        "{notes:?}"
    );
    assert!(imported.report.unknown_columns.is_empty());
}

#[test]
fn prices_in_other_currencies_are_an_error_of_their_product() {
    let shop = Currency::parse("GBP").unwrap();
    let found = "EUR, USD".to_owned();
    let reason = Reason::OtherCurrency { found, shop };
    let place = (Some(2), "Variant Price EUR".to_owned(), reason);
    assert!(
        reasons(SECOND, "GBP").contains(&place),
        "{:?}",
        reasons(SECOND, "GBP")
    );
}

#[test]
fn decimals_in_the_first_version_are_refused() {
    let file = String::from_utf8(FIRST.to_vec())
        .unwrap()
        .replace("12900", "129.00");
    let expected = [(Some(2), "Price USD".to_owned(), Reason::NotWhole)];
    assert_eq!(reasons(file.as_bytes(), "USD"), expected);
}
