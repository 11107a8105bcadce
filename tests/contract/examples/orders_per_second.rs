//! Orders per second that the store on PostgreSQL places, without anything in front of it: sixteen
//! connections to a server that is started for it.
//!
//! `cargo run --release -p souk-contract --example orders_per_second -- 5` measures for five seconds
//! each: orders for one SKU and for a thousand, of sixteen instances and of one whose orders go
//! together. All of them are warm: they have seen every offer. Figures of two builds are compared by running both in turn on an otherwise idle machine.

use std::sync::Arc;
use std::time::Duration;

use souk_contract::{PostgresShop, TokioPause, block_on};
use souk_order_store::contract::Fixture;
use souk_order_store::{BooksAudit, NewOrder, StockStore, Store, SubmitOrder, SubmitReply, Terms};
use souk_order_store_postgres::PostgresOrderStore;
use souk_protocol::origin::{DefineOffers, SubmitLine};
use tokio::sync::Barrier;
use tokio::task::LocalSet;
use tokio::time::Instant;

const CONNECTIONS: usize = 16;
const SKUS: usize = 1_000;
const LINES_MAX: usize = 100;
const MANY: i64 = 1_000_000;
const NOW_MS: i64 = 1_800_000_000_000;

fn offers() -> DefineOffers {
    let offers = (0..SKUS).map(|n| {
        serde_json::json!({"sku": format!("sku-{n}"), "title": format!("Title {n}"),
            "slug": format!("slug-{n}"), "unit_price": 100, "backorder": false,
            "initial_units": MANY})
    });
    let offers: Vec<_> = offers.collect();
    serde_json::from_value(serde_json::json!({"currency": "USD", "offers": offers}))
        .expect("a message of the protocol")
}

fn order(key: &str, sku: usize) -> SubmitOrder {
    serde_json::from_value(serde_json::json!({
        "key": key, "fingerprint": "content", "id": format!("number-of-{key}"),
        "currency": "USD",
        "lines": [{"sku": format!("sku-{sku}"), "quantity": 1, "expected_price": 100}],
        "details": {
            "personal": {"unsealed": {"c": {"name": "Li Lei", "email": "lilei@example.com"},
                "a": {"country": "CN", "region": "Zhejiang", "city": "Hangzhou",
                "postal_code": "310000", "line1": "1 Wensan Road", "line2": ""}}},
            "delivery": "standard", "payment": "on_delivery"
        }
    }))
    .expect("a message of the protocol")
}

/// Places one order after the other for so long; how many. Before, refused orders of many lines let
/// the instance see every offer.
async fn buy<S: Store>(
    store: &S,
    name: usize,
    skus: usize,
    start: &Barrier,
    time: Duration,
) -> usize {
    for first in (0..skus).step_by(LINES_MAX) {
        let mut refused = order("refused", first);
        refused.lines[0].expected_price = Some(1);
        let one = refused.lines[0].clone();
        let others = (first + 1..skus.min(first + LINES_MAX)).map(|sku| SubmitLine {
            sku: format!("sku-{sku}"),
            ..one.clone()
        });
        refused.lines.extend(others);
        let new = NewOrder {
            submit: &refused,
            now_ms: NOW_MS,
            terms: &Terms::DEFAULT,
            price: &souk_order_store::Price::OfOffers,
        };
        let reply = store.submit(new).await;
        assert!(
            matches!(reply, Ok(SubmitReply::PriceChanged { .. })),
            "{reply:?}"
        );
    }
    start.wait().await;
    let end = Instant::now() + time;
    let mut count = 0;
    while Instant::now() < end {
        let sku = (name * 7_919 + count * 104_729) % skus;
        let submit = order(&format!("{name}-{count}"), sku);
        let new = NewOrder {
            submit: &submit,
            now_ms: NOW_MS,
            terms: &Terms::DEFAULT,
            price: &souk_order_store::Price::OfOffers,
        };
        match store.submit(new).await {
            Ok(SubmitReply::Accepted { .. }) => count += 1,
            other => panic!("{other:?}"),
        }
    }
    count
}

/// Orders per second of sixteen connections to a shop of its own.
fn measure(is_one_instance: bool, skus: usize, seconds: u64) -> u64 {
    let shop = PostgresShop::empty();
    block_on(shop.open().define_offers(&offers(), 1)).expect("good offers");
    let connections: Vec<_> = (0..CONNECTIONS).map(|_| shop.connect()).collect();
    let shared = Arc::default();
    let (start, time) = (
        Arc::new(Barrier::new(CONNECTIONS)),
        Duration::from_secs(seconds),
    );
    let tasks = LocalSet::new();
    let buyers = (0..CONNECTIONS).zip(connections);
    let running: Vec<_> = buyers
        .map(|(name, connection)| {
            let start = start.clone();
            if is_one_instance {
                let store =
                    PostgresOrderStore::in_groups(connection, Arc::clone(&shared), TokioPause);
                tasks.spawn_local(async move { buy(&store, name, skus, &start, time).await })
            } else {
                let store = PostgresOrderStore::new(connection);
                tasks.spawn_local(async move { buy(&store, name, skus, &start, time).await })
            }
        })
        .collect();
    let count: usize = block_on(tasks.run_until(async {
        let mut count = 0;
        for one in running {
            count += one.await.expect("done");
        }
        count
    }));
    let audit = block_on(shop.open().audit()).expect("a report");
    assert!(audit.drift.is_empty(), "{:?}", audit.drift);
    u64::try_from(count).expect("not so many") / seconds
}

fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let seconds = seconds.unwrap_or(5);
    for (skus, who) in [(1, "one SKU"), (SKUS, "a thousand SKUs")] {
        for (is_one_instance, of) in [(false, "sixteen instances"), (true, "one instance")] {
            let orders = measure(is_one_instance, skus, seconds);
            println!("{who}, {of}: {orders} orders/s");
        }
    }
}
