//! A database of the first version of the schema, with an order in it, goes on under this one.

use souk_contract::block_on;
use souk_origin::{NewOrder, OrderStore, Terms, change};
use souk_protocol::life::{Action, Actor, ChangeOrder, ChangeReply, Claim, Queue};
use souk_protocol::trade::{SubmitOrder, SubmitReply};
use souk_sql::{SqliteDriver, SqliteSession, Value};

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
            terms: &Terms::DEFAULT,
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
    for key in old_keys {
        cancel(store, key).await;
    }
    let accounts = store.stock(&["cup".to_owned()]).await.expect("accounts");
    assert_eq!((accounts[0].available, accounts[0].sold), (9, 1));
    let claim = Claim {
        queue: Queue::BackOffice,
        limit: 100,
        visibility_ms: 1_000,
        order: None,
    };
    let messages = store.claim(&claim, 3).await.expect("messages");
    assert_eq!(messages.len(), orders + old_keys.len());
    assert!(messages.iter().all(|message| message.news.is_some()));
    let audit = store.audit().await.expect("a report");
    assert_eq!(audit.drift, Vec::<String>::new());
}

/// What was placed by an earlier version has the same life ahead of it.
async fn cancel(store: &impl OrderStore, key: &str) {
    let asked = ChangeOrder {
        key: "cancel".to_owned(),
        order: format!("number-of-{key}"),
        token: None,
        by: Actor::Staff,
        action: Action::Cancel {
            reason: String::new(),
        },
    };
    let changed = change(store, &asked, 3).await.expect("a reply");
    assert!(
        matches!(changed.reply, ChangeReply::Done { .. }),
        "{changed:?}"
    );
}

mod sqlite {
    use souk_contract::{ObjectSqlite, ObjectSqliteShop};
    use souk_origin::sqlite::{MIGRATIONS, SqliteOrderStore};

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

    #[test]
    fn a_database_of_the_first_version_goes_on() {
        let driver = ObjectSqliteShop::bare().driver();
        block_on(async {
            for statement in MIGRATIONS[0] {
                run(&driver, statement, &[]).await;
            }
            let cup =
                "INSERT INTO stock VALUES ('cup', 'cup', 'Cup', 100, 'USD', 0, 1, 10, 10, 0, 0)";
            run(&driver, cup, &[]).await;
            let supply = "INSERT INTO movement (sku, kind, units, order_id, at_ms)
                VALUES ('cup', 'supply', 10, NULL, 1)";
            run(&driver, supply, &[]).await;
            place_as_before(&driver, "before").await;
            let store = SqliteOrderStore::new(driver);
            for _ in 0..2 {
                store.set_up().await.expect("the set-up works");
            }
            assert_it_goes_on(&store, &["before"]).await;
        });
    }
}
