//! Requests to `POST /api/v1/orders`.

use bytes::Bytes;
use serde_json::{Value, json};
use souk_e2e::buyers::order_body;

use super::Case;
use crate::Names;

/// An order with a key of its own.
fn order(name: &str, body: impl Into<Bytes>, status: u16, problem: &'static str) -> Case {
    let mut case = Case::new("POST", "/api/v1/orders", status)
        .named(name)
        .problem(problem);
    case.body = body.into();
    case.header("content-type", "application/json")
        .header("idempotency-key", name.to_owned())
}

/// A good order with one place changed.
fn changed(names: &Names, place: &'static str, value: Value) -> String {
    let mut order = order_body(&names.sku, 1);
    let (parent, name) = place.rsplit_once('/').expect("a pointer has a slash");
    let parent = order.pointer_mut(parent).expect("the parent is there");
    match (parent, name.parse::<usize>()) {
        (Value::Array(items), Ok(place)) => items[place] = value,
        (parent, _) => parent[name] = value,
    }
    order.to_string()
}

/// Orders that are read and refused.
pub(super) fn refused(names: &Names) -> Vec<Case> {
    type Broken = (&'static str, fn() -> Value);
    const PLACES: [Broken; 33] = [
        ("/lines", || json!([])),
        ("/lines", || json!(null)),
        ("/lines", || json!("MUG")),
        ("/lines/0/sku", || json!("")),
        ("/lines/0/sku", || json!(7)),
        ("/lines/0/sku", || json!("a".repeat(300))),
        ("/lines/0/quantity", || json!(0)),
        ("/lines/0/quantity", || json!(-1)),
        ("/lines/0/quantity", || json!(i64::MIN)),
        ("/lines/0/quantity", || json!(10_001)),
        ("/lines/0/quantity", || json!(u64::MAX)),
        ("/lines/0/quantity", || json!(1.5)),
        ("/lines/0/quantity", || json!("1")),
        ("/lines/0/quantity", || json!(null)),
        ("/lines/0/colour", || json!("red")),
        ("/customer/name", || json!("")),
        ("/customer/name", || json!("a\u{0}b")),
        ("/customer/name", || json!("T\r\nBcc: x@y.example")),
        ("/customer/name", || json!("x".repeat(201))),
        ("/customer/email", || json!("no address")),
        ("/customer/email", || json!("a@b@c.example")),
        ("/customer", || json!([])),
        ("/shipping_address/country", || json!("ZZ")),
        ("/shipping_address/country", || json!("")),
        ("/shipping_address/city", || json!(null)),
        ("/shipping_address/line1", || json!("\u{7}")),
        ("/shipping_address/line2", || json!("1\n2")),
        ("/shipping_address", || json!(0)),
        ("/delivery", || json!(7)),
        ("/payment/method", || json!("card")),
        ("/note", || json!("x".repeat(1_001))),
        ("/total", || json!(1)),
        ("/__proto__", || json!({"admin": true})),
    ];
    let mut cases: Vec<Case> = PLACES
        .into_iter()
        .map(|(place, value)| {
            let name: String = format!("{place} = {}", value()).chars().take(80).collect();
            let name = name.replace(|c: char| !c.is_ascii(), "?");
            order(
                &name,
                changed(names, place, value()),
                422,
                "invalid-request",
            )
            .at(place)
        })
        .collect();
    let line = json!({"sku": names.sku, "quantity": 1});
    let lines = json!(vec![line; 101]);
    cases.push(
        order(
            "101 lines",
            changed(names, "/lines", lines),
            422,
            "invalid-request",
        )
        .at("/lines"),
    );
    for sku in ["NO-SUCH-SKU", "茶", "' OR 1=1 --", "a\\b", "../etc"] {
        let name = format!("SKU {}", sku.escape_unicode());
        let body = changed(names, "/lines/0/sku", json!(sku));
        cases.push(order(&name, body, 422, "unknown-sku"));
    }
    let body = changed(names, "/delivery", json!("drone"));
    let by_drone = order(
        "a delivery that there is not",
        body,
        422,
        "delivery-unavailable",
    );
    cases.push(by_drone.at("/delivery"));
    let wrong_price = json!({"amount": names.price + 1, "currency": "USD"});
    let body = changed(names, "/lines/0/unit_price", wrong_price);
    cases.push(order("a price of yesterday", body, 409, "price-changed"));
    let no_price = json!({"amount": 12.99, "currency": "USD"});
    let body = changed(names, "/lines/0/unit_price", no_price);
    let place = "/lines/0/unit_price/amount";
    cases.push(order("money as a float", body, 422, "invalid-request").at(place));
    let body = order_body(&names.untouched_sku, 10_000).to_string();
    cases.push(order(
        "more than one order may have",
        body,
        409,
        "limit-exceeded",
    ));
    cases
}

/// Requests that are no orders.
pub(super) fn unreadable(names: &Names) -> Vec<Case> {
    let good = order_body(&names.sku, 1).to_string();
    let bad = |name: &str, body: Vec<u8>| order(name, body, 400, "invalid-request");
    let twice = |member: &str| good.replacen('{', &format!("{{{member}:\"standard\","), 1);
    let mut not_text = good.clone().into_bytes();
    let letter = good.find("Lei").expect("the name is in the order");
    not_text[letter] = 0xff;
    let huge = good.replace("\"quantity\":1", "\"quantity\":1e400");
    assert_ne!(huge, good);
    vec![
        bad("an empty body", Vec::new()),
        bad("half an order", good.as_bytes()[..good.len() / 2].to_vec()),
        bad("no JSON", b"lines=1&sku=2".to_vec()),
        bad("two orders", format!("{good}{good}").into_bytes()),
        bad("a byte order mark", format!("\u{feff}{good}").into_bytes()),
        bad("invalid UTF-8", not_text),
        bad("NUL", vec![0; 100]),
        bad("lists that do not end", "[".repeat(30_000).into_bytes()),
        order(
            "deep nesting in a member",
            deep(&good),
            422,
            "invalid-request",
        )
        .at("/note"),
        bad("a number beyond floats", huge.into_bytes()),
        order("null", "null", 422, "invalid-request"),
        order("a list", "[]", 422, "invalid-request"),
        order("a text", "\"order\"", 422, "invalid-request"),
        order(
            "a member twice",
            twice("\"delivery\""),
            422,
            "invalid-request",
        ),
        order(
            "64 KiB and more",
            format!("{good}{}", " ".repeat(70_000)),
            413,
            "body-too-large",
        ),
        order("a form", good.clone(), 415, "unsupported-media-type")
            .header("content-type", "application/x-www-form-urlencoded"),
        order("text", good.clone(), 415, "unsupported-media-type")
            .header("content-type", "text/plain"),
        order("no type", good.clone(), 415, "unsupported-media-type").without("content-type"),
        order("no key", good.clone(), 400, "idempotency-key-missing").without("idempotency-key"),
        bad("an empty key", good.clone().into_bytes())
            .header("idempotency-key", "")
            .at("Idempotency-Key"),
        bad("a long key", good.clone().into_bytes())
            .header("idempotency-key", "k".repeat(256))
            .at("Idempotency-Key"),
        bad("two keys", good.clone().into_bytes())
            .and("idempotency-key", "another")
            .at("Idempotency-Key"),
        bad("two keys in one header", good.clone().into_bytes())
            .header("idempotency-key", "one, another")
            .at("Idempotency-Key"),
        bad("two types", good.clone().into_bytes())
            .and("content-type", "text/plain")
            .at("Content-Type"),
        bad("the same type twice", good.clone().into_bytes())
            .and("content-type", "application/json")
            .at("Content-Type"),
        bad("two tokens", good.into_bytes())
            .and("authorization", "Bearer a")
            .and("authorization", "Bearer b")
            .at("Authorization"),
    ]
}

fn deep(good: &str) -> Vec<u8> {
    let nested = format!("\"note\":{}0{}", "[".repeat(20_000), "]".repeat(20_000));
    good.replacen('{', &format!("{{{nested},"), 1).into_bytes()
}

/// Orders that are placed, repeated, and repeated with another content.
pub(super) fn placed(names: &Names) -> Vec<Case> {
    let good = order_body(&names.sku, 1);
    let mut other = good.clone();
    other["customer"]["name"] = json!("Han Meimei");
    let mut express = good.clone();
    express["delivery"] = json!("express");
    express["payment"]["method"] = json!("transfer");
    express["note"] = json!("请放在门口 🌿\nsecond line");
    let typed = "application/JSON; charset=utf-8";
    vec![
        order("first", good.to_string(), 201, "").header("idempotency-key", "placed"),
        order("again", good.to_string(), 200, "").header("idempotency-key", "placed"),
        order(
            "other content",
            other.to_string(),
            422,
            "idempotency-key-reused",
        )
        .header("idempotency-key", "placed"),
        order("express", express.to_string(), 201, "").header("content-type", typed),
    ]
}
