//! Orders that go together: the whole contract through groups, and what a group does with
//! orders that conflict with each other, and with clients that disconnect.
//!
//! Statements pass a gate and pauses end when a test says so, so chance does not form the groups.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use souk_contract::{GroupedPostgresShop, PostgresShop, TokioPostgres, block_on};
use souk_order_store::contract::Fixture;
use souk_order_store::{
    BooksAudit, NewOrder, OrderStore, StockStore, SubmitOrder, SubmitReply, Terms,
};
use souk_order_store_postgres::{PostgresOrderStore, Shared};
use souk_protocol::origin::DefineOffers;
use souk_sql::{Pause, PostgresDriver, Row, StoreError, Value};
use tokio::sync::{Semaphore, watch};

souk_order_store::store_contract!(GroupedPostgresShop);
souk_order_store::order_archive_contract!(GroupedPostgresShop);

const SKUS: [&str; 5] = ["tea", "cup", "pot", "rug", "jar"];
/// The first look of an order that waits.
const A_MOMENT_US: u64 = 500;
/// The longest pause between two looks.
const LONGEST_PAUSE_US: u64 = 4_000;
/// Longer than any order waits for a statement.
const LONG_US: u64 = 1_100_000;

/// A few of everything; rugs are made to order, jars are many.
fn offers() -> DefineOffers {
    let offers = SKUS.map(|sku| {
        let units = if sku == "jar" { 400 } else { 12 };
        serde_json::json!({"sku": sku, "title": sku, "slug": sku, "unit_price": 100,
            "backorder": sku == "rug", "initial_units": units})
    });
    serde_json::from_value(serde_json::json!({"currency": "USD", "offers": offers}))
        .expect("a message of the protocol")
}

fn order(key: &str, sku: &str, quantity: u64, price: i64, payment: &str) -> SubmitOrder {
    let fingerprint = format!("{sku} {quantity} {price} {payment}");
    serde_json::from_value(serde_json::json!({
        "key": key, "fingerprint": fingerprint, "id": format!("{key} {fingerprint}"),
        "currency": "USD",
        "lines": [{"sku": sku, "quantity": quantity, "expected_price": price}],
        "details": {
            "personal": {"unsealed": {"c": {"name": "Li \"Na\" \u{0} {,}\\", "email": "li.na@example.com"},
                "a": {"country": "CN", "region": "", "city": "Hangzhou",
                "postal_code": "", "line1": "1 West Lake Road", "line2": ""}}},
            "delivery": "standard", "payment": payment
        }
    }))
    .expect("a message of the protocol")
}

/// One unit, paid on delivery.
fn one(key: &str, sku: &str) -> SubmitOrder {
    order(key, sku, 1, 100, "on_delivery")
}

fn new(submit: &SubmitOrder) -> NewOrder<'_> {
    NewOrder {
        submit,
        now_ms: 2,
        terms: &Terms::DEFAULT,
        price: &souk_order_store::Price::OfOffers,
    }
}

/// Time that passes when a test says so.
#[derive(Clone)]
struct Time(watch::Sender<u64>);

impl Time {
    fn pass(&self, us: u64) {
        self.0.send_modify(|now| *now += us);
    }
}

impl Pause for Time {
    async fn pause_us(&self, us: u32) {
        let mut time = self.0.subscribe();
        let end = *time.borrow() + u64::from(us);
        let passed = time.wait_for(|now| *now >= end).await;
        passed.expect("the test has the time");
    }
}

/// Between the stores and the engine: orders pass when there is a permit, and so do their replies.
struct Gates {
    there: Semaphore,
    back: Semaphore,
    /// Names of the functions that orders were sent to.
    sent: Mutex<Vec<&'static str>>,
}

struct Gated {
    connection: TokioPostgres,
    gates: Arc<Gates>,
}

impl PostgresDriver for Gated {
    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let name = match sql {
            _ if sql.contains("souk.read_facts(") => "look",
            _ if sql.contains("souk.place(") => "place",
            _ if sql.contains("souk.place_many(") => "place_many",
            _ => return self.connection.query(sql, parameters).await,
        };
        self.gates.sent.lock().expect("a list").push(name);
        let pass = async |gate: &Semaphore| gate.acquire().await.expect("it is open").forget();
        pass(&self.gates.there).await;
        let rows = self.connection.query(sql, parameters).await;
        pass(&self.gates.back).await;
        rows
    }
}

/// The stores of an instance.
struct Instance {
    shop: PostgresShop,
    shared: Arc<Shared>,
    time: Time,
    gates: Arc<Gates>,
}

type Store = PostgresOrderStore<Gated, Time>;
type Waiting<'a> = Pin<Box<dyn Future<Output = Result<SubmitReply, StoreError>> + 'a>>;

impl Instance {
    fn new() -> Self {
        let shop = PostgresShop::empty();
        block_on(shop.open().define_offers(&offers(), 1)).expect("good offers");
        let instance = Self {
            shop,
            shared: Arc::default(),
            time: Time(watch::Sender::new(0)),
            gates: Arc::new(Gates {
                there: Semaphore::new(0),
                back: Semaphore::new(0),
                sent: Mutex::default(),
            }),
        };
        instance.see_offers();
        instance
    }

    /// Refused orders, one for each SKU: the instance has seen every offer then.
    fn see_offers(&self) {
        let (connection, shared) = (self.shop.connect(), self.shared.clone());
        let store = PostgresOrderStore::in_groups(connection, shared, self.time.clone());
        for sku in SKUS {
            let order = order("refused", sku, 1, 1, "on_delivery");
            let reply = block_on(store.submit(new(&order)));
            assert!(
                matches!(reply, Ok(SubmitReply::PriceChanged { .. })),
                "{reply:?}"
            );
        }
    }

    fn store(&self) -> Store {
        let driver = Gated {
            connection: self.shop.connect(),
            gates: self.gates.clone(),
        };
        PostgresOrderStore::in_groups(driver, self.shared.clone(), self.time.clone())
    }

    fn stores(&self, count: usize) -> Vec<Store> {
        (0..count).map(|_| self.store()).collect()
    }

    fn open_gates(&self) {
        self.gates.there.add_permits(1_000);
        self.gates.back.add_permits(1_000);
    }

    fn take_sent(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.gates.sent.lock().expect("a list"))
    }

    /// The books balance, and there are so many orders.
    fn assert_books(&self, orders: i64) {
        let audit = block_on(self.shop.open().audit()).expect("a report");
        assert_eq!((audit.orders, audit.drift), (orders, Vec::new()));
        assert_eq!(audit.outbox, orders);
    }
}

/// Sends each order with a store of its own, in their order. None is answered yet.
async fn send<'a>(stores: &'a [Store], orders: &'a [SubmitOrder]) -> Vec<Waiting<'a>> {
    let mut waiting: Vec<Waiting<'a>> = Vec::new();
    for (store, order) in stores.iter().zip(orders) {
        let mut one: Waiting<'a> = Box::pin(store.submit(new(order)));
        assert!(is_pending(&mut one).await);
        waiting.push(one);
    }
    waiting
}

async fn is_pending(future: &mut Waiting<'_>) -> bool {
    // A new turn of the executor, which lets no task look at something without end.
    tokio::task::yield_now().await;
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
    })
    .await
}

fn assert_accepted(reply: &Result<SubmitReply, StoreError>) {
    let is_accepted = matches!(reply, Ok(SubmitReply::Accepted { .. }));
    assert!(is_accepted, "{reply:?}");
}

#[test]
fn what_waits_for_a_submission_goes_down_in_one_statement() {
    let instance = Instance::new();
    let stores = instance.stores(6);
    let orders: Vec<_> = (0..6).map(|n| one(&format!("k{n}"), SKUS[n % 4])).collect();
    block_on(async {
        let waiting = send(&stores, &orders).await;
        // The first order did not wait for another.
        assert_eq!(instance.take_sent(), ["place"]);
        instance.open_gates();
        instance.time.pass(A_MOMENT_US);
        for reply in waiting {
            assert_accepted(&reply.await);
            instance.time.pass(A_MOMENT_US);
        }
        assert_eq!(instance.take_sent(), ["place_many"]);
        // The commit queue is idle again.
        assert_accepted(&stores[0].submit(new(&one("k6", "tea"))).await);
        assert_eq!(instance.take_sent(), ["place"]);
    });
    instance.assert_books(7);
}

/// Clients hang up: one that is under way, one that leads, and two that wait.
#[test]
fn a_request_that_is_dropped_holds_up_no_other() {
    let instance = Instance::new();
    let stores = instance.stores(7);
    let orders: Vec<_> = (0..7).map(|n| one(&format!("k{n}"), "cup")).collect();
    block_on(async {
        let mut waiting = send(&stores, &orders[..6]).await.into_iter();
        let mut next = || waiting.next().expect("six were sent");
        let (first, mut leader, gone, a, b, late) =
            (next(), next(), next(), next(), next(), next());
        drop((first, gone));
        instance.time.pass(A_MOMENT_US);
        assert!(is_pending(&mut leader).await);
        assert_eq!(instance.take_sent(), ["place", "place_many"]);
        let joining = send(&stores[6..], &orders[6..]).await;
        drop((leader, late));
        instance.open_gates();
        instance.time.pass(A_MOMENT_US);
        for reply in [a, b].into_iter().chain(joining) {
            assert_accepted(&reply.await);
        }
        assert_eq!(instance.take_sent(), ["place", "place", "place"]);
    });
    instance.assert_books(3);
}

/// A statement that never comes back: before the engine has seen it, or after it was carried out.
#[test]
fn a_statement_that_never_returns_strands_no_request() {
    for carried_out in [false, true] {
        let instance = Instance::new();
        let stores = instance.stores(6);
        let orders: Vec<_> = (0..6).map(|n| one(&format!("k{n}"), "cup")).collect();
        let direct = instance.shop.open();
        block_on(async {
            let mut waiting = send(&stores[..4], &orders[..4]).await.into_iter();
            let mut next = || waiting.next().expect("four were sent");
            let (first, mut leader) = (next(), next());
            let mut followers = vec![next(), next()];
            instance.gates.there.add_permits(1);
            instance.gates.back.add_permits(1);
            assert_accepted(&first.await);
            instance.gates.there.add_permits(usize::from(carried_out));
            instance.time.pass(A_MOMENT_US);
            assert!(is_pending(&mut leader).await);
            followers.extend(send(&stores[4..5], &orders[4..5]).await);
            let carried = async || {
                let found = direct.find(&orders[2].id, "").await;
                found.expect("a reply").is_some()
            };
            while carried_out && !carried().await {
                assert!(is_pending(&mut leader).await);
            }
            assert_eq!(instance.take_sent(), ["place", "place_many"]);

            let mut waited_us = 0;
            let sent = loop {
                instance.time.pass(LONGEST_PAUSE_US);
                waited_us += LONGEST_PAUSE_US;
                for follower in &mut followers {
                    assert!(is_pending(follower).await);
                }
                let sent = instance.take_sent();
                if !sent.is_empty() {
                    break sent;
                }
                assert!(waited_us < LONG_US, "a request is stranded");
            };
            assert!(waited_us > LONG_US / 2, "given up after {waited_us} µs");
            // Two that went down with the lost one, and one that waited for it.
            assert_eq!(sent, ["place", "place", "place"]);
            instance.open_gates();
            let late = followers.pop().expect("three wait").await;
            assert_accepted(&late);
            for follower in followers {
                let reply = follower.await;
                if carried_out {
                    assert!(matches!(reply, Ok(SubmitReply::Exists { .. })), "{reply:?}");
                } else {
                    assert_accepted(&reply);
                }
            }
            // Here it comes after all, and the line has been free for long.
            assert_accepted(&leader.await);
            assert_accepted(&stores[5].submit(new(&orders[5])).await);
        });
        instance.assert_books(6);
    }
}

/// Sends orders of which the first, which conflicts with no other, is under way while the others
/// come; then lets all of them through. Gives the other replies, and whether each order went alone.
async fn together(
    instance: &Instance,
    stores: &[Store],
    opener: &SubmitOrder,
    orders: &[SubmitOrder],
) -> Vec<(Result<SubmitReply, StoreError>, bool)> {
    let mut opening = send(&stores[..1], std::slice::from_ref(opener)).await;
    let waiting = send(&stores[1..], orders).await;
    instance.open_gates();
    assert_accepted(&opening.remove(0).await);
    instance.take_sent();
    let mut replies = Vec::new();
    for one in waiting {
        instance.time.pass(A_MOMENT_US);
        let reply = one.await;
        let last = instance.take_sent().last().copied();
        replies.push((reply, last.is_some_and(|name| name != "place_many")));
    }
    let gates = [&instance.gates.there, &instance.gates.back];
    for gate in gates {
        gate.forget_permits(usize::MAX);
    }
    replies
}

/// Which outcome, without the number of units that were left: that depends on the orders' sequence.
fn kind(reply: &SubmitReply) -> String {
    match reply {
        SubmitReply::Accepted { order, .. } => format!("accepted {} {}", order.id, order.total),
        SubmitReply::Exists { order } => format!("exists {}", order.id),
        SubmitReply::ExistsWithDifferentContent => "other content".to_owned(),
        SubmitReply::TermsChanged => "terms changed".to_owned(),
        SubmitReply::UnknownSku { sku } => format!("unknown {sku}"),
        SubmitReply::PriceChanged { sku, .. } => format!("price of {sku}"),
        SubmitReply::SoldOut { sku, .. } => format!("sold out {sku}"),
        SubmitReply::QuoteChanged { total } => format!("costs {total:?}"),
        SubmitReply::PromotionUnavailable { promotion, .. } => format!("no {promotion}"),
        SubmitReply::DeliveryUnavailable => "no delivery".to_owned(),
        SubmitReply::NotOpen { .. } | SubmitReply::SaleOver => "out of time".to_owned(),
        SubmitReply::LimitExceeded { limit, .. } => format!("limit {limit}"),
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
    let skus = ["tea", "cup", "pot", "rug", "jar", "none"];
    let sku = skus[usize::try_from(numbers.below(6)).expect("small")];
    let price = if numbers.below(8) == 0 { 99 } else { 100 };
    let payments = ["on_delivery", "transfer", "card"];
    let payment = payments[usize::try_from(numbers.below(3)).expect("small")];
    order(&key, sku, 1 + numbers.below(4), price, payment)
}

/// One shop gets groups, its twin gets the same orders one by one. Every other pair has an account
/// that is split over buckets.
#[test]
fn a_group_answers_each_order_as_if_it_came_alone() {
    for seed in 0..24 {
        let mut numbers = Numbers(seed);
        let (instance, alone) = (Instance::new(), PostgresShop::empty());
        let stores = instance.stores(9);
        let (direct, twin) = (instance.shop.open(), alone.open());
        block_on(twin.define_offers(&offers(), 1)).expect("good offers");
        if seed % 2 == 1 {
            for shop in [&instance.shop, &alone] {
                shop.run("SELECT souk.split_account('jar', 1)");
            }
        }
        let mut placed_in_groups = 0;
        block_on(async {
            for round in 0..4 {
                let opener = one(&format!("opener {round}"), "rug");
                let orders: Vec<_> = (0..8).map(|_| any_order(&mut numbers, round)).collect();
                let replies = together(&instance, &stores, &opener, &orders).await;
                assert_accepted(&twin.submit(new(&opener)).await);
                // They came at the same moment; an order that the group leaves out comes after it.
                let mut answered: Vec<_> = orders.iter().zip(replies).collect();
                answered.sort_by_key(|(_, (_, alone))| *alone);
                for (order, (reply, alone)) in answered {
                    placed_in_groups += usize::from(!alone);
                    let reply = reply.expect("a reply");
                    let expected = twin.submit(new(order)).await.expect("a reply");
                    assert_eq!(kind(&reply), kind(&expected), "seed {seed}: {order:?}");
                }
            }
            let mut accounts = Vec::new();
            for store in [&direct, &twin] {
                let audit = store.audit().await.expect("a report");
                assert_eq!(audit.drift, Vec::new(), "seed {seed}");
                let skus = SKUS.map(str::to_owned);
                accounts.push((audit.orders, store.stock(&skus).await.expect("accounts")));
            }
            assert_eq!(accounts[0], accounts[1], "seed {seed}");
        });
        assert!(placed_in_groups >= 8, "seed {seed}: {placed_in_groups}");
    }
}

/// An order that is impossible fails alone, without an effect on the orders in its statement.
#[test]
fn an_order_that_makes_the_statement_fail_fails_alone() {
    let instance = Instance::new();
    let stores = instance.stores(4);
    let opener = one("opener", "tea");
    let [a, mut b, c] = ["a", "b", "c"].map(|key| one(key, "cup"));
    // Its number is taken: the index of the orders refuses the statement.
    b.id.clone_from(&opener.id);
    let replies = block_on(together(&instance, &stores, &opener, &[a, b, c]));
    let [(a, true), (b, true), (c, true)] = replies.as_slice() else {
        panic!("{replies:?}");
    };
    assert_accepted(a);
    assert!(matches!(b, Err(StoreError::Corrupt(_))), "{b:?}");
    assert_accepted(c);
    instance.assert_books(3);
}

/// The reply to the order that took the last unit says so, in a group too, and no other reply does.
#[test]
fn one_of_a_group_is_told_that_it_took_the_last_unit() {
    let instance = Instance::new();
    let stores = instance.stores(7);
    let orders: Vec<_> = (0..6)
        .map(|n| order(&format!("k{n}"), SKUS[n % 2], 4, 100, "transfer"))
        .collect();
    let opener = one("opener", "pot");
    let mut told = BTreeMap::new();
    for (reply, alone) in block_on(together(&instance, &stores, &opener, &orders)) {
        assert!(!alone, "{reply:?}");
        let Ok(SubmitReply::Accepted { order, exhausted }) = reply else {
            panic!("{reply:?}");
        };
        *told.entry(order.lines[0].sku.clone()).or_insert(0) += i32::from(exhausted);
    }
    let each = [("cup".to_owned(), 1), ("tea".to_owned(), 1)];
    assert_eq!(told, BTreeMap::from(each));
    assert_eq!(
        block_on(instance.shop.open().unavailable()),
        Ok(vec!["cup".to_owned(), "tea".to_owned()])
    );
}

/// Another client has locked the cups: an order for a pot in the same group does not wait for them.
#[test]
fn an_order_does_not_wait_for_the_account_of_another() {
    let instance = Instance::new();
    let stores = instance.stores(3);
    let (other, watch) = (instance.shop.connect(), instance.shop.connect());
    let lock = "BEGIN; SELECT FROM souk.stock WHERE sku = 'cup' FOR UPDATE";
    let orders = [one("a", "tea"), one("b", "pot"), one("c", "cup")];
    block_on(async {
        other.client().batch_execute(lock).await.expect("a lock");
        let mut waiting = send(&stores, &orders).await.into_iter();
        let mut next = || waiting.next().expect("three were sent");
        let (tea, pot, cup) = (next(), next(), next());
        instance.open_gates();
        assert_accepted(&tea.await);
        instance.time.pass(A_MOMENT_US);
        tokio::select! {
            reply = pot => assert_accepted(&reply),
            () = watch.until_waiting(1) => panic!("it waits for the cups"),
        }
        assert_eq!(instance.take_sent(), ["place", "place_many"]);
        let release = async {
            watch.until_waiting(1).await;
            let done = other.client().batch_execute("COMMIT").await;
            done.expect("a commit");
        };
        let (cup, ()) = tokio::join!(cup, release);
        assert_accepted(&cup);
        assert_eq!(instance.take_sent(), ["place"]);
    });
    instance.assert_books(3);
}

/// Twins are quicker to two keys of a group, whose units it has already: out of a bucket and out
/// of the row in `stock`. What was the last unit is one no more.
#[test]
fn units_of_a_group_go_back_when_twins_were_quicker_to_its_keys() {
    let instance = Instance::new();
    instance.shop.run("SELECT souk.split_account('jar', 1)");
    let stores = instance.stores(5);
    let (other, watch) = (instance.shop.connect(), instance.shop.connect());
    let direct = instance.shop.open();
    let orders = [
        one("a", "tea"),
        order("b", "cup", 6, 100, "transfer"),
        order("c", "jar", 2, 100, "on_delivery"),
        order("d", "jar", 1, 100, "card"),
        order("e", "cup", 6, 100, "on_delivery"),
    ];
    let twins = "BEGIN; INSERT INTO souk.orders
            (id, key, fingerprint, status, placed_at_ms, lines, body)
        SELECT key, key, 'another', 'confirmed', 1, '[]', '{}' FROM unnest('{c,e}'::text[]) AS key;
        INSERT INTO souk.message (queue, order_id, sequence, due_ms)
        VALUES ('back_office', 'c', 0, 1), ('back_office', 'e', 0, 1)";
    block_on(async {
        other.client().batch_execute(twins).await.expect("twins");
        let mut waiting = send(&stores, &orders).await;
        instance.open_gates();
        assert_accepted(&waiting.remove(0).await);
        instance.time.pass(A_MOMENT_US);
        let release = async {
            watch.until_waiting(1).await;
            let done = other.client().batch_execute("COMMIT").await;
            done.expect("a commit");
        };
        let (first, ()) = tokio::join!(waiting.remove(0), release);
        let mut replies = vec![first];
        for one in waiting {
            instance.time.pass(A_MOMENT_US);
            replies.push(one.await);
        }
        let outcomes = replies.iter().map(|reply| match reply {
            Ok(SubmitReply::Accepted { exhausted, .. }) => format!("accepted {exhausted}"),
            Ok(reply) => kind(reply),
            Err(error) => error.to_string(),
        });
        let outcomes: Vec<_> = outcomes.collect();
        let other_content = "other content";
        assert_eq!(
            outcomes,
            [
                "accepted false",
                other_content,
                "accepted false",
                other_content
            ]
        );
        let skus = ["cup", "jar"].map(str::to_owned);
        let accounts = direct.stock(&skus).await;
        let available = accounts.expect("accounts").into_iter();
        let available: Vec<_> = available.map(|account| account.available).collect();
        assert_eq!(available, [6, 399]);
    });
    instance.assert_books(5);
}
