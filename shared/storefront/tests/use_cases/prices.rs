//! Prices that change at a moment: every page and every list shows those of the moment of its request,
//! and no cache keeps one beyond it.

use http::header;
use souk_catalogue::{Catalogue, Selling};
use souk_pricing::{MarketPrices, Price};

use crate::support::terms::{terms, with_terms};
use crate::support::world::{DAWN_MS, search_index};
use crate::support::{Shop, fixture, json, text};

/// When the pot begins to cost less, in milliseconds since 1970; it does so for a minute.
const SALE_MS: i64 = DAWN_MS + 600_000;
const SALE_ENDS_MS: i64 = SALE_MS + 60_000;

/// The pot in an address.
const POT: &str = "%E8%8C%B6-%E5%A3%B6";

/// The fixture with a pot that costs 49.00, and 39.00 while the sale is on.
fn catalogue() -> Catalogue {
    let mut catalogue = with_terms(fixture::catalogue(), &terms());
    let price = |from_ms, minor, compare_at_minor| Price {
        from_ms,
        minor: Some(minor),
        compare_at_minor,
        prior_minor: compare_at_minor.map(|_| 4_500),
    };
    let timeline = vec![
        price(0, 4_900, None),
        price(SALE_MS, 3_900, Some(4_900)),
        price(SALE_ENDS_MS, 4_900, None),
    ];
    let products = &mut catalogue.products;
    let pot = products.iter_mut().find(|one| one.slug == fixture::POT);
    let prices = vec![MarketPrices {
        market: "us".to_owned(),
        timeline,
    }];
    pot.expect("the fixture has it").variants[0].selling = Some(Box::new(Selling {
        prices,
        ..Selling::default()
    }));
    catalogue.search = Some(search_index(&catalogue));
    catalogue
}

/// A shop with the pot, before the sale.
fn open() -> Shop {
    let shop = Shop::empty();
    let catalogue = catalogue();
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    shop.world
        .teach(&[(4, &[fixture::POT, fixture::MUG]), (3, &[fixture::POT])]);
    shop
}

fn at(shop: &Shop, at_ms: i64) {
    shop.world.now_ms.set(at_ms);
}

#[test]
fn every_page_and_list_shows_the_price_of_its_moment() {
    let shop = open();
    let browser = shop.browser();
    browser.add(fixture::POT, fixture::POT_SKU, "1");
    let pages = [
        format!("/products/{POT}"),
        format!("/zh/products/{POT}"),
        "/products/mug".to_owned(),
        "/collections/tea".to_owned(),
        "/collections/tea?sort=price-desc".to_owned(),
        "/collections/tea?type=Pot".to_owned(),
        "/search?q=pot".to_owned(),
        "/blog/mugs".to_owned(),
        "/cart".to_owned(),
        "/checkout".to_owned(),
    ];
    for (at_ms, now, other) in [
        (SALE_MS - 1, "49.00", "39.00"),
        (SALE_MS, "39.00", "50.00"),
        (SALE_MS + 1, "39.00", "50.00"),
        (SALE_ENDS_MS - 1, "39.00", "50.00"),
        (SALE_ENDS_MS, "49.00", "39.00"),
    ] {
        at(&shop, at_ms);
        for path in &pages {
            let page = text(&browser.get(path));
            assert!(page.contains(now), "{path} at {at_ms}: {page}");
            assert!(!page.contains(other), "{path} at {at_ms}: {page}");
        }
    }
}

#[test]
fn every_reduction_is_shown_with_the_lowest_price_of_the_30_days_before() {
    let shop = open();
    let pages = [
        (
            format!("/products/{POT}"),
            "Lowest price of the 30 days before: $45.00",
        ),
        (
            format!("/zh/products/{POT}"),
            "降价前 30 天内的最低价：$45.00",
        ),
        (
            "/collections/tea".to_owned(),
            "Lowest price of the 30 days before: $45.00",
        ),
        (
            "/search?q=pot".to_owned(),
            "Lowest price of the 30 days before: $45.00",
        ),
        (
            "/blog/mugs".to_owned(),
            "Lowest price of the 30 days before: $45.00",
        ),
    ];
    for (path, shown) in &pages {
        at(&shop, SALE_MS - 1);
        let before = text(&shop.get(path));
        assert!(!before.contains("45.00"), "{path}: {before}");
        at(&shop, SALE_MS);
        let page = text(&shop.get(path));
        assert!(page.contains(shown), "{path}: {page}");
    }
}

#[test]
fn the_api_has_the_price_of_its_moment_and_the_one_it_is_compared_with() {
    let shop = open();
    let prices = |at_ms| {
        at(&shop, at_ms);
        let product = json(&shop.get(&format!("/api/v1/products/{POT}")));
        let variant = &product["variants"][0];
        ["price", "compare_at_price", "prior_price"].map(|name| variant[name]["amount"].as_i64())
    };
    assert_eq!(prices(SALE_MS - 1), [Some(4_900), None, None]);
    assert_eq!(prices(SALE_MS), [Some(3_900), Some(4_900), Some(4_500)]);
    assert_eq!(prices(SALE_ENDS_MS), [Some(4_900), None, None]);

    at(&shop, SALE_MS);
    for path in [
        "/api/v1/products?collection=tea".to_owned(),
        "/api/v1/search?q=pot".to_owned(),
        "/api/v1/recommendations?for=mug".to_owned(),
    ] {
        let list = json(&shop.get(&path));
        let items = list["items"].as_array().expect("items");
        let pot = items.iter().find(|item| item["slug"] == fixture::POT);
        let price = &pot.expect(&path)["variants"][0]["price"]["amount"];
        assert_eq!(price, 3_900, "{path}");
    }
    let suggested = json(&shop.get("/api/v1/suggest?q=pot"));
    assert_eq!(suggested["products"][0]["price"]["amount"], 3_900);
    let page = shop.page(&format!("/products/{POT}"));
    assert!(page.contains("\"price\":\"39.00\""), "JSON-LD: {page}");
}

#[test]
fn listings_are_sorted_and_filtered_by_the_price_of_the_publish() {
    let shop = open();
    at(&shop, SALE_MS);
    let found = |query: &str| {
        let list = json(&shop.get(&format!("/api/v1/products?collection=tea&{query}")));
        let items = list["items"].as_array().expect("items").iter();
        items
            .map(|item| item["slug"].as_str().expect("a slug").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("price.min=4500"), [fixture::POT]);
    assert_eq!(found("price.max=4000"), [fixture::MUG]);
    assert_eq!(found("sort=price-desc"), [fixture::POT, fixture::MUG]);
}

#[test]
fn a_kept_response_ends_when_a_price_changes() {
    let shop = open();
    let path = format!("/products/{POT}");
    at(&shop, SALE_MS - 1);
    shop.page(&path);
    assert!(
        shop.cached_response(&path).is_some(),
        "a millisecond before"
    );
    at(&shop, SALE_MS);
    assert!(shop.cached_response(&path).is_none(), "at the moment");
    assert!(shop.page(&path).contains("$39.00"));
    at(&shop, SALE_MS + 1);
    let kept = shop.cached_response(&path).expect("it was made");
    let kept = String::from_utf8(kept.body().to_vec()).expect("UTF-8");
    assert!(kept.contains("$39.00"), "{kept}");
    at(&shop, SALE_MS - 1);
    assert!(
        shop.cached_response(&path).is_none(),
        "for a clock that was set back"
    );
}

#[test]
fn other_caches_keep_a_response_until_a_price_changes_at_most() {
    let shop = open();
    let policy = |at_ms| {
        at(&shop, at_ms);
        let page = shop.get(&format!("/products/{POT}"));
        let policy = page.headers()[header::CACHE_CONTROL].to_str();
        policy.expect("ASCII").to_owned()
    };
    let whole = "public, max-age=5, stale-while-revalidate=30";
    let cases = [
        (600_000, whole),
        (35_000, whole),
        (34_999, "public, max-age=5, stale-while-revalidate=29"),
        (20_000, "public, max-age=5, stale-while-revalidate=15"),
        (5_000, "public, max-age=5"),
        (3_999, "public, max-age=3"),
        (3_001, "public, max-age=3"),
        (1_000, "public, max-age=1"),
        (999, "public, max-age=0"),
        (1, "public, max-age=0"),
    ];
    for (before_ms, expected) in cases {
        assert_eq!(
            policy(SALE_MS - before_ms),
            expected,
            "{before_ms} ms before"
        );
    }
    assert_eq!(policy(SALE_MS), whole, "the next change is a minute away");
    assert_eq!(policy(SALE_ENDS_MS), whole, "there is none");
    let private = shop.get("/cart");
    assert_eq!(private.headers()[header::CACHE_CONTROL], "no-store");
}

#[test]
fn a_catalogue_without_terms_has_its_own_prices() {
    let shop = Shop::open();
    at(&shop, SALE_MS);
    assert!(shop.page(&format!("/products/{POT}")).contains("$49.00"));
}
