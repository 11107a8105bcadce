//! Which responses an instance answers from its cache by their bare address, and for how long. That
//! a cached response equals the one that would be made is asserted wherever a test asks twice.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_storefront::{POINTER_TTL_MS, SIGNALS_TTL_MS};

use crate::support::shop::order_of;
use crate::support::{Shop, fixture, request};

const PUBLIC: [&str; 8] = [
    "/",
    "/zh/collections/all",
    "/collections/tea?sort=price-asc",
    "/products/mug?utm_source=mail",
    "/products/mug?variant=none",
    "/collections",
    "/api/v1/products?limit=50",
    "/api/v1/products/mug?lang=zh",
];

#[test]
fn what_everybody_may_see_is_answered_from_the_cache_from_the_second_time_on() {
    let shop = Shop::open();
    for path in PUBLIC {
        assert!(
            shop.cached_response(path).is_none(),
            "{path} before it was made"
        );
        shop.page(path);
        assert!(shop.cached_response(path).is_some(), "{path}");
        assert!(
            shop.cached_response(&format!("{path}&x")).is_none(),
            "{path}&x"
        );
    }
}

#[test]
fn a_request_that_was_only_a_head_leaves_the_whole_response() {
    let shop = Shop::open();
    let head = shop.send(request("HEAD", "/products/mug", &[], ""));
    assert!(head.body().is_empty());
    let cached = shop.cached_response("/products/mug").expect("it was made");
    assert_eq!(cached.body(), shop.get("/products/mug").body());
}

#[test]
fn what_is_personal_or_missing_is_never_cached() {
    let shop = Shop::open();
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "1");
    let order = shop.order("response-cache-0001", &order_of("MUG-RED-S", 1));
    let location = order.headers()["location"].to_str().expect("ASCII");
    let paths = [
        "/cart",
        "/checkout",
        location,
        "/metrics",
        "/readyz",
        "/products/none",
        "/products/none?variant=none",
        "/api/v1/products?limit=x",
        "/api/v1/products?cursor=x",
    ];
    for path in paths {
        for _ in 0..2 {
            shop.get(path);
            browser.get(path);
        }
        assert!(shop.cached_response(path).is_none(), "{path}");
    }
}

#[test]
fn nothing_is_answered_from_the_cache_when_the_pointer_or_the_signals_are_due() {
    let shop = Shop::open();
    shop.page("/products/mug");
    for (until_due_ms, name) in [
        (SIGNALS_TTL_MS, "signals"),
        (POINTER_TTL_MS - SIGNALS_TTL_MS, "pointer"),
    ] {
        shop.world.pass_ms(until_due_ms - 1);
        assert!(shop.cached_response("/products/mug").is_some(), "{name}");
        shop.world.pass_ms(1);
        assert!(shop.cached_response("/products/mug").is_none(), "{name}");
        shop.page("/products/mug");
        assert!(shop.cached_response("/products/mug").is_some(), "{name}");
    }
}

#[test]
fn nothing_of_another_version_or_availability_is_answered_from_the_cache() {
    let shop = Shop::open();
    shop.page("/products/mug");
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(POINTER_TTL_MS);
    shop.page("/");
    assert!(shop.cached_response("/").is_some());
    assert!(
        shop.cached_response("/products/mug").is_none(),
        "of version 1"
    );

    shop.page("/products/mug");
    let bought = shop.order("response-cache-0002", &order_of("MUG-RED-S", 10));
    assert_eq!(bought.status(), StatusCode::CREATED);
    shop.world.pass_ms(SIGNALS_TTL_MS);
    shop.page("/");
    assert!(
        shop.cached_response("/products/mug").is_none(),
        "of the snapshot before"
    );
}

fn header(response: &Response<Bytes>, name: &str) -> String {
    let value = response.headers()[name].to_str();
    value.expect("ASCII").to_owned()
}

#[test]
fn after_a_rollback_the_moment_of_the_publish_is_that_of_the_rollback() {
    let shop = Shop::open();
    shop.page("/products/mug");
    let published = |shop: &Shop| header(&shop.get("/products/mug"), "souk-catalogue-published");
    let first = published(&shop);
    shop.world.pass_ms(60_000);
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(60_000);
    let second = published(&shop);
    assert!(first < second, "{first} {second}");
    shop.world.roll_back(1);
    shop.world.pass_ms(POINTER_TTL_MS + 1_000);
    let third = published(&shop);
    assert!(second < third, "{second} {third}");
    let cached = shop.cached_response("/products/mug").expect("it was made");
    assert_eq!(cached.headers()["souk-catalogue-published"], third);
}

#[test]
fn the_ages_say_how_long_ago_the_instance_has_read_the_pointer_and_the_availability() {
    let shop = Shop::open();
    shop.world.pass_ms(3_600_000);
    let ages = |shop: &Shop| {
        let page = shop.get("/products/mug");
        ["souk-catalogue-age", "souk-availability-age"].map(|name| header(&page, name))
    };
    assert_eq!(ages(&shop), ["0", "0"], "an hour after the publish");
    shop.world.pass_ms(POINTER_TTL_MS - 500);
    assert_eq!(ages(&shop), ["1", "0"], "the signals are read again");
    let cached = shop.cached_response("/products/mug").expect("it was made");
    let told: Vec<_> = cached.ages.headers().map(|(_, age_s)| age_s).collect();
    assert_eq!(told, [1, 0]);
    // The pointer is read again, the snapshot cannot be.
    shop.world.signals_down.set(true);
    shop.world.pass_ms(7_000);
    assert_eq!(ages(&shop), ["0", "7"]);
    shop.world.pass_ms(1_000);
    assert_eq!(ages(&shop), ["1", "8"]);
    // Now neither.
    shop.world.store_down.set(true);
    shop.world.shared.replace(None);
    shop.world.pass_ms(20_000);
    assert_eq!(ages(&shop), ["21", "28"]);
}

#[test]
fn a_badge_that_was_never_read_has_no_age() {
    let shop = Shop::open();
    shop.world.signals_down.set(true);
    let page = shop.get("/products/mug");
    assert_eq!(header(&page, "souk-catalogue-age"), "0");
    assert!(!page.headers().contains_key("souk-availability-age"));
}

#[test]
fn the_form_of_an_adapter_is_made_once_and_goes_with_the_response() {
    let mut shop = Shop::open();
    shop.page("/");
    for _ in 0..3 {
        let cached = shop.cached_response("/").expect("it was made");
        let form = cached.form(|cached| cached.body().len());
        assert_eq!(*form, cached.body().len());
        assert_eq!(*cached.form(|_| 0), *form, "made again");
    }
    shop.restart();
    assert!(shop.cached_response("/").is_none());
}
