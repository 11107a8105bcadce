//! Statements on what buyers change of their orders until they are packed: units and money go back,
//! an address takes the place of another, and no event says where.

use souk_domain::Destination;
use souk_protocol::origin::{
    Action, Actor, AskedBy, ChangeOrder, Claim, Event, Message, OrderRecord, PaymentMethod,
    Personal, Queue, RefundOrigin, ReturnedUnits, SealedDetails, Status,
};
use souk_protocol::public::Address;

use super::Fixture;
use super::archive::deliver;
use super::life::{asked, authorise, capture, names, paid_by, receive};
use super::prices::{facts, offer, quoted, terms};
use super::shop::{Shop, definition, order};
use crate::{ChangeReply, Limits, Readdressed, StoredOrder, SubmitOrder, SubmitReply, standing};

/// A change that the buyer of `number-of-k` asks for.
fn by_buyer(key: &str, action: Action) -> ChangeOrder {
    ChangeOrder {
        by: Actor::Shopper,
        ..asked("number-of-k", key, action)
    }
}

fn keep(line: usize, quantity: u32) -> Action {
    Action::SetQuantity { line, quantity }
}

fn give_up() -> Action {
    Action::Cancel {
        reason: String::new(),
    }
}

fn illegal(reply: &ChangeReply) -> &str {
    match reply {
        ChangeReply::Illegal { problem, .. } => problem,
        other => panic!("not illegal: {other:?}"),
    }
}

/// Messages for the payments function.
fn for_payments<F: Fixture>(shop: &Shop<F>) -> Vec<Message> {
    shop.claim(&Claim {
        queue: Queue::Payments,
        limit: 9,
        visibility_ms: 1_000,
        order: None,
    })
}

/// The order as callers see it.
fn now(record: OrderRecord<SealedDetails>) -> StoredOrder {
    standing(record.order, &record.progress)
}

pub(super) fn units_are_taken_off_with_what_they_cost<F: Fixture>(shop: &Shop<F>) {
    // Three of them cost 2,711 after the reduction, with 271 of tax.
    let tea = facts(1_004);
    shop.define(vec![offer(&[&tea], 9)]);
    let submit = quoted(
        shop,
        paid_by(PaymentMethod::Transfer, "k", &[("tea", 3)]),
        &tea,
    );
    let placed = match shop.submit_quoted(&terms(None, None), &submit) {
        SubmitReply::Accepted { order, .. } => *order,
        other => panic!("not accepted: {other:?}"),
    };
    let record = shop.done(&by_buyer("x", keep(0, 2)));
    // Of 903, 904 and 904 the first, with 90 of 90, 90 and 91.
    let off = Event::UnitsRemoved {
        line: 0,
        quantity: 1,
        amount: 993,
    };
    assert_eq!(record.events[0].event, off);
    assert_eq!(record.events[0].by, Actor::Shopper);
    assert_eq!(record.progress.removed, [1]);
    // A store keeps what was placed.
    assert_eq!(
        (record.order.total, &record.order.lines),
        (placed.total, &placed.lines)
    );
    assert_eq!(shop.units("tea"), [9, 7, 2, 0]);
    let stands = now(record);
    let line = &stands.lines[0];
    assert_eq!((line.quantity, line.discount, line.tax), (2, 200, 181));
    assert_eq!(stands.total, placed.total - 993);
    // The order under its key is the one that stands.
    let terms = terms(None, None);
    let SubmitReply::Exists { order } = shop.submit_quoted(&terms, &submit) else {
        panic!("the order of the key");
    };
    assert_eq!((order.total, &order.lines), (stands.total, &stands.lines));
    // What is due is paid, and a further unit goes back with its money.
    let paid = shop.done(&asked("number-of-k", "p", receive(stands.total)));
    assert_eq!(paid.progress.status, Status::Confirmed);
    let record = shop.done(&by_buyer("y", keep(0, 1)));
    assert_eq!(names(&record)[3..], ["units_removed", "refund_requested"]);
    let Event::RefundRequested { origin, .. } = &record.events[4].event else {
        panic!("a refund");
    };
    assert_eq!(*origin, RefundOrigin::Automatic);
    assert_eq!(record.progress.funds.refunding, 994);
    assert_eq!(shop.units("tea"), [9, 8, 0, 1]);
    // The last one comes back later, and with it the rest of the line.
    deliver(shop, "number-of-k");
    let back = Action::Return {
        units: vec![ReturnedUnits {
            line: 0,
            quantity: 1,
            restock: true,
        }],
        refund: None,
        reason: "too strong".to_owned(),
    };
    let record = shop.done(&asked("number-of-k", "b", back));
    assert_eq!(record.progress.funds.refunding, 994 + 995);
    assert_eq!(record.progress.status, Status::Returned);
    assert_eq!(shop.units("tea"), [9, 9, 0, 0]);
}

pub(super) fn an_edit_is_made_once_for_each_key<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 5)]));
    let first = by_buyer("x", keep(0, 3));
    let record = Box::new(shop.done(&first));
    let books = shop.books();
    assert_eq!(shop.change(&first), ChangeReply::Already { record });
    let other = by_buyer("x", keep(0, 2));
    assert_eq!(shop.change(&other), ChangeReply::KeyUsedForOtherChange);
    // As it is already.
    shop.done(&by_buyer("y", keep(0, 3)));
    assert_eq!(illegal(&shop.change(&by_buyer("z", keep(0, 4)))), "units");
    assert_eq!(illegal(&shop.change(&by_buyer("z", keep(1, 0)))), "units");
    assert_eq!(shop.books(), books);
    // Nothing is left of it then.
    let record = shop.done(&by_buyer("last", keep(0, 0)));
    assert_eq!(record.progress.status, Status::Cancelled);
    assert_eq!(shop.units("tea"), [9, 9, 0, 0]);
}

pub(super) fn a_buyer_changes_nothing_once_the_order_is_packed<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 2)]));
    shop.done(&asked("number-of-k", "a", Action::Allocate));
    let (record, books) = (shop.record("number-of-k"), shop.books());
    for action in [give_up(), keep(0, 1)] {
        assert_eq!(
            illegal(&shop.change(&by_buyer("x", action))),
            "not_editable"
        );
    }
    let to = readdressed("v1.first.BBBB", Destination::SamePrice);
    let address = by_buyer("x", set_address());
    assert_eq!(illegal(&shop.change_with(&address, &to)), "not_editable");
    assert_eq!((shop.record("number-of-k"), shop.books()), (record, books));
    // The staff may still stop it.
    shop.done(&asked("number-of-k", "c", give_up()));
    // It is so already.
    shop.done(&by_buyer("x", give_up()));
}

pub(super) fn a_buyer_who_gives_an_order_up_gets_everything_back<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 3)]));
    shop.done(&by_buyer("x", keep(0, 2)));
    shop.done(&asked("number-of-k", "a", authorise(2_000)));
    shop.done(&asked("number-of-k", "t", capture(2_000)));
    let record = shop.done(&by_buyer("y", give_up()));
    assert_eq!(record.progress.status, Status::Cancelled);
    assert_eq!(record.progress.funds.refunding, 2_000);
    assert_eq!(shop.units("tea"), [9, 9, 0, 0]);
    // The provider is asked for it.
    assert!(!for_payments(shop).is_empty());
}

pub(super) fn what_was_authorised_before_units_went_is_taken_and_their_price_goes_back<
    F: Fixture,
>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 3)]));
    shop.done(&asked("number-of-k", "a", authorise(3_000)));
    let record = shop.done(&by_buyer("x", keep(0, 1)));
    assert_eq!(record.progress.funds.refunding, 0);
    let record = shop.done(&asked("number-of-k", "t", capture(3_000)));
    let funds = record.progress.funds;
    assert_eq!((funds.captured, funds.refunding), (3_000, 2_000));
    assert_eq!(record.progress.status, Status::Confirmed);
}

pub(super) fn a_card_that_pays_the_amount_of_before_buys_nothing<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 3)]));
    let begin = Action::BeginPayment {
        provider: "acme".to_owned(),
        session: "page-1".to_owned(),
        url: "https://pay.example/1".to_owned(),
    };
    shop.done(&asked("number-of-k", "b", begin));
    assert_eq!(for_payments(shop), []);
    shop.done(&by_buyer("x", keep(0, 2)));
    // The page is to be closed.
    assert_eq!(for_payments(shop).len(), 1);
    let record = shop.done(&asked("number-of-k", "a", authorise(3_000)));
    assert_eq!(record.progress.status, Status::AwaitingPayment);
}

pub(super) fn units_that_are_still_to_be_made_are_the_first_to_go<F: Fixture>(shop: &Shop<F>) {
    let mut tea = definition("tea", 1_000, 1);
    tea.backorder = true;
    shop.define(vec![tea]);
    shop.accepted(&order("k", &[("tea", 3)]));
    assert_eq!(shop.units("tea"), [3, 0, 0, 3]);
    let record = shop.done(&by_buyer("x", keep(0, 2)));
    assert_eq!(now(record).lines[0].backordered, 1);
    assert_eq!(shop.units("tea"), [2, 0, 0, 2]);
    shop.done(&by_buyer("y", keep(0, 1)));
    assert_eq!(shop.units("tea"), [1, 0, 0, 1]);
    shop.done(&by_buyer("z", give_up()));
    assert_eq!(shop.units("tea"), [1, 1, 0, 0]);
}

pub(super) fn units_that_go_are_no_longer_unpaid<F: Fixture>(shop: &Shop<F>) {
    const LIMITS: Limits = Limits {
        unpaid_units_per_buyer: 5,
        unpaid_percent_per_sku: 50,
        ..Limits::NONE
    };
    shop.offer(&[("tea", 1_000, 10)]);
    let of_li = |mut submit: SubmitOrder| {
        submit.asked_by = AskedBy {
            buyer: Some("li".to_owned()),
            client: None,
            is_local: false,
        };
        shop.submit_under(LIMITS, &submit)
    };
    let first = paid_by(PaymentMethod::Transfer, "k", &[("tea", 3), ("tea", 2)]);
    assert!(matches!(of_li(first), SubmitReply::Accepted { .. }));
    let second = || paid_by(PaymentMethod::Transfer, "second", &[("tea", 2)]);
    let refused = of_li(second());
    assert!(
        matches!(refused, SubmitReply::LimitExceeded { .. }),
        "{refused:?}"
    );
    shop.done(&by_buyer("x", keep(0, 1)));
    shop.assert_the_books_balance();
    let reply = of_li(second());
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    // What is left of it goes back when it is paid, and no more.
    shop.done(&asked("number-of-k", "p", receive(3_000)));
    shop.assert_the_books_balance();
    shop.done(&by_buyer("y", keep(1, 1)));
}

fn set_address() -> Action {
    Action::SetAddress {
        address: Box::new(Address {
            country: "CN".to_owned(),
            line1: "2 East Lake Road".to_owned(),
            ..Address::default()
        }),
    }
}

/// Another address, as it is sealed.
fn readdressed(sealed: &str, destination: Destination) -> Readdressed {
    let blank = order("k", &[]).details;
    Readdressed {
        details: SealedDetails {
            personal: Personal::Sealed(sealed.to_owned()),
            ..blank
        },
        destination,
        fingerprints: vec!["second.2".to_owned(), "first.1".to_owned()],
    }
}

pub(super) fn another_address_is_in_the_order_and_in_no_event<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let placed = shop.accepted(&order("k", &[("tea", 2)]));
    let change = by_buyer("x", set_address());
    let to = readdressed("v1.first.BBBB", Destination::OtherPrice);
    assert_eq!(illegal(&shop.change_with(&change, &to)), "place");
    assert_eq!(shop.order("number-of-k"), Some(placed.clone()));
    let to = readdressed("v1.first.BBBB", Destination::SamePrice);
    let ChangeReply::Done { record } = shop.change_with(&change, &to) else {
        panic!("the address is another one");
    };
    assert_eq!(record.events[0].event, Event::AddressChanged);
    assert_eq!(record.order.details, to.details);
    let expected = StoredOrder {
        details: to.details.clone(),
        ..placed.clone()
    };
    assert_eq!(shop.order("number-of-k"), Some(expected));
    // Sealed with another key by now, it is the same change; another address is another one.
    let again = Readdressed {
        fingerprints: vec!["third.9".to_owned(), "second.2".to_owned()],
        ..to.clone()
    };
    assert_eq!(
        shop.change_with(&change, &again),
        ChangeReply::Already { record }
    );
    let other = Readdressed {
        fingerprints: vec!["second.7".to_owned()],
        ..to.clone()
    };
    let reused = shop.change_with(&change, &other);
    assert_eq!(reused, ChangeReply::KeyUsedForOtherChange);
    // Sealing what was read before does not bring the old address back.
    shop.reseal_of(&placed, None, 0);
    assert_eq!(
        shop.order("number-of-k").expect("the order").details,
        to.details
    );
    shop.reseal_of(&placed, None, 1);
    assert_eq!(shop.order("number-of-k"), Some(placed));
}

pub(super) fn buyers_and_payments_at_the_same_moment_lose_no_unit<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 30)]);
    shop.accepted(&paid_by(PaymentMethod::Transfer, "k", &[("tea", 9)]));
    let mut changes: Vec<_> = (3..9)
        .map(|left| by_buyer(&format!("keep {left}"), keep(0, left)))
        .collect();
    changes.push(asked("number-of-k", "p", receive(9_000)));
    let replies = shop.change_together(&changes);
    let is_done = |reply: &ChangeReply| matches!(reply, ChangeReply::Done { .. });
    // Lowering to 3 is always possible, and the money of before is always taken.
    assert!(is_done(&replies[0]) && is_done(&replies[6]), "{replies:?}");
    let record = shop.record("number-of-k").expect("the order");
    assert_eq!(record.progress.removed, [6]);
    let funds = record.progress.funds;
    assert_eq!((funds.captured, funds.refunding), (9_000, 6_000));
    assert_eq!(shop.units("tea"), [30, 27, 0, 3]);
}
