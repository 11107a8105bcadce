//! An order is paid in time.

use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_payments_stripe::Settings;
use souk_protocol::origin::{Event, PaymentMethod, Status};
use souk_protocol::payments::{BeginReply, ReturnedReply};

use crate::shop::{HOLD_MS, PRICE, Placed, Shop};

#[test]
fn a_paid_order_is_sold_and_its_money_taken_within_the_shoppers_return() {
    let shop = Shop::open();
    let order = shop.place("k", 2);
    assert_eq!(shop.stock().held, 2);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    assert_eq!(shop.returned(&order, &page), ReturnedReply::Settled);
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(record.progress.funds.captured, 2 * PRICE);
    let fee = record
        .events
        .iter()
        .find_map(|recorded| match &recorded.event {
            Event::PaymentCaptured { fee, .. } => Some(*fee),
            _ => None,
        });
    // 2.9 % of 25.98 and 30 cents, as the sandbox takes.
    assert_eq!(fee, Some(105));
    assert_eq!((shop.stock().held, shop.stock().sold), (0, 2));
    assert_eq!(shop.backlog().waiting, 0, "nothing is left to do");
    shop.hear_everything();
    assert_eq!(shop.payment(&order).captures, 1);
    shop.audit();
}

#[test]
fn a_page_that_is_open_is_shown_again() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    assert_eq!(shop.page(&order), page);
    assert_eq!(shop.sandbox.count(Step::Open), 1);
    let begun = |event: &Event| matches!(event, Event::PaymentBegun { .. });
    let events = shop.record(&order).events;
    assert_eq!(events.iter().filter(|one| begun(&one.event)).count(), 1);
}

#[test]
fn two_who_begin_at_the_same_time_get_one_page() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let both = futures::future::join(
        shop.begin_async(&order, "en"),
        shop.begin_async(&order, "en"),
    );
    let (one, other) = futures::executor::block_on(both);
    assert_eq!(one.body(), other.body());
    assert_eq!(
        shop.sandbox
            .open_pages_of(&order.id, shop.now_ms.get())
            .len(),
        1
    );
}

#[test]
fn an_order_paid_on_two_pages_is_charged_once() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let both = futures::future::join(
        shop.begin_async(&order, "en"),
        shop.begin_async(&order, "zh"),
    );
    futures::executor::block_on(both);
    let pages = shop.sandbox.open_pages_of(&order.id, shop.now_ms.get());
    assert_eq!(pages.len(), 2, "a page for each language");
    for page in &pages {
        shop.pay(page, CardBehaviour::Pays);
    }
    for page in &pages {
        assert_eq!(shop.returned(&order, page), ReturnedReply::Settled);
    }
    shop.hear_everything();
    let payments = shop.sandbox.payments_of(&order.id);
    let mut states: Vec<_> = payments
        .iter()
        .map(|p| (p.status.as_str(), p.captured))
        .collect();
    states.sort_unstable();
    assert_eq!(states, [("canceled", 0), ("succeeded", PRICE)]);
    shop.audit();
}

#[test]
fn a_second_payment_that_is_given_up_does_not_take_the_first_one_with_it() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let both = futures::future::join(
        shop.begin_async(&order, "en"),
        shop.begin_async(&order, "zh"),
    );
    futures::executor::block_on(both);
    let pages = shop.sandbox.open_pages_of(&order.id, shop.now_ms.get());
    // The first is authorised, and cannot be taken for now.
    for _ in 0..20 {
        shop.sandbox.fail(Step::Capture, Fault::Answer(503));
    }
    for page in &pages {
        shop.pay(page, CardBehaviour::Pays);
        shop.returned(&order, page);
    }
    shop.hear_everything();
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(record.progress.funds.authorised, PRICE);
    shop.sandbox.mend();
    shop.pass(60_000);
    shop.tick();
    assert_eq!(shop.record(&order).progress.funds.captured, PRICE);
    assert_eq!(shop.payment(&order).captures, 1);
    shop.audit();
}

#[test]
fn other_open_pages_are_closed_once_the_order_is_paid() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let both = futures::future::join(
        shop.begin_async(&order, "en"),
        shop.begin_async(&order, "zh"),
    );
    futures::executor::block_on(both);
    let pages = shop.sandbox.open_pages_of(&order.id, shop.now_ms.get());
    shop.pay(&pages[1], CardBehaviour::Pays);
    shop.returned(&order, &pages[1]);
    assert!(
        shop.sandbox
            .open_pages_of(&order.id, shop.now_ms.get())
            .is_empty()
    );
}

#[test]
fn a_declined_card_leaves_the_order_held_and_another_one_pays() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Declined);
    shop.hear_everything();
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::AwaitingPayment);
    let last = record.events.last().map(|one| &one.event);
    assert!(
        matches!(last, Some(Event::PaymentDeclined { reason, .. }) if reason.contains("declined")),
        "{last:?}"
    );
    assert_eq!(shop.page(&order), page, "the same page takes another card");
    shop.pay(&page, CardBehaviour::Declined);
    shop.pay(&page, CardBehaviour::Pays);
    shop.hear_everything();
    assert_eq!(shop.record(&order).progress.status, Status::Confirmed);
    shop.audit();
}

#[test]
fn a_bank_may_ask_first() {
    for approved in [true, false] {
        let shop = Shop::open();
        let order = shop.place("k", 1);
        let page = shop.page(&order);
        shop.pay(&page, CardBehaviour::Asks);
        shop.hear_everything();
        assert_eq!(shop.record(&order).progress.status, Status::AwaitingPayment);
        pay_bank(&shop, &page, approved);
        shop.hear_everything();
        let expected = match approved {
            true => Status::Confirmed,
            false => Status::AwaitingPayment,
        };
        assert_eq!(shop.record(&order).progress.status, expected);
        shop.audit();
    }
}

fn pay_bank(shop: &Shop, page: &str, approved: bool) {
    let answer = if approved { "approve" } else { "deny" };
    let request = http::Request::post(format!("/pay/{page}/bank"))
        .body(bytes::Bytes::from(format!("answer={answer}")));
    let request = request.expect("a request");
    let reply = shop
        .sandbox
        .answer(&request, shop.now_ms.get())
        .response
        .expect("an answer");
    let to = reply
        .headers()
        .get("location")
        .map(|to| to.to_str().expect("ASCII"));
    let back = format!("https://shop.example/orders/order-k?token=t&session={page}");
    assert_eq!(to, approved.then_some(back.as_str()));
}

#[test]
fn what_is_not_to_be_paid_by_card_has_no_page() {
    let shop = Shop::open();
    let is_refused = |order: &Placed| match shop.begin(order) {
        BeginReply::NotPayable { record } => record.progress.status,
        other => panic!("{other:?}"),
    };
    let transfer = shop.place_by("t", 1, PaymentMethod::Transfer);
    assert_eq!(is_refused(&transfer), Status::AwaitingPayment);
    let delivery = shop.place_by("d", 1, PaymentMethod::OnDelivery);
    assert_eq!(is_refused(&delivery), Status::Confirmed);
    let card = shop.place("k", 1);
    shop.pass(HOLD_MS);
    assert_eq!(
        is_refused(&card),
        Status::AwaitingPayment,
        "over, and not yet released"
    );
    shop.tick();
    assert_eq!(is_refused(&card), Status::Expired);
    assert_eq!(shop.sandbox.count(Step::Open), 0);
}

#[test]
fn a_page_settles_no_other_order() {
    let shop = Shop::open();
    let (mine, other) = (shop.place("k", 1), shop.place("o", 1));
    let none = Placed {
        id: "none".to_owned(),
    };
    assert_eq!(shop.begin(&none), BeginReply::UnknownOrder);
    let page = shop.page(&other);
    assert_eq!(shop.returned(&none, &page), ReturnedReply::UnknownOrder);
    assert_eq!(shop.returned(&mine, &page), ReturnedReply::UnknownOrder);
}

#[test]
fn an_amount_that_the_provider_does_not_take_is_refused_with_the_reason() {
    let shop = Shop::open();
    let offers = souk_protocol::origin::OfferDefinition {
        sku: "tea".to_owned(),
        title: "Sample".to_owned(),
        slug: "tea".to_owned(),
        unit_price: 10,
        backorder: false,
        initial_units: 0,
        facts: Vec::new(),
        prices: Vec::new(),
    };
    shop.redefine(offers);
    let order = shop.place("k", 1);
    let reply = shop.begin(&order);
    assert!(
        matches!(&reply, BeginReply::Refused { reason } if reason.contains("minimum")),
        "{reply:?}"
    );
}

#[test]
fn an_address_that_the_provider_does_not_like_is_left_out() {
    let shop = Shop::open();
    let order = shop.place_with_email("k", "李雷@例子.中国");
    shop.page(&order);
    assert_eq!(shop.sandbox.count(Step::Open), 2);
}

#[test]
fn test_cards_confirm_nothing_of_a_shop_that_strangers_reach() {
    let mut shop = Shop::open();
    let order = shop.place("o-1", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    // The same settings where test payments are not said to be meant: with a sandbox, without one.
    for port in ["8797", ""] {
        shop.stripe = Settings::new("sk_test_of_the_tests", "whsec_of_the_tests", port, "").ok();
        assert_eq!(shop.begin(&order), BeginReply::Off, "{port}");
        assert_eq!(shop.returned(&order, &page), ReturnedReply::Off, "{port}");
    }
    assert_eq!(shop.record(&order).progress.status, Status::AwaitingPayment);
    let log = shop.log.borrow().join("\n");
    assert!(log.contains("BASE_URL") && log.contains("PAYMENTS_TEST_MODE"));
    // The developer's own shop takes them.
    shop.stripe = Settings::new("sk_test_of_the_tests", "whsec_of_the_tests", "8797", "").ok();
    shop.address = "http://127.0.0.1:8787";
    assert_eq!(shop.returned(&order, &page), ReturnedReply::Settled);
    assert_ne!(shop.record(&order).progress.status, Status::AwaitingPayment);
}
