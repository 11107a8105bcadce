//! What a submit on PostgreSQL does when the books change while it waits for them, or since its
//! instance saw them last.
//!
//! Not here: what many submits at once do (`souk_order_store::contract`).

use souk_contract::{PostgresShop, TokioPostgres, block_on};
use souk_order_store::contract::Fixture;
use souk_order_store::{NewOrder, OrderStore, StockStore, Store, SubmitOrder, SubmitReply, Terms};
use souk_order_store_postgres::PostgresOrderStore;
use souk_protocol::origin::DefineOffers;

fn offers() -> DefineOffers {
    serde_json::from_value(serde_json::json!({
        "currency": "USD",
        "offers": [{"sku": "cup", "title": "Cup", "slug": "cup", "unit_price": 100,
            "backorder": false, "initial_units": 3}]
    }))
    .expect("a message of the protocol")
}

/// Two cups at the price that they have at first.
fn order() -> SubmitOrder {
    order_of(&[2])
}

/// Lines of cups at the price that they have at first.
fn order_of(quantities: &[u32]) -> SubmitOrder {
    let lines = quantities.iter().map(
        |quantity| serde_json::json!({"sku": "cup", "quantity": quantity, "expected_price": 100}),
    );
    let lines: Vec<_> = lines.collect();
    serde_json::from_value(serde_json::json!({
        "key": "k", "fingerprint": "content", "id": "number", "currency": "USD",
        "lines": lines,
        "details": {
            "personal": {"unsealed": {"c": {"name": "Li Na", "email": "li.na@example.com"},
                "a": {"country": "CN", "region": "", "city": "Hangzhou",
                "postal_code": "", "line1": "1 West Lake Road", "line2": ""}}},
            "delivery": "standard", "payment": "on_delivery"
        }
    }))
    .expect("a message of the protocol")
}

async fn run(connection: &TokioPostgres, sql: &str) {
    connection
        .client()
        .batch_execute(sql)
        .await
        .expect("valid SQL");
}

/// What a submit answers that waits while `change` is made and committed, in short.
fn submit_during(change: &str) -> String {
    submit_of_during(&order(), change)
}

fn submit_of_during(submit: &SubmitOrder, change: &str) -> String {
    let shop = PostgresShop::empty();
    let (buyer, other, watch) = (shop.connect(), shop.connect(), shop.connect());
    let store = PostgresOrderStore::new(buyer);
    block_on(async {
        store
            .define_offers(&offers(), 1)
            .await
            .expect("good offers");
        run(&other, "BEGIN").await;
        run(&other, change).await;
        let new = NewOrder {
            submit,
            now_ms: 2,
            terms: &Terms::DEFAULT,
            price: &souk_order_store::Price::OfOffers,
        };
        let commit = async {
            watch.until_waiting(1).await;
            run(&other, "COMMIT").await;
        };
        let (reply, ()) = tokio::join!(store.submit(new), commit);
        in_short(&store, &reply.expect("a reply"), change).await
    })
}

/// A reply in short, where the books balance.
async fn in_short<S: Store>(store: &S, reply: &SubmitReply, change: &str) -> String {
    let audit = store.audit().await.expect("a report");
    assert_eq!(audit.drift, Vec::new(), "{change}");
    assert_eq!(audit.orders, audit.outbox);
    let accounts = store.stock(&["cup".to_owned()]).await.expect("accounts");
    let left = accounts[0].available;
    match reply {
        SubmitReply::Accepted { order, exhausted } => {
            format!("accepted {} {exhausted}, {left} left", order.lines[0].title)
        }
        SubmitReply::Exists { order } => format!("exists {}, {left} left", order.id),
        SubmitReply::ExistsWithDifferentContent => format!("other content, {left} left"),
        SubmitReply::TermsChanged => "terms changed".to_owned(),
        SubmitReply::UnknownSku { sku } => format!("unknown {sku}"),
        SubmitReply::PriceChanged {
            unit_price,
            currency,
            ..
        } => format!("price {unit_price} {currency}"),
        SubmitReply::SoldOut { available, .. } => format!("sold out, {available} left"),
        SubmitReply::QuoteChanged { total } => format!("costs {total:?}"),
        SubmitReply::PromotionUnavailable { promotion, .. } => format!("no {promotion}"),
        SubmitReply::DeliveryUnavailable => "no delivery".to_owned(),
        SubmitReply::NotOpen { .. } | SubmitReply::SaleOver => "out of time".to_owned(),
        SubmitReply::LimitExceeded { limit, .. } => format!("limit {limit}"),
    }
}

/// A change of the stock goes through the ledger too, so that the books balance.
const CHANGES: [(&str, &str); 9] = [
    (
        "UPDATE souk.stock SET backorder = backorder",
        "accepted Cup false, 1 left",
    ),
    ("UPDATE souk.stock SET unit_price = 101", "price 101 USD"),
    ("UPDATE souk.stock SET currency = 'EUR'", "price 100 EUR"),
    ("UPDATE souk.stock SET offered = false", "unknown cup"),
    (
        "UPDATE souk.stock SET title = 'New'",
        "accepted New false, 1 left",
    ),
    // Held as sold out until a moment after the order's, and until just that.
    (
        "UPDATE souk.stock SET sold_out_until_ms = 3",
        "sold out, 0 left",
    ),
    (
        "UPDATE souk.stock SET sold_out_until_ms = 2",
        "accepted Cup false, 1 left",
    ),
    (
        "UPDATE souk.movement SET units = 1; UPDATE souk.stock SET supplied = 1, available = 1",
        "sold out, 1 left",
    ),
    (
        "UPDATE souk.movement SET units = 2; UPDATE souk.stock SET supplied = 2, available = 2",
        "accepted Cup true, 0 left",
    ),
];

#[test]
fn an_order_is_decided_on_what_is_so_when_it_has_the_lock() {
    for (change, reply) in CHANGES {
        assert_eq!(submit_during(change), reply, "{change}");
        // Of two lines, which go another way.
        let during = submit_of_during(&order_of(&[1, 1]), change);
        assert_eq!(during, reply, "{change}");
    }
}

/// The instance has read the offer, and learns of the change from the order that it sends.
#[test]
fn an_order_is_not_decided_on_what_the_instance_remembers() {
    for (change, expected) in CHANGES {
        for submit in [order(), order_of(&[1, 1])] {
            let shop = PostgresShop::empty();
            let (other, store) = (shop.connect(), shop.open());
            let reply = block_on(async {
                store
                    .define_offers(&offers(), 1)
                    .await
                    .expect("good offers");
                let mut refused = submit.clone();
                refused.lines[0].expected_price = Some(1);
                let new = |submit| NewOrder {
                    submit,
                    now_ms: 2,
                    terms: &Terms::DEFAULT,
                    price: &souk_order_store::Price::OfOffers,
                };
                let seen = store.submit(new(&refused)).await.expect("a reply");
                assert!(matches!(seen, SubmitReply::PriceChanged { .. }), "{seen:?}");
                run(&other, change).await;
                let reply = store.submit(new(&submit)).await.expect("a reply");
                in_short(&store, &reply, change).await
            });
            assert_eq!(reply, expected, "{change}");
        }
    }
}

/// Two cups are ordered of which one is missing, and more come in while the order waits.
#[test]
fn an_order_brings_no_units_in_that_are_there_by_now() {
    let mut offers = offers();
    (offers.offers[0].backorder, offers.offers[0].initial_units) = (true, 1);
    let change =
        "INSERT INTO souk.movement (sku, kind, units, at_ms) VALUES ('cup', 'supply', 5, 1);
        UPDATE souk.stock SET supplied = 6, available = 6";
    let shop = PostgresShop::empty();
    let (other, watch, store) = (shop.connect(), shop.connect(), shop.open());
    block_on(async {
        store.define_offers(&offers, 1).await.expect("good offers");
        run(&other, "BEGIN").await;
        run(&other, change).await;
        let submit = order();
        let new = NewOrder {
            submit: &submit,
            now_ms: 2,
            terms: &Terms::DEFAULT,
            price: &souk_order_store::Price::OfOffers,
        };
        let commit = async {
            watch.until_waiting(1).await;
            run(&other, "COMMIT").await;
        };
        let (reply, ()) = tokio::join!(store.submit(new), commit);
        let reply = reply.expect("a reply");
        let SubmitReply::Accepted { order, .. } = &reply else {
            panic!("{reply:?}");
        };
        assert_eq!(order.lines[0].backordered, 0);
        let told = in_short(&store, &reply, change).await;
        assert_eq!(told, "accepted Cup false, 4 left");
    });
}

/// A twin of the order that is placed in another session.
fn twin(fingerprint: &str, lines: &str) -> String {
    format!(
        r#"INSERT INTO souk.orders (id, key, fingerprint, status, placed_at_ms, lines, body)
            VALUES ('twin', 'k', '{fingerprint}', 'confirmed', 1, '{lines}',
                '{{"id": "twin", "status": "confirmed", "placed_at_ms": 1,
                "currency": "USD", "lines": [], "shipping": 0, "total": 0, "details": {{
                "personal": {{"sealed": "s"}},
                "delivery": "standard", "payment": "on_delivery"}}}}');
            INSERT INTO souk.message (queue, order_id, sequence, due_ms)
                VALUES ('back_office', 'twin', 0, 1)"#
    )
}

/// The twin has the key, but bought something else, so the submit has the units when it finds out.
#[test]
fn units_go_back_when_a_twin_was_quicker_to_the_key() {
    assert_eq!(submit_during(&twin("content", "[]")), "exists twin, 3 left");
    assert_eq!(
        submit_during(&twin("another", "[]")),
        "other content, 3 left"
    );
}

/// The submit waits at the table of the accounts, so it reads the offers when its twin has taken
/// the last cups. Had it looked for its key before, it would say that they are sold out.
#[test]
fn an_order_whose_twin_takes_the_last_units_meanwhile_exists() {
    let lines = r#"[{"sku": "cup", "quantity": 1, "backordered": 0},
        {"sku": "cup", "quantity": 2, "backordered": 0}]"#;
    let change = format!(
        "LOCK TABLE souk.stock IN ACCESS EXCLUSIVE MODE; {};
        UPDATE souk.stock SET available = 0, sold = 3;
        INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
        VALUES ('cup', 'sell', 3, 'twin', 1)",
        twin("content", lines)
    );
    let reply = submit_of_during(&order_of(&[1, 2]), &change);
    assert_eq!(reply, "exists twin, 0 left");
}
