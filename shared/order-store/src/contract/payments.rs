//! Statements on money: paid in time, late, twice, and given back.

use crate::ChangeReply;
use souk_protocol::origin::{
    Action, Actor, Event, FundsReport, PaymentMethod, RefundOrigin, Status,
};

use super::Fixture;
use super::life::{PROVIDER, asked, authorise, capture, names, paid_by, receive};
use super::shop::{Shop, TERMS, order};

pub(super) fn a_transfer_that_arrives_sells_the_held_units<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10), ("cup", 400, 10)]);
    let transfer = paid_by(
        PaymentMethod::Transfer,
        "k",
        &[("tea", 1), ("cup", 2), ("tea", 1)],
    );
    let placed = shop.accepted(&transfer);
    assert_eq!(
        placed.hold_until_ms,
        Some(placed.placed_at_ms + TERMS.transfer_hold_ms)
    );
    let wrong = shop.change(&asked("number-of-k", "t", receive(placed.total - 1)));
    let expected = ChangeReply::Illegal {
        status: Status::AwaitingPayment,
        problem: "amount".to_owned(),
        possible: Some(placed.total),
        legal: vec!["receive_payment".to_owned(), "cancel".to_owned()],
    };
    assert_eq!(wrong, expected);
    let record = shop.done(&asked("number-of-k", "t", receive(placed.total)));
    assert_eq!(names(&record), ["payment_received", "confirmed"]);
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(shop.record("number-of-k"), Some(record));
    assert_eq!(shop.units("tea"), [10, 8, 0, 2]);
    assert_eq!(shop.units("cup"), [10, 8, 0, 2]);
    shop.pass(TERMS.transfer_hold_ms);
    assert_eq!(shop.lapse(), 0);
}

fn ship(unpaid_reason: Option<&str>) -> Action {
    Action::Ship {
        carrier: "SF".to_owned(),
        tracking: "SF1".to_owned(),
        unpaid_reason: unpaid_reason.map(str::to_owned),
    }
}

pub(super) fn a_parcel_goes_when_the_money_is_there_or_with_a_reason<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 10)]);
    for key in ["paid", "unpaid"] {
        shop.accepted(&paid_by(PaymentMethod::Card, key, &[("tea", 2)]));
        let id = format!("number-of-{key}");
        shop.done(&asked(&id, "a", authorise(2_000)));
        let before = shop.books();
        let refused = shop.change(&asked(&id, "s", ship(None)));
        let expected = ChangeReply::Illegal {
            status: Status::Confirmed,
            problem: "unpaid".to_owned(),
            possible: Some(2_000),
            legal: vec!["cancel".to_owned(), "allocate".to_owned()],
        };
        assert_eq!(refused, expected);
        assert_eq!(shop.books(), before);
    }
    shop.done(&asked("number-of-paid", "c", capture(2_000)));
    let record = shop.done(&asked("number-of-paid", "s", ship(None)));
    assert_eq!(record.progress.status, Status::Shipped);
    let reason = Some("a regular customer");
    let record = shop.done(&asked("number-of-unpaid", "s2", ship(reason)));
    let last = record.events.last().expect("an event");
    assert_eq!(last.by, Actor::Staff);
    let Event::Shipped { unpaid_reason, .. } = &last.event else {
        panic!("{last:?}");
    };
    assert_eq!(unpaid_reason.as_deref(), reason);
    assert_eq!(shop.record("number-of-unpaid"), Some(record));
}

pub(super) fn a_dispute_takes_money_away_until_the_bank_decides<F: Fixture>(shop: &Shop<F>) {
    let dispute = |name: &str, amount| Action::OpenDispute {
        provider: PROVIDER.to_owned(),
        payment: "pay-1".to_owned(),
        dispute: name.to_owned(),
        amount,
        reason: "fraudulent".to_owned(),
    };
    let close = |name: &str, amount, won| Action::CloseDispute {
        provider: PROVIDER.to_owned(),
        payment: "pay-1".to_owned(),
        dispute: name.to_owned(),
        amount,
        won,
    };
    shop.offer(&[("tea", 1_000, 10)]);
    shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 2)]));
    let change = |key: &str, action| shop.done(&asked("number-of-k", key, action)).progress.funds;
    change("a", authorise(2_000));
    change("c", capture(2_000));
    let refund = |amount| Action::Refund {
        amount,
        reason: "a scratch".to_owned(),
    };
    let funds = |refunding, refunded, disputed| FundsReport {
        authorised: 0,
        captured: 2_000,
        refunding,
        refunded,
        disputed,
    };
    assert_eq!(change("d1", dispute("d-1", 1_500)), funds(0, 0, 1_500));
    let too_much = shop.change(&asked("number-of-k", "r", refund(501)));
    assert!(
        matches!(
            &too_much,
            ChangeReply::Illegal {
                possible: Some(500),
                ..
            }
        ),
        "{too_much:?}"
    );
    assert_eq!(change("w1", close("d-1", 1_500, true)), funds(0, 0, 0));
    assert_eq!(change("r", refund(500)), funds(500, 0, 0));
    // A bank may name the whole payment; what went back already is not taken twice.
    assert_eq!(change("d2", dispute("d-2", 2_000)), funds(500, 0, 1_500));
    let record = shop.done(&asked("number-of-k", "l2", close("d-2", 2_000, false)));
    assert_eq!(record.progress.funds, funds(500, 1_500, 0));
    let ends = ["dispute_opened", "dispute_lost"];
    assert!(
        names(&record).ends_with(&ends.map(str::to_owned)),
        "{record:?}"
    );
    assert_eq!(shop.record("number-of-k"), Some(record));
    assert_eq!(shop.audit().drift, []);
    let other = Action::OpenDispute {
        provider: PROVIDER.to_owned(),
        payment: "pay-2".to_owned(),
        dispute: "d-3".to_owned(),
        amount: 1,
        reason: String::new(),
    };
    let refused = shop.change(&asked("number-of-k", "d3", other));
    assert!(
        matches!(refused, ChangeReply::Illegal { .. }),
        "{refused:?}"
    );
}

pub(super) fn money_in_dispute_sends_no_parcel_and_stays_with_no_cancelled_order<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 10)]);
    shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 2)]));
    let change = |key: &str, action| shop.done(&asked("number-of-k", key, action)).progress.funds;
    change("a", authorise(2_000));
    change("c", capture(2_000));
    let dispute = Action::OpenDispute {
        provider: PROVIDER.to_owned(),
        payment: "pay-1".to_owned(),
        dispute: "d-1".to_owned(),
        amount: 1_500,
        reason: "fraudulent".to_owned(),
    };
    change("d", dispute);
    let refused = shop.change(&asked("number-of-k", "s", ship(None)));
    let ChangeReply::Illegal {
        problem, possible, ..
    } = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((problem.as_str(), possible), ("unpaid", Some(1_500)));
    let cancel = Action::Cancel {
        reason: "not wanted".to_owned(),
    };
    let cancelled = change("x", cancel);
    assert_eq!((cancelled.refunding, cancelled.disputed), (500, 1_500));
    let won = Action::CloseDispute {
        provider: PROVIDER.to_owned(),
        payment: "pay-1".to_owned(),
        dispute: "d-1".to_owned(),
        amount: 1_500,
        won: true,
    };
    let record = shop.done(&asked("number-of-k", "w", won));
    let funds = record.progress.funds;
    assert_eq!((funds.refunding, funds.disputed), (2_000, 0));
    let last = record.events.last().expect("an event");
    let Event::RefundRequested { origin, .. } = &last.event else {
        panic!("{last:?}");
    };
    assert_eq!(origin, &RefundOrigin::Automatic);
    assert_eq!(shop.audit().drift, []);
}

pub(super) fn a_card_is_authorised_captured_and_refunded<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 10)]);
    shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 2)]));
    let change = |key: &str, action| shop.done(&asked("number-of-k", key, action)).progress.funds;
    let funds = |authorised, captured, refunding, refunded| FundsReport {
        authorised,
        captured,
        refunding,
        refunded,
        disputed: 0,
    };
    assert_eq!(change("a", authorise(2_000)), funds(2_000, 0, 0, 0));
    assert_eq!(shop.units("tea"), [10, 8, 0, 2]);
    assert_eq!(change("c", capture(2_000)), funds(0, 2_000, 0, 0));
    let refund = |amount| Action::Refund {
        amount,
        reason: "a scratch".to_owned(),
    };
    let too_much = shop.change(&asked("number-of-k", "r0", refund(2_001)));
    assert!(
        matches!(
            &too_much,
            ChangeReply::Illegal {
                possible: Some(2_000),
                ..
            }
        ),
        "{too_much:?}"
    );
    assert_eq!(change("r1", refund(500)), funds(0, 2_000, 500, 0));
    let too_much = shop.change(&asked("number-of-k", "r2", refund(1_501)));
    assert!(
        matches!(
            &too_much,
            ChangeReply::Illegal {
                possible: Some(1_500),
                ..
            }
        ),
        "{too_much:?}"
    );
    let settle = |amount| Action::SettleRefund {
        provider: Some(PROVIDER.to_owned()),
        refund: "re-1".to_owned(),
        amount,
    };
    assert_eq!(change("s1", settle(500)), funds(0, 2_000, 0, 500));
    assert_eq!(change("r3", refund(1_500)), funds(0, 2_000, 1_500, 500));
    let fail = Action::FailRefund {
        provider: Some(PROVIDER.to_owned()),
        request: None,
        refund: "re-2".to_owned(),
        amount: 1_500,
        reason: "the account is closed".to_owned(),
    };
    assert_eq!(change("f1", fail), funds(0, 2_000, 0, 500));
    assert_eq!(shop.units("tea"), [10, 8, 0, 2]);
}

pub(super) fn a_provider_may_report_everything_twice_and_in_another_order<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 10)]);
    shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 2)]));
    let record = shop.done(&asked("number-of-k", "c", capture(2_000)));
    assert_eq!(
        names(&record),
        ["payment_authorised", "confirmed", "payment_captured"]
    );
    let decline = Action::DeclinePayment {
        provider: PROVIDER.to_owned(),
        payment: "pay-0".to_owned(),
        reason: "no money".to_owned(),
    };
    for (key, action) in [
        ("a", authorise(2_000)),
        ("c2", capture(2_000)),
        ("d", decline),
        (
            "v",
            Action::Void {
                provider: PROVIDER.to_owned(),
                payment: "pay-1".to_owned(),
                reason: String::new(),
            },
        ),
    ] {
        assert_eq!(
            shop.done(&asked("number-of-k", key, action)),
            record,
            "{key}"
        );
    }
    assert_eq!(shop.units("tea"), [10, 8, 0, 2]);
}

/// Places an order, lets it expire and gives its total.
fn lapsed<F: Fixture>(shop: &Shop<F>, method: PaymentMethod, lines: &[(&str, u32)]) -> i64 {
    let placed = shop.accepted(&paid_by(method, "k", lines));
    shop.pass(TERMS.transfer_hold_ms);
    assert_eq!(shop.lapse(), 1);
    placed.total
}

pub(super) fn a_late_payment_sells_what_is_still_there<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 2)]);
    let total = lapsed(shop, PaymentMethod::Card, &[("tea", 2)]);
    assert_eq!(shop.unavailable(), Vec::<String>::new());
    let record = shop.done(&asked("number-of-k", "a", authorise(total)));
    assert_eq!(
        names(&record),
        ["expired", "payment_authorised", "reinstated"]
    );
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(shop.units("tea"), [2, 0, 0, 2]);
    assert_eq!(shop.unavailable(), ["tea"]);
}

pub(super) fn a_late_payment_for_what_is_gone_is_left_to_be_voided<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 2), ("cup", 500, 9)]);
    let total = lapsed(shop, PaymentMethod::Card, &[("cup", 1), ("tea", 2)]);
    shop.accepted(&order("quicker", &[("tea", 1)]));
    let record = shop.done(&asked("number-of-k", "a", authorise(total)));
    assert_eq!(names(&record), ["expired", "payment_authorised"]);
    assert_eq!(shop.units("tea"), [2, 1, 0, 1]);
    assert_eq!(shop.units("cup"), [9, 9, 0, 0]);
    let void = Action::Void {
        provider: PROVIDER.to_owned(),
        payment: "pay-1".to_owned(),
        reason: "sold out".to_owned(),
    };
    let record = shop.done(&asked("number-of-k", "v", void));
    assert_eq!(
        (record.progress.status, record.progress.funds),
        (Status::Expired, FundsReport::default())
    );
}

pub(super) fn a_late_capture_for_what_is_gone_is_to_be_refunded<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 2)]);
    let total = lapsed(shop, PaymentMethod::Card, &[("tea", 2)]);
    shop.accepted(&order("quicker", &[("tea", 1)]));
    let record = shop.done(&asked("number-of-k", "c", capture(total)));
    assert_eq!(
        names(&record),
        [
            "expired",
            "payment_authorised",
            "payment_captured",
            "refund_requested"
        ]
    );
    assert_eq!(record.progress.funds.refunding, total);
    assert_eq!(shop.units("tea"), [2, 1, 0, 1]);
}
