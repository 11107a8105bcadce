//! The sandbox lists payments as Stripe does.

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use souk_payment_sandbox::{CardBehaviour, Config, Sandbox};

const NOW_MS: i64 = 1_790_000_000_000;
const NOW_S: i64 = NOW_MS / 1000;

fn send(
    sandbox: &Sandbox,
    request: http::request::Builder,
    form: &str,
    now_ms: i64,
) -> (u16, Value) {
    let request = request.header("authorization", "Bearer sk_test");
    let request = request.body(Bytes::copy_from_slice(form.as_bytes()));
    let reply = sandbox.answer(&request.expect("a request"), now_ms);
    let response = reply.response.expect("an answer");
    let body = serde_json::from_slice(response.body()).expect("JSON");
    (response.status().as_u16(), body)
}

/// A payment each second; their names, the newest first.
fn with_payments(count: i64) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new(Config {
        secret_key: "sk_test".to_owned(),
        webhook_secret: "whsec".to_owned(),
        own_address: "http://127.0.0.1:1".to_owned(),
    });
    for number in 0..count {
        let form = format!(
            "mode=payment&success_url=http://s&payment_intent_data[capture_method]=automatic\
             &payment_intent_data[metadata][order]=A-{number}\
             &line_items[0][quantity]=1&line_items[0][price_data][currency]=usd\
             &line_items[0][price_data][unit_amount]=1299\
             &line_items[0][price_data][product_data][name]=Tea"
        );
        let now_ms = NOW_MS + number * 1_000;
        let open = Request::post("/v1/checkout/sessions");
        let (status, page) = send(&sandbox, open, &form, now_ms);
        assert_eq!(status, 200, "{page}");
        sandbox.pay(
            page["id"].as_str().expect("a name"),
            CardBehaviour::Pays,
            now_ms,
        );
    }
    let mut payments = sandbox.payments();
    payments.sort_by_key(|payment| payment.order.clone());
    let names = payments.into_iter().rev().map(|payment| payment.id);
    (sandbox, names.collect())
}

fn list(sandbox: &Sandbox, query: &str) -> (Vec<String>, bool) {
    let get = Request::get(format!("/v1/payment_intents?{query}"));
    let (status, body) = send(sandbox, get, "", NOW_MS);
    assert_eq!(status, 200, "{body}");
    let data = body["data"].as_array().expect("a list");
    let name = |payment: &Value| payment["id"].as_str().unwrap_or_default().to_owned();
    (data.iter().map(name).collect(), body["has_more"] == true)
}

#[test]
fn pages_follow_each_other_from_the_newest_to_the_oldest() {
    let (sandbox, names) = with_payments(5);
    assert_eq!(list(&sandbox, "limit=2"), (names[..2].to_vec(), true));
    let after = format!("limit=2&starting_after={}", names[1]);
    assert_eq!(list(&sandbox, &after), (names[2..4].to_vec(), true));
    let after = format!("limit=2&starting_after={}", names[3]);
    assert_eq!(list(&sandbox, &after), (names[4..].to_vec(), false));
}

#[test]
fn a_moment_bounds_a_list() {
    let (sandbox, names) = with_payments(5);
    let since = |at_s: i64| list(&sandbox, &format!("limit=10&created[gte]={at_s}"));
    assert_eq!(since(NOW_S + 3), (names[..2].to_vec(), false));
    assert_eq!(since(NOW_S), (names.clone(), false));
    assert_eq!(since(NOW_S + 5), (Vec::new(), false));
}

#[test]
fn a_charge_says_what_went_back_where_it_is_asked_for() {
    let (sandbox, names) = with_payments(1);
    sandbox.refund_by_hand(&names[0], 500, NOW_MS);
    let of = |query: &str| {
        let get = Request::get(format!("/v1/payment_intents?{query}"));
        send(&sandbox, get, "", NOW_MS).1["data"][0]["latest_charge"].clone()
    };
    assert_eq!(of("expand[]=data.latest_charge")["amount_refunded"], 500);
    assert!(of("").is_string());
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    let (sandbox, _) = with_payments(1);
    for (query, wanted) in [
        ("limit=0", 400),
        ("limit=101", 400),
        ("starting_after=pi_x", 404),
    ] {
        let get = Request::get(format!("/v1/payment_intents?{query}"));
        assert_eq!(send(&sandbox, get, "", NOW_MS).0, wanted, "{query}");
    }
}
