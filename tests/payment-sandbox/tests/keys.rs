//! The sandbox's idempotency keys behave as Stripe's.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_payment_sandbox::{CARDS, CardBehaviour, Config, Sandbox};

const NOW_MS: i64 = 1_790_000_000_000;

fn sandbox() -> Sandbox {
    Sandbox::new(Config {
        secret_key: "sk_test".to_owned(),
        webhook_secret: "whsec".to_owned(),
        own_address: "http://127.0.0.1:1".to_owned(),
    })
}

fn send(sandbox: &Sandbox, path: &str, key: &str, form: &str, now_ms: i64) -> (u16, bool, Value) {
    let request = Request::post(path)
        .header("authorization", "Bearer sk_test")
        .header("idempotency-key", key)
        .body(Bytes::copy_from_slice(form.as_bytes()))
        .expect("a request");
    let response = sandbox
        .answer(&request, now_ms)
        .response
        .expect("an answer");
    let replayed = response.headers().contains_key("idempotent-replayed");
    let body = serde_json::from_slice(response.body()).expect("JSON");
    (response.status().as_u16(), replayed, body)
}

fn open(sandbox: &Sandbox, key: &str, name: &str, now_ms: i64) -> (u16, bool, Value) {
    let form = format!(
        "mode=payment&success_url=http://s&payment_intent_data[capture_method]=manual\
         &line_items[0][quantity]=1&line_items[0][price_data][currency]=usd\
         &line_items[0][price_data][unit_amount]=1299\
         &line_items[0][price_data][product_data][name]={name}"
    );
    send(sandbox, "/v1/checkout/sessions", key, &form, now_ms)
}

#[test]
fn the_same_key_gives_the_same_answer_and_another_form_a_refusal() {
    let sandbox = sandbox();
    let (status, replayed, first) = open(&sandbox, "k", "Tea", NOW_MS);
    assert_eq!((status, replayed), (200, false), "{first}");
    let (status, replayed, again) = open(&sandbox, "k", "Tea", NOW_MS + 1);
    assert_eq!((status, replayed, &again), (200, true, &first));
    let (status, _, refusal) = open(&sandbox, "k", "Coffee", NOW_MS);
    assert_eq!(
        (status, &refusal["error"]["type"]),
        (400, &"idempotency_error".into())
    );
    let (_, _, other) = open(&sandbox, "l", "Tea", NOW_MS);
    assert_ne!(other["id"], first["id"]);
}

#[test]
fn a_key_is_busy_until_its_answer_is_out() {
    let sandbox = sandbox();
    sandbox.fail(Step::Open, Fault::Delay(Duration::from_secs(1)));
    open(&sandbox, "k", "Tea", NOW_MS);
    let (status, _, busy) = open(&sandbox, "k", "Tea", NOW_MS + 999);
    assert_eq!(
        (status, &busy["error"]["code"]),
        (409, &"idempotency_key_in_use".into())
    );
    assert_eq!(open(&sandbox, "k", "Tea", NOW_MS + 1_000).0, 200);
}

#[test]
fn a_failure_is_kept_under_its_key() {
    let sandbox = sandbox();
    sandbox.fail(Step::Open, Fault::AnswerAndKeep(500));
    assert_eq!(open(&sandbox, "k", "Tea", NOW_MS).0, 500);
    let (status, replayed, _) = open(&sandbox, "k", "Tea", NOW_MS);
    assert_eq!((status, replayed), (500, true));
    assert_eq!(open(&sandbox, "l", "Tea", NOW_MS).0, 200);
}

#[test]
fn a_request_without_the_key_is_refused() {
    let request = Request::get("/v1/payment_intents/pi_1").body(Bytes::new());
    let reply = sandbox().answer(&request.expect("a request"), NOW_MS);
    assert_eq!(reply.response.expect("an answer").status(), 401);
}

#[test]
fn every_behaviour_has_a_card() {
    for behaviour in [
        CardBehaviour::Pays,
        CardBehaviour::Declined,
        CardBehaviour::Asks,
        CardBehaviour::FailsCapture,
        CardBehaviour::RefundsSlowly,
        CardBehaviour::FailsRefund,
    ] {
        assert!(
            CARDS.iter().any(|card| card.behaviour == behaviour),
            "{behaviour:?}"
        );
    }
}
