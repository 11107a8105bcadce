//! Cursors: every item once, whatever is published meanwhile.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::Value;
use souk_catalogue::ListingOrder;

use crate::support::{Shop, fixture, json};

fn slugs(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["slug"].as_str().expect("a slug").to_owned())
        .collect()
}

/// Every page from the first to the last; `between` runs after each.
fn walk(shop: &Shop, query: &str, between: impl Fn(usize)) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        assert!(page < 200, "{query}: no end");
        let response = shop.api(&format!("/api/v1/products?{query}&cursor={cursor}"));
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{query}: {}",
            json(&response)
        );
        let body = json(&response);
        all.extend(slugs(&body));
        between(page);
        match body["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    all
}

#[test]
fn pages_hold_every_product_once_for_every_sort_and_limit() {
    let shop = Shop::open();
    for sort in ListingOrder::ALL.map(ListingOrder::name) {
        let mut orders = BTreeSet::new();
        for limit in [1, 7, 24, 60, 61, 100] {
            let all = walk(&shop, &format!("sort={sort}&limit={limit}"), |_| {});
            assert_eq!(all.len(), fixture::PRODUCTS, "{sort} {limit}");
            assert_eq!(
                all.iter().collect::<BTreeSet<_>>().len(),
                all.len(),
                "{sort} {limit}"
            );
            orders.insert(all);
        }
        assert_eq!(orders.len(), 1, "{sort}: the limit changes the order");
    }
}

#[test]
fn prices_ascend_and_descend() {
    let shop = Shop::open();
    let prices = |sort: &str| {
        let page = json(&shop.api(&format!("/api/v1/products?limit=100&sort={sort}")));
        let items = page["items"].as_array().expect("items").clone();
        let lowest = |item: &Value| {
            let variants = item["variants"].as_array().expect("variants");
            variants
                .iter()
                .map(|v| v["price"]["amount"].as_i64().expect("a whole number"))
                .min()
        };
        items.iter().map(lowest).collect::<Vec<_>>()
    };
    assert!(prices("price-asc").is_sorted());
    assert!(prices("price-desc").iter().rev().is_sorted());
}

#[test]
fn a_cursor_stays_with_its_version() {
    let shop = Shop::open();
    let all = walk(&shop, "sort=title&limit=10", |page| {
        if page == 1 {
            shop.world.publish(&fixture::next_catalogue());
            shop.world.pass_ms(60_000);
        }
    });
    assert_eq!(
        all.len(),
        fixture::PRODUCTS,
        "the next version has one less"
    );
    let first = shop.api("/api/v1/products?limit=1");
    assert_eq!(first.headers()["souk-catalogue-version"], "2");
}

#[test]
fn the_cursor_of_a_dropped_version_has_expired() {
    let shop = Shop::open();
    let next = json(&shop.api("/api/v1/products?limit=10"))["next"].clone();
    let next = next.as_str().expect("a second page");
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(60_000);
    shop.world
        .store
        .borrow_mut()
        .remove("catalogue/3/version/1");
    let response = shop.api(&format!("/api/v1/products?limit=10&cursor={next}"));
    assert_eq!(response.status(), StatusCode::GONE);
    assert_eq!(json(&response)["type"], "/problems/cursor-expired");
    let page = shop.get(&format!("/collections/all?cursor={next}"));
    assert_eq!(page.status(), StatusCode::GONE);
    assert!(
        page.headers()["content-type"]
            .to_str()
            .expect("ASCII")
            .starts_with("text/html")
    );
}

#[test]
fn the_pages_of_a_collection_link_every_product_once() {
    let shop = Shop::open();
    let mut path = "/collections/all?sort=price-desc".to_owned();
    let mut found = Vec::new();
    loop {
        let page = shop.page(&path);
        let main = page
            .split("<main")
            .nth(1)
            .expect("a main element")
            .to_owned();
        let cards: BTreeSet<_> = main
            .split("href=\"/products/")
            .skip(1)
            .filter_map(|rest| rest.split(['"', '?']).next())
            .map(str::to_owned)
            .collect();
        found.extend(cards);
        let next = page.split("<link rel=\"next\" href=\"").nth(1);
        match next.and_then(|rest| rest.split('"').next()) {
            Some(next) => path = next.replace("&amp;", "&"),
            None => break,
        }
    }
    assert_eq!(found.len(), fixture::PRODUCTS);
    assert_eq!(
        found.iter().collect::<BTreeSet<_>>().len(),
        fixture::PRODUCTS
    );
}

#[test]
fn parameters_that_make_no_sense_are_named() {
    let shop = Shop::open();
    let cases = [
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("limit=x", "?limit"),
        ("limit=-1", "?limit"),
        ("sort=colour", "?sort"),
        ("cursor=nonsense", "?cursor"),
        ("lang=fr", "?lang"),
    ];
    for (query, pointer) in cases {
        let response = shop.api(&format!("/api/v1/products?{query}"));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem = json(&response);
        assert_eq!(problem["type"], "/problems/invalid-request", "{query}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
    }
    let next = json(&shop.api("/api/v1/products?limit=10&sort=title"))["next"].clone();
    let cursor = next.as_str().expect("a second page");
    let other = shop.api(&format!("/api/v1/products?sort=featured&cursor={cursor}"));
    assert_eq!(
        other.status(),
        StatusCode::BAD_REQUEST,
        "a cursor of another order"
    );
}

#[test]
fn a_template_that_is_not_filled_in_gives_the_usual_list() {
    let shop = Shop::open();
    let page = |query: &str| json(&shop.api(&format!("/api/v1/products?{query}")));
    let first = page("collection=&sort=&cursor=&limit=&lang=");
    assert_eq!(first, json(&shop.api("/api/v1/products")));
    let next = page("limit=10&sort=title")["next"].clone();
    let cursor = next.as_str().expect("a second page");
    let second = page(&format!("collection=&sort=&limit=10&cursor={cursor}"));
    assert_eq!(second, page(&format!("limit=10&cursor={cursor}")));
}

#[test]
fn a_form_that_leaves_its_fields_empty_shows_the_usual_listing() {
    let shop = Shop::open();
    assert_eq!(
        shop.page("/collections/tea?sort=&cursor="),
        shop.page("/collections/tea")
    );
}

#[test]
fn a_cursor_is_bound_to_the_collection_the_filters_and_the_order_that_it_pages() {
    let shop = Shop::open();
    let next = |query: &str| {
        let page = json(&shop.api(&format!("/api/v1/products?limit=2&{query}")));
        page["next"].as_str().expect("a second page").to_owned()
    };
    let plain = next("collection=plain");
    let vendor = next("collection=plain&vendor=Souk");
    let sorted = next("collection=plain&sort=title");
    let cases = [
        ("plain", "", &plain, 200),
        ("plain", "&sort=featured", &plain, 200),
        ("plain", "&sort=title", &sorted, 200),
        ("plain", "", &sorted, 200),
        ("plain", "&vendor=Souk", &vendor, 200),
        ("all", "", &plain, 400),
        ("tea", "", &plain, 400),
        ("plain", "&vendor=Souk", &plain, 400),
        ("plain", "", &vendor, 400),
        ("all", "&vendor=Souk", &vendor, 400),
        ("plain", "&sort=price-asc", &plain, 400),
        ("plain", "&sort=featured", &sorted, 400),
    ];
    for (collection, more, cursor, status) in cases {
        let list = format!("/api/v1/products?collection={collection}{more}&cursor={cursor}");
        assert_eq!(shop.api(&list).status(), status, "{list}");
        let page = format!("/collections/{collection}?cursor={cursor}{more}");
        assert_eq!(shop.get(&page).status(), status, "{page}");
    }
    let refused = json(&shop.api(&format!("/api/v1/products?cursor={plain}")));
    assert_eq!(refused["errors"][0]["pointer"], "?cursor");
    // The language of the texts is none of its business.
    let chinese = format!("/api/v1/products?collection=plain&lang=zh&cursor={plain}");
    assert_eq!(shop.api(&chinese).status(), StatusCode::OK);
}
