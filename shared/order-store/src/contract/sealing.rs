//! Statements on what is sealed: an order is sealed anew in its place, and a walk meets every order.

use souk_protocol::origin::{Personal, SealedDetails};

use crate::{SealedOrder, StoredOrder, SubmitReply};

use super::Fixture;
use super::shop::{Shop, order};

/// The order as it would be with another key.
fn sealed_anew(placed: &StoredOrder) -> StoredOrder {
    let mut placed = placed.clone();
    placed.details = SealedDetails {
        personal: Personal::Sealed("v1.second.AAAA".to_owned()),
        ..placed.details
    };
    placed
}

pub(super) fn an_order_is_sealed_anew_and_nothing_else_of_it_changes<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let submit = order("k", &[("tea", 2)]);
    let placed = shop.accepted(&submit);
    let other = shop.accepted(&order("other", &[("tea", 1)]));
    let (record, books) = (shop.record("number-of-k"), shop.books());
    let anew = sealed_anew(&placed);
    shop.reseal(&anew, None);
    let mut expected = record.clone().expect("the order");
    expected.order.details = anew.details.clone();
    assert_eq!(shop.record("number-of-k"), Some(expected.clone()));
    // The fingerprint is the one of before until there is a new one.
    assert!(matches!(shop.submit(&submit), SubmitReply::Exists { .. }));
    shop.reseal(&anew, Some("second.1"));
    assert_eq!(
        shop.submit(&submit),
        SubmitReply::ExistsWithDifferentContent
    );
    let mut again = submit;
    again.fingerprint = "second.1".to_owned();
    let order = Box::new(anew);
    assert_eq!(shop.submit(&again), SubmitReply::Exists { order });
    assert_eq!(shop.record("number-of-k"), Some(expected));
    assert_eq!(shop.order("number-of-other"), Some(other));
    assert_eq!(shop.books(), books);
}

pub(super) fn a_walk_over_sealed_orders_meets_each_once<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.sealed_orders("", 10), []);
    shop.offer(&[("tea", 1_000, 9)]);
    let mut placed: Vec<SealedOrder> = ["b", "a", "d", "c"]
        .map(|key| {
            let submit = order(key, &[("tea", 1)]);
            SealedOrder {
                fingerprint: submit.fingerprint.clone(),
                order: shop.accepted(&submit),
                revision: 0,
            }
        })
        .into();
    placed.sort_by(|one, other| one.order.id.cmp(&other.order.id));
    assert_eq!(shop.sealed_orders("", 10), placed);
    let mut met = Vec::new();
    let mut after = String::new();
    loop {
        let step = shop.sealed_orders(&after, 3);
        let Some(last) = step.last() else { break };
        assert!(step.len() <= 3);
        after.clone_from(&last.order.id);
        met.extend(step);
    }
    assert_eq!(met, placed);
}
