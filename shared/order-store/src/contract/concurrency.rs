//! Statements on requests of the same moment.

use crate::{StoredOrder, SubmitOrder, SubmitReply};
use std::collections::BTreeSet;

use souk_protocol::staff::{PublicationChange, PublicationReply};

use super::Fixture;
use super::shop::{Shop, definition, offers_in, order};

/// Requests at the same moment, each on a thread and a connection of its own.
const TOGETHER: usize = 16;

/// The orders that were accepted, the orders that existed, and the number of other replies.
fn sorted(replies: Vec<SubmitReply>) -> (Vec<StoredOrder>, Vec<StoredOrder>, usize) {
    let (mut accepted, mut existing, mut others) = (Vec::new(), Vec::new(), 0);
    for reply in replies {
        match reply {
            SubmitReply::Accepted { order, .. } => accepted.push(*order),
            SubmitReply::Exists { order } => existing.push(*order),
            _ => others += 1,
        }
    }
    (accepted, existing, others)
}

pub(super) fn concurrent_submits_for_n_units_sell_exactly_n<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 23)]);
    let mut sold = BTreeSet::new();
    for round in 0..3 {
        let orders: Vec<_> = (0..TOGETHER)
            .map(|n| order(&format!("k{round}-{n}"), &[("tea", 1)]))
            .collect();
        let replies = shop.submit_together(&orders);
        let (accepted, existing, refused) = sorted(replies);
        // A reply that was lost inside a retry shows up as an existing order.
        sold.extend(accepted.into_iter().chain(existing).map(|order| order.id));
        assert_eq!(
            refused,
            ((round + 1) * TOGETHER).saturating_sub(23).min(TOGETHER)
        );
    }
    assert_eq!(sold.len(), 23);
    assert_eq!(shop.units("tea"), [23, 0, 0, 23]);
    assert_eq!(shop.audit().orders, 23);
}

/// Orders with one key and one content, each with a number of its own as the edge makes them.
fn twins(key: &str, lines: &[(&str, u32)]) -> Vec<SubmitOrder> {
    let twin = |n| {
        let mut twin = order(key, lines);
        twin.id = format!("number-{key}-{n}");
        twin
    };
    (0..TOGETHER).map(twin).collect()
}

fn assert_one_order<F: Fixture>(shop: &Shop<F>, replies: Vec<SubmitReply>) {
    let (accepted, existing, others) = sorted(replies);
    assert_eq!((accepted.len(), others), (1, 0), "accepted and refused");
    assert_eq!(existing.len(), TOGETHER - 1);
    assert!(existing.iter().all(|order| *order == accepted[0]));
    assert_eq!(shop.order(&accepted[0].id).as_ref(), accepted.first());
}

pub(super) fn concurrent_submits_with_one_key_give_one_order<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 1_000), ("cup", 400, 1_000)]);
    for round in 0..5 {
        let twins = twins(&format!("k{round}"), &[("tea", 2), ("cup", 1)]);
        assert_one_order(shop, shop.submit_together(&twins));
    }
    assert_eq!(shop.units("tea"), [1_000, 990, 0, 10]);
    assert_eq!(shop.units("cup"), [1_000, 995, 0, 5]);
}

pub(super) fn twins_for_the_last_unit_are_never_refused_as_sold_out<F: Fixture>(shop: &Shop<F>) {
    for round in 0..10 {
        let sku = format!("last-{round}");
        shop.offer(&[(&sku, 1_250, 1)]);
        let twins = twins(&format!("k{round}"), &[(&sku, 1)]);
        assert_one_order(shop, shop.submit_together(&twins));
    }
}

pub(super) fn concurrent_submits_with_one_key_and_other_contents_give_one_order<F: Fixture>(
    shop: &Shop<F>,
) {
    let skus: Vec<_> = (0..TOGETHER).map(|n| format!("sku-{n}")).collect();
    shop.define(skus.iter().map(|sku| definition(sku, 100, 5)).collect());
    for round in 0..5 {
        let key = format!("k{round}");
        let orders: Vec<_> = skus
            .iter()
            .map(|sku| {
                let mut other = order(&key, &[(sku, 1)]);
                other.id = format!("number-{round}-{sku}");
                other
            })
            .collect();
        let replies = shop.submit_together(&orders);
        let different =
            |reply: &&SubmitReply| matches!(reply, SubmitReply::ExistsWithDifferentContent);
        assert_eq!(replies.iter().filter(different).count(), TOGETHER - 1);
    }
    let asked: Vec<_> = skus.iter().map(String::as_str).collect();
    let sold: i64 = shop
        .accounts(&asked)
        .iter()
        .map(|account| account.sold)
        .sum();
    assert_eq!(sold, 5);
}

pub(super) fn orders_with_crossing_lines_are_all_placed<F: Fixture>(shop: &Shop<F>) {
    let skus = ["a", "b", "c", "d", "e", "f"];
    shop.define(skus.map(|sku| definition(sku, 100, 1_000)).to_vec());
    for round in 0..5 {
        let orders: Vec<_> = (0..TOGETHER)
            .map(|n| {
                let mut lines = skus.map(|sku| (sku, 1));
                lines.rotate_left(n % skus.len());
                if n % 2 == 0 {
                    lines.reverse();
                }
                order(&format!("k{round}-{n}"), &lines)
            })
            .collect();
        let now = shop.now_ms();
        // No try is lost here: a deadlock would show as a transient failure.
        let replies = shop.together(&orders, async |store, submit| {
            let order = crate::NewOrder {
                submit,
                now_ms: now,
                terms: &crate::Terms::DEFAULT,
                price: &crate::Price::OfOffers,
            };
            Ok(crate::OrderStore::submit(store, order).await)
        });
        for reply in replies {
            assert!(
                matches!(reply, Ok(SubmitReply::Accepted { .. })),
                "{reply:?}"
            );
        }
    }
    assert_eq!(shop.units("a"), [1_000, 920, 0, 80]);
}

pub(super) fn offers_may_change_while_orders_are_placed<F: Fixture>(shop: &Shop<F>) {
    let skus = ["a", "b", "c", "d"];
    let offers = |price| {
        let mut offers: Vec<_> = skus.iter().map(|sku| definition(sku, price, 100)).collect();
        offers.reverse();
        offers
    };
    shop.define(offers(100));
    let turns: Vec<_> = (0..TOGETHER).collect();
    let replies = shop.together(&turns, async |store, &n| {
        if n % 4 == 0 {
            let change = offers_in("USD", offers(200));
            crate::StockStore::define_offers(store, &change, 1).await?;
            return Ok(None);
        }
        let submit = order(&format!("k{n}"), &skus.map(|sku| (sku, 2)));
        let order = crate::NewOrder {
            submit: &submit,
            now_ms: 2,
            terms: &crate::Terms::DEFAULT,
            price: &crate::Price::OfOffers,
        };
        Ok(Some(crate::OrderStore::submit(store, order).await?))
    });
    let (accepted, existing, refused) = sorted(replies.into_iter().flatten().collect());
    assert_eq!((accepted.len() + existing.len(), refused), (12, 0));
    for placed in accepted {
        // All lines are of one moment: either of the old prices or of the new ones.
        assert!([800, 1_600].contains(&placed.total), "{placed:?}");
    }
    assert_eq!(shop.units("a"), [100, 76, 0, 24]);
}

pub(super) fn of_two_publications_that_race_one_is_superseded<F: Fixture>(shop: &Shop<F>) {
    let begin = |n: usize| PublicationChange::Begin {
        manifest: format!("manifest-{}", n / 2),
        format: 1,
        products: 1,
        variants: 1,
    };
    // Every client begins: two clients share each manifest, and so a version.
    let begun = shop.publish_together(&(0..TOGETHER).map(begin).collect::<Vec<_>>());
    assert!(
        begun
            .iter()
            .all(|reply| matches!(reply, PublicationReply::Done { .. }))
    );
    let versions: Vec<_> = shop
        .publications()
        .versions
        .iter()
        .map(|one| one.version)
        .collect();
    assert_eq!(versions, (1..=8).collect::<Vec<u64>>());
    let activate = |&version| PublicationChange::Activate {
        version,
        expected: None,
    };
    let replies = shop.publish_together(&versions.iter().map(activate).collect::<Vec<_>>());
    let current = shop.publications().current.get(&1).copied();
    let done = replies
        .iter()
        .filter(|reply| matches!(reply, PublicationReply::Done { .. }));
    assert_eq!(done.count(), 1);
    let superseded = PublicationReply::Superseded { current };
    assert_eq!(
        replies.iter().filter(|&reply| *reply == superseded).count(),
        7
    );
}
