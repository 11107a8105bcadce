//! An edge whose origins are a pool: where orders go, what happens when a member fails, and that two
//! stores are never mixed.

use std::rc::Rc;

use http::StatusCode;

use crate::support::pool::{DistantOrigin, TOKEN, pool};
use crate::support::shop::order_of;
use crate::support::{Shop, fixture, json, text};

/// Of each SKU.
const UNITS: u32 = 500;
const POOL: &str = "https://a.example weight=3, https://b.example";

/// A shop with plenty of everything, whose edge asks these origins.
fn shop_with(origins: [DistantOrigin; 2]) -> (Shop, [Rc<DistantOrigin>; 2]) {
    let mut shop = Shop::empty();
    let catalogue = fixture::catalogue();
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, UNITS.into());
    shop.settings.origin_pool = pool(POOL, TOKEN);
    let origins = origins.map(|origin| shop.world.distant.add(origin));
    (shop, origins)
}

fn open() -> (Shop, [Rc<DistantOrigin>; 2]) {
    shop_with(["a.example", "b.example"].map(DistantOrigin::at))
}

fn place(shop: &Shop, key: &str) -> StatusCode {
    shop.order(key, &order_of("MUG-RED-S", 1)).status()
}

fn place_all(shop: &Shop, prefix: &str, count: u32) {
    for number in 0..count {
        let status = place(shop, &format!("{prefix}-{number}"));
        assert_eq!(status, StatusCode::CREATED, "{prefix}-{number}");
    }
}

fn logged(shop: &Shop, text: &str) -> bool {
    let log = shop.world.log.borrow();
    log.iter().any(|line| line.contains(text))
}

#[test]
fn orders_go_to_each_origin_as_often_as_its_weight_and_to_no_other() {
    let (shop, [a, b]) = open();
    place_all(&shop, "order", 200);
    assert!(a.orders.get().abs_diff(150) <= 4, "{}", a.orders.get());
    assert_eq!(a.orders.get() + b.orders.get(), 200);
    assert_eq!(shop.world.orders(), 200);
    assert_eq!(
        shop.world.origin_calls.get(),
        0,
        "its own origin is left alone"
    );
    let metrics = text(&shop.api("/metrics"));
    for line in [
        "souk_origin_pool_failures_total{member=\"a.example\"} 0\n",
        "souk_origin_pool_ejected{member=\"b.example\"} 0\n",
        "souk_origin_pool_in_flight{member=\"b.example\"} 0\n",
        "souk_origin_up 1\n",
    ] {
        assert!(metrics.contains(line), "{line} {metrics}");
    }
    let requests = "souk_origin_pool_requests_total{member=\"a.example\"} 1";
    assert!(metrics.contains(requests), "{metrics}");
}

#[test]
fn an_origin_that_dies_costs_no_order_and_is_asked_again_when_it_is_back() {
    let (shop, [a, b]) = open();
    place_all(&shop, "before", 8);
    let of_b = b.orders.get();
    b.is_down.set(true);
    place_all(&shop, "meanwhile", 40);
    assert_eq!(b.orders.get(), of_b + 1, "one attempt found out");
    let metrics = text(&shop.api("/metrics"));
    assert!(
        metrics.contains("souk_origin_pool_ejected{member=\"b.example\"} 1\n"),
        "{metrics}"
    );
    assert!(metrics.contains("souk_origin_pool_ejections_total{member=\"b.example\"} 1\n"));

    shop.world.pass_ms(1_000);
    place_all(&shop, "probed", 8);
    assert_eq!(
        b.orders.get(),
        of_b + 1,
        "a probe found out, and no order did"
    );

    b.is_down.set(false);
    shop.world.pass_ms(2_000);
    place_all(&shop, "after", 40);
    assert!(b.orders.get() >= of_b + 1 + 8, "{}", b.orders.get());
    assert_eq!(shop.world.orders(), 8 + 40 + 8 + 40);
    assert_eq!(a.orders.get() + b.orders.get(), 8 + 41 + 8 + 40);
}

#[test]
fn a_new_instance_sends_no_order_to_an_origin_that_is_down() {
    let (shop, [_, b]) = open();
    b.is_down.set(true);
    place_all(&shop, "order", 40);
    assert_eq!(b.orders.get(), 0);
}

#[test]
fn an_origin_that_hangs_is_given_up_and_another_one_answers() {
    let (shop, [_, b]) = open();
    place_all(&shop, "before", 8);
    let of_b = b.orders.get();
    b.hangs.set(true);
    // It hangs for a minute: the one order that it has got by then ends as unknown.
    let statuses: Vec<_> = (0..8)
        .map(|number| place(&shop, &format!("hangs-{number}")))
        .collect();
    let unknown = statuses
        .iter()
        .filter(|status| **status == StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(unknown.count(), 1, "{statuses:?}");
    assert_eq!(b.orders.get(), of_b + 1);
    b.hangs.set(false);
    shop.world.pass_ms(60_000);
    for number in 0..8 {
        let status = place(&shop, &format!("hangs-{number}"));
        assert!(status.is_success(), "{status}");
    }
    assert_eq!(shop.world.orders(), 16);
}

#[test]
fn where_all_origins_are_down_all_are_tried() {
    let (shop, [a, b]) = open();
    a.is_down.set(true);
    b.is_down.set(true);
    assert_eq!(place(&shop, "order"), StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        a.orders.get() + b.orders.get() > 0,
        "it is tried all the same"
    );
    b.is_down.set(false);
    shop.world.pass_ms(1_000);
    // A buyer sends the same key again; what an edge repeats by itself is bounded.
    assert!((0..9).any(|_| place(&shop, "order") == StatusCode::CREATED));
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn an_origin_of_another_store_gets_nothing() {
    let other = DistantOrigin::of_another_shop("b.example");
    let (shop, [a, b]) = shop_with([DistantOrigin::at("a.example"), other]);
    place_all(&shop, "order", 20);
    assert_eq!((a.orders.get(), b.orders.get()), (20, 0));
    assert!(logged(&shop, "https://b.example has another store"));
    shop.world.pass_ms(60_000);
    place_all(&shop, "later", 20);
    assert_eq!((a.orders.get(), b.orders.get()), (40, 0));
    assert_eq!(a.orders_carried_out.get(), 40);
}

#[test]
fn an_origin_of_another_store_that_comes_late_refuses_what_is_meant_for_others() {
    let other = DistantOrigin::of_another_shop("b.example");
    let (shop, [a, b]) = shop_with([DistantOrigin::at("a.example"), other]);
    b.is_down.set(true);
    place_all(&shop, "order", 8);
    b.is_down.set(false);
    shop.world.pass_ms(60_000);
    a.is_down.set(true);
    // None is left, so all are tried.
    for number in 0..8 {
        let status = place(&shop, &format!("late-{number}"));
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(logged(&shop, "https://b.example has another store"));
    assert!(b.orders.get() > 0, "it was asked");
    assert_eq!(b.orders_carried_out.get(), 0, "and refused");
}

#[test]
fn origins_whose_store_no_other_one_can_share_are_no_pool() {
    let (shop, [a, b]) = open();
    a.shares_store.set(false);
    b.shares_store.set(false);
    assert_eq!(place(&shop, "order"), StatusCode::SERVICE_UNAVAILABLE);
    assert!(logged(&shop, "a.example: this origin is one of several"));
    assert_eq!(shop.world.orders(), 0);

    let (mut shop, [a, _]) = open();
    a.shares_store.set(false);
    shop.settings.origin_pool = pool("https://a.example", TOKEN);
    assert_eq!(
        place(&shop, "order"),
        StatusCode::CREATED,
        "alone it is one"
    );
}

#[test]
fn an_edge_with_another_token_places_nothing() {
    let (mut shop, [a, b]) = open();
    shop.settings.origin_pool = pool(POOL, "e4d909c290d0fb1ca068ffaddf22cbd0");
    assert_eq!(place(&shop, "order"), StatusCode::SERVICE_UNAVAILABLE);
    assert!(logged(
        &shop,
        "https://a.example does not answer as an origin of this shop (404"
    ));
    assert!(a.orders.get() + b.orders.get() > 0 && shop.world.orders() == 0);
    let log = shop.world.log.borrow().join("\n");
    assert!(!log.contains("e4d909c290d0fb1ca068ffaddf22cbd0"), "{log}");
}

#[test]
fn what_is_sold_out_is_read_from_an_origin_of_the_pool() {
    let (mut shop, [a, b]) = open();
    let is_available = |shop: &Shop| {
        let product = json(&shop.api("/api/v1/products/mug"));
        product["variants"][0]["available"] == true
    };
    assert!(is_available(&shop));
    let everything = shop.order("all", &order_of("MUG-RED-S", i64::from(UNITS)));
    assert_eq!(
        everything.status(),
        StatusCode::CREATED,
        "{}",
        text(&everything)
    );
    shop.world.pass_ms(2_000);
    assert!(
        !is_available(&shop),
        "the edge's own signals do not know it"
    );

    // Without origins it is shown as it was read last, and how old that is.
    a.is_down.set(true);
    b.is_down.set(true);
    shop.world.pass_ms(5_000);
    let shown = shop.api("/api/v1/products/mug");
    assert_eq!(shown.headers()["souk-availability-age"], "5");
    assert!(!is_available(&shop));
    shop.restart();
    let shown = shop.api("/api/v1/products/mug");
    let age = shown.headers().get("souk-availability-age");
    assert!(age.is_none(), "it was never read: {age:?}");
}
