//! Orders that go down together on SQLite: the whole contract through batches, and what a batch does
//! with orders that meet in it, and with another instance that writes at the same moment.
//!
//! Orders are written when a test lets them through a gate, so chance does not form the batches.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use souk_contract::{
    FileSqlite, FileSqliteShop, ObjectSqlite, ObjectSqliteShop, TokioPause, block_on,
};
use souk_order_store::contract::{Drift, Fixture};
use souk_order_store::{
    BooksAudit, NewOrder, OrderStore, StockStore, SubmitOrder, SubmitReply, Terms,
};
use souk_order_store_sqlite::{SqliteOrderStore, SubmitQueue};
use souk_protocol::origin::DefineOffers;
use souk_sql::{Pause, Row, SqliteDriver, SqliteSession, StoreError, Value};
use tokio::sync::Semaphore;

/// A file whose stores share a queue, as those of an instance do.
struct BatchedShop {
    shop: FileSqliteShop,
    queue: Arc<SubmitQueue>,
}

impl Fixture for BatchedShop {
    type Store = SqliteOrderStore<FileSqlite, TokioPause>;

    fn empty() -> Self {
        Self {
            shop: FileSqliteShop::empty(),
            queue: Arc::default(),
        }
    }

    fn open(&self) -> Self::Store {
        SqliteOrderStore::in_batches(self.shop.driver(), self.queue.clone(), TokioPause)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        block_on(work)
    }

    fn plant(&self, drift: Drift) -> bool {
        self.shop.plant(drift)
    }

    fn ledger(&self) -> [Vec<String>; 3] {
        self.shop.ledger()
    }
}

souk_order_store::store_contract!(BatchedShop);
souk_order_store::order_archive_contract!(BatchedShop);

/// Lets the other orders go on.
#[derive(Debug, Clone, Copy)]
struct Yield;

impl Pause for Yield {
    async fn pause_us(&self, _us: u32) {
        tokio::task::yield_now().await;
    }
}

/// Between the stores and the engine: a statement that places passes when there is a permit.
struct Gated {
    driver: ObjectSqlite,
    gate: Semaphore,
    /// Whether another instance has the write lock, and keeps it.
    is_busy: Cell<bool>,
    /// Whether the ends of transactions are lost.
    loses_ends: Cell<bool>,
    sent: RefCell<Vec<&'static str>>,
}

impl Gated {
    async fn plain(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.driver
            .run(async |session| session.execute(sql, parameters).await)
            .await
    }
}

impl SqliteSession for Gated {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let many = sql.contains("FROM json_each(?1)");
        let name = match sql {
            _ if sql.starts_with("INSERT INTO placement") && many => "place many",
            _ if sql.starts_with("INSERT INTO placement") => "place",
            "BEGIN IMMEDIATE" => "begin",
            "COMMIT" => "commit",
            _ if many => "look at many",
            _ => "look",
        };
        self.sent.borrow_mut().push(name);
        if name.starts_with("place") {
            self.gate.acquire().await.expect("it is open").forget();
            if self.is_busy.get() {
                return Err(StoreError::Transient("database is locked".into()));
            }
        }
        if name == "commit" && self.loses_ends.get() {
            self.plain("ROLLBACK", &[]).await?;
            return Err(StoreError::Transient("the end of a transaction".into()));
        }
        self.plain(sql, parameters).await
    }
}

impl SqliteDriver for &Gated {
    type Session = Gated;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Gated) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(self).await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Gated) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.execute("BEGIN IMMEDIATE", &[]).await?;
        let done = work(self).await;
        match done {
            Ok(_) => self.execute("COMMIT", &[]).await?,
            Err(_) => self.plain("ROLLBACK", &[]).await?,
        };
        done
    }
}

const SKUS: [&str; 5] = ["tea", "cup", "pot", "rug", "jar"];

/// A dozen of everything; rugs are made to order, jars are many.
fn offers() -> DefineOffers {
    let offers = SKUS.map(|sku| {
        let units = if sku == "jar" { 400 } else { 12 };
        serde_json::json!({"sku": sku, "title": sku, "slug": sku, "unit_price": 100,
            "backorder": sku == "rug", "initial_units": units})
    });
    serde_json::from_value(serde_json::json!({"currency": "USD", "offers": offers}))
        .expect("a message of the protocol")
}

fn order(key: &str, lines: &[(&str, u64)], price: i64, payment: &str) -> SubmitOrder {
    let fingerprint = format!("{lines:?} {price} {payment}");
    let lines = lines.iter();
    let lines = lines.map(|(sku, quantity)| {
        serde_json::json!({"sku": sku, "quantity": quantity, "expected_price": price})
    });
    serde_json::from_value(serde_json::json!({
        "key": key, "fingerprint": fingerprint, "id": format!("{key} {fingerprint}"),
        "currency": "USD", "lines": lines.collect::<Vec<_>>(),
        "details": {
            "personal": {"unsealed": {"c": {"name": "Li \"Na\" {,}\\", "email": "li.na@example.com"},
                "a": {"country": "CN", "region": "", "city": "Hangzhou",
                "postal_code": "", "line1": "1 West Lake Road", "line2": ""}}},
            "delivery": "standard", "payment": payment
        }
    }))
    .expect("a message of the protocol")
}

/// Units of one SKU, paid on delivery.
fn some(key: &str, sku: &str, units: u64) -> SubmitOrder {
    order(key, &[(sku, units)], 100, "on_delivery")
}

fn new(submit: &SubmitOrder) -> NewOrder<'_> {
    NewOrder {
        submit,
        now_ms: 2,
        terms: &Terms::DEFAULT,
        price: &souk_order_store::Price::OfOffers,
    }
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Result<SubmitReply, StoreError>> + 'a>>;
type Reply = Result<SubmitReply, StoreError>;

/// One instance on a file of its own.
struct Instance {
    gated: Gated,
    queue: Arc<SubmitQueue>,
}

impl Instance {
    fn new() -> Self {
        let gated = Gated {
            driver: ObjectSqliteShop::empty().driver(),
            gate: Semaphore::new(0),
            is_busy: Cell::new(false),
            loses_ends: Cell::new(false),
            sent: RefCell::default(),
        };
        let instance = Self {
            gated,
            queue: Arc::default(),
        };
        block_on(instance.other().define_offers(&offers(), 1)).expect("good offers");
        instance
    }

    /// A store that is not held up, as of another instance.
    fn other(&self) -> SqliteOrderStore<ObjectSqlite> {
        SqliteOrderStore::new(self.gated.driver.clone())
    }

    async fn submit(&self, submit: &SubmitOrder) -> Reply {
        let store = SqliteOrderStore::in_batches(&self.gated, self.queue.clone(), Yield);
        store.submit(new(submit)).await
    }

    /// Sends an order that is about to be written, and others that wait for it. Lets the first one
    /// through, so that the others are decided together and about to be written. The first of them
    /// leads, and so is the last of its batch.
    async fn meet<'a>(
        &'a self,
        opener: &'a SubmitOrder,
        orders: &'a [SubmitOrder],
    ) -> Vec<Waiting<'a>> {
        let mut waiting: Vec<Waiting<'a>> = Vec::new();
        for submit in std::iter::once(opener).chain(orders) {
            let mut one: Waiting<'a> = Box::pin(self.submit(submit));
            assert!(is_pending(&mut one).await);
            waiting.push(one);
        }
        self.gated.gate.add_permits(1);
        assert_accepted(&waiting.remove(0).await);
        self.gated.sent.take();
        for one in &mut waiting {
            assert!(is_pending(one).await);
        }
        waiting
    }

    /// Lets everything through.
    async fn answers(&self, waiting: Vec<Waiting<'_>>) -> Vec<Reply> {
        self.gated.gate.add_permits(1_000);
        let mut replies = Vec::new();
        for one in waiting {
            replies.push(one.await);
        }
        self.gated.gate.forget_permits(usize::MAX);
        replies
    }

    async fn together(&self, opener: &SubmitOrder, orders: &[SubmitOrder]) -> Vec<Reply> {
        let waiting = self.meet(opener, orders).await;
        self.answers(waiting).await
    }

    fn sent(&self) -> Vec<&'static str> {
        self.gated.sent.take()
    }

    /// The books balance, and there are so many orders.
    fn assert_books(&self, orders: i64) {
        let audit = block_on(self.other().audit()).expect("a report");
        assert_eq!((audit.orders, audit.drift), (orders, Vec::new()));
        assert_eq!(audit.outbox, orders);
    }
}

async fn is_pending(future: &mut Waiting<'_>) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
    })
    .await
}

fn assert_accepted(reply: &Reply) {
    let is_accepted = matches!(reply, Ok(SubmitReply::Accepted { .. }));
    assert!(is_accepted, "{reply:?}");
}

/// Which outcome, without the number of units that were left.
fn kind(reply: &Reply) -> String {
    match reply {
        Ok(SubmitReply::Accepted { order, .. }) => format!("accepted {} {}", order.id, order.total),
        Ok(SubmitReply::Exists { order }) => format!("exists {}", order.id),
        Ok(SubmitReply::ExistsWithDifferentContent) => "other content".to_owned(),
        Ok(SubmitReply::TermsChanged) => "terms changed".to_owned(),
        Ok(SubmitReply::UnknownSku { sku }) => format!("unknown {sku}"),
        Ok(SubmitReply::PriceChanged { sku, .. }) => format!("price of {sku}"),
        Ok(SubmitReply::SoldOut { sku, .. }) => format!("sold out {sku}"),
        Ok(SubmitReply::QuoteChanged { total }) => format!("costs {total:?}"),
        Ok(SubmitReply::PromotionUnavailable { promotion, .. }) => format!("no {promotion}"),
        Ok(SubmitReply::DeliveryUnavailable) => "no delivery".to_owned(),
        Ok(SubmitReply::NotOpen { .. } | SubmitReply::SaleOver) => "out of time".to_owned(),
        Ok(SubmitReply::LimitExceeded { limit, .. }) => format!("limit {limit}"),
        Err(StoreError::Transient(_)) => "busy".to_owned(),
        Err(StoreError::Rejected(_)) => "rejected".to_owned(),
        Err(StoreError::Corrupt(_)) => "corrupt".to_owned(),
    }
}

#[test]
fn what_waits_for_a_submission_costs_one_read_and_one_write() {
    let instance = Instance::new();
    let orders: Vec<_> = (0..12)
        .map(|n| some(&format!("k{n}"), SKUS[n % 5], 1))
        .collect();
    block_on(async {
        let opener = some("opener", "tea", 1);
        let waiting = instance.meet(&opener, &orders).await;
        instance.gated.driver.take_full_scan_steps();
        for reply in instance.answers(waiting).await {
            assert_accepted(&reply);
        }
        assert_eq!(instance.sent(), ["look at many", "place many"]);
        // What they make of 12 orders of a line each is read to its end, and nothing else.
        let steps = instance.gated.driver.take_full_scan_steps();
        assert!(steps <= 12 * 12, "{steps} rows were read in full scans");
        instance.gated.gate.add_permits(1);
        assert_accepted(&instance.submit(&some("later", "tea", 1)).await);
        assert_eq!(
            instance.sent(),
            ["look", "place"],
            "the queue is quiet again"
        );
    });
    instance.assert_books(14);
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

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        let at = self.below(values.len() as u64);
        values[usize::try_from(at).expect("small")]
    }

    /// An order of up to three lines, which may share a SKU.
    fn order(&mut self, key: &str) -> SubmitOrder {
        let skus = ["tea", "cup", "pot", "rug", "jar", "none"];
        let lines = 1 + self.below(3);
        let lines: Vec<_> = (0..lines)
            .map(|_| (self.of(&skus), 1 + self.below(4)))
            .collect();
        let price = if self.below(8) == 0 { 99 } else { 100 };
        let payment = self.of(&["on_delivery", "transfer", "card"]);
        order(key, &lines, price, payment)
    }
}

/// One shop gets batches, its twin gets the same orders one by one.
#[test]
fn a_batch_answers_each_order_as_if_it_came_alone() {
    for seed in 0..40 {
        let mut numbers = Numbers(seed);
        let (instance, twin) = (Instance::new(), ObjectSqliteShop::empty().open());
        let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
        let mut before: Vec<SubmitOrder> = Vec::new();
        block_on(async {
            twin.define_offers(&offers(), 1).await.expect("good offers");
            for round in 0..3 {
                let opener = some(&format!("opener {round}"), "jar", 1);
                let mut orders: Vec<SubmitOrder> = Vec::new();
                for n in 0..9 {
                    // Some are sent twice within the batch, or were sent in one before.
                    let again = match numbers.below(6) {
                        0 => orders.last(),
                        1 => before.get(n),
                        _ => None,
                    };
                    let mut order = match again {
                        Some(order) => order.clone(),
                        None => numbers.order(&format!("k{round} {n}")),
                    };
                    if before.contains(&order) && numbers.below(2) == 0 {
                        order.fingerprint.push('!');
                    }
                    orders.push(order);
                }
                before.clone_from(&orders);
                let replies = instance.together(&opener, &orders).await;
                assert_accepted(&twin.submit(new(&opener)).await);
                let mut answered: Vec<_> = orders.iter().zip(&replies).collect();
                answered.rotate_left(1);
                for (order, reply) in answered {
                    let expected = twin.submit(new(order)).await;
                    assert_eq!(kind(reply), kind(&expected), "seed {seed}: {order:?}");
                    let name = kind(reply).split(' ').next().unwrap_or_default().to_owned();
                    *outcomes.entry(name).or_default() += 1;
                }
            }
            let skus = SKUS.map(str::to_owned);
            let (own, others) = (instance.other(), twin);
            let [left, right] = [own.stock(&skus).await, others.stock(&skus).await];
            assert_eq!(left, right, "seed {seed}");
            let audit = own.audit().await.expect("a report");
            assert_eq!(audit.drift, Vec::new(), "seed {seed}");
        });
        assert!(outcomes["accepted"] >= 3, "seed {seed}: {outcomes:?}");
    }
}

/// Two orders want what one can have, and a third wants what is left: each reply was right at a
/// moment.
#[test]
fn who_is_refused_for_others_of_the_batch_is_told_what_is_left_after_them() {
    let instance = Instance::new();
    let orders = [
        some("leader", "pot", 1),
        some("a", "cup", 10),
        some("b", "cup", 10),
        some("c", "cup", 2),
        some("a", "cup", 10),
        some("d", "cup", 1),
    ];
    let replies = block_on(instance.together(&some("opener", "tea", 1), &orders));
    let [
        Ok(SubmitReply::Accepted { .. }),
        Ok(SubmitReply::Accepted {
            exhausted: false, ..
        }),
        Ok(SubmitReply::SoldOut { available: 0, .. }),
        Ok(SubmitReply::Accepted {
            exhausted: true, ..
        }),
        Ok(SubmitReply::Exists { .. }),
        Ok(SubmitReply::SoldOut { available: 0, .. }),
    ] = replies.as_slice()
    else {
        panic!("{replies:?}");
    };
    let sent = instance.sent();
    assert_eq!(sent, ["look at many", "place many", "look at many"]);
    instance.assert_books(4);
}

/// Ten of twelve cups go while a batch that wants six is about to be written.
#[test]
fn a_batch_that_comes_too_late_is_decided_anew_in_a_transaction() {
    let instance = Instance::new();
    let orders: Vec<_> = (0..6).map(|n| some(&format!("k{n}"), "cup", 1)).collect();
    let opener = some("opener", "tea", 1);
    let replies = block_on(async {
        let waiting = instance.meet(&opener, &orders).await;
        let other = instance.other();
        assert_accepted(&other.submit(new(&some("quicker", "cup", 10))).await);
        instance.answers(waiting).await
    });
    let kinds: Vec<_> = replies.iter().map(kind).collect();
    let accepted = kinds.iter().filter(|kind| kind.starts_with("accepted"));
    assert_eq!(accepted.count(), 2, "{kinds:?}");
    let refused = kinds.iter().filter(|kind| *kind == "sold out cup");
    assert_eq!(refused.count(), 4, "{kinds:?}");
    let sent = instance.sent();
    let again = ["look at many", "place many", "look at many", "commit"];
    assert_eq!(
        sent[..3],
        ["look at many", "place many", "begin"],
        "{sent:?}"
    );
    assert_eq!(sent[3..], again, "{sent:?}");
    instance.assert_books(4);
}

/// The transaction of a batch does not end: no client gets the answers that it decided.
#[test]
fn what_was_decided_in_a_transaction_that_did_not_end_is_not_said() {
    let instance = Instance::new();
    let orders: Vec<_> = (0..6).map(|n| some(&format!("k{n}"), "cup", 1)).collect();
    let opener = some("opener", "tea", 1);
    let replies = block_on(async {
        let waiting = instance.meet(&opener, &orders).await;
        let other = instance.other();
        assert_accepted(&other.submit(new(&some("quicker", "cup", 10))).await);
        instance.gated.loses_ends.set(true);
        instance.answers(waiting).await
    });
    let kinds: Vec<_> = replies.iter().map(kind).collect();
    assert_eq!(kinds, ["busy"; 6]);
    instance.assert_books(2);
}

/// An order that is impossible fails alone, and those that share its statement do not notice.
#[test]
fn an_order_that_makes_the_statement_fail_fails_alone() {
    let instance = Instance::new();
    let opener = some("opener", "tea", 1);
    let [a, mut b, c] = ["a", "b", "c"].map(|key| some(key, "cup", 1));
    // Its number is taken: the index of the orders refuses the statement.
    b.id.clone_from(&opener.id);
    let mut impossible = some("d", "cup", 1);
    impossible.lines[0].quantity = 0;
    let replies = block_on(instance.together(&opener, &[a, b, impossible, c]));
    let kinds: Vec<_> = replies.iter().map(kind).collect();
    assert!(kinds[0].starts_with("accepted"), "{kinds:?}");
    assert_eq!(kinds[1..3], ["corrupt", "rejected"], "{kinds:?}");
    assert!(kinds[3].starts_with("accepted"), "{kinds:?}");
    instance.assert_books(3);
}

/// The file stays busy: none of the batch tries it again by itself.
#[test]
fn a_batch_that_finds_the_file_busy_is_answered_so_as_a_whole() {
    let instance = Instance::new();
    let orders: Vec<_> = (0..6).map(|n| some(&format!("k{n}"), "cup", 1)).collect();
    let opener = some("opener", "tea", 1);
    let replies = block_on(async {
        let waiting = instance.meet(&opener, &orders).await;
        instance.gated.is_busy.set(true);
        instance.answers(waiting).await
    });
    let kinds: Vec<_> = replies.iter().map(kind).collect();
    assert_eq!(kinds, ["busy"; 6]);
    assert_eq!(instance.sent(), ["look at many", "place many"]);
    instance.gated.is_busy.set(false);
    let replies = block_on(instance.together(&some("next", "tea", 1), &orders));
    for reply in &replies {
        assert_accepted(reply);
    }
    instance.assert_books(8);
}

/// A client hangs up that leads a batch: the others of it go alone.
#[test]
fn a_leader_that_goes_away_strands_none_of_its_batch() {
    let instance = Instance::new();
    let orders: Vec<_> = (0..4).map(|n| some(&format!("k{n}"), "cup", 1)).collect();
    let opener = some("opener", "tea", 1);
    let replies = block_on(async {
        let mut waiting = instance.meet(&opener, &orders).await;
        drop(waiting.remove(0));
        instance.answers(waiting).await
    });
    assert_eq!(replies.len(), 3);
    for reply in &replies {
        assert_accepted(reply);
    }
    instance.assert_books(4);
}
