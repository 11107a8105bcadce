//! Sold-out holds over several shards: every buyer finds the order, wherever it lives and whatever
//! the shop has grown to since.

use std::collections::BTreeSet;

use http::StatusCode;
use souk_contract::block_on;
use souk_order_store::{
    NewOrder, OrderStore, ShardStore, SoldOutHoldRequest, SoldOutHoldSet, StockStore, Terms,
};
use souk_protocol::origin::{self, Action, DefineOffers, OfferDefinition, SubmitReply};
use souk_protocol::shards::{self, Pull, PullReply};
use souk_sharding::{Address, layout};

use crate::shop::{SKUS, Shop, UNITS, apart, stored_order};

const KEYS_MAX: usize = 100_000;

fn sold_out_hold(shop: &Shop, shard: u16, sku: &str, known: Option<i64>) -> Option<SoldOutHoldSet> {
    let asked = SoldOutHoldRequest {
        sku,
        until_ms: shop.now_ms.get() + 6_000,
        now_ms: shop.now_ms.get(),
        known,
        keys_max: KEYS_MAX,
    };
    block_on(shop.store(Address::Shard(shard)).sold_out_hold(asked)).expect("a store")
}

fn keys_of(sold_out_hold: Option<SoldOutHoldSet>) -> BTreeSet<String> {
    let keys = sold_out_hold
        .expect("a sold-out hold")
        .keys
        .expect("its keys");
    let count = keys.len();
    let keys: BTreeSet<_> = keys.into_iter().collect();
    assert_eq!(keys.len(), count, "each once");
    keys
}

fn later(shop: &Shop) {
    shop.now_ms.set(shop.now_ms.get() + 60_000);
}

fn set<const N: usize>(keys: [&str; N]) -> BTreeSet<String> {
    keys.map(str::to_owned).into()
}

/// A SKU that three shards own where one does, and another shard does when there are four.
fn that_leaves() -> &'static str {
    let sku = SKUS
        .into_iter()
        .find(|sku| layout::place_by_hash(sku, 3) != layout::place_by_hash(sku, 4));
    sku.expect("one of six SKUs goes to the fourth shard")
}

/// One that stays, and is owned by another shard.
fn beside(sku: &str) -> &'static str {
    let owner = layout::place_by_hash(sku, 3);
    let beside = SKUS.into_iter().find(|other| {
        let place = layout::place_by_hash(other, 3);
        place != owner && place == layout::place_by_hash(other, 4)
    });
    beside.expect("three shards own six SKUs")
}

#[test]
fn a_sold_out_hold_goes_with_its_sku() {
    let shop = Shop::of(3, &SKUS);
    let sku = that_leaves();
    let ten = u32::try_from(UNITS).expect("a few");
    let id = shop.accept("a", &[(sku, ten)]);
    let place = shop.owner(sku);
    assert!(sold_out_hold(&shop, place, sku, None).is_some());
    shop.grow(4);
    let reason = "not wanted".to_owned();
    shop.change(&id, Action::Cancel { reason });
    shop.tick(Address::Shard(place));
    // The units are there, and are not sold while an edge may say that there are none.
    shop.assert_available(sku, UNITS);
    let refused = shop.buy("b", &[(sku, 1)]);
    assert!(
        matches!(refused, SubmitReply::SoldOut { .. }),
        "{refused:?}"
    );
    later(&shop);
    shop.accept("c", &[(sku, 1)]);
    shop.rest();
    shop.assert_the_books_balance();
}

#[test]
fn a_sku_of_a_shop_that_has_grown_is_held_with_the_keys_of_all_its_orders() {
    let skus: Vec<_> = (0..40).map(|number| format!("grow-{number}")).collect();
    let places = |sku: &&str| [1, 3, 5].map(|shards| layout::place_by_hash(sku, shards));
    let skus: Vec<_> = skus.iter().map(String::as_str).collect();
    let moves_twice = skus.iter().copied().find(|sku| {
        let [one, three, five] = places(sku);
        one != three && three != five
    });
    let sku = moves_twice.expect("one of forty SKUs moves twice");
    let stays = skus.iter().copied().find(|sku| places(sku) == [0; 3]);
    let other = stays.expect("one of forty SKUs stays");
    let shop = Shop::of(1, &skus);
    shop.accept("of one shard", &[(sku, 1)]);
    shop.grow(3);
    shop.accept("of three", &[(sku, 1)]);
    shop.accept("of three, from elsewhere", &[(other, 1), (sku, 1)]);
    shop.grow(5);
    shop.accept("of five, from elsewhere", &[(other, 1), (sku, 1)]);
    shop.rest();
    let rest = u32::try_from(shop.account(sku).available).expect("a few");
    shop.accept("the last ones", &[(sku, rest)]);
    let all = set([
        "of one shard",
        "of three",
        "of three, from elsewhere",
        "of five, from elsewhere",
        "the last ones",
    ]);
    assert_eq!(
        keys_of(sold_out_hold(&shop, shop.owner(sku), sku, None)),
        all
    );
    shop.assert_the_books_balance();
}

#[test]
fn a_key_of_an_order_that_was_never_placed_goes_with_the_sku_too() {
    // The order may still come: its home was given the units.
    let shop = Shop::of(3, &SKUS);
    let sku = that_leaves();
    let pull = Pull {
        transfer: "slow".to_owned(),
        key: "slow".to_owned(),
        sku: sku.to_owned(),
        units: u32::try_from(UNITS).expect("a few"),
        to: shop.owner(beside(sku)),
    };
    let owner = Address::Shard(shop.owner(sku));
    let reply: PullReply = shop.ask_store(owner, shards::PULL_PATH, &pull);
    assert!(matches!(reply, PullReply::Gone { .. }), "{reply:?}");
    shop.grow(4);
    let now = sold_out_hold(&shop, shop.owner(sku), sku, None);
    assert_eq!(keys_of(now), set(["slow"]));
    // It did not come, and its units are given back, to the owner of then, and of now.
    later(&shop);
    shop.rest();
    shop.assert_available(sku, UNITS);
    shop.accept("later", &[(sku, 1)]);
    shop.assert_the_books_balance();
}

#[test]
fn an_order_elsewhere_for_units_that_are_not_there_yet_has_the_sku_too() {
    let shop = Shop::of(3, &SKUS);
    let (sku, other) = apart();
    let owner = shop.owner(sku);
    let backorder = |backorder| {
        let define = DefineOffers {
            currency: "USD".to_owned(),
            offers: vec![OfferDefinition {
                sku: sku.to_owned(),
                title: format!("Title of {sku}"),
                slug: format!("slug-of-{sku}"),
                unit_price: 100,
                backorder,
                initial_units: 0,
                facts: Vec::new(),
                prices: Vec::new(),
            }],
            withdrawn: Vec::new(),
        };
        let (status, _) = shop.send("POST", origin::OFFERS_PATH, &define);
        assert_eq!(status, StatusCode::NO_CONTENT);
    };
    shop.accept("all of it", &[(sku, u32::try_from(UNITS).expect("a few"))]);
    let before = sold_out_hold(&shop, owner, sku, None).expect("a sold-out hold");
    later(&shop);
    backorder(true);
    shop.accept("ahead of it", &[(other, 1), (sku, 2)]);
    backorder(false);
    // The SKU has another key since the sold-out hold that it had.
    let now = sold_out_hold(&shop, owner, sku, Some(before.number));
    assert_eq!(keys_of(now), set(["all of it", "ahead of it"]));
}

#[test]
fn keys_come_page_by_page_and_all_of_them() {
    let shop = Shop::of(3, &[]);
    let store = shop.store(Address::Shard(0));
    let (sku, count) = ("tea-many", 2_100);
    let define = DefineOffers {
        currency: "USD".to_owned(),
        offers: vec![OfferDefinition {
            sku: sku.to_owned(),
            title: "Tea".to_owned(),
            slug: "tea".to_owned(),
            unit_price: 1,
            backorder: false,
            initial_units: 10_000,
            facts: Vec::new(),
            prices: Vec::new(),
        }],
        withdrawn: Vec::new(),
    };
    let mut keys = BTreeSet::new();
    let mut pages = Vec::new();
    block_on(async {
        store.define_offers(&define, 1).await.expect("a store");
        for number in 0..count {
            let key = format!("order {number}");
            let submit = stored_order(&key, &[(sku, 1)]);
            let new = NewOrder {
                submit: &submit,
                now_ms: 1,
                terms: &Terms::DEFAULT,
                price: &souk_order_store::Price::OfOffers,
            };
            let reply = store.submit(new).await.expect("a store");
            assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
            keys.insert(key);
            let key = format!("departure {number}");
            let pull = Pull {
                transfer: key.clone(),
                key: key.clone(),
                sku: sku.to_owned(),
                units: 1,
                to: 1,
            };
            let reply = store.depart(&pull, 1).await.expect("a store");
            assert!(
                matches!(reply, PullReply::Gone { units: 1, .. }),
                "{reply:?}"
            );
            keys.insert(key);
        }
        let mut from = Some(String::new());
        while let Some(place) = from {
            let (page, next) = store.sku_keys(sku, &place).await.expect("a store");
            assert!(pages.len() < 20, "there is no end of it");
            pages.push(page.keys.len());
            for key in page.keys {
                assert!(keys.remove(&key), "{key} comes twice, or was never there");
            }
            from = next;
        }
    });
    assert!(keys.is_empty(), "{} are missing", keys.len());
    assert!(
        pages.iter().filter(|&&keys| keys > 0).count() >= 4,
        "{pages:?}"
    );
}
