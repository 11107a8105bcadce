//! Submissions that go down together: the whole contract through groups, and what a group does with
//! orders that do not get on with each other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use souk_contract::{GroupedPostgresShop, PostgresShop, TokioPostgres, block_on};
use souk_origin::contract::Fixture;
use souk_origin::postgres::{PostgresOrderStore, PreparedOrder};
use souk_origin::{Grouped, GroupedSubmit, NewOrder, OrderStore, SubmitQueue, Terms};
use souk_protocol::trade::{DefineOffers, SubmitOrder, SubmitReply};
use souk_sql::{PostgresDriver, Row, StoreError, Value};

souk_origin::order_store_contract!(GroupedPostgresShop);
souk_origin::order_archive_contract!(GroupedPostgresShop);

const SKUS: [&str; 4] = ["tea", "cup", "pot", "rug"];

/// A few of everything; rugs are made to order.
fn offers() -> DefineOffers {
    let offers = SKUS.map(|sku| {
        serde_json::json!({"sku": sku, "title": sku, "slug": sku, "unit_price": 100,
            "backorder": sku == "rug", "initial_units": 12})
    });
    serde_json::from_value(serde_json::json!({"currency": "USD", "offers": offers}))
        .expect("a message of the protocol")
}

fn order(key: &str, sku: &str, quantity: u64, price: i64, payment: &str) -> SubmitOrder {
    let fingerprint = format!("{sku} {quantity} {price} {payment}");
    serde_json::from_value(serde_json::json!({
        "key": key, "fingerprint": fingerprint, "id": format!("{key} {fingerprint}"),
        "token": "token", "currency": "USD",
        "lines": [{"sku": sku, "quantity": quantity, "expected_price": price}],
        "details": {
            "customer": {"name": "Li \"Na\" \u{0} {,}\\", "email": "li.na@example.com"},
            "shipping_address": {"country": "CN", "region": "", "city": "Hangzhou",
                "postal_code": "", "line1": "1 West Lake Road", "line2": ""},
            "delivery": "standard", "payment": payment
        }
    }))
    .expect("a message of the protocol")
}

fn new(submit: &SubmitOrder) -> NewOrder<'_> {
    NewOrder {
        submit,
        now_ms: 2,
        terms: &Terms::DEFAULT,
    }
}

/// A connection that counts statements by their function.
struct Counted<'a> {
    connection: TokioPostgres,
    singles: &'a AtomicUsize,
    groups: &'a AtomicUsize,
}

impl PostgresDriver for Counted<'_> {
    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        if sql.contains("souk.submit(") {
            self.singles.fetch_add(1, Ordering::Relaxed);
        }
        if sql.contains("souk.submit_many(") {
            self.groups.fetch_add(1, Ordering::Relaxed);
        }
        self.connection.query(sql, parameters).await
    }
}

/// Waits until one session of this database waits for a lock.
async fn until_one_waits(watch: &TokioPostgres) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()";
    loop {
        let rows = watch.query(waiting, &[]).await.expect("a count");
        if rows[0].0[0] == Value::Integer(1) {
            return;
        }
    }
}

/// A shop whose cups are locked by `other` until it commits.
fn locked_shop() -> (PostgresShop, TokioPostgres, TokioPostgres) {
    let shop = PostgresShop::empty();
    block_on(shop.open().define_offers(&offers(), 1)).expect("good offers");
    let (other, watch) = (shop.connect(), shop.connect());
    let lock = "BEGIN; SELECT FROM souk.stock WHERE sku = 'cup' FOR UPDATE";
    block_on(other.client().batch_execute(lock)).expect("a lock");
    (shop, other, watch)
}

#[test]
fn what_waits_for_a_submission_goes_down_in_one_statement() {
    let (shop, other, watch) = locked_shop();
    let (singles, groups) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let queue = Arc::default();
    let store = || {
        let driver = Counted {
            connection: shop.connect(),
            singles: &singles,
            groups: &groups,
        };
        Grouped::new(PostgresOrderStore::new(driver), Arc::clone(&queue))
    };
    let stores: Vec<_> = (0..6).map(|_| store()).collect();
    let orders: Vec<_> = (0..6)
        .map(|n| order(&format!("k{n}"), SKUS[(n + 1) % 4], 1, 100, "on_delivery"))
        .collect();
    let [a, b, c, d, e, f]: [_; 6] = std::array::from_fn(|n| stores[n].submit(new(&orders[n])));
    let release = async {
        until_one_waits(&watch).await;
        let done = other.client().batch_execute("COMMIT").await;
        done.expect("a commit");
    };
    let replies = block_on(async { tokio::join!(a, b, c, d, e, f, release) });
    let replies = [
        replies.0, replies.1, replies.2, replies.3, replies.4, replies.5,
    ];
    for reply in &replies {
        assert!(
            matches!(reply, Ok(SubmitReply::Accepted { .. })),
            "{reply:?}"
        );
    }
    assert_eq!((singles.into_inner(), groups.into_inner()), (1, 1));
    let audit = block_on(shop.open().audit()).expect("a report");
    assert_eq!((audit.orders, audit.drift), (6, Vec::new()));
}

/// Clients hang up: one that is under way, one that is next, and one that waits.
#[test]
fn who_goes_away_holds_up_nobody() {
    let (shop, other, watch) = locked_shop();
    let queue: Arc<SubmitQueue<PreparedOrder>> = Arc::default();
    let stores: Vec<_> = (0..5)
        .map(|_| Grouped::new(shop.open(), Arc::clone(&queue)))
        .collect();
    let orders: Vec<_> = (0..5)
        .map(|n| order(&format!("k{n}"), "cup", 1, 100, "on_delivery"))
        .collect();
    block_on(async {
        let mut waiting: Vec<_> = (0..5)
            .map(|n| Some(Box::pin(stores[n].submit(new(&orders[n])))))
            .collect();
        for future in waiting.iter_mut().flatten() {
            assert!(is_pending(future).await);
        }
        until_one_waits(&watch).await;
        waiting[1] = None;
        waiting[3] = None;
        waiting[0] = None;
        let commit = other.client().batch_execute("COMMIT").await;
        commit.expect("a commit");
        for n in [2, 4] {
            let reply = waiting[n].take().expect("it waits").await;
            assert!(
                matches!(reply, Ok(SubmitReply::Accepted { .. })),
                "{reply:?}"
            );
        }
        // The lead is free again.
        let reply = stores[0].submit(new(&orders[3])).await;
        assert!(
            matches!(reply, Ok(SubmitReply::Accepted { .. })),
            "{reply:?}"
        );
        let audit = stores[0].audit().await.expect("a report");
        assert_eq!(audit.drift, Vec::<String>::new());
    });
}

async fn is_pending<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
    })
    .await
}

/// Which outcome, without the number of units that were left: that depends on who was first.
fn kind(reply: &SubmitReply) -> String {
    match reply {
        SubmitReply::Accepted { order, .. } => format!("accepted {} {}", order.id, order.total),
        SubmitReply::Exists { order } => format!("exists {}", order.id),
        SubmitReply::ExistsWithDifferentContent => "other content".to_owned(),
        SubmitReply::UnknownSku { sku } => format!("unknown {sku}"),
        SubmitReply::PriceChanged { sku, .. } => format!("price of {sku}"),
        SubmitReply::SoldOut { sku, .. } => format!("sold out {sku}"),
    }
}

/// Numbers of a seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// An order that is likely to share its key or its SKU with another one of the group.
fn any_order(numbers: &mut Numbers, round: u64) -> SubmitOrder {
    let key = format!("k{round}-{}", numbers.below(12));
    let skus = ["tea", "cup", "pot", "rug", "none"];
    let sku = skus[usize::try_from(numbers.below(5)).expect("small")];
    let price = if numbers.below(8) == 0 { 99 } else { 100 };
    let payments = ["on_delivery", "transfer", "card"];
    let payment = payments[usize::try_from(numbers.below(3)).expect("small")];
    order(&key, sku, 1 + numbers.below(4), price, payment)
}

/// One shop gets groups, its twin gets the same orders one by one.
#[test]
fn a_group_answers_each_order_as_if_it_came_alone() {
    for seed in 0..24 {
        let mut numbers = Numbers(seed);
        let (together, alone) = (PostgresShop::empty(), PostgresShop::empty());
        let stores = [together.open(), alone.open()];
        let mut placed_in_groups = 0;
        block_on(async {
            for store in &stores {
                store
                    .define_offers(&offers(), 1)
                    .await
                    .expect("good offers");
            }
            for round in 0..4 {
                let orders: Vec<_> = (0..8).map(|_| any_order(&mut numbers, round)).collect();
                let prepare = |one| stores[0].prepare(new(one)).expect("a good order");
                let prepared: Vec<_> = orders.iter().filter_map(prepare).collect();
                let replies = stores[0].submit_group(&prepared).await.expect("replies");
                assert_eq!(replies.len(), orders.len());
                placed_in_groups += replies.iter().flatten().count();
                // They came at the same moment; whoever is left by the group comes after it.
                let mut answered: Vec<_> = orders.iter().zip(replies).collect();
                answered.sort_by_key(|(_, reply)| reply.is_none());
                for (order, reply) in answered {
                    let expected = stores[1].submit(new(order)).await.expect("a reply");
                    let reply = match reply {
                        Some(reply) => reply,
                        None => stores[0].submit(new(order)).await.expect("a reply"),
                    };
                    assert_eq!(kind(&reply), kind(&expected), "seed {seed}: {order:?}");
                }
            }
            let mut accounts = Vec::new();
            for store in &stores {
                let audit = store.audit().await.expect("a report");
                assert_eq!(audit.drift, Vec::<String>::new(), "seed {seed}");
                let skus = SKUS.map(str::to_owned);
                accounts.push((audit.orders, store.stock(&skus).await.expect("accounts")));
            }
            assert_eq!(accounts[0], accounts[1], "seed {seed}");
        });
        assert!(placed_in_groups >= 8, "seed {seed}: {placed_in_groups}");
    }
}

/// An order that is impossible fails alone, and who shares its statement does not notice.
#[test]
fn an_order_that_makes_the_statement_fail_fails_alone() {
    let (shop, other, watch) = locked_shop();
    let queue = Arc::default();
    let store = || Grouped::new(shop.open(), Arc::clone(&queue));
    let (first, second, third) = (store(), store(), store());
    let orders = ["a", "b", "c"].map(|key| order(key, "cup", 1, 100, "on_delivery"));
    let [a, mut b, c] = orders;
    // Its number is taken: the index of the orders refuses the statement.
    b.id.clone_from(&a.id);
    let release = async {
        until_one_waits(&watch).await;
        let done = other.client().batch_execute("COMMIT").await;
        done.expect("a commit");
    };
    let (a, b, c, ()) = block_on(async {
        tokio::join!(
            first.submit(new(&a)),
            second.submit(new(&b)),
            third.submit(new(&c)),
            release
        )
    });
    assert!(matches!(a, Ok(SubmitReply::Accepted { .. })), "{a:?}");
    assert!(matches!(b, Err(StoreError::Corrupt(_))), "{b:?}");
    assert!(matches!(c, Ok(SubmitReply::Accepted { .. })), "{c:?}");
}

/// Who took the last unit is told, out of a group too, and only one of them.
#[test]
fn one_of_a_group_is_told_that_it_took_the_last_unit() {
    let shop = PostgresShop::empty();
    let store = shop.open();
    let orders: Vec<_> = (0..6)
        .map(|n| order(&format!("k{n}"), SKUS[n % 2], 4, 100, "transfer"))
        .collect();
    let replies = block_on(async {
        store
            .define_offers(&offers(), 1)
            .await
            .expect("good offers");
        let prepare = |one| store.prepare(new(one)).expect("a good order");
        let prepared: Vec<_> = orders.iter().filter_map(prepare).collect();
        store.submit_group(&prepared).await.expect("replies")
    });
    let mut told = BTreeMap::new();
    for reply in replies {
        let Some(SubmitReply::Accepted { order, exhausted }) = reply else {
            panic!("{reply:?}");
        };
        *told.entry(order.lines[0].sku.clone()).or_insert(0) += i32::from(exhausted);
    }
    let each = [("cup".to_owned(), 1), ("tea".to_owned(), 1)];
    assert_eq!(told, BTreeMap::from(each));
    assert_eq!(
        block_on(store.unavailable()),
        Ok(vec!["cup".to_owned(), "tea".to_owned()])
    );
}
