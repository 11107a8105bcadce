//! Orders through the API: what is refused, what is repeated, what is lost on the way.

use futures::executor::block_on;
use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::shop::{order_of, order_request};
use crate::support::{Fault, Shop, fixture, json as body, request, text};

fn problem(response: &http::Response<bytes::Bytes>) -> (u16, String) {
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let problem = body(response);
    assert_eq!(problem["status"], response.status().as_u16());
    let kind = problem["type"].as_str().expect("a type");
    let kind = kind.strip_prefix("/problems/").expect("a problem of ours");
    (response.status().as_u16(), kind.to_owned())
}

#[test]
fn an_order_is_placed_once_and_answered_again() {
    let shop = Shop::open();
    let first = shop.order("key-1", &order_of("MUG-RED-S", 2));
    assert_eq!(first.status(), StatusCode::CREATED, "{}", text(&first));
    assert_eq!(first.headers()["cache-control"], "no-store");
    let order = body(&first);
    assert_eq!(order["status"], "confirmed");
    assert_eq!(
        order["lines"][0]["unit_price"],
        json!({"amount": 1299, "currency": "USD"})
    );
    assert_eq!(order["total"], json!({"amount": 2598, "currency": "USD"}));
    let location = first.headers()["location"].to_str().expect("ASCII");
    assert_eq!(
        location,
        format!("/api/v1/orders/{}", order["id"].as_str().expect("id"))
    );

    let again = shop.order("key-1", &order_of("MUG-RED-S", 2));
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert!(!first.headers().contains_key("idempotent-replayed"));
    assert_eq!(body(&again), order);
    let token = order["token"].as_str().expect("token");
    assert_eq!(body(&shop.api(&format!("{location}?token={token}"))), order);
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn two_clients_that_use_one_key_do_not_meet() {
    let shop = Shop::open();
    let of = |email: &str, units: i64| {
        let mut order = order_of("MUG-RED-S", units);
        order["customer"]["email"] = json!(email);
        shop.order("order-1", &order)
    };
    let first = of("ana@example.com", 1);
    assert_eq!(first.status(), StatusCode::CREATED);
    let second = of("ben@example.com", 1);
    assert_eq!(
        second.status(),
        StatusCode::CREATED,
        "another buyer's order"
    );
    assert_ne!(body(&first)["id"], body(&second)["id"]);
    assert_eq!(
        of("ana@example.com", 1).status(),
        StatusCode::OK,
        "her own again"
    );
    let other = of("ana@example.com", 2);
    assert_eq!(problem(&other), (422, "idempotency-key-reused".to_owned()));
    assert_eq!(shop.world.orders(), 2);
}

#[test]
fn express_and_transfer_change_total_and_status() {
    let shop = Shop::open();
    let mut order = order_of("MUG-RED-S", 1);
    order["delivery"] = json!("express");
    order["payment"]["method"] = json!("transfer");
    order["note"] = json!("Ring twice");
    let placed = body(&shop.order("key", &order));
    assert_eq!(placed["status"], "awaiting_payment");
    assert_eq!(placed["shipping"]["amount"], 1500);
    assert_eq!(placed["subtotal"]["amount"], 1299);
    assert_eq!(placed["total"]["amount"], 2799);
    assert_eq!(placed["note"], "Ring twice");
}

#[test]
fn stale_badge_in_stock_and_zero_stock_is_refused() {
    let shop = Shop::open();
    shop.world.availability_held_back.set(true);
    assert_eq!(
        shop.order("k1", &order_of("MUG-RED-S", 10)).status(),
        StatusCode::CREATED
    );
    shop.world.pass_ms(60_000);
    let badge = body(&shop.api("/api/v1/products/mug"))["variants"][0]["available"].clone();
    assert_eq!(badge, true, "the badge is stale");
    let refused = shop.order("k2", &order_of("MUG-RED-S", 1));
    assert_eq!(problem(&refused), (409, "sold-out".to_owned()));
    assert_eq!(body(&refused)["sku"], "MUG-RED-S");
    assert_eq!(body(&refused)["available"], 0);
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn fifty_at_once_for_ten_units_sell_ten() {
    let shop = Shop::open();
    let buyers = (0..50).map(|n| {
        let order = order_of("MUG-RED-S", 1);
        shop.answer(order_request(&format!("buyer-{n}"), &order))
    });
    let replies = block_on(join_all(buyers));
    let placed = replies
        .iter()
        .filter(|r| r.status() == StatusCode::CREATED)
        .count();
    let refused = replies
        .iter()
        .filter(|r| r.status() == StatusCode::CONFLICT)
        .count();
    assert_eq!((placed, refused), (10, 40));
    let left = shop
        .world
        .origin
        .number("SELECT available FROM stock WHERE sku = 'MUG-RED-S'");
    assert_eq!(left, 0);
}

#[test]
fn every_problem_has_its_type_and_status() {
    let shop = Shop::open();
    shop.order("used", &order_of("PLATE-1", 1));
    let json_type = ("content-type", "application/json");
    let good = order_of("PLATE-1", 1);
    let post = |headers: &[(&str, &str)], text: &str| {
        problem(&shop.send(request("POST", "/api/v1/orders", headers, text)))
    };
    let with_key = |order: &Value, key: &str| problem(&shop.order(key, order));
    let mut dearer = good.clone();
    dearer["lines"][0]["unit_price"] = json!({"amount": 1, "currency": "USD"});
    let huge = format!("{}{}", good, " ".repeat(64 * 1024));
    let long_key = "k".repeat(256);
    let cases = [
        (with_key(&order_of("MUG-RED-S", 11), "a"), (409, "sold-out")),
        (with_key(&dearer, "b"), (409, "price-changed")),
        (
            with_key(&order_of("PLATE-1", 2), "used"),
            (422, "idempotency-key-reused"),
        ),
        (
            post(&[json_type], &good.to_string()),
            (400, "idempotency-key-missing"),
        ),
        (with_key(&good, &long_key), (400, "invalid-request")),
        (with_key(&good, " "), (400, "invalid-request")),
        (with_key(&order_of("NONE", 1), "c"), (422, "unknown-sku")),
        (
            with_key(&order_of("PLATE-1", 0), "d"),
            (422, "invalid-request"),
        ),
        (
            post(&[json_type, ("idempotency-key", "e")], "{"),
            (400, "invalid-request"),
        ),
        (
            post(&[json_type, ("idempotency-key", "f")], &huge),
            (413, "body-too-large"),
        ),
        (
            post(&[("idempotency-key", "g")], &good.to_string()),
            (415, "unsupported-media-type"),
        ),
        (
            problem(&shop.api("/api/v1/orders/X?token=y")),
            (404, "not-found"),
        ),
        (
            problem(&shop.api("/api/v1/orders")),
            (405, "method-not-allowed"),
        ),
    ];
    for (found, (status, name)) in cases {
        assert_eq!(found, (status, name.to_owned()));
    }
    let refused = body(&shop.order("h", &dearer));
    assert_eq!(
        refused["unit_price"],
        json!({"amount": 600, "currency": "USD"})
    );
    assert_eq!(shop.world.orders(), 1, "a refusal writes nothing");
}

/// As two headers, which is how they come on Spin, and as a list, which is how they come on
/// Workers.
#[test]
fn a_header_that_says_two_things_is_refused_and_names_itself() {
    let shop = Shop::open();
    let good = order_of("PLATE-1", 1).to_string();
    let (json, key) = ("application/json", "one");
    let own = [("content-type", json), ("idempotency-key", key)];
    let cases = [
        ("Idempotency-Key", "another"),
        ("Idempotency-Key", key),
        ("Content-Type", "text/plain"),
        ("Content-Type", json),
        ("Authorization", "Bearer b"),
    ];
    for (name, second) in cases {
        let mut twice = own.to_vec();
        if name == "Authorization" {
            twice.push((name, "Bearer a"));
        }
        let mut list = twice.clone();
        twice.push((name, second));
        let first = list
            .iter_mut()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        let first = first.expect("it is sent once");
        let joined = format!("{}, {second}", first.1);
        first.1 = &joined;
        for headers in [twice, list] {
            let reply = shop.send(request("POST", "/api/v1/orders", &headers, &good));
            let found = problem(&reply);
            assert_eq!(found, (400, "invalid-request".to_owned()), "{headers:?}");
            assert_eq!(body(&reply)["errors"][0]["pointer"], name, "{headers:?}");
        }
    }
    assert_eq!(shop.world.orders(), 0, "a refusal writes nothing");
    let placed = shop.send(request("POST", "/api/v1/orders", &own, &good));
    assert_eq!(placed.status(), StatusCode::CREATED);
}

#[test]
fn the_pointers_of_every_wrong_member_are_named() {
    let shop = Shop::open();
    let mut order = order_of("PLATE-1", 0);
    order["customer"]["email"] = json!("no address");
    order["shipping_address"]["country"] = json!("ZZ");
    let response = shop.order("k", &order);
    assert_eq!(problem(&response), (422, "invalid-request".to_owned()));
    let errors = body(&response)["errors"]
        .as_array()
        .expect("errors")
        .clone();
    let pointers: Vec<_> = errors
        .iter()
        .filter_map(|e| e["pointer"].as_str())
        .collect();
    assert_eq!(
        pointers,
        [
            "/lines/0/quantity",
            "/customer/email",
            "/shipping_address/country"
        ]
    );
}

#[test]
fn a_lost_reply_is_repeated_with_the_same_key_and_makes_one_order() {
    let shop = Shop::open();
    shop.world.faults.borrow_mut().push_back(Fault::ReplyLost);
    let before = shop.world.origin_calls.get();
    let placed = shop.order("key", &order_of("MUG-RED-S", 1));
    assert!(placed.status().is_success(), "{}", text(&placed));
    assert_eq!(shop.world.origin_calls.get(), before + 2);
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn when_no_reply_arrives_the_client_may_send_it_again() {
    for fault in [
        Fault::ReplyLost,
        Fault::RequestLost,
        Fault::Answer(503, "secret detail"),
    ] {
        let shop = Shop::open();
        shop.world
            .faults
            .borrow_mut()
            .extend(vec![fault.clone(); 3]);
        let lost = shop.order("key", &order_of("MUG-RED-S", 3));
        let unknown = (503, "outcome-unknown".to_owned());
        assert_eq!(problem(&lost), unknown, "{fault:?}");
        assert!(lost.headers().contains_key("retry-after"), "{fault:?}");
        assert!(!text(&lost).contains("secret detail"), "{fault:?}");
        assert_eq!(shop.world.log.borrow().len(), 1, "{fault:?}: one line");
        shop.world.faults.borrow_mut().clear();
        let again = shop.order("key", &order_of("MUG-RED-S", 3));
        assert!(again.status().is_success(), "{fault:?}: {}", text(&again));
        assert_eq!(shop.world.orders(), 1, "{fault:?}");
        let left = shop
            .world
            .origin
            .number("SELECT available FROM stock WHERE sku = 'MUG-RED-S'");
        assert_eq!(left, 7, "{fault:?}");
    }
}

#[test]
fn an_origin_that_hangs_is_given_up_and_the_retry_settles_it() {
    let shop = Shop::open();
    shop.world.faults.borrow_mut().push_back(Fault::Hang);
    let before = shop.world.origin_calls.get();
    let lost = shop.order("key", &order_of("MUG-RED-S", 3));
    assert_eq!(problem(&lost), (503, "outcome-unknown".to_owned()));
    assert_eq!(
        shop.world.origin_calls.get(),
        before + 1,
        "no time was left"
    );
    let again = shop.order("key", &order_of("MUG-RED-S", 3));
    assert_eq!(again.status(), 201);
}

#[test]
fn an_origin_that_is_down_is_left_alone_and_asked_again_when_it_may_be_back() {
    let shop = Shop::open();
    let fault = Fault::Answer(503, "secret detail");
    shop.world.faults.borrow_mut().extend(vec![fault; 1_000]);
    let order = order_of("MUG-RED-S", 1);
    let before = shop.world.origin_calls.get();
    let answers: Vec<_> = (0..100)
        .map(|n| shop.order(&format!("key-{n}"), &order))
        .collect();
    let calls = shop.world.origin_calls.get() - before;
    assert!(calls < 20, "{calls} calls of an origin that is down");
    assert!(
        shop.world.log.borrow().len() < 20,
        "a line for each call that was made"
    );
    let last = answers.last().expect("a hundred answers");
    assert_eq!(problem(last), (503, "unavailable".to_owned()));
    let wait_s = last.headers()["retry-after"].to_str().expect("ASCII");
    let wait_s: i64 = wait_s.parse().expect("seconds");

    shop.world.faults.borrow_mut().clear();
    shop.world.pass_ms(wait_s * 1_000);
    assert_eq!(shop.order("key-back", &order).status(), 201);
    assert_eq!(
        shop.order("key-next", &order).status(),
        201,
        "and all is well again"
    );
}

#[test]
fn the_trace_of_the_client_goes_on_to_the_origin_and_into_the_log() {
    let shop = Shop::open();
    let fault = Fault::Answer(418, "secret detail");
    shop.world.faults.borrow_mut().push_back(fault);
    let mut request = order_request("key", &order_of("MUG-RED-S", 1));
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let header = format!("00-{trace}-b7ad6b7169203331-01");
    let header = header.parse().expect("a header");
    request.headers_mut().insert("traceparent", header);
    assert_eq!(shop.send(request).status(), 500);
    let sent = shop
        .world
        .traces
        .borrow()
        .last()
        .cloned()
        .unwrap_or_default();
    assert!(sent.starts_with(&format!("00-{trace}-")), "{sent}");
    assert!(
        !sent.contains("b7ad6b7169203331"),
        "the span is our own: {sent}"
    );
    let log = shop.world.log.borrow().join("\n");
    assert!(log.contains(trace), "{log}");
}

#[test]
fn an_origin_that_answers_nonsense_is_our_failure_and_stays_inside() {
    let odd_id = r#"{"accepted":{"order":{"id":"é\n","status":"confirmed",
        "placed_at_ms":-9223372036854775808,"currency":"?","lines":[],"shipping":9223372036854775807,
        "total":-9223372036854775808,"details":{"customer":{"name":"","email":""},
        "shipping_address":{"country":"","city":"","line1":""},"delivery":"standard",
        "payment":"transfer"}}}}"#;
    for (status, answer, expected) in [
        (200, "secret detail", 500),
        (200, "", 500),
        (200, "{\"secret detail\":{}}", 500),
        (418, "secret detail", 500),
        (422, "secret detail", 500),
        (200, odd_id, 201),
    ] {
        let shop = Shop::open();
        shop.world
            .faults
            .borrow_mut()
            .push_back(Fault::Answer(status, answer));
        let response = shop.order("key", &order_of("PLATE-1", 1));
        assert_eq!(response.status().as_u16(), expected, "{status} {answer}");
        assert!(
            !text(&response).contains("secret detail"),
            "{status} {answer}"
        );
        if expected == 500 {
            assert_eq!(problem(&response).1, "internal");
            let log = shop.world.log.borrow();
            assert_eq!(log.len(), 1, "{status} {answer}: {log:?}");
            assert!(log[0].starts_with("/api/v1/orders failed: "), "{}", log[0]);
        }
    }
}

#[test]
fn an_order_is_placed_while_the_catalogue_is_down() {
    let shop = Shop::empty();
    shop.world.offer(&fixture::catalogue(), 5);
    shop.world.store_down.set(true);
    let placed = shop.order("key", &order_of("PLATE-1", 1));
    assert_eq!(
        placed.status(),
        StatusCode::CREATED,
        "the order path never reads the catalogue"
    );
}
