//! SKUs that are told to be somewhere else while they are on their way, and many transfers at once.

use souk_protocol::shards::{self, Layout, Pin, PinReply, Pull, PullReply};
use souk_sharding::{Address, layout};

use crate::shop::{SKUS, Shop, UNITS};

fn pin(shop: &Shop, sku: &str, shard: Option<u16>) -> PinReply {
    let sku = sku.to_owned();
    shop.ask(shards::PINS_PATH, &Pin { sku, shard })
}

/// A SKU of the directory, so that both other shards can be silent.
fn of_the_directory() -> &'static str {
    let sku = SKUS
        .into_iter()
        .find(|sku| layout::place_by_hash(sku, 3) == 0);
    sku.expect("three shards own six SKUs")
}

/// These SKUs are sold where their hashes say, and nothing is on its way.
fn assert_in_place(shop: &Shop, shards: u16, skus: &[&str]) {
    let layout: Layout = shop.get(shards::LAYOUT_PATH);
    assert_eq!((layout.shards, layout.misplaced), (shards, 0));
    shop.now_ms.set(shop.now_ms.get() + 60_000);
    for &sku in skus {
        let id = shop.accept(&format!("in place {sku}"), &[(sku, 1)]);
        let place = layout::place_by_hash(sku, shards);
        assert_eq!(layout::home_of(&id), place, "{sku}");
        assert_eq!(shop.account(sku).supplied, UNITS, "{sku}");
        // With the units, not only with the order.
        let pull = Pull {
            transfer: format!("look at {sku}"),
            key: String::new(),
            sku: sku.to_owned(),
            units: 0,
            to: place,
        };
        let owner: PullReply = shop.ask_store(Address::Shard(place), shards::PULL_PATH, &pull);
        assert!(matches!(owner, PullReply::Gone { .. }), "{sku}: {owner:?}");
    }
    shop.assert_the_books_balance();
}

#[test]
fn a_pin_that_is_taken_off_on_the_way_counts_no_more() {
    let shop = Shop::of(3, &SKUS);
    let sku = of_the_directory();
    shop.silent.borrow_mut().insert(Address::Shard(2));
    assert_eq!(pin(&shop, sku, Some(2)), PinReply::Moving);
    assert_eq!(pin(&shop, sku, None), PinReply::Moving);
    shop.silent.borrow_mut().clear();
    shop.rest();
    assert_in_place(&shop, 3, &SKUS);
}

#[test]
fn a_pin_that_is_changed_on_the_way_counts() {
    let shop = Shop::of(3, &SKUS);
    let sku = of_the_directory();
    shop.silent.borrow_mut().insert(Address::Shard(1));
    assert_eq!(pin(&shop, sku, Some(1)), PinReply::Moving);
    assert_eq!(pin(&shop, sku, Some(2)), PinReply::Moving);
    shop.silent.borrow_mut().clear();
    shop.rest();
    shop.now_ms.set(shop.now_ms.get() + 60_000);
    let id = shop.accept("a", &[(sku, 1)]);
    assert_eq!(layout::home_of(&id), 2);
    assert_eq!(pin(&shop, sku, None), PinReply::Done);
    assert_in_place(&shop, 3, &SKUS);
}

#[test]
fn shards_that_are_added_while_others_are_count() {
    let skus: Vec<_> = (0..20).map(|number| format!("grow-{number}")).collect();
    let skus: Vec<_> = skus.iter().map(String::as_str).collect();
    let shop = Shop::of(1, &skus);
    shop.shards.set(2);
    shop.silent.borrow_mut().insert(Address::Shard(1));
    shop.tick(Address::Shard(0));
    shop.tick(Address::Shard(0));
    shop.shards.set(4);
    shop.tick(Address::Shard(0));
    shop.silent.borrow_mut().clear();
    shop.rest();
    let moves_on = |sku: &&str| {
        let [two, four] = [2, 4].map(|shards| layout::place_by_hash(sku, shards));
        two != 0 && two != four
    };
    assert!(skus.iter().any(moves_on), "no SKU is sent to two places");
    assert_in_place(&shop, 4, &skus);
}

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
fn a_shard_that_is_silent_keeps_nobody_from_the_units_of_others() {
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
