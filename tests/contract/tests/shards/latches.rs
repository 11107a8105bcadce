//! Latches of SKUs that moved: whoever was sold one finds the order, wherever the order lives and
//! wherever the SKU is by then.

use std::collections::BTreeSet;

use http::StatusCode;
use souk_contract::block_on;
use souk_origin::shards::{ShardStore, SkuKeySource};
use souk_origin::{LatchRequest, LatchSet, NewOrder, OrderStore, Terms};
use souk_protocol::life::Action;
use souk_protocol::shards::{self, Pin, PinReply, Pull, PullReply, SkuKeys};
use souk_protocol::trade::{self, DefineOffers, OfferDefinition, SubmitReply};
use souk_sharding::Address;

use crate::shop::{SKUS, Shop, UNITS, apart, order};

const KEYS_MAX: usize = 100_000;

fn latch(shop: &Shop, shard: u16, sku: &str, known: Option<i64>) -> Option<LatchSet> {
    let asked = LatchRequest {
        sku,
        until_ms: shop.now_ms.get() + 6_000,
        now_ms: shop.now_ms.get(),
        known,
        keys_max: KEYS_MAX,
    };
    block_on(shop.store(Address::Shard(shard)).latch(asked)).expect("a store")
}

fn keys_of(latch: Option<LatchSet>) -> BTreeSet<String> {
    let keys = latch.expect("a latch").keys.expect("its keys");
    let count = keys.len();
    let keys: BTreeSet<_> = keys.into_iter().collect();
    assert_eq!(keys.len(), count, "each once");
    keys
}

fn put(shop: &Shop, sku: &str, shard: Option<u16>) {
    let sku = sku.to_owned();
    let reply: PinReply = shop.ask(shards::PINS_PATH, &Pin { sku, shard });
    assert_eq!(reply, PinReply::Done);
    later(shop);
}

fn later(shop: &Shop) {
    shop.now_ms.set(shop.now_ms.get() + 60_000);
}

fn cancel(shop: &Shop, id: &str) {
    let reason = "not wanted".to_owned();
    shop.change(id, Action::Cancel { reason });
    shop.rest();
}

fn set<const N: usize>(keys: [&str; N]) -> BTreeSet<String> {
    keys.map(str::to_owned).into()
}

fn asked_for_keys(shop: &Shop) -> bool {
    let asked = shop.asked.borrow();
    asked.iter().any(|(_, path)| path == shards::SKU_KEYS_PATH)
}

#[test]
fn a_latch_goes_with_its_sku() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS[0];
    let ten = u32::try_from(UNITS).expect("a few");
    let id = shop.accept("a", &[(sku, ten)]);
    let place = shop.owner(sku);
    assert!(latch(&shop, place, sku, None).is_some());
    let target = (place + 1) % 3;
    let pin = Pin {
        sku: sku.to_owned(),
        shard: Some(target),
    };
    let reply: PinReply = shop.ask(shards::PINS_PATH, &pin);
    assert_eq!(reply, PinReply::Done);
    let reason = "not wanted".to_owned();
    shop.change(&id, Action::Cancel { reason });
    shop.tick(Address::Shard(place));
    // The units are there, and nobody gets them while an edge may say that there are none.
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
fn a_sku_that_moved_is_latched_with_the_keys_of_all_its_orders() {
    let shop = Shop::of(3, &SKUS);
    let (sku, other) = apart();
    let place = shop.owner(sku);
    let (second, third) = ((place + 1) % 3, (place + 2) % 3);
    shop.accept("at its place", &[(sku, 1)]);
    shop.accept("from elsewhere", &[(other, 1), (sku, 1)]);
    put(&shop, sku, Some(second));
    shop.accept("where it is pinned", &[(sku, 1)]);
    shop.accept("from elsewhere again", &[(other, 1), (sku, 1)]);
    put(&shop, sku, Some(third));
    shop.rest();
    let rest = u32::try_from(shop.account(sku).available).expect("a few");
    let last = shop.accept("the last ones", &[(sku, rest)]);
    assert!(!asked_for_keys(&shop), "nobody wants a latch yet");
    assert_eq!(latch(&shop, third, sku, None), None);
    shop.tick(Address::Shard(third));
    let all = set([
        "at its place",
        "from elsewhere",
        "where it is pinned",
        "from elsewhere again",
        "the last ones",
    ]);
    assert_eq!(keys_of(latch(&shop, third, sku, None)), all);

    // And back, where some of the keys have been all the time.
    later(&shop);
    cancel(&shop, &last);
    shop.accept("the last ones once more", &[(sku, rest)]);
    put(&shop, sku, None);
    assert_eq!(latch(&shop, place, sku, None), None);
    shop.tick(Address::Shard(place));
    let mut all = all;
    all.insert("the last ones once more".to_owned());
    assert_eq!(keys_of(latch(&shop, place, sku, None)), all);
    shop.rest();
    shop.assert_the_books_balance();
}

#[test]
fn a_sku_that_moves_on_before_its_keys_are_there_says_where_they_are() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS[0];
    let place = shop.owner(sku);
    let (second, third) = ((place + 1) % 3, (place + 2) % 3);
    shop.accept("at its place", &[(sku, 1)]);
    put(&shop, sku, Some(second));
    // Nobody orders it there.
    put(&shop, sku, Some(third));
    shop.accept(
        "the last ones",
        &[(sku, u32::try_from(UNITS).expect("a few") - 1)],
    );
    assert_eq!(latch(&shop, third, sku, None), None);
    shop.silent.borrow_mut().insert(Address::Shard(place));
    assert!(shop.tick(Address::Shard(third)).waits);
    assert_eq!(latch(&shop, third, sku, None), None, "a key is missing");
    shop.silent.borrow_mut().clear();
    shop.tick(Address::Shard(third));
    let keys = keys_of(latch(&shop, third, sku, None));
    assert_eq!(keys, set(["at its place", "the last ones"]));
}

#[test]
fn a_latch_from_before_a_sku_left_is_another_one_than_after_it_came_back() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS[0];
    let place = shop.owner(sku);
    let target = (place + 1) % 3;
    let all = u32::try_from(UNITS).expect("a few");
    let id = shop.accept("first", &[(sku, all)]);
    let first = latch(&shop, place, sku, None).expect("a latch");
    put(&shop, sku, Some(target));
    cancel(&shop, &id);
    shop.accept("second", &[(sku, all)]);
    // Its latch travels with it.
    assert_eq!(latch(&shop, target, sku, None), None);
    shop.tick(Address::Shard(target));
    assert!(latch(&shop, target, sku, None).is_some());
    let back = Pin {
        sku: sku.to_owned(),
        shard: None,
    };
    let reply: PinReply = shop.ask(shards::PINS_PATH, &back);
    assert_eq!(reply, PinReply::Done);
    assert_eq!(latch(&shop, place, sku, Some(first.number)), None);
    shop.tick(Address::Shard(place));
    let again = latch(&shop, place, sku, Some(first.number));
    assert_eq!(keys_of(again), set(["first", "second"]));
}

#[test]
fn a_page_from_an_earlier_stay_of_a_sku_is_not_taken() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS[0];
    let target = (shop.owner(sku) + 1) % 3;
    shop.accept("a", &[(sku, u32::try_from(UNITS).expect("a few"))]);
    put(&shop, sku, Some(target));
    assert_eq!(latch(&shop, target, sku, None), None);
    let store = shop.store(Address::Shard(target));
    let wanted = block_on(store.wanted_sku_keys(KEYS_MAX, &[], 8)).expect("a store");
    let [source] = wanted.try_into().expect("one source");
    let nothing = SkuKeys {
        keys: Vec::new(),
        next: None,
    };
    let earlier = SkuKeySource {
        transfer: "another one".to_owned(),
        ..source.clone()
    };
    let further = SkuKeySource {
        position: "d7".to_owned(),
        ..source
    };
    for stale in [earlier, further] {
        block_on(store.take_sku_keys(&stale, &nothing)).expect("a store");
        assert_eq!(latch(&shop, target, sku, None), None, "{stale:?}");
    }
    shop.tick(Address::Shard(target));
    assert_eq!(keys_of(latch(&shop, target, sku, None)), set(["a"]));
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
            }],
            withdrawn: Vec::new(),
        };
        let (status, _) = shop.send("POST", trade::OFFERS_PATH, &define);
        assert_eq!(status, StatusCode::NO_CONTENT);
    };
    shop.accept("all of it", &[(sku, u32::try_from(UNITS).expect("a few"))]);
    let before = latch(&shop, owner, sku, None).expect("a latch");
    later(&shop);
    backorder(true);
    shop.accept("ahead of it", &[(other, 1), (sku, 2)]);
    backorder(false);
    // The SKU has another key since the latch that it had.
    let now = latch(&shop, owner, sku, Some(before.number));
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
        }],
        withdrawn: Vec::new(),
    };
    let mut keys = BTreeSet::new();
    let mut pages = Vec::new();
    block_on(async {
        store.define_offers(&define, 1).await.expect("a store");
        for number in 0..count {
            let key = format!("order {number}");
            let submit = order(&key, &[(sku, 1)]);
            let new = NewOrder {
                submit: &submit,
                now_ms: 1,
                terms: &Terms::DEFAULT,
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
            let page = store.sku_keys(sku, &place).await.expect("a store");
            assert!(pages.len() < 20, "there is no end of it");
            pages.push(page.keys.len());
            for key in page.keys {
                assert!(keys.remove(&key), "{key} comes twice, or was never there");
            }
            from = page.next;
        }
    });
    assert!(keys.is_empty(), "{} are missing", keys.len());
    assert!(
        pages.iter().filter(|&&keys| keys > 0).count() >= 4,
        "{pages:?}"
    );
}
