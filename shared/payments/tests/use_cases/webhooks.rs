//! Events of the provider, in any order and any number.

use futures::executor::block_on;
use futures::future::join_all;
use http::StatusCode;
use souk_payment_sandbox::{CardBehaviour, Event};
use souk_payments_stripe::Settings;
use souk_protocol::origin::Status;
use souk_protocol::payments::{ReturnedReply, WEBHOOK_BYTES_MAX};

use crate::shop::{OriginFault, PRICE, Placed, Shop};

fn paid(shop: &Shop) -> (Placed, String, Vec<Event>) {
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    let events = shop.sandbox.take_events(shop.now_ms.get());
    assert_eq!(events.len(), 2);
    (order, page, events)
}

fn is_paid_once(shop: &Shop, order: &Placed) {
    shop.hear_everything();
    shop.tick();
    let record = shop.record(order);
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(record.progress.funds.captured, PRICE);
    assert_eq!(shop.payment(order).captures, 1);
    assert_eq!(shop.backlog().waiting, 0);
    shop.audit();
}

#[test]
fn five_returns_and_five_of_each_event_in_any_order_take_the_money_once() {
    for first in ["return", "webhook"] {
        let shop = Shop::open();
        let (order, page, events) = paid(&shop);
        let return_all = || {
            for _ in 0..5 {
                assert_eq!(shop.returned(&order, &page), ReturnedReply::Settled);
            }
        };
        if first == "return" {
            return_all();
        }
        for event in events.iter().rev() {
            (0..5).for_each(|_| assert_eq!(shop.hear(event), StatusCode::OK));
        }
        if first == "webhook" {
            return_all();
        }
        is_paid_once(&shop, &order);
    }
}

#[test]
fn five_returns_and_five_of_each_event_at_the_same_time_take_the_money_once() {
    let shop = Shop::open();
    let (order, page, events) = paid(&shop);
    let hear = events
        .iter()
        .cycle()
        .take(10)
        .map(|event| shop.hear_async(event));
    let heard = join_all(hear);
    let returned = join_all((0..5).map(|_| shop.returned_async(&order, &page)));
    block_on(futures::future::join(heard, returned));
    is_paid_once(&shop, &order);
}

#[test]
fn a_shopper_who_never_returns_has_paid_all_the_same() {
    let shop = Shop::open();
    let (order, _, events) = paid(&shop);
    for event in &events {
        assert_eq!(shop.hear(event), StatusCode::OK);
    }
    is_paid_once(&shop, &order);
}

#[test]
fn an_event_that_comes_after_everything_changes_nothing() {
    let shop = Shop::open();
    let (order, page, events) = paid(&shop);
    shop.returned(&order, &page);
    shop.hear_everything();
    let before = shop.record(&order);
    shop.pass(200_000);
    for event in &events {
        assert_eq!(shop.hear(event), StatusCode::OK);
    }
    assert_eq!(shop.record(&order), before);
}

#[test]
fn an_event_that_the_origin_cannot_take_comes_again() {
    let shop = Shop::open();
    let (order, _, events) = paid(&shop);
    let faults = std::iter::repeat_n(("/changes", OriginFault::Busy), 3);
    shop.origin_faults.borrow_mut().extend(faults);
    assert_eq!(shop.hear(&events[0]), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.record(&order).progress.status, Status::AwaitingPayment);
    assert_eq!(shop.hear(&events[0]), StatusCode::OK);
    is_paid_once(&shop, &order);
}

#[test]
fn forged_stale_and_malformed_events_change_nothing() {
    let shop = Shop::open();
    let (order, _, events) = paid(&shop);
    let body = events[0].body.clone();
    let (now_ms, bytes) = (shop.now_ms.get(), body.as_bytes());
    let right = shop.sandbox.signature(bytes, now_ms);
    let other = souk_payment_sandbox::signature("whsec_other", bytes, now_ms / 1000);
    let stale = shop.sandbox.signature(bytes, now_ms - 301_000);
    let forged = body.replace("order-k", "order-x");
    let long = format!("{body}{}", " ".repeat(WEBHOOK_BYTES_MAX));
    let no_event = "{}".to_owned();
    let of_no_event = shop.sandbox.signature(no_event.as_bytes(), now_ms);
    let cases = [
        (other.as_str(), body.clone(), 400),
        ("", body.clone(), 400),
        (&stale, body.clone(), 400),
        (&right, forged, 400),
        (&right, long, 413),
        (&of_no_event, no_event, 400),
    ];
    for (signature, body, status) in cases {
        let response = block_on(shop.webhook(signature, body));
        assert_eq!(response.status(), status, "{signature}");
    }
    assert_eq!(shop.record(&order).progress.status, Status::AwaitingPayment);
    assert_eq!(block_on(shop.webhook(&right, body)).status(), 200);
}

#[test]
fn a_secret_can_be_replaced_without_losing_an_event() {
    let mut shop = Shop::open();
    let (order, _, events) = paid(&shop);
    let secrets = "whsec_new,whsec_of_the_tests";
    let deployed = |secrets| {
        let settings = Settings::new("sk_test_of_the_tests", secrets, "8797", "").ok();
        settings.map(Settings::taking_test_payments)
    };
    shop.stripe = deployed(secrets);
    assert_eq!(shop.hear(&events[0]), StatusCode::OK);
    assert_eq!(shop.record(&order).progress.status, Status::Confirmed);
    shop.stripe = deployed("whsec_new");
    assert_eq!(shop.hear(&events[0]), StatusCode::BAD_REQUEST);
}

#[test]
fn an_event_of_the_other_mode_is_refused() {
    let shop = Shop::open();
    let body = r#"{"id":"evt","livemode":true,"type":"payment_intent.succeeded",
        "data":{"object":{"id":"pi_1"}}}"#;
    let signature = shop.sandbox.signature(body.as_bytes(), shop.now_ms.get());
    let response = block_on(shop.webhook(&signature, body.to_owned()));
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(shop.log.borrow().join("\n").contains("other mode"));
}

#[test]
fn events_about_other_objects_are_acknowledged_and_ignored() {
    let shop = Shop::open();
    for (kind, object) in [
        ("customer.created", r#"{"id":"cus_1"}"#),
        (
            "payment_intent.succeeded",
            r#"{"id":"pi_of_another_shop","metadata":{}}"#,
        ),
        (
            "charge.dispute.created",
            r#"{"id":"dp_1","payment_intent":"pi_1"}"#,
        ),
        (
            "checkout.session.completed",
            r#"{"id":"cs_1","payment_intent":null}"#,
        ),
    ] {
        let body = format!(
            r#"{{"id":"evt","livemode":false,"type":"{kind}","data":{{"object":{object}}}}}"#
        );
        let signature = shop.sandbox.signature(body.as_bytes(), shop.now_ms.get());
        let response = block_on(shop.webhook(&signature, body));
        assert_eq!(response.status(), StatusCode::OK, "{kind}");
    }
}

#[test]
fn without_a_provider_there_is_no_webhook_and_nothing_is_payable() {
    let mut shop = Shop::open();
    let (order, page, events) = paid(&shop);
    shop.stripe = None;
    assert_eq!(shop.hear(&events[0]), StatusCode::NOT_FOUND);
    assert_eq!(shop.begin(&order), souk_protocol::payments::BeginReply::Off);
    assert_eq!(
        shop.returned(&order, &page),
        souk_protocol::payments::ReturnedReply::Off
    );
    assert_eq!(shop.work(), souk_protocol::payments::WorkReport::default());
}
