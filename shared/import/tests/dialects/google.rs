//! Product feeds of Google Merchant Center.

use souk_domain::Currency;
use souk_import::{Dialect, Note, Reason};

use crate::support::{notes, options, pictures, product, read, reasons, stock, variants};

const FEED: &[u8] = include_bytes!("../fixtures/google.tsv");

#[test]
fn rows_of_a_group_are_one_product_wherever_they_stand() {
    let imported = read(FEED);
    assert_eq!(imported.report.dialect, Dialect::Google);
    let slugs: Vec<_> = imported
        .catalogue
        .products
        .iter()
        .map(|p| p.slug.as_str())
        .collect();
    assert_eq!(slugs, ["wool-tee", "reading-lamp"]);
    let tee = product(&imported, "wool-tee");
    assert_eq!(tee.title.base, "Wool Tee");
    assert_eq!(tee.description_html.base, "Soft wool &amp; warm");
    assert_eq!(options(tee), ["Color"]);
    assert_eq!(
        variants(tee),
        [
            ("T-RED-S", "Red".into(), 1950, Some(2400), 200),
            ("T-BLUE-S", "Blue".into(), 2400, None, 200),
        ]
    );
    assert_eq!(
        pictures(tee),
        [
            "https://pictures.example/tee-red.jpg",
            "https://pictures.example/tee-blue.jpg",
            "https://pictures.example/tee-back.jpg",
        ]
    );
    let shown: Vec<_> = tee.variants.iter().map(|variant| variant.media).collect();
    assert_eq!(shown, [Some(0), Some(1)]);
    assert_eq!(
        (tee.vendor.as_str(), tee.collections.join(" ")),
        ("Nordlicht", "tees".into())
    );
    assert_eq!(tee.variants[0].barcode.as_deref(), Some("4006381333931"));
}

#[test]
fn a_feed_says_only_whether_there_is_stock() {
    let imported = read(FEED);
    assert_eq!(
        stock(&imported),
        [
            ("T-RED-S", 5, false),
            ("T-BLUE-S", 0, true),
            ("LAMP", 0, false)
        ]
    );
    assert_eq!(notes(&imported), [(None, "", &Note::NoQuantities(5))]);
    let report = &imported.report;
    assert_eq!(report.ignored_columns, ["condition", "custom_label_0"]);
    assert!(report.unknown_columns.is_empty());
}

#[test]
fn a_price_in_another_currency_is_an_error_of_its_product() {
    let shop = Currency::parse("EUR").unwrap();
    let reason = || Reason::OtherCurrency {
        found: "USD".into(),
        shop,
    };
    let column = |name: &str| name.to_owned();
    assert_eq!(
        reasons(FEED, "EUR"),
        [
            (Some(2), column("sale_price"), reason()),
            (Some(2), column("price"), reason()),
            (Some(4), column("price"), reason()),
            (Some(3), column("price"), reason()),
        ]
    );
}

#[test]
fn variants_without_attributes_are_told_apart_by_title_or_id() {
    let feed = b"id\ttitle\tprice\timage_link\tavailability\titem_group_id\n\
                 A\tTea, 100 g\t5 USD\t\tin stock\tg1\n\
                 B\tTea, 250 g\t9 USD\t\tin stock\tg1\n\
                 C\tPot\t5 USD\t\tin stock\tg2\n\
                 D\tPot\t6 USD\t\tin stock\tg2\n";
    let imported = read(feed);
    let tea = product(&imported, "tea");
    assert_eq!(options(tea), ["Variant"]);
    assert_eq!(variants(tea)[1].1, "250 g");
    let pot = product(&imported, "pot");
    assert_eq!(
        (variants(pot)[0].1.as_str(), variants(pot)[1].1.as_str()),
        ("C", "D")
    );
}

#[test]
fn names_with_blanks_and_commas_between_cells_are_the_same_feed() {
    let feed = b"ID,Title,Price,Image link,Additional image link,Additional image link,Availability\n\
                 A,Tea,5 USD,https://a.example/1.jpg,https://a.example/2.jpg,https://a.example/3.jpg,in stock\n";
    let imported = read(feed);
    assert_eq!(pictures(product(&imported, "tea")).len(), 3);
}
