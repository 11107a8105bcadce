//! Money goes back.

use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_protocol::origin::{Action, Event, RefundOrigin, Status};

use crate::shop::{PRICE, Placed, Shop};

fn paid(shop: &Shop, card: CardBehaviour) -> Placed {
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, card);
    shop.returned(&order, &page);
    shop.hear_everything();
    assert_eq!(shop.record(&order).progress.funds.captured, 3 * PRICE);
    order
}

fn refund(shop: &Shop, order: &Placed, key: &str, amount: i64) {
    let reason = "damaged".to_owned();
    shop.change(order, key, Action::Refund { amount, reason });
}

#[test]
fn a_cancelled_order_gives_its_money_back() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    let reason = "not wanted".to_owned();
    shop.change(&order, "cancel", Action::Cancel { reason });
    shop.work();
    let funds = shop.record(&order).progress.funds;
    assert_eq!((funds.refunding, funds.refunded), (0, 3 * PRICE));
    assert_eq!(shop.stock().available, 10);
    assert_eq!(shop.backlog().waiting, 0);
    shop.hear_everything();
    shop.audit();
}

#[test]
fn concurrent_refund_workers_refund_once() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    let events = shop.sandbox.take_events(shop.now_ms.get());
    shop.returned(&order, &page);
    refund(&shop, &order, "r", 500);
    // All of them see that nothing went back yet, and give it back.
    let heard = events.iter().map(|event| shop.hear_async(event));
    futures::executor::block_on(futures::future::join_all(heard));
    assert!(shop.sandbox.count(Step::Refund) > 1);
    assert_eq!(shop.payment(&order).refunds, [500]);
    shop.hear_everything();
    shop.work();
    assert_eq!(shop.payment(&order).refunds, [500]);
    shop.audit();
}

#[test]
fn equal_refunds_are_told_apart() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    for key in ["one", "two"] {
        refund(&shop, &order, key, 500);
    }
    shop.work();
    shop.work();
    refund(&shop, &order, "three", 500);
    shop.work();
    assert_eq!(shop.payment(&order).refunds, [500, 500, 500]);
    shop.audit();
}

#[test]
fn a_refund_whose_answer_is_lost_is_made_once_even_when_the_key_is_forgotten() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    refund(&shop, &order, "r", 500);
    shop.sandbox.fail(Step::Refund, Fault::LoseReply);
    assert_eq!(shop.work().retried, 1);
    assert_eq!(shop.record(&order).progress.funds.refunding, 500);
    // The provider forgets keys after a day.
    shop.sandbox.forget_keys();
    shop.pass(2 * 24 * 60 * 60 * 1000);
    shop.work();
    assert_eq!(shop.payment(&order).refunds, [500]);
    assert_eq!(shop.record(&order).progress.funds.refunded, 500);
    shop.audit();
}

#[test]
fn a_slow_refund_is_settled_when_the_provider_says_so() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::RefundsSlowly);
    refund(&shop, &order, "r", 500);
    shop.work();
    assert_eq!(
        shop.record(&order).progress.funds.refunding,
        500,
        "on its way"
    );
    shop.pass(5_000);
    shop.hear_everything();
    let funds = shop.record(&order).progress.funds;
    assert_eq!((funds.refunding, funds.refunded), (0, 500));
    shop.audit();
}

#[test]
fn a_slow_refund_is_polled_when_no_event_comes() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::RefundsSlowly);
    refund(&shop, &order, "r", 500);
    assert_eq!(shop.work().retried, 1);
    shop.pass(6 * 60 * 60 * 1000);
    assert_eq!(shop.work().done, 1);
    assert_eq!(shop.record(&order).progress.funds.refunded, 500);
}

#[test]
fn a_refund_that_fails_leaves_the_money_with_the_shop() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::FailsRefund);
    refund(&shop, &order, "r", 500);
    shop.work();
    shop.pass(5_000);
    shop.hear_everything();
    let record = shop.record(&order);
    let funds = record.progress.funds;
    assert_eq!((funds.refunding, funds.refunded), (0, 0));
    let failed = |event: &Event| matches!(event, Event::RefundFailed { .. });
    assert!(record.events.iter().any(|one| failed(&one.event)));
    shop.audit();
}

#[test]
fn a_refund_made_at_the_provider_comes_into_the_books_once() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    let payment = shop.payment(&order).id;
    shop.sandbox
        .refund_by_hand(&payment, 700, shop.now_ms.get());
    let events = shop.sandbox.take_events(shop.now_ms.get());
    for event in events.iter().chain(&events) {
        shop.hear(event);
    }
    shop.work();
    assert_eq!(shop.record(&order).progress.funds.refunded, 700);
    assert_eq!(shop.payment(&order).refunds, [700]);
    assert_eq!(shop.record(&order).progress.status, Status::Confirmed);
    shop.audit();
}

#[test]
fn a_dispute_is_booked_once_and_again_when_the_bank_has_decided() {
    for (won, refunded) in [(true, 0), (false, 700)] {
        let shop = Shop::open();
        let order = paid(&shop, CardBehaviour::Pays);
        let payment = shop.payment(&order).id;
        let dispute = shop.sandbox.dispute(&payment, 700, shop.now_ms.get());
        let opened = shop.sandbox.take_events(shop.now_ms.get());
        for event in opened.iter().chain(&opened) {
            shop.hear(event);
        }
        assert_eq!(shop.record(&order).progress.funds.disputed, 700);
        shop.sandbox.close_dispute(&dispute, won, shop.now_ms.get());
        let closed = shop.sandbox.take_events(shop.now_ms.get());
        // The event of the opening comes late once more.
        for event in closed.iter().chain(&opened) {
            shop.hear(event);
        }
        let funds = shop.record(&order).progress.funds;
        assert_eq!((funds.disputed, funds.refunded), (0, refunded));
        shop.audit();
    }
}

#[test]
fn a_dispute_takes_what_a_refund_that_it_prevents_would_have_given_back() {
    for (won, back) in [(true, 0), (false, 3 * PRICE)] {
        let shop = Shop::open();
        let order = paid(&shop, CardBehaviour::Pays);
        let payment = shop.payment(&order).id;
        refund(&shop, &order, "r", 500);
        let dispute = shop.sandbox.dispute(&payment, 3 * PRICE, shop.now_ms.get());
        shop.hear_everything();
        shop.work();
        let funds = shop.record(&order).progress.funds;
        assert_eq!((funds.refunding, funds.disputed), (0, 3 * PRICE));
        assert!(shop.payment(&order).refunds.is_empty());
        shop.sandbox.close_dispute(&dispute, won, shop.now_ms.get());
        shop.hear_everything();
        let funds = shop.record(&order).progress.funds;
        assert_eq!((funds.disputed, funds.refunded), (0, back));
        shop.audit();
    }
}

#[test]
fn what_the_bank_decides_is_about_its_dispute_and_no_other() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    let payment = shop.payment(&order).id;
    // It was refunded before, so the first dispute finds less than it names.
    refund(&shop, &order, "r", 500);
    shop.work();
    let rest = 3 * PRICE - 500;
    let small = shop.sandbox.dispute(&payment, 300, shop.now_ms.get());
    shop.hear_everything();
    let large = shop.sandbox.dispute(&payment, rest, shop.now_ms.get());
    shop.hear_everything();
    assert_eq!(shop.record(&order).progress.funds.disputed, rest);
    shop.sandbox.close_dispute(&large, true, shop.now_ms.get());
    shop.hear_everything();
    assert_eq!(shop.record(&order).progress.funds.disputed, 300);
    shop.sandbox.close_dispute(&small, false, shop.now_ms.get());
    shop.hear_everything();
    let funds = shop.record(&order).progress.funds;
    assert_eq!((funds.disputed, funds.refunded), (0, 800));
    shop.audit();
}

#[test]
fn an_order_that_is_cancelled_gives_back_what_a_dispute_brings() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    let payment = shop.payment(&order).id;
    let dispute = shop.sandbox.dispute(&payment, 700, shop.now_ms.get());
    shop.hear_everything();
    let reason = "not wanted".to_owned();
    shop.change(&order, "cancel", Action::Cancel { reason });
    shop.sandbox
        .close_dispute(&dispute, true, shop.now_ms.get());
    shop.hear_everything();
    shop.work();
    let funds = shop.record(&order).progress.funds;
    assert_eq!((funds.disputed, funds.refunded), (0, 3 * PRICE));
    shop.audit();
}

#[test]
fn a_refund_is_made_whatever_staff_give_as_its_reason() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    let reason = "made at the payment provider: x".to_owned();
    let amount = 500;
    shop.change(&order, "r", Action::Refund { amount, reason });
    shop.work();
    assert_eq!(shop.payment(&order).refunds, [500]);
    assert_eq!(shop.record(&order).progress.funds.refunded, 500);
    assert_eq!(shop.backlog().waiting, 0);
    shop.audit();
}

#[test]
fn a_refund_says_whether_staff_asked_for_it_or_the_provider_reports_it() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    refund(&shop, &order, "r", 500);
    shop.work();
    let payment = shop.payment(&order).id;
    shop.sandbox
        .refund_by_hand(&payment, 700, shop.now_ms.get());
    shop.hear_everything();
    let record = shop.record(&order);
    let origins: Vec<_> = record
        .events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::RefundRequested { origin, .. } => Some(origin),
            _ => None,
        })
        .collect();
    let reported = |origin: &RefundOrigin| {
        let name = souk_payments_stripe::NAME;
        matches!(origin, RefundOrigin::Provider { provider, id } if provider == name && !id.is_empty())
    };
    assert_eq!(origins[0], &RefundOrigin::Staff);
    assert!(reported(origins[1]) && origins.len() == 2, "{origins:?}");
}

#[test]
fn a_refund_of_money_that_was_refunded_before_fails() {
    let shop = Shop::open();
    let order = paid(&shop, CardBehaviour::Pays);
    let payment = shop.payment(&order).id;
    refund(&shop, &order, "r", 3 * PRICE);
    shop.sandbox
        .refund_by_hand(&payment, 3 * PRICE, shop.now_ms.get());
    shop.work();
    assert_eq!(shop.record(&order).progress.funds.refunding, 0);
    shop.hear_everything();
    shop.work();
    assert_eq!(shop.payment(&order).refunds, [3 * PRICE]);
    assert_eq!(shop.record(&order).progress.funds.refunded, 3 * PRICE);
    shop.audit();
}
