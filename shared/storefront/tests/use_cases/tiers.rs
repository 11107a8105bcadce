//! Where a blob is read from: memory, the shared cache, the store; never the origin.

use futures::executor::block_on;
use futures::future::join_all;
use http::StatusCode;

use crate::support::{Shop, fixture, json, request, text};

const PATHS: [&str; 10] = [
    "/",
    "/zh",
    "/collections/all",
    "/collections/tea?sort=price-asc",
    "/products/mug",
    "/zh/products/%E8%8C%B6-%E5%A3%B6",
    "/api/v1/products?limit=50",
    "/api/v1/products/mug?lang=zh",
    "/collections/all?vendor=Souk&price.max=10",
    "/api/v1/products?option.Colour=Blue&sort=price-desc",
];

fn bodies(shop: &Shop) -> Vec<String> {
    PATHS.iter().map(|path| shop.page(path)).collect()
}

fn counter(shop: &Shop, name: &str) -> u64 {
    let metrics = shop.page("/metrics");
    let line = metrics
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")));
    let value = line.and_then(|line| line.split(' ').nth(1)?.parse().ok());
    value.unwrap_or_else(|| panic!("{name} is not on the page:\n{metrics}"))
}

#[test]
fn a_burst_of_200_reads_never_calls_the_origin_and_reads_each_key_once() {
    let shop = Shop::open();
    let offers = shop.world.origin_calls.get();
    shop.world.polls.set(7);
    let burst = (0..200).map(|n| {
        let path = PATHS[n % PATHS.len()];
        shop.answer(request("GET", path, &[], ""))
    });
    let responses = block_on(join_all(burst));
    assert!(
        responses
            .iter()
            .all(|response| response.status() == StatusCode::OK)
    );
    assert_eq!(
        shop.world.origin_calls.get(),
        offers,
        "browsing called the origin"
    );
    for (key, reads) in shop.world.store_reads.borrow().iter() {
        assert_eq!(*reads, 1, "{key} was read {reads} times");
    }
    assert_eq!(shop.world.signals_reads.get(), 1);
    assert!(
        counter(&shop, "souk_coalesced_reads_total") > 0,
        "nothing was coalesced"
    );
    assert_eq!(counter(&shop, "souk_pointer_reads_total"), 1);
}

#[test]
fn a_forced_miss_at_each_tier_returns_the_same_bytes() {
    let mut shop = Shop::open();
    let from_store = bodies(&shop);
    let store_reads = shop.world.reads("blob/");
    assert_eq!(bodies(&shop), from_store, "finished responses");

    shop.restart();
    assert_eq!(bodies(&shop), from_store, "the shared cache");
    assert_eq!(
        shop.world.reads("blob/"),
        store_reads,
        "the shared cache was passed by"
    );
    assert!(counter(&shop, "souk_tier_shared_hits_total") > 0);

    shop.restart();
    shop.world.shared.replace(Some(Default::default()));
    assert_eq!(bodies(&shop), from_store, "the store");
    assert_eq!(shop.world.reads("blob/"), 2 * store_reads);

    shop.restart();
    shop.world.shared.replace(None);
    assert_eq!(
        bodies(&shop),
        from_store,
        "a platform without a shared cache"
    );
    assert_eq!(counter(&shop, "souk_tier_shared_hits_total"), 0);
    assert!(counter(&shop, "souk_tier_memory_hits_total") > 0);
}

#[test]
fn a_line_that_was_priced_before_is_priced_without_a_blob() {
    let shop = Shop::open_with_terms();
    let lines = |skus: &[&str]| {
        let lines: Vec<_> = skus
            .iter()
            .map(|sku| serde_json::json!({"sku": sku, "quantity": 1}))
            .collect();
        let quote = json(&shop.quote(&serde_json::json!({ "lines": lines })));
        quote["lines"].clone()
    };
    let hits = || counter(&shop, "souk_tier_memory_hits_total");
    let reads = || hits() + u64::from(shop.world.reads("blob/"));
    let first = lines(&["MUG-RED-S"]);
    let known = reads();
    assert_eq!(lines(&["MUG-RED-S"]), first);
    assert_eq!(reads(), known, "the offer was looked up again");
    let both = lines(&["MUG-BLUE-L", "MUG-RED-S"]);
    assert_eq!(both[1], first[0]);
    assert_eq!(both[0]["sku"], "MUG-BLUE-L");
    assert!(reads() > known, "a new offer is looked up");
}

#[test]
fn a_store_that_is_down_after_the_warm_up_takes_nothing_with_it() {
    let shop = Shop::open();
    let warm = bodies(&shop);
    shop.world.store_down.set(true);
    shop.world.signals_down.set(true);
    shop.world.shared.replace(None);
    for minute in 0..3 {
        shop.world.pass_ms(60_000);
        assert_eq!(bodies(&shop), warm, "after {minute} minutes");
    }
}

#[test]
fn a_cold_instance_with_a_dead_store_says_when_to_retry() {
    let mut shop = Shop::open();
    shop.restart();
    shop.world.store_down.set(true);
    for path in PATHS {
        let response = shop.get(path);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(response.headers().contains_key("retry-after"), "{path}");
        assert!(!text(&response).contains("secret detail"), "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
    }
    assert_eq!(
        shop.world.log.borrow().len(),
        PATHS.len(),
        "a line for each"
    );
}

#[test]
fn an_empty_shop_is_unavailable_but_alive() {
    let shop = Shop::empty();
    for path in PATHS
        .iter()
        .copied()
        .chain(["/readyz", "/cart", "/sitemap.xml", "/developers"])
    {
        let response = shop.get(path);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(response.headers()["retry-after"], "1", "{path}");
    }
    for path in ["/healthz", "/metrics", "/robots.txt", "/openapi.json"] {
        assert_eq!(shop.get(path).status(), StatusCode::OK, "{path}");
    }
    assert_eq!(
        json(&shop.api("/api/v1/products"))["type"],
        "/problems/unavailable"
    );
    shop.world.publish(&fixture::catalogue());
    assert_eq!(
        shop.get("/").status(),
        StatusCode::OK,
        "a failure is not remembered"
    );
}

#[test]
fn pointer_and_signals_are_read_once_in_their_time() {
    let shop = Shop::open();
    let reads = || {
        (
            shop.world.reads("catalogue/3/current"),
            shop.world.signals_reads.get(),
        )
    };
    shop.page("/");
    assert_eq!(reads(), (1, 1));
    shop.world.pass_ms(souk_storefront::SIGNALS_TTL_MS - 1);
    shop.page("/");
    assert_eq!(reads(), (1, 1));
    shop.world.pass_ms(1);
    shop.page("/");
    shop.page("/products/mug");
    assert_eq!(reads(), (1, 2));
    shop.world
        .pass_ms(souk_storefront::POINTER_TTL_MS - souk_storefront::SIGNALS_TTL_MS);
    shop.page("/");
    shop.page("/products/mug");
    assert_eq!(reads(), (2, 3));
}

#[test]
fn a_pointer_that_is_seen_before_its_blobs_leaves_the_old_version_up() {
    let shop = Shop::open();
    let before = shop.page("/products/mug");
    let version = shop.world.stage(&fixture::next_catalogue());
    let late = std::mem::take(&mut *shop.world.store.borrow_mut());
    shop.world.store.replace(
        late.iter()
            .filter(|(k, _)| !k.starts_with("blob/"))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
    );
    shop.world.activate(version);
    shop.world.pass_ms(60_000);
    assert_eq!(shop.page("/products/mug"), before);
    shop.world.store.borrow_mut().extend(late);
    shop.world.activate(version);
    assert_ne!(shop.page("/products/mug"), before);
}
