//! A shop that gets more shards than it was created with.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_contract::block_on;
use souk_order_store::{
    BooksAudit, NewOrder, OrderStore, ShardStore, StockStore, StoreError, Terms,
};
use souk_ports::OriginClient;
use souk_protocol::origin::{
    self, Action, AuditReport, COPY_CUT_MS_MIN, ChangeReply, CopiedRows, CopyRows, Ledger,
    OrderRecord, ReceiptLine, ReceiptReply, RepairBooks, StockReceipt, StockReport, Subject,
    SubmitReply,
};
use souk_protocol::shards::{self, GrowReply, GrowthRound, Layout};
use souk_sharding::{Address, Known, Router, layout};

use crate::shop::{SKUS, Shop, UNITS, apart, order, stored_order};

fn receipt(key: &str, sku: &str) -> StockReceipt {
    StockReceipt {
        by_name: None,
        key: key.to_owned(),
        home: None,
        lines: vec![ReceiptLine {
            sku: sku.to_owned(),
            units: 1,
        }],
        reason: "counted".to_owned(),
    }
}

#[test]
fn a_copy_is_of_a_shop_that_does_not_grow() {
    let (shop, _) = with_a_past();
    let asked = |after: &str| CopyRows {
        ledger: Ledger::Orders,
        after: after.to_owned(),
        until_ms: -COPY_CUT_MS_MIN,
    };
    let page: CopiedRows = shop.ask(origin::COPY_PATH, &asked(""));
    assert_eq!((page.shards, page.after), (1, None));
    let step = shop.step(3).expect("every store answers");
    assert!(matches!(step, GrowReply::Growing { .. }), "{step:?}");
    let (status, _) = shop.send("POST", origin::COPY_PATH, &asked(""));
    assert_eq!(status, StatusCode::LOCKED);
    shop.grow(3);
    let page: CopiedRows = shop.ask(origin::COPY_PATH, &asked(""));
    assert_eq!((page.shards, page.after.as_deref()), (3, Some("1/")));
    // A place of before.
    for after in ["number", "a/b", "3/"] {
        let (status, _) = shop.send("POST", origin::COPY_PATH, &asked(after));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{after}");
    }
}

fn assert_exists(shop: &Shop, key: &str, lines: &[(&str, u32)], id: &str) {
    let again = shop.buy(key, lines);
    assert!(
        matches!(&again, SubmitReply::Exists { order } if order.id == id),
        "{key}: {again:?}"
    );
}

fn assert_is_found(shop: &Shop, id: &str) {
    let path = format!("{}?id={id}", origin::RECORD_PATH);
    let record: OrderRecord = shop.get(&path);
    assert_eq!(record.order.id, id);
}

/// Every SKU is sold by the shard that its hash says, with all its units, and by no other.
fn assert_in_place(shop: &Shop, shards: u16, skus: &[&str]) {
    assert_eq!(shop.layout().layout, open(shards));
    for &sku in skus {
        shop.asked.borrow_mut().clear();
        let id = shop.accept(&format!("{sku} of {shards}"), &[(sku, 1)]);
        assert_eq!(layout::home_of(&id), layout::place_by_hash(sku, shards));
        let pulled = |(_, path): &(Address, String)| path == shards::PULL_PATH;
        assert!(!shop.asked.borrow().iter().any(pulled), "{sku}");
    }
    shop.rest();
    shop.assert_the_books_balance();
}

fn open(shards: u16) -> Layout {
    Layout {
        shards,
        growing_to: None,
    }
}

/// A shop of one shard with an order, an archived key of a receipt, and what they are called.
fn with_a_past() -> (Shop, String) {
    let shop = Shop::of(1, &SKUS);
    let (first, other) = apart();
    let id = shop.accept("before", &[(first, 1), (other, 2)]);
    let booked: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &receipt("box", other));
    assert!(matches!(booked, ReceiptReply::Done { .. }), "{booked:?}");
    (shop, id)
}

/// What a shop with a past must be like when it has three shards.
fn assert_has_grown(shop: &Shop, id: &str) {
    let (first, other) = apart();
    assert_is_found(shop, id);
    assert_exists(shop, "before", &[(first, 1), (other, 2)], id);
    assert_eq!(
        shop.buy("before", &[(other, 2)]),
        SubmitReply::ExistsWithDifferentContent
    );
    let again: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &receipt("box", other));
    assert!(matches!(again, ReceiptReply::Done { .. }), "{again:?}");
    // Published again, nothing comes in a second time.
    shop.define(&SKUS);
    let account = shop.account(other);
    let units = (account.supplied, account.available, account.sold);
    assert_eq!(units, (UNITS + 1, UNITS - 1, 2));
    assert_in_place(shop, 3, &SKUS);
    let reason = "not wanted".to_owned();
    let reply = shop.change(id, Action::Cancel { reason });
    assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
    shop.rest();
    // What was cancelled on shard 0 is with the owner, and one was sold since.
    let account = shop.account(other);
    let units = (account.supplied, account.available, account.sold);
    assert_eq!(units, (UNITS + 1, UNITS, 1));
    let all = u32::try_from(UNITS).expect("a few");
    shop.accept("all that is left", &[(other, all)]);
    shop.assert_the_books_balance();
}

#[test]
fn a_shop_grows_without_losing_a_unit_an_order_or_a_key() {
    let (shop, id) = with_a_past();
    shop.grow(3);
    assert_has_grown(&shop, &id);
    // And once more, from several.
    let later = shop.accept("of three", &[(SKUS[5], 1)]);
    shop.grow(5);
    for id in [&id, &later] {
        assert_is_found(&shop, id);
    }
    assert_exists(&shop, "of three", &[(SKUS[5], 1)], &later);
    let (first, other) = apart();
    assert_eq!(
        shop.buy("of three", &[(other, 1), (first, 1)]),
        SubmitReply::ExistsWithDifferentContent
    );
    shop.assert_the_books_balance();
    // What it has grown to is nothing to be done again.
    assert_eq!(shop.grow(5), 1);
}

#[test]
fn growing_may_die_at_every_message_and_is_completed_by_the_same_request() {
    for is_carried_out in [false, true] {
        let mut deaths = 0;
        for messages in 1.. {
            let (shop, id) = with_a_past();
            shop.fuse.set(Some((messages, is_carried_out)));
            let died = loop {
                match shop.step(3) {
                    Ok(GrowReply::Growing { .. }) => {}
                    Ok(GrowReply::Grown { .. }) => break false,
                    Ok(reply @ GrowReply::Refused { .. }) => panic!("{reply:?}"),
                    Err(_) => break true,
                }
            };
            shop.fuse.set(None);
            // Another instance comes to the shop, whatever state it is in.
            shop.known.replace(Known::default());
            let audit: AuditReport = shop.get(origin::AUDIT_PATH);
            assert_eq!(audit.drift, Vec::new(), "{messages} messages");
            assert_is_found(&shop, &id);
            shop.known.replace(Known::default());
            shop.grow(3);
            assert_has_grown(&shop, &id);
            if !died {
                break;
            }
            deaths += 1;
        }
        assert!(deaths > 15, "growing takes {deaths} messages");
    }
}

/// A shop of one shard with so many orders that half of the stores of keys are to know one of their
/// keys; and the orders, by key.
fn with_many_keys() -> (Shop, Vec<(String, String)>) {
    let shop = Shop::of(1, &SKUS);
    let mut box_of = receipt("box", SKUS[0]);
    box_of.lines[0].units = 200;
    let _: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &box_of);
    let order = |number| {
        let key = format!("order {number}");
        let id = shop.accept(&key, &[(SKUS[0], 1)]);
        (key, id)
    };
    let orders = (0..200).map(order).collect();
    shop.asked.borrow_mut().clear();
    (shop, orders)
}

/// Grows while every fifth message for a path is lost. A step that needed the answers to all of them
/// at once would not come through as often as the command of the staff repeats it.
fn grow_with_losses(shop: &Shop, to: u16, path: &'static str) {
    shop.lost_of.set(Some((path, 5)));
    let step = |_: &i32| matches!(shop.step(to), Ok(GrowReply::Grown { .. }));
    let grown_by = (1..=24).find(step);
    assert!(grown_by.is_some_and(|steps| steps < 5), "{grown_by:?}");
    shop.lost_of.set(None);
}

#[test]
fn a_shop_with_many_keys_grows_where_every_fifth_message_is_lost() {
    let (shop, orders) = with_many_keys();
    grow_with_losses(&shop, 2, shards::KEEP_KEYS_PATH);
    let asked = shop.asked_for(shards::KEEP_KEYS_PATH);
    let keepers: BTreeSet<_> = asked.iter().collect();
    assert!(keepers.len() > 100, "{} stores of keys", keepers.len());
    // A fifth of the messages, a fifth of those, and so on.
    let most = keepers.len() * 4 / 3;
    assert!(asked.len() < most, "{} messages", asked.len());
    for (key, id) in &orders {
        assert_exists(&shop, key, &[(SKUS[0], 1)], id);
    }
    shop.assert_the_books_balance();
}

#[test]
fn a_shop_grows_to_many_shards_where_every_fifth_message_is_lost() {
    let (shop, id) = with_a_past();
    shop.asked.borrow_mut().clear();
    grow_with_losses(&shop, 24, shards::GROWTH_ROUND_PATH);
    assert_is_found(&shop, &id);
    assert_in_place(&shop, 24, &SKUS);
}

#[test]
fn a_store_of_keys_that_is_silent_is_not_asked_for_ever() {
    let (shop, orders) = with_many_keys();
    let silent = layout::store_of_key(&orders[7].0);
    shop.silent.borrow_mut().insert(silent);
    assert!(shop.step(2).is_err(), "a store of keys is silent");
    // Once with all others, and once more because they had answered; the same again, because the other
    // shard had answered the router.
    let asked = shop.asked_for(shards::KEEP_KEYS_PATH);
    assert_eq!(asked.iter().filter(|&&keeper| keeper == silent).count(), 4);
    assert_eq!(shop.layout().layout.growing_to, Some(2));
    shop.silent.borrow_mut().clear();
    shop.grow(2);
    for (key, id) in &orders {
        assert_exists(&shop, key, &[(SKUS[0], 1)], id);
    }
}

#[test]
fn ordering_is_closed_while_the_shop_grows_and_browsing_is_not() {
    let (shop, id) = with_a_past();
    let (first, other) = apart();
    shop.silent.borrow_mut().insert(Address::Shard(2));
    assert!(shop.step(3).is_err(), "a shard is silent");
    assert_eq!(shop.layout().layout.growing_to, Some(3));
    let reason = "not wanted".to_owned();
    let cancel = origin::ChangeOrder {
        key: "c".to_owned(),
        order: id.clone(),
        by: origin::Actor::Staff,
        by_name: None,
        action: Action::Cancel { reason },
    };
    // An instance that does not know of the growth, one that does, and one with another setting.
    for known in [false, true] {
        for deployed in [1, 3] {
            shop.shards.set(deployed);
            let ask_anew = || {
                if !known {
                    shop.known.replace(Known::default());
                }
            };
            ask_anew();
            let (status, _) = shop.send("POST", origin::ORDERS_PATH, &order("a", &[(first, 1)]));
            assert_eq!(status.as_u16(), shards::CLOSED_STATUS);
            ask_anew();
            let (status, _) = shop.send("POST", origin::CHANGES_PATH, &cancel);
            assert_eq!(status.as_u16(), shards::CLOSED_STATUS);
            ask_anew();
            let (status, _) = shop.send("POST", origin::RECEIPTS_PATH, &receipt("in", other));
            assert_eq!(status.as_u16(), shards::CLOSED_STATUS);
            shop.silent.borrow_mut().clear();
            ask_anew();
            assert_is_found(&shop, &id);
            let query = origin::StockQuery {
                skus: vec![first.to_owned()],
            };
            ask_anew();
            let report: StockReport = shop.ask(origin::STOCK_PATH, &query);
            assert_eq!(report.accounts.len(), 1);
            ask_anew();
            let (status, _) = shop.send("GET", origin::AVAILABILITY_PATH, &());
            assert_eq!(status, StatusCode::OK);
            shop.silent.borrow_mut().insert(Address::Shard(2));
        }
    }
    shop.silent.borrow_mut().clear();
    shop.grow(3);
    // The key of an order that was refused has no home yet, and gets that of its first line.
    let home = layout::home_of(&shop.accept("a", &[(other, 1)]));
    assert_eq!(home, layout::place_by_hash(other, 3));
    let reply: ChangeReply = shop.ask(origin::CHANGES_PATH, &cancel);
    assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
    shop.rest();
    shop.assert_the_books_balance();
}

#[test]
fn the_setting_alone_changes_nothing() {
    let shop = Shop::of(2, &SKUS);
    for deployed in [4, 1, 3] {
        shop.shards.set(deployed);
        shop.known.replace(Known::default());
        for sku in SKUS {
            let id = shop.accept(&format!("{sku} as of {deployed}"), &[(sku, 1)]);
            assert_eq!(layout::home_of(&id), layout::place_by_hash(sku, 2));
            shop.known.replace(Known::default());
            assert_is_found(&shop, &id);
        }
        let report = shop.layout();
        assert_eq!((report.layout, report.deployed), (open(2), deployed));
        shop.rest();
        shop.assert_the_books_balance();
    }
}

#[test]
fn a_shop_grows_to_one_number_at_a_time_and_never_shrinks() {
    let shop = Shop::of(3, &SKUS);
    let refused = |to| match shop.step(to).expect("an answer") {
        GrowReply::Refused { layout } => layout,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(2), open(3));
    shop.silent.borrow_mut().insert(Address::Shard(3));
    assert!(shop.step(4).is_err());
    shop.silent.borrow_mut().clear();
    for to in [3, 5] {
        assert_eq!(refused(to).growing_to, Some(4));
    }
    shop.grow(4);
    assert_in_place(&shop, 4, &SKUS);
}

#[test]
fn an_instance_that_has_not_heard_that_the_shop_has_grown_hears_of_it() {
    let skus: Vec<_> = (0..30).map(|number| format!("grow-{number}")).collect();
    let skus: Vec<_> = skus.iter().map(String::as_str).collect();
    for before in [1, 2] {
        let shop = Shop::of(before, &skus);
        let mut orders = Vec::new();
        for sku in &skus {
            orders.push(shop.accept(&format!("key of {sku}"), &[(sku, 1)]));
        }
        let old = shop.known.replace(Known::default());
        shop.grow(4);
        let known = [old];
        for (sku, id) in skus.iter().zip(&orders) {
            let body = serde_json::to_vec(&order(&format!("key of {sku}"), &[(sku, 1)]));
            let request = Request::post(origin::ORDERS_PATH).body(Bytes::from(body.expect("JSON")));
            let router = Router::new(&shop, &known[0], before);
            let answer = block_on(router.send(request.expect("a request"))).expect("an answer");
            let reply: SubmitReply = serde_json::from_slice(answer.body()).expect("a reply");
            assert!(
                matches!(&reply, SubmitReply::Exists { order } if order.id == *id),
                "{sku}: {reply:?}"
            );
        }
        assert_in_place(&shop, 4, &skus);
    }
}

#[test]
fn a_shard_that_did_not_hear_the_end_finds_out_by_itself() {
    let shop = Shop::of(2, &SKUS);
    for number in 0..100 {
        shop.fuse.set(None);
        if shop.layout().layout == open(3) {
            break;
        }
        // One more message each time, until shard 0 is the only one that knows.
        shop.fuse.set(Some((number + 1, true)));
        let _: Result<GrowReply, _> = shop.step(3);
    }
    let knows = |shard| block_on(shop.store(Address::Shard(shard)).layout()).expect("a store");
    assert!(
        [1, 2].map(knows).contains(&Some(Layout {
            shards: 2,
            growing_to: Some(3)
        })),
        "everybody has heard"
    );
    shop.rest();
    assert_eq!([1, 2].map(knows), [Some(open(3)); 2]);
    assert_in_place(&shop, 3, &SKUS);
}

#[test]
fn many_skus_and_keys_go_in_several_rounds_and_withdrawn_ones_too() {
    let skus: Vec<_> = (0..2_300).map(|number| format!("many-{number}")).collect();
    let skus: Vec<_> = skus.iter().map(String::as_str).collect();
    let shop = Shop::of(1, &[]);
    for part in skus.chunks(1_000) {
        shop.define(part);
    }
    let gone: Vec<_> = skus[..50].iter().map(|&sku| sku.to_owned()).collect();
    let withdraw = origin::DefineOffers {
        currency: "USD".to_owned(),
        offers: Vec::new(),
        withdrawn: gone,
    };
    let (status, _) = shop.send("POST", origin::OFFERS_PATH, &withdraw);
    assert_eq!(status, StatusCode::NO_CONTENT);
    let steps = shop.grow(2);
    assert!(steps > 2, "{steps} steps");
    for shard in 0..2 {
        let store = shop.stores.borrow()[&Address::Shard(shard)].1;
        let unavailable = block_on(store.unavailable()).expect("a list");
        let withdrawn = skus[..50].iter();
        let own = withdrawn.filter(|sku| layout::place_by_hash(sku, 2) == shard);
        assert_eq!(unavailable.len(), own.count(), "shard {shard}");
    }
    for sku in &skus[..50] {
        let refused = shop.buy(&format!("key of {sku}"), &[(sku, 1)]);
        assert!(matches!(refused, SubmitReply::UnknownSku { .. }));
    }
    assert_in_place(&shop, 2, &skus[2_250..]);
    let audit: AuditReport = shop.get(origin::AUDIT_PATH);
    assert_eq!(audit.skus, 2_300);
}

#[test]
fn what_was_let_in_before_ordering_was_closed_is_not_written_behind_the_copy() {
    let shop = Shop::of(1, &SKUS);
    let store = shop.store(Address::Shard(0));
    let closed = Layout {
        shards: 1,
        growing_to: Some(3),
    };
    let refused = |what: &str, written: Result<(), StoreError>| {
        assert!(matches!(written, Err(StoreError::Transient(_))), "{what}");
    };
    block_on(async {
        assert_eq!(store.take_layout(closed, 0).await, Ok(closed));
        let submit = stored_order("a", &[(SKUS[0], 1)]);
        let new = NewOrder {
            submit: &submit,
            now_ms: shop.now_ms.get(),
            terms: &Terms::DEFAULT,
            price: &souk_order_store::Price::OfOffers,
        };
        refused("an order", store.submit(new).await.map(drop));
        let box_of = receipt("box", SKUS[0]);
        refused("a receipt", store.receive(&box_of, 1).await.map(drop));
        let offers = origin::DefineOffers {
            currency: "USD".to_owned(),
            offers: Vec::new(),
            withdrawn: vec![SKUS[0].to_owned()],
        };
        refused("an offer", store.define_offers(&offers, 1).await);
        let repair = RepairBooks {
            by_name: None,
            key: "r".to_owned(),
            home: None,
            subject: Subject::Sku(SKUS[0].to_owned()),
            reason: "the audit named it".to_owned(),
            preview: false,
        };
        refused("a repair", store.repair(&repair, 1).await.map(drop));
    });
    shop.grow(3);
    assert_in_place(&shop, 3, &SKUS);
}

#[test]
fn a_message_of_growing_that_comes_late_changes_nothing() {
    let shop = Shop::of(1, &SKUS);
    shop.grow(3);
    let late = Layout {
        shards: 1,
        growing_to: Some(3),
    };
    for shard in 0..3 {
        let path = shards::GROWTH_ROUND_PATH;
        let round: GrowthRound = shop.ask_store(Address::Shard(shard), path, &late);
        assert_eq!(round, GrowthRound::default());
    }
    assert_in_place(&shop, 3, &SKUS);
}
