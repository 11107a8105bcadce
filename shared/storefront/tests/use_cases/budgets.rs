//! Every byte costs a shopper on a slow connection time: each payload has a budget.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde::Deserialize;

use crate::support::{Shop, text};

/// Bytes that a payload should have at most.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    raw: usize,
    gzip: usize,
    /// A budget that is missed: what the payload has today, beyond which the test fails.
    missed: Option<Missed>,
}

/// Bytes beyond which a payload that misses its budget must not grow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Missed {
    raw: usize,
    gzip: usize,
}

/// As a proxy in front of the shop compresses.
fn gzip(body: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(body).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything").len()
}

fn payloads() -> BTreeMap<&'static str, Vec<u8>> {
    let shop = Shop::open_with_search();
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "2");
    browser.add("plate-3", "PLATE-3", "1");
    let home = shop.page("/");
    let asset = |page: &str, kind: &str| {
        let mut paths = page.split('"').filter(|part| part.starts_with("/assets/"));
        let path = paths.find(|path| path.ends_with(kind));
        shop.page(path.expect("the page names its assets"))
            .into_bytes()
    };
    let script = String::from_utf8(asset(&home, ".js")).expect("a text");
    let checkout = text(&browser.get("/checkout"));
    let (_, of_checkout) = checkout.split_once("type=\"module\"").expect("a module");
    let [sale, place] = crate::room::pages();
    BTreeMap::from([
        (
            "room_js",
            asset(
                &place[place.find("type=\"module\"").expect("a module")..],
                ".js",
            ),
        ),
        (
            "sale_css",
            asset(&sale[sale.find("<main").expect("a page")..], ".css"),
        ),
        ("sale_page", sale.into_bytes()),
        ("place_page", place.into_bytes()),
        (
            "product_json",
            shop.page("/api/v1/products/mug").into_bytes(),
        ),
        ("listing_json", shop.page("/api/v1/products").into_bytes()),
        ("product_page", shop.page("/products/mug").into_bytes()),
        (
            "collection_page",
            shop.page("/collections/all").into_bytes(),
        ),
        (
            "document_json",
            shop.page("/api/v1/content/blog/mugs").into_bytes(),
        ),
        ("document_page", shop.page("/blog/mugs").into_bytes()),
        ("documents_page", shop.page("/blog").into_bytes()),
        ("feed", shop.page("/blog/feed.xml").into_bytes()),
        ("checkout_js", asset(of_checkout, ".js")),
        ("checkout_page", checkout.clone().into_bytes()),
        ("shop_css", asset(&home, ".css")),
        ("search_js", asset(&script, ".js")),
        ("shop_js", script.clone().into_bytes()),
        ("home_page", home.clone().into_bytes()),
    ])
}

#[test]
fn payloads_stay_within_their_budgets() {
    let budgets: BTreeMap<String, Budget> =
        serde_json::from_str(include_str!("../budgets.json")).expect("budgets.json");
    let payloads = payloads();
    let named: Vec<_> = payloads.keys().copied().collect();
    assert_eq!(
        budgets.keys().collect::<Vec<_>>(),
        named,
        "each payload has one budget"
    );
    let mut over = String::new();
    for (name, body) in payloads {
        let budget = &budgets[name];
        let missed = budget.missed.as_ref();
        for (kind, bytes, goal, missed) in [
            ("raw", body.len(), budget.raw, missed.map(|most| most.raw)),
            (
                "gzip",
                gzip(&body),
                budget.gzip,
                missed.map(|most| most.gzip),
            ),
        ] {
            let verdict = if bytes > goal { ": MISSED" } else { "" };
            println!("{name:16} {kind:4} {bytes:7} of {goal:7} bytes{verdict}");
            let most = missed.unwrap_or(goal);
            if bytes > most {
                let by = bytes - most;
                over.push_str(&format!(
                    "{name} ({kind}): {bytes} bytes, {by} over the {most} of its budget\n"
                ));
            }
        }
    }
    assert!(
        over.is_empty(),
        "make it smaller, or say in budgets.json why not:\n{over}"
    );
}
