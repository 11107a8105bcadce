//! A second provider behind the same seam, alone and beside the first.

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response, StatusCode};
use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_payments::{Deployment, PaymentState, ProviderSettings};
use souk_protocol::origin::{Action, Event, RefundOrigin, Status};
use souk_protocol::payments::{
    METHODS_PATH, PaymentMethods, ReturnedReply, WEBHOOK_BYTES_MAX, webhook_path,
};

use souk_settings::{Reader, SettingsError, Values};

use crate::abacus::{self, Abacus};
use crate::shop::{HOLD_MS, PRICE, Placed, Shop, read};

const TOKEN: &str = "token of the tests";

/// As a deployment has it that sets the variables of the second provider.
fn abacus() -> Option<Abacus> {
    read_settings(TOKEN)
        .expect("good settings")
        .map(Abacus::new)
}

fn read_settings(token: &str) -> Result<Option<abacus::Settings>, SettingsError> {
    let values: Values = [("abacus_token", token)].into_iter().collect();
    let mut reader = Reader::new(&values);
    let (deployment, _address) = Deployment::read(&mut reader);
    let settings = abacus::Settings::read(&mut reader, deployment);
    reader.finish(settings)
}

/// A shop with both providers; Stripe opens new pages.
pub(crate) fn with_both() -> Shop {
    let mut shop = Shop::open();
    shop.abacus = abacus();
    shop
}

pub(crate) fn second(shop: &Shop) -> &Abacus {
    shop.abacus.as_ref().expect("it is set up")
}

/// The second provider delivers an event.
fn deliver(shop: &Shop, token: &str, body: &str) -> Response<Bytes> {
    let request = Request::post(webhook_path(abacus::NAME))
        .header(abacus::TOKEN_HEADER, token)
        .body(Bytes::copy_from_slice(body.as_bytes()));
    block_on(shop.call(request.expect("a request")))
}

fn refund(shop: &Shop, order: &Placed, amount: i64) {
    let reason = "damaged".to_owned();
    shop.change(order, "refund", Action::Refund { amount, reason });
    shop.work();
}

/// An order with a page at each provider: the names of the pages.
fn at_both(shop: &Shop) -> (Placed, String, String) {
    let order = shop.place("k", 1);
    let at_stripe = shop.page(&order);
    // The page at Stripe is gone there, so the next one is opened at the other provider.
    shop.sandbox.fail(Step::ReadPage, Fault::Answer(404));
    shop.abacus_first.set(true);
    let at_abacus = shop.page(&order);
    assert!(shop.sandbox.open_pages_of(&order.id, shop.now_ms.get()) == [at_stripe.clone()]);
    (order, at_stripe, at_abacus)
}

/// Providers that the payments of an order name.
fn named(shop: &Shop, order: &Placed) -> Vec<String> {
    let events = shop.record(order).events.into_iter();
    let names = events.filter_map(|recorded| match recorded.event {
        Event::PaymentBegun { provider, .. }
        | Event::PaymentAuthorised { provider, .. }
        | Event::PaymentCaptured { provider, .. } => Some(provider),
        Event::RefundSettled { provider, .. } => provider,
        _ => None,
    });
    names.collect()
}

#[test]
fn a_provider_of_another_kind_takes_a_payment_and_gives_it_back_through_the_same_seam() {
    let mut shop = with_both();
    shop.stripe = None;
    let order = shop.place("k", 2);
    let page = shop.page(&order);
    second(&shop).pay(&page, "p-1");
    assert_eq!(deliver(&shop, TOKEN, "payment p-1").status(), 200);
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(record.progress.funds.captured, 2 * PRICE);
    refund(&shop, &order, 500);
    second(&shop).refund_by_hand("p-1", 700);
    assert_eq!(deliver(&shop, TOKEN, "refund p-1").status(), 200);
    assert_eq!(second(&shop).refunds_of("p-1"), [500, 700]);
    assert_eq!(shop.record(&order).progress.funds.refunded, 1_200);
    assert_eq!(named(&shop, &order), [abacus::NAME; 5]);
    let reported = RefundOrigin::Provider {
        provider: abacus::NAME.to_owned(),
        id: "back-1".to_owned(),
    };
    let is_reported = |event: &Event| matches!(event, Event::RefundRequested { origin, .. } if *origin == reported);
    let events = shop.record(&order).events;
    assert!(events.iter().any(|recorded| is_reported(&recorded.event)));
    assert_eq!(shop.backlog().waiting, 0);
    shop.audit();
}

#[test]
fn the_pages_of_every_provider_may_be_led_to() {
    let shop = with_both();
    let request = Request::get(METHODS_PATH).body(Bytes::new());
    let methods: PaymentMethods = read(&block_on(shop.call(request.expect("a request"))));
    assert!(methods.card);
    assert_eq!(methods.card_min, 0, "of no currency");
    assert_eq!(
        methods.page_origins,
        ["http://127.0.0.1:8797", abacus::PAGES]
    );
}

#[test]
fn the_least_amount_is_that_of_the_provider_that_opens_new_pages() {
    let ask = |shop: &Shop, currency: &str| {
        let request = Request::get(format!("{METHODS_PATH}?currency={currency}"));
        let request = request.body(Bytes::new()).expect("a request");
        read::<PaymentMethods>(&block_on(shop.call(request))).card_min
    };
    let shop = with_both();
    assert_eq!(ask(&shop, "USD"), 50);
    assert_eq!(ask(&shop, "JPY"), 50);
    assert_eq!(ask(&shop, "CZK"), 1_500);
}

#[test]
fn a_provider_is_set_up_by_its_own_variables() {
    assert_eq!(read_settings(""), Ok(None));
    assert!(read_settings(TOKEN).is_ok_and(|settings| settings.is_some()));
    let refused = read_settings("short").expect_err("too short");
    let text = refused.to_string();
    assert!(
        text.ends_with("ABACUS_TOKEN: the token is too short"),
        "{text}"
    );
}

#[test]
fn each_provider_has_a_webhook_of_its_own_and_believes_only_its_own_proof() {
    let shop = with_both();
    let long = "x".repeat(WEBHOOK_BYTES_MAX + 1);
    for (token, body, status) in [
        ("another token", "payment p-1", 400),
        (TOKEN, "nonsense", 400),
        (TOKEN, &long, 413),
        (TOKEN, "greeting p-1", 200),
        (TOKEN, "payment p-unknown", 200),
    ] {
        assert_eq!(deliver(&shop, token, body).status(), status, "{token}");
    }
    // What Stripe has signed is no proof at the other provider's address.
    let signature = shop.sandbox.signature(b"payment p-1", shop.now_ms.get());
    let request = Request::post(webhook_path(abacus::NAME))
        .header(souk_payments_stripe::SIGNATURE_HEADER, signature)
        .body(Bytes::from_static(b"payment p-1"));
    let response = block_on(shop.call(request.expect("a request")));
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    for (method, name, status) in [("GET", abacus::NAME, 405), ("POST", "no-such", 404)] {
        let request = Request::builder().method(method).uri(webhook_path(name));
        let request = request.body(Bytes::new()).expect("a request");
        assert_eq!(block_on(shop.call(request)).status(), status, "{name}");
    }
}

#[test]
fn an_event_of_one_provider_never_completes_a_payment_at_another() {
    let shop = with_both();
    let (order, at_stripe, at_abacus) = at_both(&shop);
    shop.pay(&at_stripe, CardBehaviour::Pays);
    let payment = shop.payment(&order).id;
    // The other provider knows nothing of it.
    let event = format!("payment {payment}");
    assert_eq!(deliver(&shop, TOKEN, &event).status(), 200);
    assert_eq!(shop.record(&order).progress.status, Status::AwaitingPayment);
    // Authorised at Stripe, and not taken for now.
    (0..20).for_each(|_| shop.sandbox.fail(Step::Capture, Fault::Answer(503)));
    assert_eq!(shop.returned(&order, &at_stripe), ReturnedReply::Settled);
    let before = shop.record(&order);
    assert_eq!(before.progress.funds.authorised, PRICE);
    // The other provider has taken a payment for the same order, with the very same name.
    second(&shop).pay(&at_abacus, &payment);
    second(&shop).take_by_hand(&payment);
    assert_eq!(deliver(&shop, TOKEN, &event).status(), 200);
    assert_eq!(shop.record(&order), before);
    let told = |line: &String| line.contains("is a second one") && line.contains(abacus::NAME);
    assert!(shop.log.borrow().iter().any(told), "{:?}", shop.log);
    shop.sandbox.mend();
    shop.pass(60_000);
    shop.tick();
    assert_eq!(shop.payment(&order).captured, PRICE);
    assert_eq!(shop.record(&order).progress.funds.captured, PRICE);
    // A refund there is none of the order's, and one of the order is made at Stripe.
    second(&shop).refund_by_hand(&payment, 100);
    assert_eq!(
        deliver(&shop, TOKEN, &format!("refund {payment}")).status(),
        200
    );
    assert_eq!(shop.record(&order).progress.funds.refunding, 0);
    refund(&shop, &order, 500);
    assert_eq!(shop.payment(&order).refunds, [500]);
    assert_eq!(second(&shop).refunds_of(&payment), [100]);
    assert_eq!(shop.record(&order).progress.funds.refunded, 500);
}

#[test]
fn a_second_authorisation_at_another_provider_is_given_up_there() {
    let shop = with_both();
    let (order, at_stripe, at_abacus) = at_both(&shop);
    shop.pay(&at_stripe, CardBehaviour::Pays);
    second(&shop).pay(&at_abacus, "p-1");
    assert_eq!(shop.returned(&order, &at_abacus), ReturnedReply::Settled);
    assert_eq!(shop.returned(&order, &at_stripe), ReturnedReply::Settled);
    shop.hear_everything();
    let taken = second(&shop).state_of("p-1");
    assert!(matches!(taken, PaymentState::Captured { .. }), "{taken:?}");
    assert_eq!(shop.sandbox.payments_of(&order.id)[0].status, "canceled");
    shop.audit();
}

#[test]
fn pages_are_closed_at_the_provider_that_opened_them() {
    let shop = with_both();
    let (order, _, at_abacus) = at_both(&shop);
    shop.pass(HOLD_MS);
    shop.tick();
    assert_eq!(shop.record(&order).progress.status, Status::Expired);
    assert_eq!(
        shop.sandbox.open_pages_of(&order.id, shop.now_ms.get()),
        [""; 0]
    );
    let page = block_on(souk_payments::PaymentProvider::page(
        second(&shop),
        &at_abacus,
    ));
    assert_eq!(page.expect("a page").url, None);
    assert_eq!(shop.backlog().waiting, 0);
}

#[test]
fn a_shop_that_changes_its_provider_settles_with_the_old_one_what_was_begun_there() {
    let shop = with_both();
    let old = shop.place("old", 1);
    let page = shop.page(&old);
    shop.abacus_first.set(true);
    assert_eq!(shop.page(&old), page, "the open page is shown again");
    shop.pay(&page, CardBehaviour::Pays);
    shop.hear_everything();
    let new = shop.place("new", 1);
    let page = shop.page(&new);
    second(&shop).pay(&page, "p-1");
    assert_eq!(shop.returned(&new, &page), ReturnedReply::Settled);
    refund(&shop, &old, 500);
    refund(&shop, &new, 600);
    assert_eq!(shop.payment(&old).refunds, [500]);
    assert_eq!(second(&shop).refunds_of("p-1"), [600]);
    assert_eq!(named(&shop, &old), ["stripe"; 4]);
    assert_eq!(named(&shop, &new), [abacus::NAME; 4]);
    shop.audit();
}

#[test]
fn work_at_a_provider_that_is_not_set_up_waits_and_says_so() {
    let mut shop = with_both();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    shop.hear_everything();
    let stripe = shop.stripe.take();
    let reason = "damaged".to_owned();
    let amount = 500;
    shop.change(&order, "r", Action::Refund { amount, reason });
    assert_eq!(shop.work().retried, 1);
    let told = |line: &String| line.contains("the payment provider stripe is not set up");
    assert!(shop.log.borrow().iter().any(told), "{:?}", shop.log);
    shop.stripe = stripe;
    shop.pass(10_000);
    assert_eq!(shop.work().done, 1);
    assert_eq!(shop.payment(&order).refunds, [500]);
    shop.audit();
}
