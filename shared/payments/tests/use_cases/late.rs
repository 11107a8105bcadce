//! An order is not paid, or paid too late.

use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault, Step};
use souk_protocol::origin::{Action, Event, Status};
use souk_protocol::payments::BeginReply;

use crate::origin::carry_out;
use crate::shop::{HOLD_MS, PRICE, Shop};

#[test]
fn an_unpaid_order_expires_its_units_are_released_and_its_page_is_closed() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pass(HOLD_MS);
    shop.tick();
    assert_eq!(shop.record(&order).progress.status, Status::Expired);
    assert_eq!((shop.stock().available, shop.stock().held), (10, 0));
    assert!(
        shop.sandbox
            .open_pages_of(&order.id, shop.now_ms.get())
            .is_empty(),
        "{page}"
    );
    assert_eq!(shop.backlog().waiting, 0);
    shop.hear_everything();
    shop.audit();
}

#[test]
fn a_late_payment_buys_the_units_that_are_still_there() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pass(HOLD_MS);
    // Paid in the moment between the end of the hold and the closing of the page.
    shop.pay(&page, CardBehaviour::Pays);
    shop.tick();
    shop.hear_everything();
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Confirmed);
    assert!(
        record
            .events
            .iter()
            .any(|one| one.event == Event::Reinstated)
    );
    assert_eq!(record.progress.funds.captured, 3 * PRICE);
    assert_eq!((shop.stock().available, shop.stock().sold), (7, 3));
    shop.audit();
}

#[test]
fn a_late_payment_for_units_that_are_gone_is_voided() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pass(HOLD_MS);
    shop.pay(&page, CardBehaviour::Pays);
    let events = shop.sandbox.take_events(shop.now_ms.get());
    // Another shopper buys every unit before the shop learns of the payment.
    let tick = souk_protocol::origin::TICK_PATH;
    futures::executor::block_on(async {
        let request = crate::shop::request("POST", tick, &());
        carry_out(&shop.origin, &request, shop.now_ms.get()).await
    });
    shop.place_by(
        "rival",
        10,
        souk_protocol::origin::PaymentMethod::OnDelivery,
    );
    for event in &events {
        shop.hear(event);
    }
    shop.tick();
    shop.hear_everything();
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Expired);
    let funds = record.progress.funds;
    assert_eq!(
        (funds.authorised, funds.captured),
        (0, 0),
        "no money was taken"
    );
    let voided = |event: &Event| matches!(event, Event::PaymentVoided { .. });
    assert!(record.events.iter().any(|one| voided(&one.event)));
    assert_eq!(shop.sandbox.payments_of(&order.id)[0].status, "canceled");
    assert_eq!(shop.stock().sold, 10);
    assert_eq!(shop.backlog().waiting, 0);
    shop.audit();
}

#[test]
fn a_payment_for_a_cancelled_order_is_voided() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    let reason = "not wanted".to_owned();
    shop.change(&order, "cancel", Action::Cancel { reason });
    shop.hear_everything();
    shop.tick();
    assert_eq!(shop.record(&order).progress.status, Status::Cancelled);
    assert_eq!(shop.sandbox.payments_of(&order.id)[0].status, "canceled");
    assert_eq!(shop.stock().available, 10);
    shop.audit();
}

#[test]
fn a_cancelled_unpaid_order_has_its_page_closed() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    shop.page(&order);
    let reason = "not wanted".to_owned();
    shop.change(&order, "cancel", Action::Cancel { reason });
    shop.tick();
    assert!(
        shop.sandbox
            .open_pages_of(&order.id, shop.now_ms.get())
            .is_empty()
    );
    assert!(matches!(shop.begin(&order), BeginReply::NotPayable { .. }));
}

#[test]
fn an_authorisation_that_cannot_be_taken_frees_the_units() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::FailsCapture);
    shop.returned(&order, &page);
    let record = shop.record(&order);
    assert_eq!(record.progress.status, Status::Cancelled);
    assert_eq!((shop.stock().available, shop.stock().sold), (10, 0));
    assert_eq!(shop.sandbox.payments_of(&order.id)[0].status, "canceled");
    shop.hear_everything();
    shop.tick();
    assert_eq!(shop.backlog().waiting, 0);
    shop.audit();
}

#[test]
fn an_authorisation_that_the_bank_forgot_frees_the_units() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    // The shop learns that it is authorised, and cannot capture it before it has expired.
    let unauthorised = souk_payment_sandbox::faults::Fault::Answer(500);
    shop.sandbox
        .fail(souk_payment_sandbox::faults::Step::Capture, unauthorised);
    shop.returned(&order, &page);
    assert_eq!(shop.record(&order).progress.status, Status::Confirmed);
    let payment = shop.payment(&order).id;
    shop.sandbox.lapse(&payment, shop.now_ms.get());
    shop.pass(60_000);
    shop.tick();
    assert_eq!(shop.record(&order).progress.status, Status::Cancelled);
    assert_eq!(shop.stock().available, 10);
    shop.audit();
}

#[test]
fn a_page_from_before_units_were_taken_off_is_closed_and_the_next_one_is_for_less() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let old = shop.page(&order);
    shop.edit(&order, "keep", keep(2));
    // The shopper is quicker than the queue.
    let new = shop.page(&order);
    assert_ne!(new, old);
    shop.tick();
    assert_eq!(
        shop.sandbox.open_pages_of(&order.id, shop.now_ms.get()),
        std::slice::from_ref(&new)
    );
    shop.pay(&new, CardBehaviour::Pays);
    shop.returned(&order, &new);
    assert_eq!(shop.payment(&order).captured, 2 * PRICE);
    assert_eq!(shop.record(&order).progress.status, Status::Confirmed);
    shop.audit();
}

#[test]
fn a_card_that_paid_the_amount_of_before_is_charged_nothing() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    shop.edit(&order, "keep", keep(2));
    shop.hear_everything();
    shop.tick();
    assert_eq!(shop.record(&order).progress.status, Status::AwaitingPayment);
    assert_eq!(shop.sandbox.payments_of(&order.id)[0].status, "canceled");
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    shop.returned(&order, &page);
    assert_eq!(shop.payment(&order).captured, 2 * PRICE);
    shop.audit();
}

#[test]
fn what_units_cost_that_go_while_the_money_is_taken_goes_back() {
    let shop = Shop::open();
    let order = shop.place("k", 3);
    let page = shop.page(&order);
    shop.pay(&page, CardBehaviour::Pays);
    // The order is confirmed, and its money is not taken yet.
    shop.sandbox.fail(Step::Capture, Fault::Answer(503));
    shop.returned(&order, &page);
    let record = shop.edit(&order, "keep", keep(2));
    assert_eq!(record.progress.funds.authorised, 3 * PRICE);
    shop.pass(60_000);
    shop.tick();
    shop.hear_everything();
    let payment = shop.payment(&order);
    assert_eq!(
        (payment.captured, payment.refunds),
        (3 * PRICE, vec![PRICE])
    );
    assert_eq!(shop.record(&order).progress.status, Status::Confirmed);
    shop.audit();
}

fn keep(quantity: u32) -> Action {
    Action::SetQuantity { line: 0, quantity }
}
