//! Sold-out holds at the edge: what it refuses without the origin, and what it never refuses.

use futures::executor::block_on;
use futures::future::join_all;
use http::{Response, StatusCode};
use serde_json::json;

use crate::support::shop::{order_of, order_request};
use crate::support::{Fault, Shop, World, json as body, text};

const SKU: &str = "MUG-RED-S";
/// How long the origin sells nothing of a SKU under a sold-out hold.
const SOLD_OUT_HOLD_MS: i64 = 6_000;

fn buy(shop: &Shop, key: &str) -> Response<bytes::Bytes> {
    shop.order(key, &order_of(SKU, 1))
}

fn calls(world: &World) -> u32 {
    world.origin_calls.get()
}

fn is_sold_out(response: &Response<bytes::Bytes>) -> bool {
    response.status() == StatusCode::CONFLICT && body(response)["available"] == 0
}

/// A shop in which the ten units are sold with the keys `sold-0` to `sold-9`.
fn sold_out() -> Shop {
    let shop = Shop::open();
    for n in 0..10 {
        let placed = buy(&shop, &format!("sold-{n}"));
        assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    }
    shop
}

/// The same shop after so many refusals that the origin has put the SKU under a sold-out hold.
fn on_sold_out_hold() -> Shop {
    let shop = sold_out();
    for n in 0..16 {
        assert!(is_sold_out(&buy(&shop, &format!("crowd-{n}"))));
    }
    shop
}

#[test]
fn a_sku_on_sold_out_hold_is_refused_without_asking_the_origin() {
    let shop = sold_out();
    let by_origin = buy(&shop, "early");
    assert!(!by_origin.headers().contains_key("retry-after"));
    let last_of_crowd = (0..15).map(|n| buy(&shop, &format!("crowd-{n}"))).last();
    let last_of_crowd = last_of_crowd.expect("a crowd");
    let before = calls(&shop.world);
    for n in 0..1_000 {
        let refused = buy(&shop, &format!("late-{n}"));
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        assert_eq!(refused.body(), by_origin.body());
        assert_eq!(refused.headers(), last_of_crowd.headers());
    }
    assert_eq!(last_of_crowd.headers()["retry-after"], "6");
    assert_eq!(calls(&shop.world), before);
    assert_eq!(shop.instance.metrics.sold_out_hold_refusals.get(), 1_000);
    assert_eq!(shop.instance.metrics.orders_refused.get(), 1_016);
    // Another instance, which has not seen these orders, does not ask the origin either.
    let other = Shop {
        instance: souk_storefront::Instance::new(),
        ..shop
    };
    assert!(is_sold_out(&buy(&other, "elsewhere")));
    assert_eq!(calls(&other.world), before);
}

#[test]
fn the_form_of_the_checkout_is_refused_as_well() {
    let shop = on_sold_out_hold();
    let browser = shop.browser();
    browser.add("mug", SKU, "1");
    let page = text(&browser.get("/checkout"));
    let hidden = |name: &str| {
        let start = format!("name=\"{name}\" value=\"");
        let from = page.find(&start).expect("a field") + start.len();
        page[from..].split('"').next().expect("its end").to_owned()
    };
    let (csrf, key, quote) = (hidden("csrf"), hidden("idempotency_key"), hidden("quote"));
    let before = calls(&shop.world);
    let answer = browser.post(
        "/checkout",
        &[
            ("csrf", &csrf),
            ("idempotency_key", &key),
            ("quote", &quote),
            ("name", "Li Lei"),
            ("email", "lilei@example.com"),
            ("country", "CN"),
            ("region", "CN-ZJ"),
            ("city", "Hangzhou"),
            ("postal_code", "310000"),
            ("line1", "1 Wensan Road"),
            ("delivery", "standard"),
            ("payment", "on_delivery"),
        ],
    );
    assert_eq!(answer.status(), StatusCode::CONFLICT, "{}", text(&answer));
    assert_eq!(calls(&shop.world), before);
    assert_eq!(shop.instance.metrics.sold_out_hold_refusals.get(), 1);
}

#[test]
fn an_order_that_was_accepted_is_found_under_a_sold_out_hold() {
    let shop = on_sold_out_hold();
    for n in 0..10 {
        let before = calls(&shop.world);
        let again = buy(&shop, &format!("sold-{n}"));
        assert_eq!(again.status(), StatusCode::OK);
        assert_eq!(again.headers()["idempotent-replayed"], "true");
        assert_eq!(calls(&shop.world), before + 1);
    }
    let other_content = shop.order("sold-0", &order_of(SKU, 2));
    assert_eq!(other_content.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[test]
fn an_order_whose_reply_was_lost_is_found_although_its_sku_is_on_sold_out_hold_by_then() {
    let shop = Shop::open();
    // The edge knows the shop, so that the first thing it waits for is the origin.
    shop.get("/");
    let before = calls(&shop.world);
    shop.world.polls.set(2);
    shop.world.faults.borrow_mut().push_back(Fault::ReplyLost);
    let all = order_request("k", &order_of(SKU, 10));
    // A crowd arrives after the origin has placed the order and before the edge sends it again.
    let (placed, was_open) = shop.interrupt(all, 4, || {
        assert_eq!(shop.world.orders(), 1);
        for n in 0..20 {
            assert!(is_sold_out(&buy(&shop, &format!("crowd-{n}"))));
        }
        assert!(!shop.world.sold_out_holds.borrow().is_empty());
    });
    assert!(was_open && calls(&shop.world) > before + 16);
    assert_eq!(placed.status(), StatusCode::OK, "{}", text(&placed));
    assert!(is_sold_out(&buy(&shop, "late")));
}

#[test]
fn units_that_come_back_under_a_sold_out_hold_are_sold_when_it_is_over() {
    let shop = on_sold_out_hold();
    shop.world.receive(SKU, 1);
    let mut waited_ms = 0;
    let placed = loop {
        let answer = buy(&shop, &format!("after-{waited_ms}"));
        if answer.status() == StatusCode::CREATED {
            break answer;
        }
        assert!(is_sold_out(&answer), "{}", text(&answer));
        shop.world.pass_ms(100);
        waited_ms += 100;
    };
    assert_eq!(body(&placed)["lines"][0]["sku"], SKU);
    assert_eq!(waited_ms, SOLD_OUT_HOLD_MS);
}

#[test]
fn a_quiet_shop_sells_returned_units_at_once() {
    let shop = sold_out();
    // Fifteen orders a second are no crowd, however long they last.
    for n in 0..60 {
        shop.world.pass_ms(67);
        assert!(is_sold_out(&buy(&shop, &format!("k-{n}"))));
    }
    shop.world.receive(SKU, 1);
    assert_eq!(buy(&shop, "now").status(), StatusCode::CREATED);
    assert_eq!(shop.instance.metrics.sold_out_hold_refusals.get(), 0);
    assert!(shop.world.sold_out_holds.borrow().is_empty());
}

#[test]
fn a_crowd_that_stays_costs_the_origin_next_to_nothing() {
    let shop = on_sold_out_hold();
    let (before, count) = (calls(&shop.world), 20_000);
    for n in 0..count {
        shop.world.pass_ms(1);
        assert!(is_sold_out(&buy(&shop, &format!("late-{n}"))));
    }
    // About one order every two seconds, and a few whose keys the filter mistakes for others.
    let asked = calls(&shop.world) - before;
    assert!((6..=40).contains(&asked), "{asked} of {count} came through");
    assert!(
        shop.world.signals_reads.get() < 60,
        "a read a second, and some"
    );
    // Without further orders the last hold expires by itself.
    shop.world.pass_ms(SOLD_OUT_HOLD_MS);
    shop.world.receive(SKU, 1);
    assert_eq!(buy(&shop, "patient").status(), StatusCode::CREATED);
}

#[test]
fn a_sold_out_hold_is_honoured_for_five_seconds_and_no_longer() {
    let shop = on_sold_out_hold();
    // The origin is down, so no hold is renewed; an order that the edge does not refuse fails.
    let lost = (0..1_000).map(|_| Fault::Answer(503, ""));
    shop.world.faults.borrow_mut().extend(lost);
    let answers_after = |ms: i64| {
        let began_ms = shop.world.now_ms.get();
        shop.world.pass_ms(ms);
        let key = |n: i64| format!("after-{ms}-{n}");
        let answers: Vec<_> = (0..9).map(|n| is_sold_out(&buy(&shop, &key(n)))).collect();
        shop.world.now_ms.set(began_ms);
        answers.iter().filter(|refused| **refused).count()
    };
    // In the hold's last second one order goes to the origin, to renew it.
    assert_eq!([0, 3_999, 4_000, 4_999].map(answers_after), [9, 9, 8, 8]);
    assert_eq!(answers_after(5_000), 0);
}

#[test]
fn sold_out_holds_that_cannot_be_read_are_no_obstacle() {
    let shop = on_sold_out_hold();
    let shop = Shop {
        instance: souk_storefront::Instance::new(),
        ..shop
    };
    shop.world.signals_down.set(true);
    let before = calls(&shop.world);
    assert!(is_sold_out(&buy(&shop, "late")));
    let plate = shop.order("plate", &order_of("PLATE-1", 1));
    assert_eq!(plate.status(), StatusCode::CREATED);
    assert_eq!(calls(&shop.world), before + 2);
    assert!(shop.world.log.borrow().is_empty());
    // The edge does not read the holds for every order.
    let reads = shop.world.signals_reads.get();
    for n in 0..20 {
        shop.order(&format!("cup-{n}"), &order_of("PLATE-1", 1));
    }
    assert_eq!(shop.world.signals_reads.get(), reads);
}

#[test]
fn what_has_no_sold_out_hold_sells_and_what_is_bought_with_a_sku_on_hold_does_not() {
    let shop = on_sold_out_hold();
    let before = calls(&shop.world);
    let mut both = order_of("PLATE-1", 1);
    let lines = both["lines"].as_array_mut().expect("lines");
    lines.push(json!({"sku": SKU, "quantity": 1}));
    let refused = shop.order("both", &both);
    assert!(is_sold_out(&refused));
    assert_eq!(body(&refused)["sku"], SKU);
    assert_eq!(calls(&shop.world), before);
    let plate = shop.order("plate", &order_of("PLATE-1", 1));
    assert_eq!(plate.status(), StatusCode::CREATED);
}

#[test]
fn orders_that_come_together_read_the_sold_out_holds_once() {
    let shop = on_sold_out_hold();
    let shop = Shop {
        instance: souk_storefront::Instance::new(),
        ..shop
    };
    shop.world.polls.set(5);
    let (before, reads) = (calls(&shop.world), shop.world.signals_reads.get());
    let buyers = (0..200).map(|n| {
        let request = order_request(&format!("together-{n}"), &order_of(SKU, 1));
        shop.answer(request)
    });
    let answers = block_on(join_all(buyers));
    assert!(answers.iter().all(is_sold_out));
    assert_eq!(calls(&shop.world), before);
    assert_eq!(shop.world.signals_reads.get(), reads + 1);
}
