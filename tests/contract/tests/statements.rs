//! How many statements the stores send, and that none of them reads a whole table.

use std::cell::RefCell;

use souk_contract::{ObjectSqlite, ObjectSqliteShop, PostgresShop, TokioPostgres, block_on};
use souk_origin::contract::Fixture;
use souk_origin::postgres::{PostgresDriver, PostgresOrderStore, Row, Value};
use souk_origin::sqlite::{SqliteDriver, SqliteOrderStore, SqliteSession};
use souk_origin::{NewOrder, OrderStore, StoreError};
use souk_protocol::public::{Address, Customer};
use souk_protocol::trade::{
    DefineOffers, Delivery, OfferDefinition, OrderDetails, PaymentMethod, SubmitLine, SubmitOrder,
    SubmitReply,
};

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
    };
    SubmitOrder {
        key: key.to_owned(),
        fingerprint: format!("content of {key}"),
        id: format!("number-of-{key}"),
        token: "token".to_owned(),
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
            delivery: Delivery::Standard,
            payment: PaymentMethod::OnDelivery,
            note: None,
        },
    }
}

async fn submit<S: OrderStore>(store: &S, submit: &SubmitOrder) -> SubmitReply {
    let order = NewOrder {
        submit,
        now_ms: 1,
        express_fee_minor: 0,
    };
    store.submit(order).await.expect("a reply")
}

async fn stock_up<S: OrderStore>(store: &S) {
    for start in (0..ROWS).step_by(1_000) {
        let offer = |n| OfferDefinition {
            sku: sku(n),
            title: format!("Title {n}"),
            slug: format!("slug-{n}"),
            unit_price: 100,
            backorder: false,
            initial_units: 1_000,
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
async fn hot_paths<S: OrderStore>(store: &S, mut after: impl AsyncFnMut(&str)) {
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
    let found = store.order("number-of-one").await.expect("a reply");
    assert!(found.is_some());
    after("an order by its number").await;
    assert_eq!(store.order("x").await, Ok(None));
    after("an unknown number").await;
    let asked: Vec<_> = (0..1_000).map(sku).collect();
    let accounts = store.stock(&asked).await.expect("accounts");
    assert_eq!(accounts.len(), 1_000);
    after("stock accounts").await;
    assert_eq!(store.unavailable().await, Ok(Vec::new()));
    after("the badges").await;
}

mod sqlite {
    use super::*;

    /// Steps that read a table from its beginning to its end. The index of what is unavailable
    /// has an entry only for that; `json_each` reads the parameter.
    fn full_scans(driver: &ObjectSqlite, sql: &str) -> Vec<String> {
        let tables = ["stock", "orders", "movement", "outbox", "publication"];
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
            driver.take_statements();
            driver.take_full_scan_steps();
            hot_paths(&store, async |name| {
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
            })
            .await;
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
            // A read; a write where the order is new and accepted.
            let budgets = [("one", 1, 2), ("one", 1, 1), ("refused", ROWS + 1, 1)];
            for (key, sku, exactly) in budgets {
                submit(&store, &order(key, &[sku, 2, 3])).await;
                let statements = driver.take_statements();
                assert_eq!(statements.len(), exactly, "{statements:#?}");
            }
        });
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
            FROM generate_series(1, 10000) AS n";
        // Plans are made for a shop that has nothing, and kept: the second connection makes its
        // own when all the rows are there.
        let early = Watched::new(&shop);
        let late = Watched::new(&shop);
        let supplier = Watched::new(&shop);
        block_on(async {
            early.run("ANALYZE; BEGIN").await;
            let store = PostgresOrderStore::new(&early);
            submit(&store, &order("early", &[1])).await;
            early.run("ROLLBACK").await;
            stock_up(&PostgresOrderStore::new(&supplier)).await;
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

    async fn assert_no_full_scans(watched: &Watched) {
        let store = PostgresOrderStore::new(watched);
        watched.run("BEGIN").await;
        let before = watched.full_scans().await;
        hot_paths(&store, async |name| {
            assert_eq!(watched.full_scans().await, before, "{name}");
        })
        .await;
        watched.run("ROLLBACK").await;
    }

    #[test]
    fn every_request_is_one_round_trip() {
        let shop = PostgresShop::empty();
        let watched = Watched::new(&shop);
        let store = PostgresOrderStore::new(&watched);
        block_on(async {
            stock_up(&store).await;
            watched.statements.take();
            hot_paths(&store, async |name| {
                assert_eq!(watched.statements.take().len(), 1, "{name}");
            })
            .await;
            store.set_up().await.unwrap();
            assert_eq!(
                watched.statements.take().len(),
                1,
                "set-up of what is set up"
            );
        });
    }
}
