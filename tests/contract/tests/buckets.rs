//! What is only so on PostgreSQL: the units of a SKU that many orders want at once are spread over
//! buckets. The store splits and gathers them by itself, and its answers do not show them.
//!
//! Not here: what holds on every engine (`souk_order_store::contract`).

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use souk_contract::{PostgresShop, TokioPostgres, block_on};
use souk_order_store::contract::Fixture;
use souk_order_store::{
    BooksAudit, ChangeReply, Limits, NewOrder, OrderStore, SoldOutHoldRequest, SoldOutHoldSet,
    StockStore, SubmitOrder, SubmitReply, Terms, change,
};
use souk_order_store_postgres::PostgresOrderStore;
use souk_protocol::origin::{
    Action, Actor, ChangeOrder, DefineOffers, Drift, DriftKind, ReceiptReply, Repair, RepairBooks,
    RepairReply, StockReceipt, Subject,
};
use souk_sql::{PostgresDriver, StoreError};

const TOGETHER: usize = 16;
const NOW_MS: i64 = 1_800_000_000_000;

type Store = PostgresOrderStore<TokioPostgres>;

fn offers(price: i64, skus: &[(&str, i64)]) -> DefineOffers {
    let offers = skus.iter().map(|(sku, units)| {
        serde_json::json!({"sku": sku, "title": sku, "slug": sku, "unit_price": price,
            "backorder": false, "initial_units": units})
    });
    let offers: Vec<_> = offers.collect();
    serde_json::from_value(serde_json::json!({"currency": "USD", "offers": offers}))
        .expect("a message of the protocol")
}

fn order(key: &str, payment: &str, lines: &[(&str, u32)]) -> SubmitOrder {
    let lines = lines.iter().map(
        |(sku, quantity)| serde_json::json!({"sku": sku, "quantity": quantity, "expected_price": 100}),
    );
    let lines: Vec<_> = lines.collect();
    serde_json::from_value(serde_json::json!({
        "key": key, "fingerprint": key, "id": format!("number-of-{key}"),
        "currency": "USD", "lines": lines,
        "details": {
            "personal": {"unsealed": {"c": {"name": "Li Na", "email": "li.na@example.com"},
                "a": {"country": "CN", "region": "", "city": "Hangzhou",
                "postal_code": "", "line1": "1 West Lake Road", "line2": ""}}},
            "delivery": "standard", "payment": payment
        }
    }))
    .expect("a message of the protocol")
}

async fn submit_at(store: &Store, submit: &SubmitOrder, now_ms: i64) -> SubmitReply {
    let terms = &Terms::DEFAULT;
    let new = NewOrder {
        submit,
        now_ms,
        terms,
        price: &souk_order_store::Price::OfOffers,
    };
    store.submit(new).await.expect("a reply")
}

fn buy(store: &Store, key: &str, lines: &[(&str, u32)]) -> SubmitReply {
    block_on(submit_at(store, &order(key, "on_delivery", lines), NOW_MS))
}

fn is_accepted(reply: &SubmitReply) -> bool {
    matches!(reply, SubmitReply::Accepted { .. })
}

fn act(store: &Store, order: &str, key: &str, action: Action) -> ChangeReply {
    let asked = ChangeOrder {
        key: key.to_owned(),
        order: format!("number-of-{order}"),
        by: Actor::Staff,
        by_name: None,
        action,
    };
    block_on(change(store, &asked, NOW_MS))
        .expect("a reply")
        .reply
}

fn cancel() -> Action {
    Action::Cancel {
        reason: String::new(),
    }
}

fn repair(store: &Store, key: &str, sku: &str) -> Repair {
    let asked = RepairBooks {
        by_name: None,
        key: key.to_owned(),
        home: None,
        subject: Subject::Sku(sku.to_owned()),
        reason: "the audit named it".to_owned(),
        preview: false,
    };
    match block_on(store.repair(&asked, NOW_MS)).expect("a reply") {
        RepairReply::Done { repair } => repair,
        other => panic!("not repaired: {other:?}"),
    }
}

/// A shop with some of a SKU, split over buckets.
fn split_shop(units: i64) -> (PostgresShop, Store) {
    let shop = PostgresShop::empty();
    let store = shop.open();
    block_on(store.define_offers(&offers(100, &[("tea", units)]), NOW_MS)).expect("good offers");
    split(&shop, "tea");
    (shop, store)
}

fn split(shop: &PostgresShop, sku: &str) {
    shop.run(&format!(
        "BEGIN; SELECT FROM souk.stock WHERE sku = '{sku}' FOR UPDATE;
        SELECT souk.split_account('{sku}', {NOW_MS}); COMMIT"
    ));
    assert!(buckets(shop, sku) > 0, "{sku} was not split");
}

fn number(shop: &PostgresShop, sql: &str) -> i64 {
    let rows = block_on(shop.connect().query(sql, &[])).expect("valid SQL");
    rows[0].integer(0).expect("a number")
}

fn buckets(shop: &PostgresShop, sku: &str) -> i64 {
    let counted = format!("SELECT count(*) FROM souk.bucket WHERE sku = '{sku}'");
    let counted = number(shop, &counted);
    let known = format!("SELECT buckets FROM souk.stock WHERE sku = '{sku}'");
    assert_eq!(number(shop, &known), counted);
    counted
}

/// Supplied, available, held and sold units.
fn units(store: &Store, sku: &str) -> [i64; 4] {
    let accounts = block_on(store.stock(&[sku.to_owned()])).expect("accounts");
    let one = &accounts[0];
    [one.supplied, one.available, one.held, one.sold]
}

fn assert_the_books_balance(store: &Store) {
    let audit = block_on(store.audit()).expect("a report");
    assert_eq!(audit.drift, Vec::new());
}

async fn run(connection: &TokioPostgres, sql: &str) {
    let done = connection.client().batch_execute(sql).await;
    done.expect("valid SQL");
}

/// Runs work on as many threads, each with a store of its own, and gives what all of it gave.
fn together<T: Send>(shop: &PostgresShop, work: impl Fn(&Store, usize) -> Vec<T> + Sync) -> Vec<T> {
    let (work, start) = (&work, &Barrier::new(TOGETHER));
    std::thread::scope(|scope| {
        let threads = (0..TOGETHER).map(|n| {
            scope.spawn(move || {
                let store = shop.open();
                start.wait();
                work(&store, n)
            })
        });
        let threads: Vec<_> = threads.collect();
        let results = threads
            .into_iter()
            .map(|thread| thread.join().expect("done"));
        results.flatten().collect()
    })
}

/// Four orders that find the account changed once they have its lock are a crowd.
#[test]
fn buckets_appear_where_orders_meet_and_go_when_no_orders_come() {
    let shop = PostgresShop::empty();
    let (store, other, watch) = (shop.open(), shop.connect(), shop.connect());
    let supply = "BEGIN; INSERT INTO souk.movement (sku, kind, units, at_ms)
            VALUES ('tea', 'supply', 1, 1);
        UPDATE souk.stock SET supplied = supplied + 1, available = available + 1";
    block_on(async {
        let tea = offers(100, &[("tea", 1_000)]);
        store
            .define_offers(&tea, NOW_MS)
            .await
            .expect("good offers");
        for round in 0..4 {
            assert_eq!(number_of(&watch, "SELECT buckets FROM souk.stock").await, 0);
            run(&other, supply).await;
            let submitted = order(&format!("k{round}"), "on_delivery", &[("tea", 1)]);
            let commit = async {
                watch.until_waiting(1).await;
                run(&other, "COMMIT").await;
            };
            let (reply, ()) = tokio::join!(submit_at(&store, &submitted, NOW_MS), commit);
            assert!(is_accepted(&reply), "{reply:?}");
        }
    });
    assert_eq!(buckets(&shop, "tea"), 32);
    assert_eq!(units(&store, "tea"), [1_004, 1_000, 0, 4]);
    assert_the_books_balance(&store);
    block_on(async {
        // An order after a while finds a bucket as it was, but another client uses a bucket too.
        let later = NOW_MS + 60_001;
        run(&other, &be_at("number = 7")).await;
        let submitted = order("later", "on_delivery", &[("tea", 1)]);
        assert!(is_accepted(&submit_at(&store, &submitted, later).await));
        run(&other, "COMMIT").await;
        assert_eq!(
            number_of(&watch, "SELECT buckets FROM souk.stock").await,
            32
        );
        let submitted = order("alone", "on_delivery", &[("tea", 1)]);
        assert!(is_accepted(
            &submit_at(&store, &submitted, later + 60_001).await
        ));
    });
    assert_eq!(buckets(&shop, "tea"), 0);
    assert_eq!(units(&store, "tea"), [1_004, 998, 0, 6]);
    assert_the_books_balance(&store);
}

/// Is at some buckets of the tea, as an order is that takes units out of one.
fn be_at(which: &str) -> String {
    format!(
        "BEGIN; SELECT pg_advisory_xact_lock(hashtext(sku), number::integer)
        FROM souk.bucket WHERE {which};
        SELECT FROM souk.bucket WHERE {which} FOR NO KEY UPDATE"
    )
}

async fn number_of(watch: &TokioPostgres, sql: &str) -> i64 {
    let rows = watch.query(sql, &[]).await.expect("valid SQL");
    rows[0].integer(0).expect("a number")
}

#[test]
fn an_order_waits_for_no_bucket_while_one_is_free() {
    let (shop, store) = split_shop(1_000);
    let (other, watch) = (shop.connect(), shop.connect());
    block_on(async {
        run(&other, &be_at("number <> 19")).await;
        for n in 0..10 {
            let one = order(&format!("k{n}"), "on_delivery", &[("tea", 1)]);
            assert!(is_accepted(&submit_at(&store, &one, NOW_MS).await));
        }
        let taken = "SELECT sold FROM souk.bucket WHERE number = 19";
        assert_eq!(number_of(&watch, taken).await, 10);
        // All of them are locked: the order that waits makes more of them.
        run(&other, &be_at("true")).await;
        let one = order("k", "on_delivery", &[("tea", 1)]);
        let commit = async {
            watch.until_waiting(1).await;
            run(&other, "COMMIT").await;
        };
        let (reply, ()) = tokio::join!(submit_at(&store, &one, NOW_MS), commit);
        assert!(is_accepted(&reply), "{reply:?}");
    });
    assert_eq!(buckets(&shop, "tea"), 64);
    assert_eq!(units(&store, "tea"), [1_000, 989, 0, 11]);
    assert_the_books_balance(&store);
}

#[test]
fn the_last_unit_sells_out_of_buckets_and_who_takes_it_is_told() {
    let (shop, store) = split_shop(300);
    for n in 1..=300 {
        let reply = buy(&store, &format!("k{n}"), &[("tea", 1)]);
        let SubmitReply::Accepted { exhausted, .. } = reply else {
            panic!("{n}: {reply:?}");
        };
        assert_eq!(exhausted, n == 300, "{n}");
        assert_eq!(units(&store, "tea"), [300, 300 - n, 0, n]);
        let unavailable = block_on(store.unavailable()).expect("a list");
        assert_eq!(unavailable.len(), usize::from(n == 300));
    }
    let reply = buy(&store, "late", &[("tea", 1)]);
    let sold_out = SubmitReply::SoldOut {
        sku: "tea".to_owned(),
        available: 0,
        sold_out_until_ms: None,
    };
    assert_eq!(reply, sold_out);
    assert_eq!(buckets(&shop, "tea"), 0);
    assert_the_books_balance(&store);
}

#[test]
fn buyers_of_everything_at_once_get_exactly_what_is_there() {
    for quantity in [1, 3] {
        let (shop, store) = split_shop(1_000);
        let last = AtomicUsize::new(0);
        let accepted = together(&shop, |store, n| {
            let orders = (0..70).filter(|round| {
                let reply = buy(store, &format!("k{n}-{round}"), &[("tea", quantity)]);
                let refused = matches!(reply, SubmitReply::SoldOut { available, .. }
                    if available < i64::from(quantity));
                assert!(refused || is_accepted(&reply), "{reply:?}");
                let is_last = matches!(
                    reply,
                    SubmitReply::Accepted {
                        exhausted: true,
                        ..
                    }
                );
                last.fetch_add(usize::from(is_last), Ordering::Relaxed);
                is_accepted(&reply)
            });
            orders.collect()
        });
        let sold = i64::from(1_000 / quantity * quantity);
        assert_eq!(
            i64::try_from(accepted.len()),
            Ok(i64::from(1_000 / quantity))
        );
        assert_eq!(units(&store, "tea"), [1_000, 1_000 - sold, 0, sold]);
        assert_eq!(last.into_inner(), usize::from(sold == 1_000));
        assert_the_books_balance(&store);
    }
}

#[test]
fn an_order_may_take_more_than_any_bucket_has() {
    let (_, store) = split_shop(330);
    assert!(is_accepted(&buy(&store, "k", &[("tea", 100)])));
    assert_eq!(units(&store, "tea"), [330, 230, 0, 100]);
    let reply = buy(&store, "l", &[("tea", 231)]);
    let sold_out = SubmitReply::SoldOut {
        sku: "tea".to_owned(),
        available: 230,
        sold_out_until_ms: None,
    };
    assert_eq!(reply, sold_out);
    assert!(is_accepted(&buy(&store, "m", &[("tea", 230)])));
    assert_the_books_balance(&store);
}

#[test]
fn an_offer_changes_for_all_buckets_at_once() {
    let (shop, store) = split_shop(1_000);
    let define = |price| block_on(store.define_offers(&offers(price, &[("tea", 5)]), NOW_MS));
    define(100).expect("good offers");
    assert_eq!(buckets(&shop, "tea"), 32, "nothing changed");
    define(101).expect("good offers");
    let reply = buy(&store, "k", &[("tea", 1)]);
    let changed = SubmitReply::PriceChanged {
        sku: "tea".to_owned(),
        unit_price: 101,
        currency: "USD".to_owned(),
    };
    assert_eq!(reply, changed);
    define(100).expect("good offers");
    split(&shop, "tea");
    let withdrawn = DefineOffers {
        withdrawn: vec!["tea".to_owned()],
        ..offers(100, &[])
    };
    block_on(store.define_offers(&withdrawn, NOW_MS)).expect("withdrawn");
    let reply = buy(&store, "k", &[("tea", 1)]);
    assert!(matches!(reply, SubmitReply::UnknownSku { .. }), "{reply:?}");
    assert_eq!(units(&store, "tea"), [1_000, 1_000, 0, 0]);
    assert_the_books_balance(&store);
}

/// The order has read the offer when the price changes, and the account is split again before the
/// order gets to a bucket.
#[test]
fn a_bucket_of_another_generation_sells_nothing_at_the_old_price() {
    let (shop, store) = split_shop(1_000);
    let (other, watch) = (shop.connect(), shop.connect());
    let change = format!(
        r#"BEGIN; SELECT souk.define_offers('[{{"sku": "tea", "title": "tea", "slug": "tea",
            "unit_price": 101, "backorder": false, "initial_units": 0}}]', 'USD', '[]', 1);
        SELECT souk.split_account('tea', {NOW_MS})"#
    );
    let reply = block_on(async {
        run(&other, &change).await;
        let commit = async {
            watch.until_waiting(1).await;
            run(&other, "COMMIT").await;
        };
        let submitted = order("k", "on_delivery", &[("tea", 1)]);
        tokio::join!(submit_at(&store, &submitted, NOW_MS), commit).0
    });
    let changed = SubmitReply::PriceChanged {
        sku: "tea".to_owned(),
        unit_price: 101,
        currency: "USD".to_owned(),
    };
    assert_eq!(reply, changed);
    assert!(buckets(&shop, "tea") > 0);
    assert_eq!(units(&store, "tea"), [1_000, 1_000, 0, 0]);
}

/// The price changes again and again, and the account is split again and again, while all buy at
/// the price of 100.
#[test]
fn no_order_takes_from_a_bucket_at_a_price_that_is_over() {
    let (shop, store) = split_shop(10_000);
    let prices = together(&shop, |store, n| {
        (0..30)
            .filter_map(|round| {
                if n == 0 {
                    let price = 100 + i64::from(round % 2);
                    let change = offers(price, &[("tea", 0)]);
                    block_on(store.define_offers(&change, NOW_MS)).expect("good offers");
                    if price == 100 {
                        shop.run(&format!(
                            "BEGIN; SELECT FROM souk.stock WHERE sku = 'tea' FOR UPDATE;
                            SELECT souk.split_account('tea', {NOW_MS}); COMMIT"
                        ));
                    }
                    return None;
                }
                match buy(store, &format!("k{n}-{round}"), &[("tea", 1)]) {
                    SubmitReply::Accepted { order, .. } => Some(order.total),
                    SubmitReply::PriceChanged { unit_price, .. } => {
                        assert_eq!(unit_price, 101);
                        None
                    }
                    other => panic!("{other:?}"),
                }
            })
            .collect()
    });
    assert!(prices.iter().all(|&price| price == 100), "{prices:?}");
    let sold = i64::try_from(prices.len()).expect("a small number");
    assert_eq!(units(&store, "tea"), [10_000, 10_000 - sold, 0, sold]);
    assert_the_books_balance(&store);
}

#[test]
fn units_come_back_into_buckets_and_none_is_stranded() {
    let (shop, store) = split_shop(330);
    // Held and sold before the next split: those units are in no bucket.
    let old = order("old", "transfer", &[("tea", 20)]);
    assert!(is_accepted(&block_on(submit_at(&store, &old, NOW_MS))));
    split(&shop, "tea");
    let held = order("held", "transfer", &[("tea", 2)]);
    assert!(is_accepted(&block_on(submit_at(&store, &held, NOW_MS))));
    assert!(is_accepted(&buy(&store, "sold", &[("tea", 2)])));
    assert_eq!(units(&store, "tea"), [330, 306, 22, 2]);
    let receive = Action::ReceivePayment {
        amount: 200,
        reference: String::new(),
    };
    for (order, key, action, expected) in [
        ("held", "paid", receive, [330, 306, 20, 4]),
        ("held", "back", cancel(), [330, 308, 20, 2]),
        ("sold", "back", cancel(), [330, 310, 20, 0]),
        ("old", "back", cancel(), [330, 330, 0, 0]),
    ] {
        let reply = act(&store, order, key, action);
        assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
        assert_eq!(units(&store, "tea"), expected, "{order} {key}");
        assert_the_books_balance(&store);
    }
    assert!(buckets(&shop, "tea") > 0);
    for n in 0..330 {
        let reply = buy(&store, &format!("k{n}"), &[("tea", 1)]);
        assert!(is_accepted(&reply), "{n}: {reply:?}");
    }
    assert_eq!(units(&store, "tea"), [330, 0, 0, 330]);
    assert_the_books_balance(&store);
}

#[test]
fn what_comes_in_or_is_missing_is_counted_over_all_buckets() {
    let (_, store) = split_shop(330);
    let receive = |key: &str, units: i64| {
        let receipt = serde_json::json!({"key": key, "reason": "counted",
            "lines": [{"sku": "tea", "units": units}]});
        let receipt: StockReceipt = serde_json::from_value(receipt).expect("a message");
        block_on(store.receive(&receipt, NOW_MS)).expect("a reply")
    };
    let reply = receive("a", -331);
    let too_few = ReceiptReply::TooFew {
        sku: "tea".to_owned(),
        available: 330,
    };
    assert_eq!(reply, too_few);
    assert!(
        matches!(receive("b", 70), ReceiptReply::Done { accounts } if accounts[0].available == 400)
    );
    assert!(
        matches!(receive("c", -400), ReceiptReply::Done { accounts } if accounts[0].available == 0)
    );
    assert_eq!(units(&store, "tea"), [0, 0, 0, 0]);
    assert_the_books_balance(&store);
}

/// Orders of several lines, cancellations, receipts and prices cross each other. Nothing is tried
/// again here: a deadlock would show as a failure.
#[test]
fn everything_at_once_waits_in_no_circle() {
    let shop = PostgresShop::empty();
    let store = shop.open();
    let skus = ["a", "b", "c", "d"];
    let stock = skus.map(|sku| (sku, 2_000));
    block_on(store.define_offers(&offers(100, &stock), NOW_MS)).expect("good offers");
    for sku in skus {
        split(&shop, sku);
    }
    shop.run("UPDATE souk.bucket SET available = available - 1, sold = sold + 1");
    together(&shop, |store, n| {
        for round in 0..25 {
            let key = format!("k{n}-{round}");
            if n == 3 {
                repair(
                    store,
                    &format!("r{round}"),
                    skus[usize::try_from(round).expect("small") % 4],
                );
            }
            let mut lines = skus.map(|sku| (sku, 1 + u32::try_from(round % 3).expect("small")));
            lines.rotate_left(n % 4);
            if round % 2 == 0 {
                lines.reverse();
            }
            let submitted = order(&key, "transfer", &lines);
            let reply = block_on(submit_at(store, &submitted, NOW_MS));
            let changed = matches!(reply, SubmitReply::PriceChanged { .. });
            assert!(changed || is_accepted(&reply), "{reply:?}");
            if n % 3 == 0 && is_accepted(&reply) {
                let reply = act(store, &key, "x", cancel());
                assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
            }
            if n == 1 {
                let lines: Vec<_> = skus
                    .iter()
                    .rev()
                    .map(|sku| serde_json::json!({"sku": sku, "units": if round % 2 == 0 {9} else {-9}}))
                    .collect();
                let receipt = serde_json::json!({"key": key, "reason": "r", "lines": lines});
                let receipt: StockReceipt = serde_json::from_value(receipt).expect("a message");
                block_on(store.receive(&receipt, NOW_MS)).expect("a reply");
            }
            if n == 2 {
                let price = 100 + i64::from(round % 2);
                let mut change = offers(price, &stock);
                change.offers.reverse();
                block_on(store.define_offers(&change, NOW_MS)).expect("good offers");
            }
        }
        Vec::<()>::new()
    });
    assert_the_books_balance(&store);
}

#[test]
fn the_audit_names_a_bucket_that_is_stranded_or_lost() {
    let cases = [
        (
            "UPDATE souk.stock SET buckets = buckets - 1",
            DriftKind::StrandedBucket,
        ),
        (
            "UPDATE souk.bucket SET generation = 0 WHERE number = 3",
            DriftKind::StrandedBucket,
        ),
        (
            "DELETE FROM souk.bucket WHERE number = 3",
            DriftKind::LackingBucket,
        ),
        (
            "UPDATE souk.bucket SET available = available - 1, sold = sold + 1 WHERE number = 1",
            DriftKind::Ledger,
        ),
    ];
    for (damage, meaning) in cases {
        let (shop, store) = split_shop(1_000);
        assert_the_books_balance(&store);
        shop.run(damage);
        let audit = block_on(store.audit()).expect("a report");
        let named = |one: &Drift| one.kind == meaning && one.subject == "tea";
        assert!(audit.drift.iter().any(named), "{:?}", audit.drift);
        // Some of these are no drift of the account, but no order would find its units.
        assert!(!repair(&store, "r", "tea").is_empty(), "{damage}");
        assert_the_books_balance(&store);
        assert_eq!(units(&store, "tea"), [1_000, 1_000, 0, 0], "{damage}");
        assert_eq!(buckets(&shop, "tea"), 0, "{damage}");
        assert!(is_accepted(&buy(&store, "k", &[("tea", 1_000)])));
    }
}

#[test]
fn a_split_account_that_does_not_drift_is_left_split() {
    let (shop, store) = split_shop(1_000);
    assert!(is_accepted(&buy(&store, "k", &[("tea", 3)])));
    let before = buckets(&shop, "tea");
    assert!(repair(&store, "r", "tea").is_empty());
    assert_eq!(buckets(&shop, "tea"), before);
    assert_eq!(units(&store, "tea"), [1_000, 997, 0, 3]);
    assert_the_books_balance(&store);
}

/// In the middle of an order: its units are taken, and other transactions do not see that yet.
#[test]
fn a_repair_waits_for_orders_that_have_units() {
    for is_split in [true, false] {
        let (shop, store) = split_shop(1_000);
        if !is_split {
            shop.run("SELECT souk.gather_buckets('tea', 0)");
        }
        shop.run("UPDATE souk.stock SET available = available - 1, sold = sold + 1");
        let (other, watch) = (shop.connect(), shop.connect());
        let take = format!(
            "BEGIN; SELECT souk.place('k', 'f', 'number-of-k', 'confirmed', '{{tea}}', '{{5}}',
                '{{0}}', '{{' || stamp || '}}', '[{{\"sku\": \"tea\", \"quantity\": 5}}]', '{{}}',
                {NOW_MS}, 0, 0, '[]', '') FROM souk.stock"
        );
        block_on(run(&other, &take));
        let (shop, other) = (&shop, &other);
        std::thread::scope(|scope| {
            let repairing = scope.spawn(|| repair(&shop.open(), "r", "tea"));
            block_on(async {
                watch.until_waiting(1).await;
                run(other, "COMMIT").await;
            });
            let repair = repairing.join().expect("a repair");
            assert_eq!(repair.accounts[0].after.sold, 5, "split: {is_split}");
        });
        assert_eq!(
            units(&store, "tea"),
            [1_000, 995, 0, 5],
            "split: {is_split}"
        );
        assert_the_books_balance(&store);
    }
}

/// The engine itself keeps the promise, whatever a function of ours would write.
#[test]
fn no_row_of_a_split_account_can_be_overdrawn() {
    let (shop, _) = split_shop(1_000);
    let connection = shop.connect();
    for damage in [
        "UPDATE souk.bucket SET available = 0, sold = sold + available",
        "UPDATE souk.bucket SET available = available - 1",
        "UPDATE souk.bucket SET held = held - 1, sold = sold + 1",
        "UPDATE souk.stock SET available = 0, sold = sold + available",
    ] {
        let refused = block_on(connection.query(damage, &[]));
        assert!(
            matches!(refused, Err(StoreError::Corrupt(_))),
            "{damage}: {refused:?}"
        );
    }
}

fn sold_out_hold(store: &Store, until_ms: i64) -> Option<SoldOutHoldSet> {
    let asked = SoldOutHoldRequest {
        sku: "tea",
        until_ms,
        now_ms: until_ms - 1,
        known: None,
        keys_max: 100,
    };
    block_on(store.sold_out_hold(asked)).expect("a reply")
}

/// An order that takes units out of a bucket does not read the row with the SKU's sold-out hold.
#[test]
fn a_split_sku_gets_no_sold_out_hold_and_a_sku_on_hold_is_not_split() {
    let (shop, store) = split_shop(330);
    let until_ms = NOW_MS + 6_000;
    assert!(is_accepted(&buy(&store, "first", &[("tea", 1)])));
    assert!(buckets(&shop, "tea") > 0);
    assert_eq!(sold_out_hold(&store, until_ms), None);
    assert!(is_accepted(&buy(&store, "all", &[("tea", 329)])));
    let set = sold_out_hold(&store, until_ms).expect("a sold-out hold");
    let mut keys = set.keys.expect("keys");
    keys.sort_unstable();
    assert_eq!(keys, ["all", "first"]);
    // A crowd was here, so that units which come back would be split.
    shop.run("UPDATE souk.stock SET crowd = 8");
    let back = act(&store, "all", "x", cancel());
    assert!(matches!(back, ChangeReply::Done { .. }), "{back:?}");
    assert_eq!(buckets(&shop, "tea"), 0);
    let on_sold_out_hold = SubmitReply::SoldOut {
        sku: "tea".to_owned(),
        available: 0,
        sold_out_until_ms: Some(until_ms),
    };
    assert_eq!(buy(&store, "early", &[("tea", 1)]), on_sold_out_hold);
    // The first one after it meets the crowd's trace, and splits what it leaves.
    shop.run("UPDATE souk.stock SET crowd = 8");
    let late = order("late", "on_delivery", &[("tea", 1)]);
    assert!(is_accepted(&block_on(submit_at(&store, &late, until_ms))));
    assert!(buckets(&shop, "tea") > 0);
    assert_eq!(units(&store, "tea"), [330, 328, 0, 2]);
    assert_the_books_balance(&store);
}

/// The share of a SKU is of the units in all buckets, and counts the orders of all buyers.
#[test]
fn the_share_of_a_split_sku_is_exact_under_a_crowd() {
    let (shop, _) = split_shop(1_000);
    let limits = Limits {
        unpaid_percent_per_sku: 10,
        unpaid_units_per_buyer: 30,
        ..Limits::NONE
    };
    let (terms, shop) = (
        &Terms {
            limits,
            ..Terms::DEFAULT
        },
        &shop,
    );
    let held = std::sync::atomic::AtomicI64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let held = &held;
            scope.spawn(move || {
                let store = shop.open();
                for n in 0..20 {
                    let key = format!("share-{thread}-{n}");
                    let mut submit = order(&key, "transfer", &[("tea", 1)]);
                    submit.asked_by.buyer = Some(format!("buyer-{}", n % 5));
                    let new = NewOrder {
                        submit: &submit,
                        now_ms: NOW_MS,
                        terms,
                        price: &souk_order_store::Price::OfOffers,
                    };
                    let reply = block_on(store.submit(new)).expect("a reply");
                    match reply {
                        SubmitReply::Accepted { .. } => {
                            held.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        }
                        SubmitReply::LimitExceeded { limit, .. } => {
                            assert_eq!(limit, "unpaid_percent_per_sku");
                        }
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    let store = shop.open();
    assert_eq!(held.into_inner(), 100);
    assert_eq!(units(&store, "tea")[2], 100);
    let audit = block_on(store.audit()).expect("a report");
    assert_eq!(audit.drift, Vec::new());
}
