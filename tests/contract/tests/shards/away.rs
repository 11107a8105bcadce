//! Many units that are away at once, for orders that were never placed.

use souk_protocol::shards::{self, Pull, PullReply};
use souk_sharding::{Address, layout};

use crate::shop::{SKUS, Shop, UNITS};

/// Many SKUs, each with a unit that is away for an order on `to` which is never placed.
fn let_units_go(shop: &Shop, name: &str, to: u16, count: usize) -> Vec<String> {
    let skus: Vec<_> = (0..)
        .map(|number| format!("{name}-{number}"))
        .filter(|sku| layout::place_by_hash(sku, 3) == 0)
        .take(count)
        .collect();
    shop.define(&skus.iter().map(String::as_str).collect::<Vec<_>>());
    for sku in &skus {
        let pull = Pull {
            transfer: format!("pull of {sku}"),
            key: format!("key of {sku}"),
            sku: sku.clone(),
            units: 1,
            to,
        };
        let reply: PullReply = shop.ask_store(Address::Shard(0), shards::PULL_PATH, &pull);
        assert!(
            matches!(reply, PullReply::Gone { units: 1, .. }),
            "{reply:?}"
        );
    }
    skus
}

#[test]
fn one_round_follows_all_units_that_are_away() {
    let shop = Shop::of(3, &SKUS);
    let skus = let_units_go(&shop, "away", 1, 130);
    shop.tick(Address::Shard(0));
    for sku in &skus {
        shop.assert_available(sku, UNITS);
    }
}

#[test]
fn a_round_comes_to_an_end_and_says_that_there_is_more() {
    let shop = Shop::of(3, &SKUS);
    shop.rest();
    let_units_go(&shop, "very-many", 1, 430);
    assert!(shop.tick(Address::Shard(0)).more);
    let report = shop.tick(Address::Shard(0));
    assert!(!report.more && !report.waits, "{report:?}");
}

#[test]
fn a_shard_that_is_silent_keeps_no_buyer_from_the_units_of_others() {
    let shop = Shop::of(3, &SKUS);
    shop.rest();
    let held_up = let_units_go(&shop, "silent", 1, 120);
    shop.now_ms.set(shop.now_ms.get() + 1);
    let free = let_units_go(&shop, "answering", 2, 20);
    shop.silent.borrow_mut().insert(Address::Shard(1));
    let report = shop.tick(Address::Shard(0));
    assert!(report.waits && !report.more, "{report:?}");
    shop.silent.borrow_mut().clear();
    for sku in &free {
        shop.assert_available(sku, UNITS);
    }
    shop.assert_available(&held_up[0], UNITS - 1);
    shop.rest();
    shop.assert_available(&held_up[0], UNITS);
    shop.assert_the_books_balance();
}
