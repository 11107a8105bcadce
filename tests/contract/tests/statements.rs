//! How many statements the stores send, and that none of them reads a whole table.

use std::cell::RefCell;
use std::sync::Arc;

use souk_contract::{
    ObjectSqlite, ObjectSqliteShop, PostgresShop, TokioPause, TokioPostgres, block_on,
};
use souk_domain::Currency;
use souk_order_store::contract::Fixture;
use souk_order_store::pricing::{Priced, PricedLine};
use souk_order_store::{
    BooksAudit, Limits, NewOrder, Price, SaleUse, SoldOutHoldRequest, SoldOutHoldSet, StockStore,
    Store, SubmitOrder, SubmitReply, Terms, change,
};
use souk_order_store_postgres::{PostgresOrderStore, Shared};
use souk_order_store_sqlite::SqliteOrderStore;
use souk_protocol::origin::{
    Action, Actor, ChangeOrder, ChangeReply, Claim, DefineOffers, OfferDefinition, OrderDetails,
    PaymentMethod, Queue, ReadSession, ReceiptLine, ReceiptReply, SaleTicket, Settled, Settlement,
    StockReceipt, StoredLine, SubmitLine,
};
use souk_protocol::public::{Address, Customer};
use souk_sql::{PostgresDriver, Row, SqliteDriver, SqliteSession, StoreError, Value};

/// SKUs and orders that are there before anything is explained.
const ROWS: usize = 10_000;

fn sku(n: usize) -> String {
    format!("sku-{n:05}")
}

fn order(key: &str, lines: &[usize]) -> SubmitOrder {
    let line = |&n: &usize| SubmitLine {
        sku: sku(n),
        quantity: 1,
        expected_price: None,
        facts: None,
        options: Default::default(),
    };
    SubmitOrder {
        terms: None,
        asked_by: Default::default(),
        payment_min: None,
        home: None,
        key: key.to_owned(),
        fingerprint: format!("content of {key}"),
        id: format!("number-of-{key}"),
        currency: None,
        lines: lines.iter().map(line).collect(),
        details: OrderDetails {
            customer: Customer {
                name: "Li Na".to_owned(),
                email: "li.na@example.com".to_owned(),
            },
            shipping_address: Address {
                country: "CN".to_owned(),
                region: String::new(),
                city: "Hangzhou".to_owned(),
                postal_code: String::new(),
                line1: "1 West Lake Road".to_owned(),
                line2: String::new(),
            },
            delivery: "standard".to_owned(),
            payment: PaymentMethod::OnDelivery,
            language: None,
            note: None,
            texts: Default::default(),
        }
        .unsealed(),
        quote: None,
        ticket: None,
    }
}

async fn submit<S: Store>(store: &S, submit: &SubmitOrder) -> SubmitReply {
    let order = NewOrder {
        submit,
        now_ms: 1,
        terms: &Terms::DEFAULT,
        price: &souk_order_store::Price::OfOffers,
    };
    store.submit(order).await.expect("a reply")
}

async fn stock_up<S: Store>(store: &S) {
    for start in (0..ROWS).step_by(1_000) {
        let offer = |n| OfferDefinition {
            sku: sku(n),
            title: format!("Title {n}"),
            slug: format!("slug-{n}"),
            unit_price: 100,
            backorder: false,
            initial_units: 1_000,
            facts: Vec::new(),
            prices: Vec::new(),
        };
        let offers = DefineOffers {
            currency: "USD".to_owned(),
            offers: (start..start + 1_000).map(offer).collect(),
            withdrawn: Vec::new(),
        };
        store
            .define_offers(&offers, 1)
            .await
            .expect("the offers are fine");
    }
}

/// What shoppers and the projection of the badge do, each with its name.
async fn hot_paths<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let many: Vec<_> = (0..100).map(|n| n * 97).collect();
    for (name, submitted) in [
        ("an accepted order", order("one", &[ROWS / 2])),
        ("an accepted order of 100 lines", order("many", &many)),
        ("an order that exists", order("one", &[ROWS / 2])),
        ("a refused order", order("refused", &[ROWS + 1])),
        ("another key", order("another", &[3, 1, 2])),
    ] {
        let reply = submit(store, &submitted).await;
        let refused = matches!(reply, SubmitReply::UnknownSku { .. });
        assert_eq!(refused, name == "a refused order", "{reply:?}");
        after(name).await;
    }
    let found = store.find("number-of-one", "").await.expect("a reply");
    assert!(found.is_some());
    after("an order by its number").await;
    assert_eq!(store.find("x", "").await, Ok(None));
    after("an unknown number").await;
    let asked: Vec<_> = (0..1_000).map(sku).collect();
    let accounts = store.stock(&asked).await.expect("accounts");
    assert_eq!(accounts.len(), 1_000);
    after("stock accounts").await;
    assert_eq!(store.unavailable().await, Ok(Vec::new()));
    after("the badges").await;
}

/// The session of which there are orders with tickets before anything is explained.
const SESSION: u32 = 7;
/// What is sold in it.
const OF_SALE: &str = "sale:drop:tea";

/// Ten units of it.
async fn define_sale<S: Store>(store: &S) {
    let offer = OfferDefinition {
        sku: OF_SALE.to_owned(),
        title: "Tea".to_owned(),
        slug: String::new(),
        unit_price: 100,
        backorder: false,
        initial_units: 10,
        facts: vec!["stamp".to_owned()],
        prices: Vec::new(),
    };
    let offers = DefineOffers {
        currency: "USD".to_owned(),
        offers: vec![offer],
        withdrawn: Vec::new(),
    };
    store.define_offers(&offers, 1).await.expect("good offers");
}

/// What the usher of a waiting room makes of the stores, and an order with a ticket.
async fn sale_paths<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let mut submit = order("by ticket", &[0]);
    submit.lines[0].sku = OF_SALE.to_owned();
    submit.ticket = Some(Box::new(SaleTicket {
        session: SESSION,
        rank: "0-0000000000000001".to_owned(),
        seed: "A".repeat(22),
    }));
    let new = NewOrder {
        submit: &submit,
        now_ms: 6,
        terms: &Terms::DEFAULT,
        price: &of_sale(),
    };
    let reply = store.submit(new).await.expect("a reply");
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    after("an order with a ticket").await;
    let asked = ReadSession {
        session: SESSION,
        skus: vec![OF_SALE.to_owned()],
        after: 9_900,
    };
    let standing = store.read_session(&asked, 7).await.expect("a session");
    assert_eq!(standing.levels[0].available, 9);
    assert_eq!(standing.orders.len(), 101);
    after("a session").await;
    assert_eq!(store.forget_session(2, 50).await, Ok(0));
    after("a look for old sessions").await;
}

/// One unit of what is sold in the session.
fn of_sale() -> Price {
    let stored = StoredLine {
        sku: OF_SALE.to_owned(),
        title: "Tea".to_owned(),
        slug: None,
        quantity: 1,
        unit_price: 100,
        backordered: 0,
        discount: 0,
        tax: 0,
        duty: 0,
    };
    Price::Quoted(Box::new(Priced {
        currency: Currency::USD,
        lines: vec![PricedLine {
            stamp: "stamp".to_owned(),
            stored,
        }],
        shipping: 0,
        total: 100,
        breakdown: None,
        delivery_title: None,
        place: None,
        limited: Vec::new(),
        of_sale: vec![SaleUse {
            session: SESSION,
            sku: OF_SALE.to_owned(),
            units: 1,
            limit: 9,
        }],
        pay_within_ms: None,
    }))
}

/// Sets a sold-out hold on a SKU that is sold out to two orders, and once more.
async fn sold_out_hold_twice<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let gone = StockReceipt {
        by_name: None,
        home: None,
        key: "gone".to_owned(),
        lines: vec![ReceiptLine {
            sku: sku(7),
            units: -998,
        }],
        reason: "r".to_owned(),
    };
    let reply = store.receive(&gone, 1).await.expect("a reply");
    assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    for key in ["x", "y"] {
        submit(store, &order(key, &[7, 8])).await;
    }
    after("").await;
    let sku = sku(7);
    let mut asked = SoldOutHoldRequest {
        sku: &sku,
        until_ms: 10,
        now_ms: 0,
        known: None,
        keys_max: 100,
    };
    let first = store.sold_out_hold(asked).await.expect("a reply");
    let first = first.expect("a sold-out hold");
    assert_eq!(first.keys.as_ref().map(Vec::len), Some(2));
    after("a sold-out hold").await;
    asked.known = Some(first.number);
    let again = store.sold_out_hold(asked).await.expect("a reply");
    let known = SoldOutHoldSet {
        keys: None,
        ..first
    };
    assert_eq!(again, Some(known));
    after("a sold-out hold that lasts longer").await;
}

/// What happens to an order after it is placed, and to messages about it.
async fn later_paths<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let mut by_card = order("card", &[ROWS / 3, 4]);
    by_card.details.payment = PaymentMethod::Card;
    submit(store, &by_card).await;
    after("an order by card").await;
    let mut act = async |name: &str, action: Action| {
        let asked = ChangeOrder {
            key: name.to_owned(),
            order: by_card.id.clone(),
            by: Actor::Provider,
            by_name: None,
            action,
        };
        let changed = change(store, &asked, 2).await.expect("a reply");
        assert!(
            matches!(changed.reply, ChangeReply::Done { .. }),
            "{changed:?}"
        );
        after(name).await;
    };
    let payment = "p".to_owned();
    act(
        "a capture",
        Action::Capture {
            provider: "a-provider".to_owned(),
            payment,
            amount: 200,
            fee: 1,
        },
    )
    .await;
    act(
        "a cancellation",
        Action::Cancel {
            reason: String::new(),
        },
    )
    .await;
    let lines = [(9, 10), (8, -1)].map(|(n, units)| ReceiptLine { sku: sku(n), units });
    let receipt = StockReceipt {
        by_name: None,
        home: None,
        key: "r".to_owned(),
        lines: lines.to_vec(),
        reason: "r".to_owned(),
    };
    let reply = store.receive(&receipt, 2).await.expect("a reply");
    assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    after("a receipt").await;
    let mut claim = Claim {
        queue: Queue::Payments,
        limit: 100,
        visibility_ms: 1_000,
        order: Some(by_card.id.clone()),
    };
    let claimed = store.claim(&claim, 3).await.expect("messages");
    assert!(claimed.iter().all(|message| message.order == by_card.id));
    assert!(!claimed.is_empty());
    after("a claim for one order").await;
    (claim.queue, claim.order) = (Queue::BackOffice, None);
    let claimed = store.claim(&claim, 3).await.expect("messages");
    assert!(claimed.len() > 2);
    after("a claim").await;
    let outcomes = [
        Settled::Done,
        Settled::Retry {
            after_ms: 1,
            error: String::new(),
        },
        Settled::Dead {
            error: String::new(),
        },
    ];
    let settlements = claimed.iter().zip(outcomes.into_iter().cycle());
    let settlements: Vec<_> = settlements
        .map(|(message, outcome)| Settlement {
            id: message.id,
            order: message.order.clone(),
            sequence: message.sequence,
            attempts: message.attempts,
            outcome,
        })
        .collect();
    store.settle(&settlements, 4).await.expect("settled");
    after("a settlement").await;
    let dead = store.replay(Queue::BackOffice, 5).await.expect("a number");
    assert!(dead > 0);
    after("a replay").await;
    store.archive(2, 50).await.expect("a number");
    after("a walk to the archive").await;
    store.thin_out(2, 50).await.expect("a number");
    after("a look for what was never paid").await;
    let mut limited = order("limited", &[ROWS / 3, 4]);
    limited.asked_by.buyer = Some("buyer".to_owned());
    limited.asked_by.client = Some("client".to_owned());
    let terms = Terms {
        limits: Limits::DEFAULT,
        ..Terms::DEFAULT
    };
    let new = NewOrder {
        submit: &limited,
        now_ms: 6,
        terms: &terms,
        price: &souk_order_store::Price::OfOffers,
    };
    let reply = store.submit(new).await.expect("a reply");
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    after("an order that is limited").await;
    let cancel = Action::Cancel {
        reason: "r".to_owned(),
    };
    let cancel = ChangeOrder {
        key: "cancel".to_owned(),
        order: limited.id.clone(),
        by: Actor::Staff,
        by_name: None,
        action: cancel,
    };
    change(store, &cancel, 7).await.expect("a reply");
    after("its cancellation").await;
    store.backlog(6).await.expect("depths");
    after("the backlog").await;
}

mod sqlite {
    use super::*;

    /// Steps that read a table from its beginning to its end. The index of what is unavailable
    /// has an entry only for that; `json_each` reads the parameter.
    fn full_scans(driver: &ObjectSqlite, sql: &str) -> Vec<String> {
        let tables = [
            "stock",
            "orders",
            "stock_movement",
            "order_state",
            "order_event",
            "order_change",
            "funds_entry",
            "message",
            "delivered",
            "receipt",
            "publication",
            "allowance",
            "ticket_order",
        ];
        driver
            .plan(sql)
            .into_iter()
            .filter(|step| {
                let table = step.strip_prefix("SCAN ").unwrap_or_default();
                tables
                    .iter()
                    .any(|name| table.split(' ').next() == Some(name))
                    && !step.ends_with("INDEX stock_unavailable")
            })
            .collect()
    }

    #[test]
    fn no_statement_of_a_hot_path_reads_a_whole_table() {
        let driver = ObjectSqliteShop::empty().driver();
        let store = SqliteOrderStore::new(driver.clone());
        let mut explained = 0;
        block_on(async {
            stock_up(&store).await;
            let tickets = format!(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
                INSERT INTO ticket_order (session, number, rank, units)
                SELECT {SESSION}, n, '0-0000000000000001', 1 FROM n"
            );
            driver
                .run(async |session| session.execute(&tickets, &[]).await)
                .await
                .expect("orders");
            define_sale(&store).await;
            driver.take_statements();
            driver.take_full_scan_steps();
            let mut check = async |name: &str| {
                for sql in driver.take_statements() {
                    if ["BEGIN IMMEDIATE", "COMMIT"].contains(&sql.as_str()) {
                        continue;
                    }
                    assert_eq!(
                        full_scans(&driver, &sql),
                        Vec::<String>::new(),
                        "{name}: {sql}"
                    );
                    explained += 1;
                }
                // A plan says nothing of triggers, the engine's own count does. What they make
                // of the lines is read to its end, and there are 100 of them.
                let steps = driver.take_full_scan_steps();
                assert!(steps <= 100, "{name}: {steps} rows were read in full scans");
            };
            hot_paths(&store, &mut check).await;
            later_paths(&store, &mut check).await;
            sale_paths(&store, &mut check).await;
            sold_out_hold_twice(&store, &mut check).await;
        });
        assert!(explained >= 10, "{explained} statements were explained");
        let without_index = "SELECT * FROM orders WHERE fingerprint = ?1";
        assert_eq!(full_scans(&driver, without_index), ["SCAN orders"]);
        let all = block_on(async {
            let look = "SELECT count(*) FROM stock WHERE title = 'x'";
            driver
                .run(async |session| session.execute(look, &[]).await)
                .await
                .expect("a count");
            driver.take_full_scan_steps()
        });
        assert!(all >= 9_999, "a full scan is counted: {all}");
    }

    #[test]
    fn a_submit_keeps_to_its_budget_of_statements() {
        let driver = ObjectSqliteShop::empty().driver();
        let store = SqliteOrderStore::new(driver.clone());
        block_on(async {
            stock_up(&store).await;
            driver.take_statements();
            // A read; a write where the order is new and accepted. Where the offers are remembered,
            // the write comes first: alone, or in vain, and then they are read again.
            let budgets = [
                ("one", 1, 2),
                ("two", 1, 1),
                ("one", 1, 2),
                ("one", 1, 1),
                ("three", 1, 2),
                ("four", 1, 1),
                ("refused", ROWS + 1, 1),
            ];
            for (key, sku, exactly) in budgets {
                submit(&store, &order(key, &[sku, 2, 3])).await;
                let statements = driver.take_statements();
                assert_eq!(statements.len(), exactly, "{statements:#?}");
            }
        });
    }

    #[test]
    fn whatever_happens_later_keeps_to_its_budget_of_statements() {
        let driver = ObjectSqliteShop::empty().driver();
        let store = SqliteOrderStore::new(driver.clone());
        let mut counted = Vec::new();
        block_on(async {
            stock_up(&store).await;
            for n in 0..3 {
                submit(&store, &order(&format!("k{n}"), &[n])).await;
            }
            driver.take_statements();
            later_paths(&store, async |name| {
                counted.push((name.to_owned(), driver.take_statements().len()));
            })
            .await;
        });
        // With a ticket an order is no statement more than without.
        let mut of_sale = Vec::new();
        block_on(async {
            let tickets = "WITH RECURSIVE n (n) AS (SELECT 9901 UNION ALL
                    SELECT n + 1 FROM n WHERE n < 10000)
                INSERT INTO ticket_order (session, number, rank, units)
                SELECT 7, n, '0-0000000000000001', 1 FROM n";
            driver
                .run(async |session| session.execute(tickets, &[]).await)
                .await
                .expect("orders");
            define_sale(&store).await;
            driver.take_statements();
            sale_paths(&store, async |_| {
                of_sale.push(driver.take_statements().len())
            })
            .await;
        });
        assert_eq!(of_sale, [2, 1, 1]);
        // A transaction with a look, the keys if they are not known, and the write.
        let mut sold_out_holds = Vec::new();
        block_on(sold_out_hold_twice(&store, async |name| {
            sold_out_holds.push((name.to_owned(), driver.take_statements().len()));
        }));
        let sold_out_holds: Vec<_> = sold_out_holds[1..]
            .iter()
            .map(|(_, count)| *count)
            .collect();
        assert_eq!(sold_out_holds, [5, 4]);
        // Beside what they do, transactions have a beginning and an end. A change is a read, and a
        // transaction that looks at the revision and at the accounts and writes seven tables.
        let budget = [
            ("an order by card", 2),
            ("a capture", 12),
            ("a cancellation", 12),
            ("a receipt", 8),
            ("a claim for one order", 3),
            ("a claim", 3),
            ("a settlement", 9),
            ("a replay", 3),
            ("a walk to the archive", 4),
            ("a look for what was never paid", 1),
            ("an order that is limited", 1),
            ("its cancellation", 13),
            ("the backlog", 4),
        ];
        let budget: Vec<_> = budget
            .map(|(name, count)| (name.to_owned(), count))
            .to_vec();
        assert_eq!(counted, budget);
    }
}

mod postgres {
    use super::*;

    /// A connection whose statements are written down.
    struct Watched {
        connection: TokioPostgres,
        statements: RefCell<Vec<String>>,
    }

    impl PostgresDriver for &Watched {
        async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
            self.statements.borrow_mut().push(sql.to_owned());
            // However long this thread was delayed, the answer is not there at once: an order that
            // comes at the same time has come when it is.
            tokio::task::yield_now().await;
            self.connection.query(sql, parameters).await
        }
    }

    impl Watched {
        fn new(shop: &PostgresShop) -> Self {
            Self {
                connection: shop.connect(),
                statements: RefCell::default(),
            }
        }

        /// Full scans of tables, as the engine itself counted them, inside of functions too.
        /// The count also has what this connection did a short time before.
        async fn full_scans(&self) -> Vec<Row> {
            let sql = "SELECT relname::text, seq_scan FROM pg_stat_xact_user_tables
                WHERE schemaname = 'souk' AND seq_scan > 0";
            self.connection.query(sql, &[]).await.expect("statistics")
        }

        /// Rows that were read, by whichever scan: one over all of an index is no better.
        async fn rows_read(&self) -> i64 {
            let sql = "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::bigint
                FROM pg_stat_xact_user_tables WHERE schemaname = 'souk'";
            let rows = self.connection.query(sql, &[]).await.expect("statistics");
            rows[0].integer(0).expect("a number")
        }

        async fn run(&self, sql: &str) {
            self.connection
                .client()
                .batch_execute(sql)
                .await
                .expect("valid SQL");
        }
    }

    #[test]
    fn no_statement_of_a_hot_path_reads_a_whole_table() {
        let shop = PostgresShop::empty();
        let orders = "INSERT INTO souk.orders
                (id, key, fingerprint, status, placed_at_ms, lines, body)
            SELECT 'id-' || n, 'key-' || n, 'f', 'confirmed', 1, '[]', '{}'
            FROM generate_series(1, 10000) AS n;
            INSERT INTO souk.message (queue, order_id, sequence, due_ms)
            SELECT queue, 'id-' || n, 0, 1 FROM generate_series(1, 10000) AS n,
                unnest('{back_office,payments}'::text[]) AS queue;
            INSERT INTO souk.ticket_order (session, number, placed_at_ms, rank, units)
            SELECT 7, CASE WHEN n <= 9950 THEN n END, 1, '0-0000000000000001', 1
            FROM generate_series(1, 10000) AS n";
        // Plans are made for a shop that has nothing, and kept: the second connection makes its
        // own when all the rows are there.
        let early = Watched::new(&shop);
        let late = Watched::new(&shop);
        let supplier = Watched::new(&shop);
        block_on(async {
            early.run("ANALYZE; BEGIN").await;
            let store = PostgresOrderStore::new(&early);
            store.define_offers(&few(), 1).await.expect("good offers");
            hot_paths_of_few(&store).await;
            group(&early, Arc::default()).await;
            early.run("ROLLBACK").await;
            stock_up(&PostgresOrderStore::new(&supplier)).await;
            define_sale(&PostgresOrderStore::new(&supplier)).await;
            supplier.run(orders).await;
            assert_no_full_scans(&early).await;
            supplier.run("ANALYZE").await;
            assert_no_full_scans(&late).await;

            let before = late.full_scans().await;
            late.run("SELECT count(*) FROM souk.orders WHERE fingerprint = 'f'")
                .await;
            assert_ne!(late.full_scans().await, before, "a full scan is counted");
        });
    }

    /// The first SKUs, for plans that are made before there are more.
    fn few() -> DefineOffers {
        let offer = |n| OfferDefinition {
            sku: sku(n),
            title: "Few".to_owned(),
            slug: String::new(),
            unit_price: 100,
            backorder: false,
            initial_units: 10,
            facts: Vec::new(),
            prices: Vec::new(),
        };
        DefineOffers {
            currency: "USD".to_owned(),
            offers: [1, 4, 8, 9, ROWS / 3].map(offer).to_vec(),
            withdrawn: Vec::new(),
        }
    }

    async fn hot_paths_of_few<S: Store>(store: &S) {
        for key in ["early", "earlier", "earliest"] {
            submit(store, &order(key, &[1])).await;
        }
        submit(store, &order("lines", &[1, 8, 4])).await;
        later_paths(store, async |_| {}).await;
        store.read_session(&early_session(), 1).await.expect("none");
        store.forget_session(0, 1).await.expect("none");
        store.stock(&[sku(1)]).await.expect("accounts");
        store.unavailable().await.expect("a list");
    }

    /// A session of which nothing is there.
    fn early_session() -> ReadSession {
        ReadSession {
            session: 1,
            skus: vec![OF_SALE.to_owned()],
            after: 0,
        }
    }

    /// An order alone, and three that come in meanwhile.
    async fn group(watched: &Watched, shared: Arc<Shared>) {
        let store = PostgresOrderStore::in_groups(watched, shared, TokioPause);
        let orders = [1, 4, 8, 1].map(|n| [n]);
        let orders: Vec<_> = (0..4)
            .map(|n| order(&format!("g{n}"), &orders[n]))
            .collect();
        let [a, b, c, d]: [_; 4] = std::array::from_fn(|n| submit(&store, &orders[n]));
        let replies = tokio::join!(a, b, c, d);
        for reply in [replies.0, replies.1, replies.2, replies.3] {
            assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
        }
    }

    /// Refused orders, one for each SKU of a group: the instance has seen the offers then.
    async fn see_offers(watched: &Watched, shared: &Arc<Shared>) {
        let store = PostgresOrderStore::in_groups(watched, shared.clone(), TokioPause);
        for n in [1, 4, 8] {
            let mut refused = order("refused", &[n]);
            refused.currency = Some("USD".to_owned());
            refused.lines[0].expected_price = Some(1);
            let reply = submit(&store, &refused).await;
            assert!(
                matches!(reply, SubmitReply::PriceChanged { .. }),
                "{reply:?}"
            );
        }
    }

    async fn assert_no_full_scans(watched: &Watched) {
        let store = PostgresOrderStore::new(watched);
        watched.run("BEGIN").await;
        let before = watched.full_scans().await;
        let mut read = watched.rows_read().await;
        let mut check = async |name: &str| {
            assert_eq!(watched.full_scans().await, before, "{name}");
            let now = watched.rows_read().await;
            let rows = now - std::mem::replace(&mut read, now);
            // A thousand accounts are asked for, and what waits is counted.
            let most = if ["stock accounts", "the backlog"].contains(&name) {
                25_000
            } else {
                1_000
            };
            assert!(rows <= most, "{name}: {rows} rows were read");
        };
        hot_paths(&store, &mut check).await;
        later_paths(&store, &mut check).await;
        sale_paths(&store, &mut check).await;
        sold_out_hold_twice(&store, &mut check).await;
        let shared = Arc::<Shared>::default();
        see_offers(watched, &shared).await;
        group(watched, shared).await;
        check("a group").await;
        watched.run("ROLLBACK").await;
    }

    /// How many statements each step sends; steps of one name one after the other.
    async fn counted<S: Store>(watched: &Watched, store: &S) -> Vec<(String, usize)> {
        let mut counts = Vec::new();
        watched.statements.take();
        hot_paths(store, async |name| {
            counts.push((name.to_owned(), watched.statements.take().len()));
        })
        .await;
        counts
    }

    /// A cold instance asks for the facts first. A warm one decides on those that it saw last and
    /// sends the order together with their stamps; the answer says what has changed.
    #[test]
    fn an_order_is_one_round_trip_of_a_warm_instance_and_two_of_a_cold_one() {
        let shop = PostgresShop::empty();
        let watched = Watched::new(&shop);
        let store = PostgresOrderStore::new(&watched);
        block_on(async {
            stock_up(&store).await;
            let cold = counted(&watched, &store).await;
            let twice: Vec<_> = cold.iter().filter(|(_, count)| *count != 1).collect();
            let two = |name: &str| (name.to_owned(), 2);
            let orders = [
                two("an accepted order"),
                two("an accepted order of 100 lines"),
                two("another key"),
            ];
            assert_eq!(twice, orders.each_ref());
            assert_eq!(cold.len(), 9, "the rest is one");

            // Warm: whatever becomes of an order.
            let mut wrong = order("wrong", &[1]);
            wrong.currency = Some("USD".to_owned());
            wrong.lines[0].expected_price = Some(1);
            let mut greedy = order("greedy", &[3, 1]);
            greedy.lines[1].quantity = 1_000;
            let many: Vec<_> = (0..100).map(|n| n * 97).collect();
            let mut last = order("last", &[2]);
            last.lines[0].quantity = 999;
            let mut by_card = order("warm by card", &[3]);
            by_card.details.payment = PaymentMethod::Card;
            for (submitted, outcome) in [
                (order("warm", &[1]), "accepted"),
                (order("warm", &[1]), "exists"),
                (order("warm of many lines", &many), "accepted"),
                (order("warm of many lines", &many), "exists"),
                (by_card, "accepted"),
                (wrong, "price_changed"),
                (greedy, "sold_out"),
                (order("nowhere", &[1, ROWS + 1]), "unknown_sku"),
                (last, "accepted"),
                (order("late", &[2]), "sold_out"),
            ] {
                let reply = submit(&store, &submitted).await;
                let text = serde_json::to_value(&reply).expect("JSON");
                assert!(text.get(outcome).is_some(), "{reply:?}");
                assert_eq!(watched.statements.take().len(), 1, "{reply:?}");
            }

            // An offer changes: the instance learns of it from the order that it sends.
            store.define_offers(&few(), 2).await.expect("good offers");
            watched.statements.take();
            for exactly in [2, 1] {
                let reply = submit(&store, &order(&format!("after {exactly}"), &[1])).await;
                let SubmitReply::Accepted { order, .. } = reply else {
                    panic!("{reply:?}");
                };
                assert_eq!(order.lines[0].title, "Few");
                assert_eq!(watched.statements.take().len(), exactly);
            }
        });
    }

    #[test]
    fn every_other_request_is_one_round_trip() {
        let shop = PostgresShop::empty();
        let watched = Watched::new(&shop);
        let store = PostgresOrderStore::new(&watched);
        block_on(async {
            stock_up(&store).await;
            submit(&store, &order("first", &[ROWS / 3])).await;
            submit(&store, &order("second", &[4])).await;
            define_sale(&store).await;
            watched.statements.take();
            let tickets =
                "INSERT INTO souk.ticket_order (session, number, placed_at_ms, rank, units)
                SELECT 7, n, 1, '0-0000000000000001', 1 FROM generate_series(9901, 10000) AS n";
            watched.run(tickets).await;
            let mut check = async |name: &str| {
                // What happens to an order is decided on what was read, and so is the first order with
                // a SKU.
                let is_read = [
                    "a capture",
                    "a cancellation",
                    "its cancellation",
                    "an order with a ticket",
                ];
                let exactly = if is_read.contains(&name) { 2 } else { 1 };
                assert_eq!(watched.statements.take().len(), exactly, "{name}");
            };
            later_paths(&store, &mut check).await;
            sale_paths(&store, &mut check).await;
            let shared = Arc::<Shared>::default();
            see_offers(&watched, &shared).await;
            watched.statements.take();
            group(&watched, shared).await;
            assert_eq!(watched.statements.take().len(), 2, "a group");
            for subject in ["sku", "order"] {
                let asked = serde_json::json!({
                    "key": subject, "reason": "r", "subject": {subject: sku(1)},
                });
                let asked = serde_json::from_value(asked).expect("a message");
                store
                    .repair(&asked, 1_800_000_000_000)
                    .await
                    .expect("a reply");
                assert_eq!(
                    watched.statements.take().len(),
                    1,
                    "a repair of a {subject}"
                );
            }
            store.set_up().await.unwrap();
            assert_eq!(
                watched.statements.take().len(),
                1,
                "set-up of what is set up"
            );
        });
    }

    /// An instance that has seen nothing: the first order looks and is placed, the others are
    /// looked at together and placed by themselves.
    #[test]
    fn a_group_of_a_cold_instance_is_a_statement_more_for_each_order() {
        let shop = PostgresShop::empty();
        let watched = Watched::new(&shop);
        block_on(async {
            stock_up(&PostgresOrderStore::new(&watched)).await;
            watched.statements.take();
            group(&watched, Arc::default()).await;
            let sent = watched.statements.take();
            let of = |name: &str| sent.iter().filter(|sql| sql.contains(name)).count();
            let counts = ["souk.read_facts(", "souk.place(", "souk.place_many("].map(of);
            assert_eq!((counts, sent.len()), ([1, 4, 1], 6), "{sent:#?}");
        });
    }
}
