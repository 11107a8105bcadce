//! Requests and answers get lost on every way.

use std::time::Duration;

use futures::executor::block_on;
use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_protocol::origin::{Action, Status};

use crate::origin::carry_out;
use crate::shop::{HOLD_MS, OriginFault, PRICE, Shop};

/// An order is paid, something fails once, and the scheduler ticks until no work is left.
fn survives(what: &str, wrong: impl FnOnce(&Shop)) {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    wrong(&shop);
    let _ = block_on(shop.returned_async(&order, &page));
    for event in shop.sandbox.take_events(shop.now_ms.get()) {
        shop.hear(&event);
    }
    for _ in 0..4 {
        shop.pass(130_000);
        shop.tick();
    }
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Confirmed, "{what}");
    assert_eq!(record.progress.funds.captured, PRICE, "{what}");
    assert_eq!(shop.payment(&order).captures, 1, "{what}");
    assert_eq!(
        (shop.backlog().waiting, shop.backlog().dead),
        (0, 0),
        "{what}"
    );
    shop.audit();
}

#[test]
fn whatever_gets_lost_once_between_the_shop_and_the_provider_the_money_is_taken_once() {
    let faults = [
        Fault::LoseRequest,
        Fault::LoseReply,
        Fault::Answer(500),
        Fault::AnswerAndKeep(500),
        Fault::Answer(429),
        Fault::Answer(409),
    ];
    for step in [Step::ReadPage, Step::ReadPayment, Step::Capture] {
        for fault in faults {
            survives(&format!("{step:?} {fault:?}"), |shop| {
                shop.sandbox.fail(step, fault)
            });
        }
    }
}

#[test]
fn whatever_gets_lost_between_the_shop_and_its_origin_the_money_is_taken_once() {
    let faults = [
        OriginFault::RequestLost,
        OriginFault::ReplyLost,
        OriginFault::Busy,
    ];
    for path in ["/record", "/changes", "/claim", "/settle"] {
        for fault in faults {
            for times in [1, 3] {
                survives(&format!("{path} {fault:?} {times}"), |shop| {
                    let faults = std::iter::repeat_n((path, fault), times);
                    shop.origin_faults.borrow_mut().extend(faults);
                });
            }
        }
    }
}

#[test]
fn a_page_whose_answer_is_lost_is_opened_once() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    shop.sandbox.fail(Step::Open, Fault::LoseReply);
    assert_eq!(block_on(shop.begin_async(&order, "en")).status(), 503);
    shop.page(&order);
    assert_eq!(
        shop.sandbox
            .open_pages_of(&order.id, shop.now_ms.get())
            .len(),
        1
    );
}

#[test]
fn a_page_that_opens_after_the_hold_has_expired_is_not_shown() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    shop.pass(HOLD_MS - 1);
    shop.sandbox
        .fail(Step::Open, Fault::Delay(Duration::from_millis(10)));
    let begin = shop.begin_async(&order, "en");
    let mut begin = std::pin::pin!(begin);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..20 {
        assert!(begin.as_mut().poll(&mut context).is_pending());
    }
    shop.pass(20);
    let expire = crate::shop::request("POST", souk_protocol::origin::TICK_PATH, &());
    block_on(carry_out(&shop.origin, &expire, shop.now_ms.get()));
    let reply: souk_protocol::payments::BeginReply = crate::shop::read(&block_on(begin));
    let not_payable = matches!(
        reply,
        souk_protocol::payments::BeginReply::NotPayable { .. }
    );
    assert!(not_payable, "{reply:?}");
    assert!(
        shop.sandbox
            .open_pages_of(&order.id, shop.now_ms.get())
            .is_empty()
    );
}

#[test]
fn work_at_an_unreachable_provider_is_dead_lettered_and_a_replay_finishes_it() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    for _ in 0..13 {
        shop.sandbox.fail(Step::Capture, Fault::Answer(503));
    }
    shop.returned(&order, &page);
    let mut dead = 0;
    for _ in 0..20 {
        shop.pass(60 * 60 * 1000);
        dead += shop.work().dead;
    }
    assert_eq!((dead, shop.backlog().dead), (1, 1));
    let replay = souk_protocol::origin::Replay {
        queue: souk_protocol::origin::Queue::Payments,
    };
    let replay = crate::shop::request("POST", souk_protocol::origin::REPLAY_PATH, &replay);
    block_on(carry_out(&shop.origin, &replay, shop.now_ms.get()));
    // The thirteenth fault is still to come.
    shop.work();
    shop.pass(60 * 60 * 1000);
    shop.work();
    assert_eq!(shop.record(&order).progress.funds.captured, PRICE);
    assert_eq!(shop.backlog().dead, 0);
    shop.audit();
}

#[test]
fn a_refusal_that_is_kept_under_a_key_is_no_dead_end_for_a_refund() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    shop.returned(&order, &page);
    let (amount, reason) = (500, "damaged".to_owned());
    shop.change(&order, "r", Action::Refund { amount, reason });
    shop.sandbox.fail(Step::Refund, Fault::AnswerAndKeep(500));
    assert_eq!(shop.work().retried, 1);
    shop.pass(10_000);
    assert_eq!(shop.work().done, 1);
    assert_eq!(shop.payment(&order).refunds, [500]);
    shop.audit();
}

#[test]
fn concurrent_requests_during_a_slow_capture_see_it_captured() {
    let shop = Shop::open();
    let order = shop.place("k", 1);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    shop.sandbox
        .fail(Step::Capture, Fault::Delay(Duration::from_secs(5)));
    let slow = shop.returned_async(&order, &page);
    let mut slow = std::pin::pin!(slow);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..100 {
        assert!(slow.as_mut().poll(&mut context).is_pending());
    }
    shop.returned(&order, &page);
    assert_eq!(shop.record(&order).progress.funds.captured, PRICE);
    shop.pass(5_000);
    block_on(slow);
    assert_eq!(shop.payment(&order).captures, 1);
    assert_eq!(shop.record(&order).progress.funds.captured, PRICE);
    shop.audit();
}
