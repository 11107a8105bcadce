//! The files of sales: what they say, and what is wrong in them.

#![allow(clippy::unwrap_used, missing_docs)]

mod mistakes;
mod sessions;
mod world;

use souk_catalogue::{Identity, Sale};
use souk_room::schedule::session_number;
use souk_shop_folder::Severity;

use world::{read, read_by, sale_with};

/// 2026-11-11 00:00 at UTC+8.
const OPENS_MS: i64 = 1_794_326_400_000;
const MINUTE_MS: i64 = 60 * 1_000;

fn only(text: &str) -> Sale {
    let (sales, problems) = read(text);
    assert_eq!(problems, []);
    let [sale] = <[Sale; 1]>::try_from(sales).unwrap();
    sale
}

#[test]
fn a_sale_has_what_is_meant_without_a_key() {
    let sale = only(&sale_with(&[]));
    assert_eq!(
        (sale.id.as_str(), sale.title.base.as_str()),
        ("drop", "The drop")
    );
    assert_eq!(sale.title.translation(1), Some("Der Drop"));
    assert_eq!(sale.identity, Identity::Email);
    let times = [sale.buy_within_ms, sale.pay_within_ms];
    assert_eq!(times, [5 * MINUTE_MS, 10 * MINUTE_MS]);
    assert_eq!((sale.overbook_permille, sale.room), (1_000, true));
    let [session] = sale.sessions.as_slice() else {
        panic!("{:?}", sale.sessions);
    };
    assert_eq!(session.number, session_number("drop", OPENS_MS));
    assert_eq!(session.gathers_at_ms, OPENS_MS - 30 * MINUTE_MS);
    assert_eq!(session.opens_at_ms, OPENS_MS);
    assert_eq!(session.closes_at_ms, OPENS_MS + 120 * MINUTE_MS);
}

#[test]
fn every_key_counts() {
    let sale = only(&sale_with(&[
        "id = \"drop\"",
        "identity = \"visitor\"",
        "room = false",
        "gathers = \"1h\"",
        "buy_within = \"90s\"",
        "pay_within = \"20m\"",
        "proof = \"none\"",
        "overbook = 1.25",
    ]));
    assert_eq!(sale.identity, Identity::Visitor);
    assert_eq!(sale.sessions[0].gathers_at_ms, OPENS_MS - 60 * MINUTE_MS);
    let times = [sale.buy_within_ms, sale.pay_within_ms];
    assert_eq!(times, [90_000, 20 * MINUTE_MS]);
    assert_eq!((sale.overbook_permille, sale.room), (1_250, false));
}

#[test]
fn an_item_has_an_account_of_its_own_and_prices_that_are_compared() {
    let items =
        "items = [{ sku = \"MUG\", price = 900, units = 5, limit = 2, prices = { eu = 800 } }]";
    let sale = only(&sale_with(&[items]));
    let item = &sale.items[0];
    let skus = [
        item.merchant_sku.as_str(),
        item.sku.as_str(),
        item.facts.sku.as_str(),
    ];
    assert_eq!(skus, ["MUG", "sale:drop:MUG", "sale:drop:MUG"]);
    assert_eq!((item.units, item.limit), (5, 2));
    assert_eq!(item.product.description_html.base, "", "it is a card");
    let price = |market| {
        let tag = item.facts.price(market, OPENS_MS)?;
        Some((tag.minor, tag.compare_at_minor))
    };
    assert_eq!(price("us"), Some((900, Some(1_200))));
    assert_eq!(
        price("eu"),
        Some((800, None)),
        "it costs nothing there at other times"
    );
    assert_eq!(item.facts.sale, None);
    let elsewhere = only(&sale_with(&[]));
    assert_eq!(elsewhere.items[0].facts.price("eu", OPENS_MS), None);
}

#[test]
fn what_the_products_no_longer_have_is_left_out_of_a_sale_that_is_kept() {
    let items = "items = [{ sku = \"MUG\", price = 900, units = 5, limit = 2 }, \
                 { sku = \"CUP\", price = 900, units = 5, limit = 2 }]";
    let kept = |items: &str| {
        let text = sale_with(&[items]);
        let (sales, problems) = read_by(&[("drop", &text)], Severity::Warning, &|_| 0);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].severity, Severity::Warning);
        sales
    };
    assert_eq!(kept(items)[0].items.len(), 1);
    assert!(kept("items = [{ sku = \"CUP\", price = 9, units = 5, limit = 2 }]").is_empty());
}
