//! How many orders a client may try: the fields of the answer, and what a refusal costs.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_operations::{Counted, Pulse, RateLimit, RouteClass};

use crate::support::shop::order_of;
use crate::support::{Shop, json, request};
use crate::switches::pulse;

fn shop() -> Shop {
    let mut shop = Shop::open();
    shop.settings.clients.address_header = "cf-connecting-ip".to_owned();
    shop
}

fn try_order(shop: &Shop, key: &str, address: &str) -> Response<Bytes> {
    let body = order_of("MUG-RED-S", 1).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
        ("cf-connecting-ip", address),
    ];
    shop.send(request("POST", "/api/v1/orders", &headers, &body))
}

fn field<'r>(answer: &'r Response<Bytes>, name: &str) -> Option<&'r str> {
    let value = answer.headers().get(name)?;
    Some(value.to_str().expect("ASCII"))
}

#[test]
fn an_answer_says_what_is_left_and_when_to_come_back() {
    let shop = shop();
    shop.world.gate_tries_max.set(Some(2));
    for (key, left) in [("a", r#""order";r=1;t=60"#), ("b", r#""order";r=0;t=60"#)] {
        let answer = try_order(&shop, key, "203.0.113.7");
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(field(&answer, "ratelimit"), Some(left));
        assert_eq!(
            field(&answer, "ratelimit-policy"),
            Some(r#""order";q=30;w=60"#)
        );
    }
    let refused = try_order(&shop, "c", "203.0.113.7");
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(json(&refused)["type"], "/problems/quota-exceeded");
    assert_eq!(field(&refused, "ratelimit"), Some(r#""order";r=0;t=60"#));
    assert_eq!(field(&refused, "retry-after"), Some("60"));
    // Reading is not counted.
    let read = shop.api("/api/v1/products");
    assert_eq!(field(&read, "ratelimit"), None);
}

#[test]
fn a_refusal_is_remembered_until_it_ends() {
    let shop = shop();
    shop.world.gate_tries_max.set(Some(0));
    let asked = || shop.world.gate_asked.borrow().len();
    for key in ["a", "b", "c"] {
        let refused = try_order(&shop, key, "203.0.113.7");
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(asked(), 1);
    shop.world.pass_ms(20_500);
    let refused = try_order(&shop, "d", "203.0.113.7");
    assert_eq!(field(&refused, "retry-after"), Some("40"));
    assert_eq!(asked(), 1);
    try_order(&shop, "e", "203.0.113.8");
    assert_eq!(asked(), 2, "another client");
    shop.world.pass_ms(39_500);
    shop.world.gate_tries_max.set(None);
    let open = try_order(&shop, "f", "203.0.113.7");
    assert_eq!(open.status(), StatusCode::CREATED);
    assert_eq!(asked(), 3);
    // A gate that does not answer is open, and says nothing of what is left.
    assert_eq!(field(&open, "ratelimit"), None);
}

#[test]
fn the_staff_set_the_quotas() {
    let shop = shop();
    shop.world.gate_tries_max.set(Some(9));
    let limit = RateLimit {
        class: RouteClass::Order,
        counted: Counted::Client,
        quota: 10,
        window_s: 300,
    };
    let pulse = Pulse {
        limits: vec![limit],
        ..pulse(1, 0)
    };
    let blob = pulse.encode().expect("it is small");
    shop.world.pulse.replace(blob.into());
    let answer = try_order(&shop, "a", "203.0.113.7");
    let policy = field(&answer, "ratelimit-policy");
    assert_eq!(policy, Some(r#""order";q=10;w=300"#));
}
