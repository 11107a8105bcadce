//! Payments that the provider has and the books do not, as the staff see them: after a restore, an
//! order of before may lack its payment, and an order of after is not there.

use futures::executor::block_on;
use http::StatusCode;
use serde_json::{Value, json};
use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_payments::{NewPage, PageLine, PaymentProvider};
use souk_payments_stripe::Stripe;
use souk_protocol::staff::{BOOK_PAYMENT, LIST_UNMATCHED_PAYMENTS, Mismatch, UnmatchedPayments};

use crate::support::back_office::BackOffice;
use crate::support::shop::order_of;
use crate::support::{Shop, json as body_of, request};

const PRICE: i64 = 1_200;

fn open() -> Shop {
    let shop = Shop::open();
    shop.world.take_cards();
    shop
}

/// An order of the shop with an open page; the order and the page.
fn order(shop: &Shop, key: &str) -> (Value, String) {
    let mut order = order_of("MUG-RED-S", 1);
    order["payment"]["method"] = "card".into();
    let order = body_of(&shop.order(key, &order));
    let text = |name: &str| order[name].as_str().expect("a text").to_owned();
    let path = format!(
        "/api/v1/orders/{}/payment?token={}",
        text("id"),
        text("token")
    );
    let page = body_of(&shop.send(request("POST", &path, &[], "")));
    let url = page["url"].as_str().expect("an address").to_owned();
    let page = url.rsplit('/').next().expect("a name").to_owned();
    (order, page)
}

fn pay(shop: &Shop, page: &str) {
    let now_ms = shop.world.now_ms.get();
    shop.world.sandbox.pay(page, CardBehaviour::Pays, now_ms);
}

/// Pays for an order that the shop does not have; the name of the payment. It is captured where that
/// is asked for.
fn pay_for(shop: &Shop, order: &str, captured: bool) -> String {
    let settings = shop.world.stripe.borrow().clone().expect("it takes cards");
    let stripe = Stripe::new(&shop.world, &settings);
    let new = NewPage {
        order,
        lines: vec![PageLine {
            name: "Mug".to_owned(),
            unit_price: PRICE,
            quantity: 1,
        }],
        total: PRICE,
        currency: "USD",
        email: None,
        return_url: "https://shop.example/?x=1",
        cancel_url: "https://shop.example/",
        locale: "en",
        closes_at_s: None,
    };
    let page = block_on(PaymentProvider::open(&stripe, &new, order)).expect("a page");
    pay(shop, &page.id);
    let payment = shop.world.sandbox.payments_of(order).remove(0).id;
    if captured {
        let taken = PaymentProvider::capture(&stripe, &payment, PRICE, "USD", "take");
        block_on(taken).expect("it is taken");
    }
    payment
}

fn unmatched(shop: &Shop) -> UnmatchedPayments {
    let since = shop.world.now_ms.get();
    let path = format!("{}?since={since}", LIST_UNMATCHED_PAYMENTS.path());
    let staff = BackOffice(&shop.world);
    let answer = staff.sent("GET", &path, b"");
    serde_json::from_slice(answer.body()).expect("payments")
}

fn book(shop: &Shop, provider: &str, payment: &str) -> StatusCode {
    let named = json!({"provider": provider, "payment": payment}).to_string();
    let staff = BackOffice(&shop.world);
    let token = staff.token("money", &[souk_protocol::staff::Permission::Money]);
    let answer = staff.send(&token, "POST", BOOK_PAYMENT.path(), named.as_bytes());
    answer.status()
}

#[test]
fn a_payment_of_an_unknown_order_is_listed_until_it_is_refunded() {
    let shop = open();
    let taken = pay_for(&shop, "01JABCDEFGH", true);
    // A name that no order of this shop can have.
    let other = pay_for(&shop, "../x?id=1", false);
    let listed = unmatched(&shop);
    assert_eq!((listed.compared, listed.after), (2, None));
    let mut found = listed.payments;
    found.sort_by_key(|one| -one.taken.captured);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].taken.payment, taken);
    assert_eq!(found[0].taken.order, "01JABCDEFGH");
    assert_eq!((found[0].taken.captured, found[0].booked), (PRICE, 0));
    assert_eq!(
        (&found[1].taken.payment, found[1].taken.authorised),
        (&other, PRICE)
    );
    for one in &found {
        assert_eq!(one.mismatch, Mismatch::UnknownOrder);
    }
    // Nothing can be booked.
    assert_eq!(book(&shop, "stripe", &taken), StatusCode::NO_CONTENT);
    let now_ms = shop.world.now_ms.get();
    shop.world.sandbox.refund_by_hand(&taken, PRICE - 1, now_ms);
    assert_eq!(unmatched(&shop).payments.len(), 2);
    shop.world.sandbox.refund_by_hand(&taken, 1, now_ms);
    let left = unmatched(&shop).payments;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].taken.payment, other);
}

#[test]
fn what_an_order_does_not_know_is_listed_and_is_booked_on_demand() {
    let shop = open();
    let (paid, page) = order(&shop, "one");
    pay(&shop, &page);
    let found = unmatched(&shop).payments;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].mismatch, Mismatch::NotBooked);
    assert_eq!(found[0].taken.order, paid["id"].as_str().expect("a number"));
    assert!(found[0].taken.authorised > 0 && found[0].booked == 0);
    assert_eq!(
        book(&shop, "stripe", &found[0].taken.payment),
        StatusCode::NO_CONTENT
    );
    let listed = unmatched(&shop);
    assert_eq!((listed.compared, listed.payments), (1, Vec::new()));
    let payment = shop.world.sandbox.payments().remove(0);
    assert_eq!(
        (payment.status.as_str(), payment.captures),
        ("succeeded", 1)
    );
}

#[test]
fn money_that_went_away_is_listed_until_the_order_knows_it() {
    let shop = open();
    let (_, page) = order(&shop, "one");
    pay(&shop, &page);
    let payment = unmatched(&shop).payments.remove(0).taken.payment;
    let booked = || book(&shop, "stripe", &payment);
    assert_eq!(booked(), StatusCode::NO_CONTENT);
    let now_ms = shop.world.now_ms.get();
    let sandbox = &shop.world.sandbox;
    let dispute = std::cell::RefCell::new(String::new());
    let steps: [(&dyn Fn(), Mismatch); 4] = [
        (
            &|| sandbox.refund_by_hand(&payment, 100, now_ms),
            Mismatch::RefundNotBooked,
        ),
        (
            &|| *dispute.borrow_mut() = sandbox.dispute(&payment, 300, now_ms),
            Mismatch::DisputeNotBooked,
        ),
        (
            &|| sandbox.close_dispute(&dispute.borrow(), false, now_ms),
            Mismatch::DisputeNotBooked,
        ),
        // What the bank took is none of the refunds.
        (
            &|| sandbox.refund_by_hand(&payment, 50, now_ms),
            Mismatch::RefundNotBooked,
        ),
    ];
    for (at, (step, mismatch)) in steps.into_iter().enumerate() {
        step();
        let found = unmatched(&shop).payments;
        let found: Vec<_> = found.iter().map(|one| one.mismatch).collect();
        assert_eq!(found, [mismatch], "{at}");
        assert_eq!(booked(), StatusCode::NO_CONTENT);
        assert_eq!(unmatched(&shop).payments, Vec::new(), "{at}");
    }
}

#[test]
fn a_list_that_cannot_be_made_is_no_empty_one() {
    let shop = open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("money", &[souk_protocol::staff::Permission::Money]);
    let path = LIST_UNMATCHED_PAYMENTS.path();
    let status = |query: &str| {
        let answer = staff.send(&token, "GET", &format!("{path}{query}"), b"");
        answer.status().as_u16()
    };
    let long = format!("?since=1&after={}", "x".repeat(301));
    for query in [
        "",
        "?since=",
        "?since=-1",
        "?since=2027-12-31",
        "?since=1&x=1",
        "?since=1&after=acme:",
        &long,
    ] {
        assert_eq!(status(query), 400, "{query}");
    }
    shop.world
        .sandbox
        .fail(Step::ListPayments, Fault::Answer(503));
    assert_eq!(status("?since=1"), 503);
    shop.world.payments_down.set(true);
    assert_eq!(status("?since=1"), 503);
    shop.world.payments_down.set(false);
    assert_eq!(book(&shop, "acme", "pi_1"), StatusCode::BAD_REQUEST);
}

#[test]
fn a_shop_without_payments_has_no_unmatched_ones() {
    let shop = Shop::open();
    assert_eq!(unmatched(&shop), UnmatchedPayments::default());
}
