//! Statements on the archive: no lookup and no change sees a difference.

use crate::{ChangeReply, SubmitReply};
use souk_protocol::origin::{
    Action, Claim, PaymentMethod, Personal, Queue, ReturnedUnits, Settled, Settlement, Status,
};

use super::Fixture;
use super::life::{asked, paid_by};
use super::shop::{Drift, Shop, of_order, of_sku, order};

/// Delivers every event to the back office that it does not have.
pub(super) fn tell<F: Fixture>(shop: &Shop<F>) {
    let claim = Claim {
        queue: Queue::BackOffice,
        limit: 100,
        visibility_ms: 10_000,
        order: None,
    };
    let messages = shop.claim(&claim).into_iter();
    let settlements: Vec<_> = messages
        .map(|message| Settlement {
            id: message.id,
            order: message.order,
            sequence: message.sequence,
            attempts: message.attempts,
            outcome: Settled::Done,
        })
        .collect();
    shop.settle(&settlements);
}

pub(super) fn deliver<F: Fixture>(shop: &Shop<F>, id: &str) {
    let ship = Action::Ship {
        carrier: "SF".to_owned(),
        tracking: "1".to_owned(),
        unpaid_reason: None,
    };
    shop.done(&asked(id, "ship", ship));
    shop.done(&asked(id, "deliver", Action::Deliver));
}

pub(super) fn an_order_that_is_over_and_old_is_archived_and_found_as_before<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 9)]);
    let submit = paid_by(PaymentMethod::Transfer, "k", &[("tea", 2)]);
    shop.accepted(&submit);
    let paid = Action::ReceivePayment {
        amount: 2_000,
        reference: "bank 1".to_owned(),
    };
    let paid = asked("number-of-k", "paid", paid);
    shop.done(&paid);
    deliver(shop, "number-of-k");
    tell(shop);
    let before = (shop.record("number-of-k"), shop.books());
    let again = shop.submit(&submit);
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    assert_eq!((shop.record("number-of-k"), shop.books()), before);
    // The same key is still the same order, and another content still another one.
    let SubmitReply::Exists { order } = shop.submit(&submit) else {
        panic!("the order exists");
    };
    assert_eq!(
        (order.status, SubmitReply::Exists { order }),
        (Status::Delivered, again)
    );
    let mut other = submit.clone();
    other.fingerprint = "another content".to_owned();
    assert_eq!(shop.submit(&other), SubmitReply::ExistsWithDifferentContent);
    let record = Box::new(before.0.expect("the order"));
    assert_eq!(shop.change(&paid), ChangeReply::Already { record });
    assert_eq!(shop.archive(shop.now_ms(), 10), 0);
}

pub(super) fn an_order_that_goes_on_or_was_not_delivered_stays<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    for key in ["open", "young", "undelivered", "owed"] {
        shop.accepted(&order(key, &[("tea", 1)]));
    }
    let paid = Action::ReceivePayment {
        amount: 1_000,
        reference: "cash".to_owned(),
    };
    shop.done(&asked("number-of-owed", "p", paid));
    let cancel = |reason: &str| Action::Cancel {
        reason: reason.to_owned(),
    };
    // Its money has not gone back yet.
    shop.done(&asked("number-of-owed", "x", cancel("no")));
    let before_ms = shop.now_ms();
    shop.done(&asked("number-of-young", "x", cancel("no")));
    tell(shop);
    assert_eq!(shop.archive(before_ms, 10), 0);
    shop.done(&asked("number-of-undelivered", "x", cancel("no")));
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    tell(shop);
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    for (key, status) in [("open", Status::Confirmed), ("owed", Status::Cancelled)] {
        let record = shop.record(&format!("number-of-{key}")).expect("the order");
        assert_eq!(record.progress.status, status, "{key}");
    }
}

pub(super) fn an_archived_order_is_changed_like_any_other<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    let paid = Action::ReceivePayment {
        amount: 3_000,
        reference: "cash".to_owned(),
    };
    shop.done(&asked("number-of-k", "p", paid));
    deliver(shop, "number-of-k");
    tell(shop);
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    let illegal = shop.change(&asked("number-of-k", "x", Action::Allocate));
    assert!(
        matches!(illegal, ChangeReply::Illegal { .. }),
        "{illegal:?}"
    );
    let units = [(0, 1, true), (0, 1, false)].map(|(line, quantity, restock)| ReturnedUnits {
        line,
        quantity,
        restock,
    });
    let back = Action::Return {
        units: units.to_vec(),
        refund: Some(2_000),
        reason: "too many".to_owned(),
    };
    let record = shop.done(&asked("number-of-k", "b", back));
    assert_eq!(record.progress.funds.refunding, 2_000);
    assert_eq!(shop.units("tea"), [8, 7, 0, 1]);
    assert_eq!(shop.record("number-of-k"), Some(record));
    shop.assert_the_books_balance();
    let settled = Action::SettleRefund {
        provider: None,
        refund: "bank 2".to_owned(),
        amount: 2_000,
    };
    shop.done(&asked("number-of-k", "s", settled));
    tell(shop);
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    let record = shop.record("number-of-k").expect("the order");
    assert_eq!(
        (record.events.len(), record.progress.funds.refunded),
        (7, 2_000)
    );
}

pub(super) fn the_walk_comes_back_to_the_beginning<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    for n in 0..5 {
        shop.accepted(&order(&format!("k{n}"), &[("tea", 1)]));
    }
    for n in [0, 4] {
        deliver(shop, &format!("number-of-k{n}"));
    }
    tell(shop);
    let now_ms = shop.now_ms();
    let walk: Vec<_> = (0..3).map(|_| shop.archive(now_ms, 2)).collect();
    assert_eq!(walk, [1, 0, 1]);
    deliver(shop, "number-of-k1");
    tell(shop);
    let now_ms = shop.now_ms();
    let walk: u32 = (0..3).map(|_| shop.archive(now_ms, 2)).sum();
    assert_eq!(walk, 1);
    for n in 0..5 {
        assert!(shop.record(&format!("number-of-k{n}")).is_some(), "{n}");
    }
}

pub(super) fn a_sold_out_hold_has_the_keys_of_orders_in_the_archive<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 3)]);
    for key in ["old", "older", "young"] {
        shop.accepted(&order(key, &[("tea", 1)]));
    }
    for id in ["number-of-old", "number-of-older"] {
        deliver(shop, id);
    }
    tell(shop);
    assert_eq!(shop.archive(shop.now_ms(), 10), 2);
    let sold_out_hold = shop
        .sold_out_hold("tea", 5_000, None)
        .expect("a sold-out hold");
    let mut keys = sold_out_hold.keys.expect("the keys");
    keys.sort_unstable();
    assert_eq!(keys, ["old", "older", "young"]);
}

pub(super) fn a_repair_counts_the_orders_in_the_archive<F: Fixture>(_: &Shop<F>) {
    let shop = Shop::<F>::empty();
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    deliver(&shop, "number-of-k");
    let units = vec![ReturnedUnits {
        line: 0,
        quantity: 1,
        restock: true,
    }];
    let back = Action::Return {
        units,
        refund: Some(0),
        reason: String::new(),
    };
    shop.done(&asked("number-of-k", "b", back));
    tell(&shop);
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    if !shop.plant(Drift::Account) {
        return;
    }
    shop.repaired(&of_sku("r", "tea"));
    assert_eq!(shop.units("tea"), [9, 7, 0, 2]);
    // All of its events were delivered, or it would not have been archived.
    assert!(shop.repaired(&of_order("o", "k")).is_empty());
    shop.assert_the_books_balance();
}

pub(super) fn an_archived_order_is_sealed_anew_in_the_archive<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let submit = order("k", &[("tea", 3)]);
    let placed = shop.accepted(&submit);
    shop.accepted(&order("young", &[("tea", 1)]));
    deliver(shop, "number-of-k");
    tell(shop);
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    let walked = shop.sealed_orders("", 10);
    let numbers: Vec<_> = walked.iter().map(|one| one.order.id.as_str()).collect();
    assert_eq!(numbers, ["number-of-k", "number-of-young"]);
    assert_eq!(walked[0].order, placed);
    let mut anew = placed;
    anew.details.personal = Personal::Sealed("v1.second.AAAA".to_owned());
    let mut expected = shop.record("number-of-k").expect("the order");
    shop.reseal(&anew, Some("second.1"));
    expected.order.details = anew.details.clone();
    assert_eq!(shop.record("number-of-k"), Some(expected));
    let walked = shop.sealed_orders("", 1);
    assert_eq!(walked[0].fingerprint, "second.1");
    assert_eq!(
        shop.submit(&submit),
        SubmitReply::ExistsWithDifferentContent
    );
    // It is still where it was.
    assert_eq!(shop.archive(shop.now_ms(), 10), 0);
}
