//! Payments in lists: what every provider has, whether or not an order knows it.

use bytes::Bytes;
use futures::executor::block_on;
use http::Response;
use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_payments::{NewPage, NewRefund, PageLine, PaymentProvider};
use souk_payments_stripe::Stripe;
use souk_protocol::origin::{Action, Status};
use souk_protocol::payments::{
    BOOK_PATH, LIST_PATH, ListPayments, NamedPayment, TAKEN_PAYMENTS_MAX, TakenPayment,
    TakenPayments,
};

use crate::abacus;
use crate::providers::{second, with_both};
use crate::shop::{DAWN_MS, PRICE, Placed, Shop, read, request};

/// How long a page may be open.
const PAGE_MS: i64 = 23 * 60 * 60 * 1000;

fn list(shop: &Shop, since_ms: i64, after: Option<String>) -> Response<Bytes> {
    let asked = ListPayments { since_ms, after };
    block_on(shop.call(request("POST", LIST_PATH, &asked)))
}

/// Every page, each with its length.
fn all(shop: &Shop, since_ms: i64) -> (Vec<TakenPayment>, Vec<usize>) {
    let (mut found, mut lengths, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page: TakenPayments = read(&list(shop, since_ms, after));
        lengths.push(page.payments.len());
        found.extend(page.payments);
        after = page.after;
        if after.is_none() {
            return (found, lengths);
        }
    }
}

fn book(shop: &Shop, provider: &str, payment: &str) -> u16 {
    let named = NamedPayment {
        provider: provider.to_owned(),
        payment: payment.to_owned(),
    };
    block_on(shop.call(request("POST", BOOK_PATH, &named)))
        .status()
        .as_u16()
}

/// Pays for an order that the shop may not have.
fn pay_for(shop: &Shop, order: &str) {
    let settings = shop.stripe.as_ref().expect("it is set up");
    let new = NewPage {
        order,
        lines: vec![PageLine {
            name: "Tea".to_owned(),
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
    let opened = block_on(PaymentProvider::open(
        &Stripe::new(shop, settings),
        &new,
        order,
    ));
    shop.pay(&opened.expect("a page").id, CardBehaviour::Pays);
}

#[test]
fn every_payment_with_money_in_it_is_listed_once_page_by_page() {
    let shop = with_both();
    let count = 2 * TAKEN_PAYMENTS_MAX + 3;
    for number in 0..count {
        pay_for(&shop, &format!("lost-{number}"));
        shop.pass(1_000);
    }
    let declined = shop.place("declined", 1);
    let page = shop.page(&declined);
    shop.pay(&page, CardBehaviour::Declined);
    let (found, lengths) = all(&shop, DAWN_MS);
    // The last page is that of the other provider.
    let full = TAKEN_PAYMENTS_MAX;
    // The declined one takes a place on the first page and is not shown.
    assert_eq!(lengths, [full - 1, full, 4, 0]);
    let mut orders: Vec<_> = found.iter().map(|taken| taken.order.clone()).collect();
    orders.sort();
    orders.dedup();
    assert_eq!(orders.len(), count);
    let first = found.last().expect("payments");
    assert_eq!((first.authorised, first.captured), (PRICE, 0));
    assert_eq!(first.began_at_ms, DAWN_MS);
    assert_eq!((first.provider.as_str(), &first.url), ("stripe", &None));
}

#[test]
fn a_list_begins_a_pages_life_before_its_moment() {
    let shop = Shop::open();
    pay_for(&shop, "early");
    shop.pass(PAGE_MS);
    pay_for(&shop, "late");
    let orders = |since_ms| {
        let (found, _) = all(&shop, since_ms);
        let orders = found.into_iter().map(|taken| taken.order);
        orders.collect::<Vec<_>>()
    };
    assert_eq!(orders(DAWN_MS + PAGE_MS), ["late", "early"]);
    assert_eq!(orders(DAWN_MS + PAGE_MS + 1_000), ["late"]);
    assert_eq!(orders(0).len(), 2);
}

#[test]
fn payments_of_every_provider_are_listed_with_what_went_back() {
    let shop = with_both();
    let order = shop.place("k", 2);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    shop.hear_everything();
    let payment = shop.payment(&order);
    shop.sandbox
        .refund_by_hand(&payment.id, 500, shop.now_ms.get());
    shop.abacus_first.set(true);
    let other = shop.place("l", 1);
    let page = shop.page(&other);
    second(&shop).pay(&page, "p-1");
    second(&shop).take_by_hand("p-1");
    second(&shop).refund_by_hand("p-1", 200);
    shop.abacus_first.set(false);
    let (found, lengths) = all(&shop, DAWN_MS);
    assert_eq!(lengths, [1, 1]);
    let sums = found.iter().map(|one| (one.captured, one.refunded));
    assert_eq!(sums.collect::<Vec<_>>(), [(2 * PRICE, 500), (PRICE, 200)]);
    assert_eq!(found[1].provider, abacus::NAME);
    assert_eq!(found[1].order, other.id);
    assert!(found[1].url.is_some());
}

#[test]
fn a_payment_is_booked_when_the_staff_ask_for_it_and_once() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    // No webhook arrives.
    let id = shop.payment(&order).id;
    assert_eq!(book(&shop, "stripe", &id), 204);
    assert_eq!(book(&shop, "stripe", &id), 204);
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(record.progress.funds.captured, PRICE);
    assert_eq!(shop.payment(&order).captures, 1);
    shop.audit();
}

/// An order that is paid, and its payment.
fn paid(shop: &Shop) -> (Placed, String) {
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    shop.hear_everything();
    let payment = shop.payment(&order).id;
    (order, payment)
}

/// A refund that the books had before they were restored.
fn refunded_before_a_restore(shop: &Shop, order: &Placed, request: &str, amount: i64) {
    let settings = shop.stripe.as_ref().expect("it is set up");
    let new = NewRefund {
        order: &order.id,
        payment: &shop.payment(order).id,
        request,
        amount,
        currency: "USD",
    };
    let key = format!("souk-{}-refund-{request}", order.id);
    let stripe = Stripe::new(shop, settings);
    block_on(PaymentProvider::refund(&stripe, &new, &key)).expect("a refund");
    shop.sandbox.take_events(shop.now_ms.get());
}

#[test]
fn what_went_back_and_is_not_in_the_books_since_a_restore_is_booked_once() {
    let shop = Shop::open();
    let (order, payment) = paid(&shop);
    refunded_before_a_restore(&shop, &order, "9-1", 500);
    shop.sandbox.dispute(&payment, 700, shop.now_ms.get());
    shop.sandbox.take_events(shop.now_ms.get());
    let taken = all(&shop, DAWN_MS).0.remove(0);
    assert_eq!((taken.refunded, taken.disputed, taken.lost), (500, 700, 0));
    for _ in 0..2 {
        assert_eq!(book(&shop, "stripe", &payment), 204);
        let funds = shop.record(&order).progress.funds;
        assert_eq!(
            (funds.refunding, funds.refunded, funds.disputed),
            (0, 500, 700)
        );
    }
    assert_eq!(shop.payment(&order).refunds, [500]);
    shop.audit();
}

#[test]
fn a_lost_dispute_is_listed_with_what_the_buyer_has() {
    let shop = Shop::open();
    let (order, payment) = paid(&shop);
    let dispute = shop.sandbox.dispute(&payment, 700, shop.now_ms.get());
    shop.sandbox
        .close_dispute(&dispute, false, shop.now_ms.get());
    shop.sandbox.take_events(shop.now_ms.get());
    let taken = all(&shop, DAWN_MS).0.remove(0);
    assert_eq!((taken.refunded, taken.disputed, taken.lost), (0, 0, 700));
    assert_eq!(book(&shop, "stripe", &payment), 204);
    assert_eq!(shop.record(&order).progress.funds.refunded, 700);
    shop.audit();
}

#[test]
fn a_request_that_gets_the_place_of_one_before_a_restore_is_another_one() {
    let shop = Shop::open();
    let (order, payment) = paid(&shop);
    let next = shop.record(&order).events.len() + 1;
    refunded_before_a_restore(&shop, &order, &format!("{next}-1"), 500);
    let (amount, reason) = (500, "damaged".to_owned());
    shop.change(&order, "r", Action::Refund { amount, reason });
    shop.work();
    assert_eq!(shop.payment(&order).refunds, [500, 500]);
    assert_eq!(shop.record(&order).progress.funds.refunded, 500);
    assert_eq!(book(&shop, "stripe", &payment), 204);
    assert_eq!(shop.record(&order).progress.funds.refunded, 1_000);
    shop.audit();
}

#[test]
fn what_is_not_there_is_refused_and_a_failure_is_no_empty_list() {
    let shop = Shop::open();
    assert_eq!(book(&shop, "acme", "pi_1"), 422);
    // The provider does not know it: there is nothing to book.
    assert_eq!(book(&shop, "stripe", "pi_1"), 204);
    for after in ["acme:", "pi_1", ""] {
        let refused = list(&shop, DAWN_MS, Some(after.to_owned()));
        assert_eq!(refused.status(), 422, "{after}");
    }
    let unknown = list(&shop, DAWN_MS, Some("stripe:pi_1".to_owned()));
    assert_eq!(unknown.status(), 500);
    for status in [429, 500, 503] {
        shop.sandbox.fail(Step::ListPayments, Fault::Answer(status));
        assert_eq!(list(&shop, DAWN_MS, None).status(), 503, "{status}");
    }
    let mut shop = shop;
    shop.stripe = None;
    let none: TakenPayments = read(&list(&shop, DAWN_MS, None));
    assert_eq!(none, TakenPayments::default());
}
