//! A copy of an origin, put back into an empty one of any engine, is the same shop.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use souk_contract::{ObjectSqliteShop, PostgresShop};
use souk_order_store::Limits;
use souk_order_store::contract::Fixture;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_protocol::origin::{
    self, Action, Actor, AuditReport, COPY_CUT_MS_MIN, ChangeOrder, ChangeReply, Claim, CopiedRows,
    CopyRows, Ledger, Message, OrderRecord, Queue, RESTORED_CARD_HOLD_MS_MIN, ReceiptLine,
    ReceiptReply, RequeueOrders, RequeuedOrders, Restore, RestoreReply, Settled, Settlement,
    StockQuery, StockReceipt, StockReport, SubmitOrder, SubmitReply, TickReport,
};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const BEGAN_MS: i64 = 1_800_000_000_000;

struct NoBadges;

impl AvailabilityProjector for NoBadges {
    async fn project(&self, _availability: Vec<u8>) {}
}

/// Settings of a shop in which a buyer may have so many units in unpaid orders.
fn limited(unpaid_units_per_buyer: u32) -> Settings {
    let mut settings = Settings::default();
    settings.terms.limits = Limits {
        unpaid_units_per_buyer,
        ..Limits::NONE
    };
    settings
}

struct Origin<F: Fixture> {
    fixture: F,
    store: F::Store,
    settings: Settings,
    now_ms: i64,
}

impl<F: Fixture> Origin<F> {
    fn empty() -> Self {
        let fixture = F::empty();
        Self {
            store: fixture.open(),
            fixture,
            settings: limited(100),
            now_ms: BEGAN_MS,
        }
    }

    fn answer(&self, method: &str, path: &str, message: &impl Serialize) -> (StatusCode, Bytes) {
        let body = serde_json::to_vec(message).expect("plain structs");
        let request = Request::builder().method(method).uri(path);
        let request = request.body(body.into()).expect("a request");
        let memory = Memory::new();
        let answer = souk_origin::handle(
            &request,
            &self.store,
            &NoBadges,
            &memory,
            self.now_ms,
            &self.settings,
            |line: &str| println!("{line}"),
        );
        let answer = self.fixture.block_on(answer);
        (answer.status(), answer.into_body())
    }

    fn ask<T: DeserializeOwned>(&self, path: &str, message: &impl Serialize) -> T {
        let (status, body) = self.answer("POST", path, message);
        assert!(status.is_success(), "{path}: {status}");
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let (status, body) = self.answer("GET", path, &());
        assert!(status.is_success(), "{path}: {status}");
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    fn offer(&self) {
        let offers = json!({"currency": "USD", "withdrawn": [], "offers": [
            {"sku": "tea", "title": "Tea \"green\"", "slug": "tea", "unit_price": 1_000,
                "backorder": false, "initial_units": 100},
            {"sku": "茶", "title": "茶", "slug": "cha", "unit_price": 2_500, "backorder": true,
                "initial_units": 0}]});
        let (status, _) = self.answer("POST", origin::OFFERS_PATH, &offers);
        assert!(status.is_success());
    }

    fn submit(&self, key: &str, payment: &str) -> SubmitReply {
        let (status, body) = self.try_submit(key, payment);
        assert!(status.is_success(), "{key}: {status}");
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    fn try_submit(&self, key: &str, payment: &str) -> (StatusCode, Bytes) {
        let submit: SubmitOrder = serde_json::from_value(json!({
            "key": key, "fingerprint": format!("hash of {key}"), "id": format!("number-of-{key}"),
            "asked_by": {"buyer": "hash of li.na"}, "lines": [{"sku": "tea", "quantity": 2}, {"sku": "茶", "quantity": 1}],
            "details": {"customer": {"name": "李娜 \u{0}", "email": "li.na@example.com"},
                "shipping_address": {"country": "CN", "region": "", "city": "Hangzhou",
                    "postal_code": "310000", "line1": "1 Wensan Road", "line2": ""},
                "delivery": "standard", "payment": payment}
        }))
        .expect("a shape of the protocol");
        self.answer("POST", origin::ORDERS_PATH, &submit)
    }

    fn change(&self, order: &str, key: &str, action: Action) {
        let asked: ChangeOrder = ChangeOrder {
            order: order.to_owned(),
            key: key.to_owned(),
            by: Actor::Staff,
            by_name: Some("anna".to_owned()),
            action,
        };
        let reply: ChangeReply = self.ask(origin::CHANGES_PATH, &asked);
        assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
    }

    /// Delivers every event to the back office; gives how many there were.
    fn tell(&self) -> usize {
        let mut count = 0;
        loop {
            let claim = Claim {
                queue: Queue::BackOffice,
                limit: 100,
                visibility_ms: 10_000,
                order: None,
            };
            let messages: Vec<Message> = self.ask(origin::CLAIM_PATH, &claim);
            if messages.is_empty() {
                return count;
            }
            count += messages.len();
            let settlements: Vec<_> = messages
                .into_iter()
                .map(|message| Settlement {
                    id: message.id,
                    order: message.order,
                    sequence: message.sequence,
                    attempts: message.attempts,
                    outcome: Settled::Done,
                })
                .collect();
            let (status, _) = self.answer("POST", origin::SETTLE_PATH, &settlements);
            assert!(status.is_success());
        }
    }

    fn record(&self, order: &str) -> Option<OrderRecord> {
        let path = format!("{}?id={order}", origin::RECORD_PATH);
        let (status, body) = self.answer("GET", &path, &());
        match status {
            StatusCode::NOT_FOUND => None,
            status => {
                assert!(status.is_success(), "{order}: {status}");
                Some(serde_json::from_slice(&body).expect("a shape of the protocol"))
            }
        }
    }

    fn stock(&self) -> StockReport {
        let skus = vec!["tea".to_owned(), "茶".to_owned()];
        self.ask(origin::STOCK_PATH, &StockQuery { skus })
    }

    fn assert_the_books_balance(&self) {
        let report: AuditReport = self.get(origin::AUDIT_PATH);
        assert!(report.drift.is_empty(), "{:?}", report.drift);
    }

    fn copy(&self, ledger: Ledger, until_ms: i64) -> Vec<Value> {
        let (mut rows, mut after) = (Vec::new(), String::new());
        loop {
            let asked = CopyRows {
                ledger,
                after,
                until_ms,
            };
            let page: CopiedRows = self.ask(origin::COPY_PATH, &asked);
            rows.extend(page.rows);
            match page.after {
                Some(next) => after = next,
                None => return rows,
            }
        }
    }

    fn put_back(&self, batch: i64, ledger: Ledger, rows: Vec<Value>) -> RestoreReply {
        let backup = "one".to_owned();
        let step = Restore::Rows {
            backup,
            batch,
            ledger,
            rows,
        };
        self.ask(origin::RESTORE_PATH, &step)
    }
}

/// A shop in which everything has happened; gives the moment after it.
fn lived<F: Fixture>() -> (Origin<F>, i64) {
    let mut shop = Origin::<F>::empty();
    shop.offer();
    let begun = PublicationChange::Begin {
        manifest: "a".repeat(64),
        format: 4,
        products: 2,
        variants: 2,
    };
    let _: PublicationReply = shop.ask(origin::PUBLICATIONS_PATH, &begun);
    let activate = PublicationChange::Activate {
        version: 1,
        expected: None,
    };
    let _: PublicationReply = shop.ask(origin::PUBLICATIONS_PATH, &activate);
    for (key, payment) in [
        ("old", "on_delivery"),
        ("paid", "transfer"),
        ("held", "transfer"),
        ("gone", "on_delivery"),
        ("card", "card"),
        ("argued", "card"),
    ] {
        let reply = shop.submit(key, payment);
        assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    }
    let received = |amount| Action::ReceivePayment {
        amount,
        reference: "bank 1".to_owned(),
    };
    let ship = || Action::Ship {
        carrier: "SF".to_owned(),
        tracking: "1".to_owned(),
        unpaid_reason: None,
    };
    shop.change("number-of-old", "p", received(4_500));
    shop.change("number-of-old", "s", ship());
    shop.change("number-of-old", "d", Action::Deliver);
    shop.change("number-of-paid", "p", received(4_500));
    let reason = "no".to_owned();
    shop.change("number-of-gone", "x", Action::Cancel { reason });
    let (provider, payment) = ("sandbox".to_owned(), "pay-1".to_owned());
    let authorised = Action::Authorise {
        provider: provider.clone(),
        payment: payment.clone(),
        amount: 4_500,
    };
    shop.change("number-of-argued", "a", authorised);
    let captured = Action::Capture {
        provider: provider.clone(),
        payment: payment.clone(),
        amount: 4_500,
        fee: 10,
    };
    shop.change("number-of-argued", "c", captured);
    let argued = Action::OpenDispute {
        provider,
        payment,
        dispute: "dispute-1".to_owned(),
        amount: 1_500,
        reason: "fraudulent".to_owned(),
    };
    shop.change("number-of-argued", "d", argued);
    let receipt = StockReceipt {
        key: "delivery".to_owned(),
        reason: "a delivery".to_owned(),
        by_name: Some("anna".to_owned()),
        home: None,
        lines: vec![ReceiptLine {
            sku: "tea".to_owned(),
            units: 7,
        }],
    };
    let received: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &receipt);
    assert!(
        matches!(received, ReceiptReply::Done { .. }),
        "{received:?}"
    );
    shop.tell();
    // What is over for more than a year goes into the archive.
    shop.now_ms += 370 * DAY_MS;
    let _: TickReport = shop.ask(origin::TICK_PATH, &());
    let young = shop.submit("young", "transfer");
    assert!(matches!(young, SubmitReply::Accepted { .. }));
    let until_ms = shop.now_ms;
    shop.now_ms += COPY_CUT_MS_MIN + 1;
    (shop, until_ms)
}

/// Copies everything that had happened at a moment, with the accounts that the shop had then.
fn copied<F: Fixture>(
    shop: &Origin<F>,
    until_ms: i64,
    stock: &StockReport,
) -> Vec<(Ledger, Vec<Value>)> {
    let mut all: Vec<_> = Ledger::ALL
        .map(|ledger| (ledger, shop.copy(ledger, until_ms)))
        .into();
    let (_, offers) = all.last_mut().expect("there are ledgers");
    for offer in offers {
        let accounts = stock.accounts.iter();
        let account = accounts.clone().find(|account| offer["sku"] == account.sku);
        let account = account.expect("an account of each offer");
        let account = serde_json::to_value(account).expect("a plain struct");
        for column in ["supplied", "available", "held", "sold"] {
            offer[column] = account[column].clone();
        }
    }
    all
}

fn a_copy_put_back_is_the_same_shop<From: Fixture, To: Fixture>() {
    let (mut shop, until_ms) = lived::<From>();
    let stock = shop.stock();
    let numbers = ["old", "paid", "held", "gone", "card", "argued", "young"]
        .map(|key| format!("number-of-{key}"));
    let records = numbers.clone().map(|order| shop.record(&order));
    assert!(records.iter().all(Option::is_some));
    let publications: Publications = shop.get(origin::PUBLICATIONS_PATH);
    // What happens after the moment of the copy is not in it.
    let reply = shop.submit("late", "on_delivery");
    assert!(matches!(reply, SubmitReply::Accepted { .. }));
    let received = Action::ReceivePayment {
        amount: 4_500,
        reference: "late".to_owned(),
    };
    shop.change("number-of-young", "p", received);
    shop.now_ms += 1;
    let copy = copied(&shop, until_ms, &stock);

    // Where only the order index was lost, it is filled anew from the same origin: with the orders of
    // the archive.
    shop.tell();
    let requeued: RequeuedOrders = shop.ask(origin::REQUEUE_PATH, &RequeueOrders::default());
    assert_eq!(requeued.orders, 8);
    let orders = numbers.iter().map(String::as_str).chain(["number-of-late"]);
    let events: usize = orders
        .filter_map(|order| shop.record(order))
        .map(|record| 1 + record.events.len())
        .sum();
    assert_eq!(shop.tell(), events);
    shop.assert_the_books_balance();

    let mut new = Origin::<To>::empty();
    new.now_ms = shop.now_ms;
    let begin = || Restore::Begin {
        backup: "one".to_owned(),
    };
    let begun: RestoreReply = new.ask(origin::RESTORE_PATH, &begin());
    assert_eq!(begun, RestoreReply::Done { batch: 0 });
    for (batch, (ledger, rows)) in (1..).zip(&copy) {
        let early = new.put_back(batch + 1, *ledger, rows.clone());
        assert_eq!(early, RestoreReply::OutOfTurn);
        let done = RestoreReply::Done { batch };
        assert_eq!(new.put_back(batch, *ledger, rows.clone()), done);
        // The reply was lost, and the batch comes again.
        assert_eq!(new.put_back(batch, *ledger, rows.clone()), done);
        let again: RestoreReply = new.ask(origin::RESTORE_PATH, &begin());
        assert_eq!(again, done);
    }
    let finish = Restore::Finish {
        backup: "one".to_owned(),
    };
    let finished: RestoreReply = new.ask(origin::RESTORE_PATH, &finish);
    assert_eq!(finished, RestoreReply::Done { batch: 8 });
    let after = new.put_back(9, Ledger::Funds, Vec::new());
    assert_eq!(after, RestoreReply::OutOfTurn);
    // What stopped after this goes on after this.
    let again: RestoreReply = new.ask(origin::RESTORE_PATH, &begin());
    assert_eq!(again, RestoreReply::Finished);
    let again: RestoreReply = new.ask(origin::RESTORE_PATH, &finish);
    assert_eq!(again, finished);

    assert_eq!(new.stock(), stock);
    for (order, record) in numbers.iter().zip(&records) {
        assert_eq!(new.record(order), *record, "{order}");
    }
    assert_eq!(new.record("number-of-late"), None);
    let [_, _, receipts] = new.fixture.ledger();
    assert!(
        receipts.contains(&r#"["delivery","a delivery","anna"]"#.to_owned()),
        "{receipts:?}"
    );
    assert_eq!(receipts, shop.fixture.ledger()[2]);
    // What unpaid orders have taken of an allowance is taken.
    new.settings = limited(5);
    let over = new.submit("over", "transfer");
    assert!(
        matches!(over, SubmitReply::LimitExceeded { .. }),
        "{over:?}"
    );
    new.settings = limited(100);
    assert_eq!(
        new.get::<Publications>(origin::PUBLICATIONS_PATH),
        publications
    );

    // Every event reaches the order index again, and the provider is asked about the card.
    let events: usize = records
        .iter()
        .flatten()
        .map(|one| 1 + one.events.len())
        .sum();
    let asked = RequeueOrders {
        payments: true,
        ..RequeueOrders::default()
    };
    let requeued: RequeuedOrders = new.ask(origin::REQUEUE_PATH, &asked);
    assert_eq!((requeued.orders, requeued.after), (7, None));
    new.assert_the_books_balance();
    let payments = Claim {
        queue: Queue::Payments,
        limit: 10,
        visibility_ms: 1,
        order: None,
    };
    let payments: Vec<Message> = new.ask(origin::CLAIM_PATH, &payments);
    let mut payments: Vec<_> = payments.iter().map(|one| one.order.as_str()).collect();
    payments.sort_unstable();
    assert_eq!(payments, ["number-of-argued", "number-of-card"]);
    assert_eq!(new.tell(), events);
    new.assert_the_books_balance();

    // It goes on as a shop: keys are known, the hold lapses, units are sold, versions count on.
    let exists = new.submit("paid", "transfer");
    assert!(matches!(exists, SubmitReply::Exists { .. }), "{exists:?}");
    let late = new.submit("late", "on_delivery");
    assert!(matches!(late, SubmitReply::Accepted { .. }), "{late:?}");
    new.now_ms += 30 * DAY_MS;
    let ticked: TickReport = new.ask(origin::TICK_PATH, &());
    assert!(ticked.expired >= 1, "{ticked:?}");
    let next = PublicationChange::Begin {
        manifest: "b".repeat(64),
        format: 4,
        products: 1,
        variants: 1,
    };
    let next: PublicationReply = new.ask(origin::PUBLICATIONS_PATH, &next);
    let PublicationReply::Done { publication } = next else {
        panic!("{next:?}");
    };
    assert_eq!(publication.version, 2);
    new.assert_the_books_balance();
}

/// Between the first batch and the last one orders are there, and their accounts are not.
fn nothing_changes_before_a_copy_is_whole<From: Fixture, To: Fixture>() {
    let (mut shop, _) = lived::<From>();
    let reply = shop.submit("fresh", "card");
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    let until_ms = shop.now_ms;
    shop.now_ms += COPY_CUT_MS_MIN + 1;
    let stock = shop.stock();
    let copy = copied(&shop, until_ms, &stock);
    let mut new = Origin::<To>::empty();
    // Every hold is over.
    new.now_ms = shop.now_ms + 30 * DAY_MS;
    let begin = Restore::Begin {
        backup: "one".to_owned(),
    };
    let _: RestoreReply = new.ask(origin::RESTORE_PATH, &begin);
    for (batch, (ledger, rows)) in (1..).zip(copy) {
        let done = new.put_back(batch, ledger, rows);
        assert_eq!(done, RestoreReply::Done { batch });
        let cancel = json!({"order": "number-of-young", "key": "x", "by": "staff",
            "action": {"action": "cancel", "reason": "no"}});
        let receipt = json!({"key": "more", "reason": "a delivery",
            "lines": [{"sku": "tea", "units": 1}]});
        let repair = json!({"key": "r", "reason": "drift", "subject": {"sku": "tea"},
            "preview": false});
        let claim = json!({"queue": "holds", "limit": 1, "visibility_ms": 1});
        let requeue = json!({});
        for (path, message) in [
            (origin::TICK_PATH, &json!(null)),
            (origin::CHANGES_PATH, &cancel),
            (origin::RECEIPTS_PATH, &receipt),
            (origin::REPAIRS_PATH, &repair),
            (origin::CLAIM_PATH, &claim),
            (origin::REQUEUE_PATH, &requeue),
        ] {
            let (status, _) = new.answer("POST", path, message);
            assert_eq!(
                status,
                StatusCode::SERVICE_UNAVAILABLE,
                "{path} after {batch}"
            );
        }
        let (status, _) = new.try_submit("new", "transfer");
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "after {batch}");
    }
    let finish = Restore::Finish {
        backup: "one".to_owned(),
    };
    for _ in 0..2 {
        let finished: RestoreReply = new.ask(origin::RESTORE_PATH, &finish);
        assert_eq!(finished, RestoreReply::Done { batch: 8 });
    }
    assert_eq!(new.stock(), stock);
    let _: RequeuedOrders = new.ask(origin::REQUEUE_PATH, &RequeueOrders::default());
    new.assert_the_books_balance();
    // "young" lapses at once, "fresh" when the provider was asked.
    let ticked: TickReport = new.ask(origin::TICK_PATH, &());
    assert_eq!(ticked.expired, 1, "{ticked:?}");
    new.now_ms += RESTORED_CARD_HOLD_MS_MIN - 1;
    let ticked: TickReport = new.ask(origin::TICK_PATH, &());
    assert_eq!(ticked.expired, 0, "{ticked:?}");
    new.now_ms += 1;
    let ticked: TickReport = new.ask(origin::TICK_PATH, &());
    assert_eq!(ticked.expired, 1, "{ticked:?}");
    new.assert_the_books_balance();
}

/// Events that were given up, or are being delivered, are delivered again all the same.
fn a_requeued_order_is_delivered_whole<F: Fixture>() {
    let mut shop = Origin::<F>::empty();
    shop.offer();
    for key in ["dead", "claimed"] {
        let reply = shop.submit(key, "transfer");
        assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    }
    let claim = Claim {
        queue: Queue::BackOffice,
        limit: 100,
        visibility_ms: 10 * DAY_MS,
        order: None,
    };
    let claimed: Vec<Message> = shop.ask(origin::CLAIM_PATH, &claim);
    assert_eq!(claimed.len(), 2);
    let dead = claimed.iter().find(|one| one.order == "number-of-dead");
    let dead = dead.expect("a message of each");
    let settlement = Settlement {
        id: dead.id,
        order: dead.order.clone(),
        sequence: dead.sequence,
        attempts: dead.attempts,
        outcome: Settled::Dead {
            error: "no".to_owned(),
        },
    };
    let (status, _) = shop.answer("POST", origin::SETTLE_PATH, &[settlement]);
    assert!(status.is_success());
    shop.now_ms += 1;
    let _: RequeuedOrders = shop.ask(origin::REQUEUE_PATH, &RequeueOrders::default());
    assert_eq!(shop.tell(), 2);
}

fn a_shop_that_has_something_is_not_restored<F: Fixture>() {
    let shop = Origin::<F>::empty();
    shop.offer();
    let begin = |backup: &str| Restore::Begin {
        backup: backup.to_owned(),
    };
    let refused: RestoreReply = shop.ask(origin::RESTORE_PATH, &begin("one"));
    assert_eq!(refused, RestoreReply::NotEmpty);
    // An offer without units has no movement, and is something all the same.
    let offered = Origin::<F>::empty();
    let offers = json!({"currency": "USD", "withdrawn": [], "offers": [{"sku": "tea",
        "title": "Tea", "slug": "tea", "unit_price": 1_000, "backorder": false,
        "initial_units": 0}]});
    let (status, _) = offered.answer("POST", origin::OFFERS_PATH, &offers);
    assert!(status.is_success());
    let refused: RestoreReply = offered.ask(origin::RESTORE_PATH, &begin("one"));
    assert_eq!(refused, RestoreReply::NotEmpty);
    assert_eq!(
        shop.put_back(1, Ledger::Funds, Vec::new()),
        RestoreReply::OutOfTurn
    );
    let empty = Origin::<F>::empty();
    let _: RestoreReply = empty.ask(origin::RESTORE_PATH, &begin("one"));
    let other: RestoreReply = empty.ask(origin::RESTORE_PATH, &begin("two"));
    assert_eq!(other, RestoreReply::OutOfTurn);
    // A copy of this moment could miss what is being written.
    let asked = CopyRows {
        ledger: Ledger::Orders,
        after: String::new(),
        until_ms: shop.now_ms - COPY_CUT_MS_MIN + 1,
    };
    let (status, _) = shop.answer("POST", origin::COPY_PATH, &asked);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[test]
fn a_copy_of_sqlite_put_back_is_the_same_shop() {
    a_copy_put_back_is_the_same_shop::<ObjectSqliteShop, ObjectSqliteShop>();
}

#[test]
fn a_copy_of_postgres_put_back_is_the_same_shop() {
    a_copy_put_back_is_the_same_shop::<PostgresShop, PostgresShop>();
}

#[test]
fn a_copy_goes_from_one_engine_to_the_other() {
    a_copy_put_back_is_the_same_shop::<ObjectSqliteShop, PostgresShop>();
    a_copy_put_back_is_the_same_shop::<PostgresShop, ObjectSqliteShop>();
}

#[test]
fn nothing_changes_before_a_copy_is_whole_on_sqlite() {
    nothing_changes_before_a_copy_is_whole::<PostgresShop, ObjectSqliteShop>();
}

#[test]
fn nothing_changes_before_a_copy_is_whole_on_postgres() {
    nothing_changes_before_a_copy_is_whole::<ObjectSqliteShop, PostgresShop>();
}

#[test]
fn a_requeued_order_is_delivered_whole_on_both_engines() {
    a_requeued_order_is_delivered_whole::<ObjectSqliteShop>();
    a_requeued_order_is_delivered_whole::<PostgresShop>();
}

#[test]
fn a_shop_on_sqlite_that_has_something_is_not_restored() {
    a_shop_that_has_something_is_not_restored::<ObjectSqliteShop>();
}

#[test]
fn a_shop_on_postgres_that_has_something_is_not_restored() {
    a_shop_that_has_something_is_not_restored::<PostgresShop>();
}
