//! Every parser of the edge and of the staff API that a stranger or a leaked token reaches, with
//! input that is nearly right: no panic, no 5xx, and memory stays within its bounds.
//!
//! `nonsense` sends what is far from right. Here the input has the shape that the parser expects, and
//! something in it is not as it should be. The number of cases is bounded; `cargo xtask fuzz` runs
//! more of them.

use std::cell::RefCell;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use souk_protocol::staff::Operation;

use crate::support::Shop;
use crate::support::back_office::BackOffice;
use crate::support::shop::order_of;

/// Cases of each test, where `PROPTEST_CASES` names no other number.
const CASES: u32 = 400;

/// Responses and blobs in memory, at most.
const MEMORY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What proptest does without being asked for another number.
const CASES_BY_DEFAULT: u32 = 256;

fn config() -> ProptestConfig {
    // It reads `PROPTEST_CASES`.
    let given = ProptestConfig::default();
    ProptestConfig {
        cases: match given.cases {
            CASES_BY_DEFAULT => CASES,
            asked => asked,
        },
        failure_persistence: None,
        ..given
    }
}

thread_local! {
    static SHOP: RefCell<Option<Shop>> = const { RefCell::new(None) };
}

fn with_shop(with: impl FnOnce(&Shop) -> Result<(), TestCaseError>) -> Result<(), TestCaseError> {
    SHOP.with_borrow_mut(|shop| with(shop.get_or_insert_with(Shop::open)))
}

fn is_calm(shop: &Shop, response: &Response<Bytes>, what: &str) -> Result<(), TestCaseError> {
    prop_assert!(
        !response.status().is_server_error(),
        "{} for {what}: {:?}",
        response.status(),
        shop.world.log.borrow()
    );
    let (blobs, responses) = shop.instance.bytes_kept();
    prop_assert!(
        blobs + responses <= MEMORY_BYTES_MAX,
        "{blobs} + {responses}"
    );
    Ok(())
}

/// Any JSON, not too deep.
fn any_json() -> impl Strategy<Value = Value> {
    let numbers = select(vec![
        json!(0),
        json!(-1),
        json!(1.5),
        json!(10_001),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        numbers,
        ".{0,300}".prop_map(Value::from),
        select(vec![
            "",
            "MUG-RED-S",
            "card",
            "express",
            "\u{0}",
            "\u{202e}"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,12}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every place in a value, as pointers.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                places(inner, &format!("{at}/{name}"), into);
            }
        }
        Value::Array(items) => {
            for (place, inner) in items.iter().enumerate() {
                places(inner, &format!("{at}/{place}"), into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A value with one place of it put to something else.
fn changed(mut value: Value, place: Index, by: Value) -> Value {
    let mut all = Vec::new();
    places(&value, "", &mut all);
    if let Some(inner) = value.pointer_mut(&all[place.index(all.len())]) {
        *inner = by;
    }
    value
}

/// A cookie's value as the shop signs it: the parser behind the signature is reached too.
fn signed(shop: &Shop, payload: &[u8]) -> String {
    let secret = shop.settings.session_secrets.newest().as_bytes();
    let key = blake3::derive_key("souk 2026 cart cookie", secret);
    let mac = blake3::keyed_hash(&key, payload);
    let mac = URL_SAFE_NO_PAD.encode(&mac.as_bytes()[..16]);
    format!("{}.{mac}", URL_SAFE_NO_PAD.encode(payload))
}

fn post(path: &str, kind: &str, cookie: &str, body: Vec<u8>) -> Request<Bytes> {
    let request = Request::post(path)
        .header("content-type", kind)
        .header("cookie", cookie)
        .header("idempotency-key", "fuzz")
        .header("accept", "text/html");
    request.body(Bytes::from(body)).expect("a request")
}

fn get(path: &str, cookie: &str) -> Option<Request<Bytes>> {
    let request = Request::get(path).header("cookie", cookie);
    request
        .header("accept", "text/html")
        .body(Bytes::new())
        .ok()
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of the shop's forms, and one of none.
const FIELDS: [&str; 21] = [
    "action",
    "sku",
    "product",
    "quantity",
    "csrf",
    "idempotency_key",
    "name",
    "email",
    "country",
    "region",
    "city",
    "postal_code",
    "line1",
    "line2",
    "delivery",
    "pickup_point",
    "payment",
    "note",
    "seen",
    "units",
    "unknown",
];

fn form() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        ".{0,40}",
        select(vec![
            "add",
            "set",
            "MUG-RED-S",
            "mug",
            "-1",
            "99999999999",
            "CN",
            "card"
        ])
        .prop_map(str::to_owned),
    ];
    let fields = proptest::collection::vec((select(&FIELDS[..]), value), 0..24);
    let bytes = (any::<Index>(), any::<u8>(), any::<bool>());
    (fields, bytes).prop_map(|(fields, (place, byte, broken))| {
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut body = text.into_bytes();
        if broken && !body.is_empty() {
            let place = place.index(body.len());
            body[place] = byte;
        }
        body
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_cart_cookie_breaks_the_shop(cart in any_json(), raw in "[!-~]{0,60}", sign in any::<bool>(), body in form()) {
        with_shop(|shop| {
            let value = if sign { signed(shop, cart.to_string().as_bytes()) } else { raw };
            for name in ["souk_cart", "__Host-souk_cart"] {
                let cookie = format!("{name}={value}");
                for path in ["/cart", "/checkout", "/zh/cart"] {
                    if let Some(request) = get(path, &cookie) {
                        is_calm(shop, &shop.send(request), &cookie)?;
                    }
                }
                let response = shop.send(post("/cart", FORM, &cookie, body.clone()));
                is_calm(shop, &response, &cookie)?;
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_form_breaks_the_shop(body in form(), path in select(vec!["/cart", "/checkout", "/zh/checkout", "/orders/7/pay"])) {
        with_shop(|shop| {
            let what = String::from_utf8_lossy(&body).into_owned();
            is_calm(shop, &shop.send(post(path, FORM, "", body)), &what)
        })?;
    }

    #[test]
    fn no_order_that_is_nearly_right_breaks_the_shop(place in any::<Index>(), by in any_json(), again in any::<Index>()) {
        let order = changed(order_of("MUG-RED-S", 1), place, by.clone());
        let order = changed(order, again, by);
        with_shop(|shop| {
            let request = post("/api/v1/orders", "application/json", "", order.to_string().into_bytes());
            is_calm(shop, &shop.send(request), &order.to_string())
        })?;
    }

    #[test]
    fn no_cursor_breaks_a_listing(place in any::<Index>(), byte in "[!-~&&[^&#%+]]", raw in "[A-Za-z0-9_.-]{0,80}", own in any::<bool>()) {
        with_shop(|shop| {
            let first = shop.api("/api/v1/products?limit=1");
            let page: Value = serde_json::from_slice(first.body()).expect("JSON");
            let mut cursor = match (own, page["next"].as_str()) {
                (true, Some(cursor)) => cursor.to_owned(),
                (true, None) | (false, _) => raw,
            };
            if !cursor.is_empty() {
                let place = place.index(cursor.len());
                if cursor.is_char_boundary(place) && cursor.is_char_boundary(place + 1) {
                    cursor.replace_range(place..=place, &byte);
                }
            }
            for path in ["/api/v1/products?cursor=", "/collections/tea?cursor="] {
                if let Some(request) = get(&format!("{path}{cursor}"), "") {
                    is_calm(shop, &shop.send(request), &cursor)?;
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_filter_breaks_a_listing(
        pairs in proptest::collection::vec(
            (
                prop_oneof![
                    select(vec!["vendor", "type", "tag", "option.Size", "price.min", "price.max", "sort", "limit"])
                        .prop_map(str::to_owned),
                    "option\\..{0,20}",
                ],
                prop_oneof![".{0,30}", "-?[0-9]{0,22}(\\.[0-9]{0,4})?"],
            ),
            0..60,
        )
    ) {
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        with_shop(|shop| {
            for path in ["/api/v1/products", "/collections/tea", "/zh/collections/all"] {
                if let Some(request) = get(&format!("{path}?{query}"), "") {
                    is_calm(shop, &shop.send(request), &query)?;
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_body_of_the_staff_breaks_the_back_office(
        operation in select(Operation::ALL),
        name in "[A-Za-z0-9]{0,34}",
        query in "[!-~&&[^#]]{0,40}",
        body in any_json(),
        shape in 0..STAFF_BODIES,
        place in any::<Index>(),
    ) {
        let body = match shape.checked_sub(1) {
            None => body,
            Some(shape) => changed(staff_body(shape), place, body),
        };
        let path: Vec<_> = operation.path().split('/').map(|part| match part.starts_with('{') {
            true => name.as_str(),
            false => part,
        }).collect();
        let request = Request::builder()
            .method(operation.method().name())
            .uri(format!("{}?{query}", path.join("/")))
            .header("content-type", "application/json")
            .header("idempotency-key", "fuzz")
            .body(Bytes::from(body.to_string()));
        if let Ok(request) = request {
            with_shop(|shop| {
                let what = format!("{request:?}");
                let (response, log) = BackOffice(&shop.world).answer(request);
                // A shop in one store has no shards, and says so.
                let is_calm = !response.status().is_server_error() || response.status() == 501;
                prop_assert!(is_calm, "{} {what}: {log:?}", response.status());
                Ok(())
            })?;
        }
    }
}

/// How many shapes [`staff_body`] has, and one for any JSON.
const STAFF_BODIES: usize = 6;

/// Bodies as the staff API wants them.
fn staff_body(shape: usize) -> Value {
    match shape {
        0 => json!({"action": "refund", "amount": 1, "reason": "r"}),
        1 => json!({"action": "ship", "carrier": "SF", "tracking": "1", "unpaid_reason": "r"}),
        2 => json!({"sku": "MUG-RED-S", "units": 5, "reason": "delivery"}),
        3 => json!({"offers": [{"sku": "A", "title": "A", "price": 1, "currency": "USD"}]}),
        _ => json!({"step": "begin", "manifest": "0".repeat(32), "format": 1, "products": 1,
            "variants": 1}),
    }
}
