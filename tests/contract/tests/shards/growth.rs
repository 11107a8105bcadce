//! A shop that gets more shards than it had, and one that is deployed with fewer.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_contract::block_on;
use souk_origin::OrderStore;
use souk_origin::shards::ShardStore;
use souk_ports::OriginClient;
use souk_protocol::life::{
    self, Action, ChangeReply, OrderRecord, ReceiptLine, ReceiptReply, StockReceipt,
};
use souk_protocol::shards::{self, Layout};
use souk_protocol::trade::{self, SubmitReply};
use souk_sharding::{Address, Known, Router, layout};

use crate::shop::{SKUS, Shop, UNITS, apart, order};

#[test]
fn shards_are_added_without_losing_a_unit_an_order_or_a_key() {
    let shop = Shop::of(1, &SKUS);
    let (first, other) = apart();
    let before = shop.accept("before", &[(first, 1), (other, 2)]);
    shop.shards.set(3);
    // Nothing has moved yet, and everything sells.
    shop.accept("meanwhile", &[(other, 1), (first, 1)]);
    shop.rest();
    let layout: Layout = shop.get(shards::LAYOUT_PATH);
    assert_eq!((layout.shards, layout.misplaced), (3, 0));
    for sku in SKUS {
        assert_eq!(shop.account(sku).supplied, UNITS, "{sku}");
    }
    // Each is with its owner now: a new order needs nobody else.
    shop.asked.borrow_mut().clear();
    shop.accept("after", &[(other, 1)]);
    let pulled = |(_, path): &(Address, String)| path == shards::PULL_PATH;
    assert!(!shop.asked.borrow().iter().any(pulled));
    let again = shop.buy("before", &[(first, 1), (other, 2)]);
    assert!(
        matches!(&again, SubmitReply::Exists { order } if order.id == before),
        "{again:?}"
    );
    assert_eq!(
        shop.buy("before", &[(other, 2)]),
        SubmitReply::ExistsWithDifferentContent
    );
    // Published again, nothing comes in a second time.
    shop.define(&SKUS);
    let reason = "not wanted".to_owned();
    shop.change(&before, Action::Cancel { reason });
    shop.rest();
    let account = shop.account(other);
    assert_eq!((account.supplied, account.available), (UNITS, UNITS - 2));
    shop.assert_the_books_balance();
}

fn layout_of(shop: &Shop) -> Layout {
    shop.get(shards::LAYOUT_PATH)
}

fn receipt(key: &str, sku: &str) -> StockReceipt {
    StockReceipt {
        key: key.to_owned(),
        home: None,
        lines: vec![ReceiptLine {
            sku: sku.to_owned(),
            units: 1,
        }],
        reason: "counted".to_owned(),
    }
}

fn assert_exists(shop: &Shop, key: &str, lines: &[(&str, u32)], id: &str) {
    let again = shop.buy(key, lines);
    assert!(
        matches!(&again, SubmitReply::Exists { order } if order.id == id),
        "{key}: {again:?}"
    );
}

/// Whether a shard was asked whether it knows a key.
fn asked_about_keys(shop: &Shop) -> bool {
    let asked = shop.asked.take();
    asked.iter().any(|(_, path)| path == shards::KNOWS_KEY_PATH)
}

#[test]
fn stores_of_keys_decide_alone_once_they_know_the_older_ones() {
    let shop = Shop::of(1, &SKUS);
    let (first, other) = apart();
    let older: Vec<_> = (0..9)
        .map(|number| {
            let key = format!("older-{number}");
            let id = shop.accept(&key, &[(first, 1)]);
            (key, id)
        })
        .collect();
    let booked: ReceiptReply = shop.ask(life::RECEIPTS_PATH, &receipt("older receipt", other));
    assert!(matches!(booked, ReceiptReply::Done { .. }), "{booked:?}");
    shop.shards.set(3);
    shop.asked.borrow_mut().clear();
    shop.accept("new", &[(other, 1)]);
    assert!(asked_about_keys(&shop), "nobody knows whether it is new");
    assert!(layout_of(&shop).has_older_keys);
    shop.rest();
    shop.now_ms.set(shop.now_ms.get() + 60_000);
    assert!(!layout_of(&shop).has_older_keys);
    shop.asked.borrow_mut().clear();
    shop.accept("newer", &[(other, 1)]);
    // With other lines, so that nothing but the key leads to shard 0.
    for (key, id) in &older {
        assert_exists(&shop, key, &[(first, 1)], id);
        let misused = shop.buy(key, &[(other, 1)]);
        assert_eq!(misused, SubmitReply::ExistsWithDifferentContent, "{key}");
    }
    let booked: ReceiptReply = shop.ask(life::RECEIPTS_PATH, &receipt("older receipt", other));
    assert!(matches!(booked, ReceiptReply::Done { .. }), "{booked:?}");
    assert!(!asked_about_keys(&shop), "shard 0 is asked all the same");
    shop.rest();
    assert_eq!(shop.account(other).supplied, UNITS + 1);
    shop.assert_the_books_balance();
}

#[test]
fn a_shop_without_older_orders_hands_nothing_over() {
    let shop = Shop::of(3, &SKUS);
    shop.asked.borrow_mut().clear();
    shop.accept("a", &[(SKUS[0], 1)]);
    assert!(!asked_about_keys(&shop));
    shop.rest();
    let asked = shop.asked.take();
    assert!(!asked.iter().any(|(_, path)| path == shards::HAND_OVER_PATH));
}

#[test]
fn a_store_of_keys_that_is_silent_hears_of_them_later() {
    let shop = Shop::of(1, &SKUS);
    let (first, other) = apart();
    let ids: Vec<_> = ["one", "two", "three"]
        .map(|key| (key, shop.accept(key, &[(first, 1)])))
        .into();
    let silent = layout::store_of_key("two");
    assert!(
        ids.iter()
            .all(|(key, _)| *key == "two" || layout::store_of_key(key) != silent)
    );
    shop.shards.set(3);
    shop.silent.borrow_mut().insert(silent);
    for _ in 0..5 {
        let report = shop.tick(Address::Shard(0));
        assert!(report.waits, "{report:?}");
    }
    assert!(layout_of(&shop).has_older_keys, "one store knows nothing");
    shop.now_ms.set(shop.now_ms.get() + 60_000);
    for (key, id) in ids.iter().filter(|(key, _)| *key != "two") {
        assert_exists(&shop, key, &[(first, 1)], id);
    }
    shop.silent.borrow_mut().clear();
    // Before it was told: it asks.
    assert_eq!(
        shop.buy("two", &[(other, 1)]),
        SubmitReply::ExistsWithDifferentContent
    );
    shop.rest();
    assert!(!layout_of(&shop).has_older_keys);
    shop.now_ms.set(shop.now_ms.get() + 60_000);
    for (key, id) in &ids {
        assert_exists(&shop, key, &[(first, 1)], id);
    }
    shop.assert_the_books_balance();
}

#[test]
fn no_key_is_left_out_while_orders_go_into_the_archive_and_come_back() {
    let shop = Shop::of(1, &SKUS);
    let sku = SKUS[0];
    let mut keys = BTreeSet::new();
    // Orders go into the archive as they were placed, so against the walk.
    for number in (0..9).rev() {
        let key = format!("key-{number}");
        let id = shop.accept(&key, &[(sku, 1)]);
        let reason = "not wanted".to_owned();
        shop.change(&id, Action::Cancel { reason });
        keys.insert(key);
    }
    for key in ["r-1", "r-2", "r-3"] {
        let _: ReceiptReply = shop.ask(life::RECEIPTS_PATH, &receipt(key, sku));
        keys.insert(format!("{}{key}", shards::OF_RECEIPT));
    }
    let store = shop.store(Address::Shard(0));
    let mut told = BTreeSet::new();
    block_on(async {
        // The back office has heard of everything, so everything may go into the archive.
        let claim = life::Claim {
            queue: life::Queue::BackOffice,
            limit: 100,
            visibility_ms: 1_000,
            order: None,
        };
        let messages = store.claim(&claim, i64::MAX / 2).await.expect("a store");
        let settled: Vec<_> = messages
            .into_iter()
            .map(|message| life::Settlement {
                id: message.id,
                order: message.order,
                sequence: message.sequence,
                attempts: message.attempts,
                outcome: life::Settled::Done,
            })
            .collect();
        store.settle(&settled, 1).await.expect("a store");
        assert_eq!(store.count_shards(3).await, Ok(3));
        let mut first = None;
        let (mut archived, mut rounds) = (0, 0);
        while let Some(older) = store.older_keys(2).await.expect("a store") {
            archived += store.put_away(i64::MAX, 1).await.expect("a store");
            rounds += 1;
            assert!(rounds < 20, "there is no end of it");
            told.extend(older.keys.iter().cloned());
            store.older_keys_told(&older).await.expect("a store");
            // Who was slower takes the walk nowhere.
            let slow = first.get_or_insert(older);
            store.older_keys_told(slow).await.expect("a store");
        }
        assert!(archived > 0, "nothing went into the archive");
        assert_eq!(store.older_keys(2).await, Ok(None));
    });
    assert_eq!(told, keys);
    assert!(!block_on(store.layout(3)).expect("a store").2);
}

#[test]
fn a_shop_that_is_deployed_with_fewer_shards_goes_on_with_all_of_them() {
    let shop = Shop::of(4, &SKUS);
    let orders: Vec<_> = SKUS
        .map(|sku| (sku, shop.accept(&format!("key of {sku}"), &[(sku, 1)])))
        .into();
    let homes: BTreeSet<_> = orders.iter().map(|(_, id)| layout::home_of(id)).collect();
    assert!(
        homes.contains(&3),
        "nothing is on the last shard: {homes:?}"
    );
    for (round, deployed) in [1, 2, 3].into_iter().enumerate() {
        shop.shards.set(deployed);
        let ask_anew = || shop.known.replace(Known::default());
        for (sku, id) in &orders {
            ask_anew();
            let path = format!("{}?id={id}&token=token", life::RECORD_PATH);
            let record: OrderRecord = shop.get(&path);
            assert_eq!(record.order.id, *id);
            ask_anew();
            assert_exists(&shop, &format!("key of {sku}"), &[(sku, 1)], id);
            ask_anew();
            let account = shop.account(sku);
            let sold = 1 + i64::try_from(round).expect("a few");
            assert_eq!((account.supplied, account.sold), (UNITS, sold), "{sku}");
            ask_anew();
            shop.accept(&format!("{deployed} for {sku}"), &[(sku, 1)]);
        }
        ask_anew();
        shop.define(&SKUS);
        ask_anew();
        shop.assert_the_books_balance();
        ask_anew();
        shop.rest();
        let layout = layout_of(&shop);
        assert_eq!(
            (layout.shards, layout.deployed, layout.misplaced),
            (4, deployed, 0)
        );
    }
    let (_, id) = orders
        .iter()
        .find(|(_, id)| layout::home_of(id) == 3)
        .expect("there is one");
    shop.known.replace(Known::default());
    let reason = "not wanted".to_owned();
    let reply = shop.change(id, Action::Cancel { reason });
    assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
}

#[test]
fn what_a_later_deployment_placed_is_found_when_it_is_taken_back() {
    let shop = Shop::of(2, &SKUS);
    shop.rest();
    let later = SKUS
        .into_iter()
        .find(|sku| layout::place_by_hash(sku, 3) == 2);
    let sku = later.expect("a third shard takes some");
    // An edge is deployed anew, and no store yet.
    let known = Known::default();
    let body = Bytes::from(serde_json::to_vec(&order("a", &[(sku, 1)])).expect("JSON"));
    let request = Request::post(trade::ORDERS_PATH)
        .body(body)
        .expect("a request");
    let answer = block_on(Router::new(&shop, &known, 3).send(request)).expect("an answer");
    let reply: SubmitReply = serde_json::from_slice(answer.body()).expect("a reply");
    let SubmitReply::Accepted { order, .. } = reply else {
        panic!("{reply:?}");
    };
    assert_eq!(layout::home_of(&order.id), 2);
    // And is taken back.
    shop.known.replace(Known::default());
    let path = format!("{}?id={}&token=token", life::RECORD_PATH, order.id);
    let record: OrderRecord = shop.get(&path);
    assert_eq!(record.order.id, order.id);
    shop.rest();
    assert_eq!(layout_of(&shop).shards, 3);
    shop.assert_the_books_balance();
}

#[test]
fn a_shop_of_one_store_stays_one() {
    let shop = Shop::of(1, &SKUS);
    shop.accept("a", &[(SKUS[0], 1)]);
    shop.rest();
    let (status, _) = shop.send("GET", shards::LAYOUT_PATH, &());
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        block_on(shop.store(Address::Shard(0)).count_shards(1)),
        Ok(1)
    );
}
