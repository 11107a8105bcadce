//! The webhook with input that is nearly right: no panic, no 5xx, whatever is signed and however.
//!
//! The number of cases is bounded; `cargo xtask fuzz` runs more of them.

use std::cell::RefCell;

use bytes::Bytes;
use futures::executor::block_on;
use http::Request;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use souk_payment_sandbox::signature;
use souk_payments_stripe::{SIGNATURE_HEADER, WEBHOOK_PATH};

use crate::shop::{Shop, WEBHOOK_SECRET};

/// Cases, where `PROPTEST_CASES` names no other number.
const CASES: u32 = 400;
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

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,60}".prop_map(Value::from),
        select(vec!["pi_1", "../refunds", "", "charge.dispute.created"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An event as Stripe has it, with one member put to something else.
fn event() -> impl Strategy<Value = Vec<u8>> {
    let kinds = select(vec![
        "payment_intent.succeeded",
        "charge.refunded",
        "charge.dispute.closed",
        "checkout.session.completed",
        "unheard.of",
    ]);
    let places = select(vec![
        "/id",
        "/type",
        "/livemode",
        "/data",
        "/data/object",
        "/data/object/id",
        "/data/object/payment_intent",
        "",
    ]);
    (kinds, places, any_json()).prop_map(|(kind, place, by)| {
        let mut event = json!({"id": "evt_1", "type": kind, "livemode": false,
            "data": {"object": {"id": "pi_1", "payment_intent": "pi_1"}}});
        if let Some(inner) = event.pointer_mut(place) {
            *inner = by;
        }
        event.to_string().into_bytes()
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let broken = (event(), any::<Index>(), any::<u8>());
    prop_oneof![
        3 => event(),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
        1 => broken.prop_map(|(mut body, place, byte)| {
            let place = place.index(body.len());
            body[place] = byte;
            body
        }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_delivery_breaks_the_webhook(
        body in body(),
        signed in any::<bool>(),
        header in "[!-~]{0,80}",
        age_s in -400_i64..400,
    ) {
        SHOP.with_borrow_mut(|shop| {
            let shop = shop.get_or_insert_with(Shop::open);
            let now_s = shop.now_ms.get() / 1_000;
            let header = match signed {
                true => signature(WEBHOOK_SECRET, &body, now_s - age_s),
                false => header,
            };
            let what = format!("{header} {}", String::from_utf8_lossy(&body));
            let request = Request::post(WEBHOOK_PATH)
                .header(SIGNATURE_HEADER, header)
                .body(Bytes::from(body))
                .expect("a request");
            let response = block_on(shop.call(request));
            prop_assert!(!response.status().is_server_error(), "{} for {what}", response.status());
            Ok(())
        })?;
    }
}
