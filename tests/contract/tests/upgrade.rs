//! A database of the first version of the schema, with an order in it, goes on under this one.

use souk_contract::block_on;
use souk_origin::sqlite::Value;
use souk_origin::{NewOrder, OrderStore};
use souk_protocol::trade::{SubmitOrder, SubmitReply};

/// An order whose twin the first version has placed, for one of ten cups.
fn order(key: &str) -> SubmitOrder {
    let json = serde_json::json!({
        "key": key, "fingerprint": "content", "id": format!("number-of-{key}"), "token": "token",
        "lines": [{"sku": "cup", "quantity": 1}],
        "details": {
            "customer": {"name": "Li Na", "email": "li.na@example.com"},
            "shipping_address": {"country": "CN", "region": "", "city": "Hangzhou",
                "postal_code": "", "line1": "1 West Lake Road", "line2": ""},
            "delivery": "standard", "payment": "on_delivery"
        }
    });
    serde_json::from_value(json).expect("a message of the protocol")
}

/// What the first version kept of an order.
fn body(key: &str) -> String {
    let submit = order(key);
    serde_json::json!({
        "id": submit.id, "token": "token", "status": "confirmed", "placed_at_ms": 1,
        "currency": "USD", "shipping": 0, "total": 100, "details": submit.details,
        "lines": [{"sku": "cup", "title": "Cup", "slug": "cup", "quantity": 1, "unit_price": 100,
            "backordered": 0}],
    })
    .to_string()
}

/// Both orders are found, a new one is placed, and everything adds up.
async fn assert_it_goes_on(store: &impl OrderStore, old_keys: &[&str]) {
    let submit = async |key: &str| {
        let submit = order(key);
        let new = NewOrder {
            submit: &submit,
            now_ms: 2,
            express_fee_minor: 0,
        };
        store.submit(new).await.expect("a reply")
    };
    for key in old_keys {
        let reply = submit(key).await;
        assert!(matches!(reply, SubmitReply::Exists { .. }), "{reply:?}");
    }
    let reply = submit("new").await;
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    let orders = old_keys.len() + 1;
    let accounts = store.stock(&["cup".to_owned()]).await.expect("accounts");
    assert_eq!(usize::try_from(accounts[0].sold), Ok(orders));
    let audit = store.audit().await.expect("a report");
    assert_eq!(audit.drift, Vec::<String>::new());
    assert_eq!(
        (usize::try_from(audit.orders), audit.outbox),
        (Ok(orders), audit.orders)
    );
}

mod sqlite {
    use souk_contract::{ObjectSqlite, ObjectSqliteShop};
    use souk_origin::sqlite::{SCHEMA, SqliteDriver, SqliteOrderStore, SqliteSession};

    use super::*;

    async fn run(driver: &ObjectSqlite, sql: &str, parameters: &[Value]) {
        driver
            .run(async |session| session.execute(sql, parameters).await)
            .await
            .expect("valid SQL");
    }

    /// An order as the first version wrote it.
    async fn place_as_before(driver: &ObjectSqlite, key: &str) {
        let id = Value::from(format!("number-of-{key}"));
        let orders = "INSERT INTO orders VALUES (?1, ?2, 'content', 'confirmed', 1, ?3)";
        run(driver, orders, &[id.clone(), key.into(), body(key).into()]).await;
        let stock = "UPDATE stock SET available = available - 1, sold = sold + 1
            WHERE sku = 'cup'";
        run(driver, stock, &[]).await;
        let movement = "INSERT INTO movement (sku, kind, units, order_id, at_ms)
            VALUES ('cup', 'sell', 1, ?1, 1)";
        run(driver, movement, std::slice::from_ref(&id)).await;
        let outbox = "INSERT INTO outbox (order_id, kind, at_ms) VALUES (?1, 'placed', 1)";
        run(driver, outbox, &[id]).await;
    }

    /// An instance of the first version may still write after the schema has changed, or be
    /// brought back.
    #[test]
    fn a_database_of_the_first_version_goes_on() {
        let driver = ObjectSqliteShop::bare().driver();
        let first = SCHEMA
            .iter()
            .position(|statement| statement.starts_with("CREATE VIEW"));
        let first = &SCHEMA[..first.expect("the first version had no view")];
        block_on(async {
            for statement in first {
                run(&driver, statement, &[]).await;
            }
            let cup =
                "INSERT INTO stock VALUES ('cup', 'cup', 'Cup', 100, 'USD', 0, 1, 10, 10, 0, 0)";
            run(&driver, cup, &[]).await;
            let supply = "INSERT INTO movement (sku, kind, units, order_id, at_ms)
                VALUES ('cup', 'supply', 10, NULL, 1)";
            run(&driver, supply, &[]).await;
            place_as_before(&driver, "before").await;
            for statement in SCHEMA.iter().chain(SCHEMA) {
                run(&driver, statement, &[]).await;
            }
            place_as_before(&driver, "meanwhile").await;
            let store = SqliteOrderStore::new(driver);
            assert_it_goes_on(&store, &["before", "meanwhile"]).await;
        });
    }
}

mod postgres {
    use souk_contract::PostgresShop;
    use souk_origin::contract::Fixture;
    use souk_origin::postgres::PostgresDriver;

    use super::*;

    /// The migrations of the first version. They are never changed.
    const FIRST: [&str; 4] = [
        include_str!("../../../shared/origin/src/postgres/migrations/0001_tables.sql"),
        include_str!("../../../shared/origin/src/postgres/migrations/0002_submit.sql"),
        include_str!("../../../shared/origin/src/postgres/migrations/0003_stock.sql"),
        include_str!("../../../shared/origin/src/postgres/migrations/0004_publications.sql"),
    ];

    #[test]
    fn a_database_of_the_first_version_goes_on() {
        let shop = PostgresShop::bare();
        shop.run(
            "CREATE SCHEMA souk; CREATE TABLE souk.migration (
                number bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
            INSERT INTO souk.migration (number) SELECT generate_series(1, 4);
            COMMENT ON SCHEMA souk IS '4'",
        );
        for migration in FIRST {
            shop.run(migration);
        }
        let (before, store) = (shop.connect(), shop.open());
        block_on(async {
            let cup = r#"{"currency": "USD", "offers": [{"sku": "cup", "title": "Cup",
                "slug": "cup", "unit_price": 100, "backorder": false, "initial_units": 10}]}"#;
            let cup = serde_json::from_str(cup).expect("a message of the protocol");
            store.define_offers(&cup, 1).await.expect("good offers");
            // Placed by the functions of the first version, on a connection that keeps their plans.
            let place = "SELECT souk.submit($1, 'content', $2, 'token', 'confirmed', '{cup}',
                '{1}', '{NULL}', '', $3, 0, 1)";
            let mut parameters = ["before", "number-of-before"].map(Value::from).to_vec();
            let details = serde_json::to_string(&order("before").details).expect("JSON");
            parameters.push(details.clone().into());
            before.query(place, &parameters).await.expect("a reply");
            store.set_up().await.expect("the set-up works");
            let mut parameters = ["meanwhile", "number-of-meanwhile"]
                .map(Value::from)
                .to_vec();
            parameters.push(details.into());
            before.query(place, &parameters).await.expect("a reply");
            assert_it_goes_on(&store, &["before", "meanwhile"]).await;
        });
    }
}
