//! On SQLite, as in a Durable Object.

use souk_contract::{ObjectSqlite, ObjectSqliteShop, block_on};
use souk_order_store::contract::Fixture;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_sql::{SqliteDriver, SqliteSession};

use crate::paths::{hot_paths, later_paths, sold_out_hold_twice};
use crate::sales::{SESSION, define_sale, sale_paths};
use crate::shop::{ROWS, order, stock_up, submit};

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
