//! The ledger of prices is appended to and never changed, whatever statement tries.

use souk_contract::prices::{facts, offer};
use souk_contract::{ObjectSqliteShop, PostgresShop, TokioPostgres, block_on};
use souk_order_store::StockStore;
use souk_order_store::contract::Fixture;
use souk_protocol::origin::{DefineOffers, PriceRecord};
use souk_sql::{PostgresDriver, SqliteDriver, SqliteSession, StoreError};

const CHANGES: [&str; 2] = [
    "UPDATE price_ledger SET prices = '[]' WHERE sku = 'tea'",
    "DELETE FROM price_ledger WHERE recorded_ms < 100",
];

/// Has a store record the price of tea.
fn record<S: StockStore>(store: &S) -> Vec<PriceRecord> {
    let offers = DefineOffers {
        currency: "USD".to_owned(),
        offers: vec![offer(&facts("tea", 1_000), 1)],
        withdrawn: Vec::new(),
    };
    block_on(store.define_offers(&offers, 1)).expect("good offers");
    let records = records(store);
    assert_eq!(records.len(), 1);
    records
}

fn records<S: StockStore>(store: &S) -> Vec<PriceRecord> {
    block_on(store.prices(&["tea".to_owned()], 0)).expect("the ledger")
}

fn refused<T: std::fmt::Debug>(change: &str, tried: Result<T, StoreError>) {
    let error = tried.expect_err(change).to_string();
    assert!(error.contains("never changed"), "{change}: {error}");
}

#[test]
fn sqlite_refuses_to_change_what_is_recorded() {
    let shop = ObjectSqliteShop::empty();
    let store = shop.open();
    let recorded = record(&store);
    for change in CHANGES {
        let driver = shop.driver();
        let tried = driver.write(async |session| session.execute(change, &[]).await);
        refused(change, block_on(tried));
    }
    assert_eq!(records(&store), recorded);
}

#[test]
fn postgresql_refuses_to_change_what_is_recorded() {
    let shop = PostgresShop::empty();
    let store = shop.open();
    let recorded = record(&store);
    let connection: TokioPostgres = shop.connect();
    for change in CHANGES.into_iter().chain(["TRUNCATE price_ledger"]) {
        let change = change.replace("price_ledger", "souk.price_ledger");
        refused(&change, block_on(connection.query(&change, &[])));
    }
    assert_eq!(records(&store), recorded);
}
