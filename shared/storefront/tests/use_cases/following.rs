//! Orders whose client does not wait: 202, and the stream of events.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;
use souk_protocol::origin::Action;

use crate::support::shop::{order_of, order_request};
use crate::support::{Fault, Shop, json, request, text};

fn order_async(shop: &Shop, key: &str, order: &Value, prefer: &'static str) -> Response<Bytes> {
    let mut request = order_request(key, order);
    let prefer = HeaderValue::from_static(prefer);
    request.headers_mut().insert("prefer", prefer);
    shop.send(request)
}

fn by_transfer(units: i64) -> Value {
    let mut order = order_of("MUG-RED-S", units);
    order["payment"]["method"] = "transfer".into();
    order
}

/// An order whose client follows it: its number, and the address of its events.
fn followed(shop: &Shop) -> (String, String) {
    let accepted = order_async(shop, "key", &by_transfer(1), "respond-async");
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
    let accepted = json(&accepted);
    let of = |name: &str| accepted[name].as_str().expect("a text").to_owned();
    (of("id"), of("events_url"))
}

/// What an `EventSource` receives: the events as number, name and data.
fn heard(response: &Response<Bytes>) -> Vec<(u32, String, Value)> {
    assert_eq!(response.status(), StatusCode::OK, "{}", text(response));
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let text = text(response);
    let blocks = text.split_terminator("\n\n").skip(1);
    let field = |block: &str, name: &str| {
        let mut lines = block.lines();
        let value = lines.find_map(|line| line.strip_prefix(&format!("{name}: ")));
        value
            .unwrap_or_else(|| panic!("no {name} in {block}"))
            .to_owned()
    };
    blocks
        .map(|block| {
            let data = serde_json::from_str(&field(block, "data")).expect("JSON");
            let id = field(block, "id").parse().expect("a number");
            (id, field(block, "event"), data)
        })
        .collect()
}

fn retry_ms(response: &Response<Bytes>) -> u32 {
    let text = text(response);
    let first = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("retry: "));
    first.expect("a retry").parse().expect("milliseconds")
}

fn listen(shop: &Shop, events_url: &str, last: Option<&str>) -> Response<Bytes> {
    let headers: Vec<_> = last.map(|id| ("last-event-id", id)).into_iter().collect();
    shop.send(request("GET", events_url, &headers, ""))
}

#[test]
fn a_client_that_does_not_wait_gets_202_and_its_order_has_the_stock() {
    let shop = Shop::open();
    let accepted = order_async(&shop, "key", &by_transfer(10), "respond-async, wait=5");
    assert_eq!(
        accepted.status(),
        StatusCode::ACCEPTED,
        "{}",
        text(&accepted)
    );
    assert_eq!(accepted.headers()["preference-applied"], "respond-async");
    assert_eq!(accepted.headers()["cache-control"], "no-store");
    let body = json(&accepted);
    assert_eq!(body["status"], "awaiting_payment");
    let location = accepted.headers()["location"].to_str().expect("ASCII");
    assert_eq!(body["status_url"], location);
    let order = json(&shop.api(location));
    assert_eq!(order["id"], body["id"]);
    assert_eq!(order["lines"][0]["quantity"], 10);
    let sold_out = order_async(&shop, "other", &by_transfer(1), "respond-async");
    assert_eq!(
        sold_out.status(),
        StatusCode::CONFLICT,
        "nothing is promised twice"
    );

    let again = order_async(&shop, "key", &by_transfer(10), "Respond-Async");
    assert_eq!(again.status(), StatusCode::ACCEPTED);
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(json(&again), body);
    let other = order_async(&shop, "key", &by_transfer(9), "respond-async");
    assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn other_preferences_change_nothing() {
    let shop = Shop::open();
    for (key, prefer) in [("a", "wait=10"), ("b", "respond-asynchronously"), ("c", "")] {
        let placed = order_async(&shop, key, &by_transfer(1), prefer);
        assert_eq!(placed.status(), StatusCode::CREATED, "{prefer}");
        assert!(!placed.headers().contains_key("preference-applied"));
    }
}

#[test]
fn a_lost_reply_is_never_answered_with_202() {
    let shop = Shop::open();
    let faults = vec![Fault::ReplyLost; 3];
    shop.world.faults.borrow_mut().extend(faults);
    let unknown = order_async(&shop, "key", &by_transfer(1), "respond-async");
    assert_eq!(unknown.status(), StatusCode::SERVICE_UNAVAILABLE);
    shop.world.faults.borrow_mut().clear();
    let again = order_async(&shop, "key", &by_transfer(1), "respond-async");
    assert_eq!(again.status(), StatusCode::ACCEPTED);
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn a_stream_sends_every_event_once_until_the_order_is_settled() {
    let shop = Shop::open();
    let (order, events) = followed(&shop);
    let first = listen(&shop, &events, None);
    let names = |response: &Response<Bytes>| -> Vec<(u32, String)> {
        let events = heard(response).into_iter();
        events.map(|(id, name, _)| (id, name)).collect()
    };
    assert_eq!(names(&first), [(0, "placed".to_owned())]);
    let waiting_ms = retry_ms(&first);
    let nothing = listen(&shop, &events, Some("0"));
    assert_eq!(names(&nothing), []);

    let paid = Action::ReceivePayment {
        amount: 1_299,
        reference: "bank\n\nevent: forged".to_owned(),
    };
    shop.world.change(&order, paid);
    let heard_now = listen(&shop, &events, Some("0"));
    let news = heard(&heard_now);
    let order_now = json(&shop.api(&events.replace("/events", "")));
    let history = order_now["history"].as_array().expect("a list");
    assert_eq!(news.len(), history.len());
    for ((id, name, data), (number, event)) in news.iter().zip((1..).zip(history)) {
        assert_eq!((id, data), (&number, event));
        assert_eq!(event["event"], **name);
    }
    assert!(retry_ms(&heard_now) > waiting_ms, "people are slower");

    let last = news.last().expect("an event").0.to_string();
    let cancel = Action::Cancel {
        reason: "changed my mind".to_owned(),
    };
    shop.world.change(&order, cancel);
    let after = heard(&listen(&shop, &events, Some(&last)));
    let last = after.last().expect("an event").0.to_string();
    let owed = listen(&shop, &events, Some(&last));
    assert_eq!(names(&owed), [], "the money has not gone back yet");
    let settled = Action::SettleRefund {
        provider: None,
        refund: "bank".to_owned(),
        amount: 1_299,
    };
    shop.world.change(&order, settled);
    let after = heard(&listen(&shop, &events, Some(&last)));
    let last = after.last().expect("an event").0.to_string();
    let over = listen(&shop, &events, Some(&last));
    assert_eq!(over.status(), StatusCode::NO_CONTENT);
    assert!(over.body().is_empty());
    let from_the_start = heard(&listen(&shop, &events, None));
    assert_eq!(
        from_the_start.len(),
        1 + last.parse::<usize>().expect("a number")
    );
}

#[test]
fn an_order_that_cannot_be_read_now_does_not_end_the_stream() {
    let shop = Shop::open();
    let (_, events) = followed(&shop);
    let faults = vec![Fault::RequestLost; 3];
    shop.world.faults.borrow_mut().extend(faults);
    let away = listen(&shop, &events, Some("0"));
    assert_eq!(heard(&away), []);
    assert!(retry_ms(&away) > 0);
}

#[test]
fn a_wrong_token_gets_no_events() {
    let shop = Shop::open();
    let (order, _) = followed(&shop);
    for address in [
        format!("/api/v1/orders/{order}/events"),
        format!("/api/v1/orders/{order}/events?token=wrong"),
        "/api/v1/orders/NONE/events?token=wrong".to_owned(),
    ] {
        let refused = listen(&shop, &address, None);
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{address}");
        let kind = &refused.headers()["content-type"];
        assert_eq!(kind, "application/problem+json");
    }
}

#[test]
fn an_unknown_number_is_no_last_event() {
    let shop = Shop::open();
    let (_, events) = followed(&shop);
    for last in ["", "-1", "4294967296", "first"] {
        assert_eq!(
            heard(&listen(&shop, &events, Some(last))).len(),
            1,
            "{last}"
        );
    }
}
