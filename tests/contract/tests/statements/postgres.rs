//! On PostgreSQL.

use std::cell::RefCell;
use std::sync::Arc;

use souk_contract::{PostgresShop, TokioPause, TokioPostgres, block_on};
use souk_order_store::contract::Fixture;
use souk_order_store::{BooksAudit, StockStore, Store, SubmitReply};
use souk_order_store_postgres::{PostgresOrderStore, Shared};
use souk_protocol::origin::{DefineOffers, OfferDefinition, PaymentMethod, ReadSession};
use souk_sql::{PostgresDriver, Row, StoreError, Value};

use crate::paths::{hot_paths, later_paths, sold_out_hold_twice};
use crate::sales::{OF_SALE, define_sale, sale_paths};
use crate::shop::{ROWS, order, sku, stock_up, submit};

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
        let tickets = "INSERT INTO souk.ticket_order (session, number, placed_at_ms, rank, units)
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
