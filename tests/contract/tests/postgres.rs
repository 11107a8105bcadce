//! The contract of the order store on PostgreSQL, and its set-up.

use souk_contract::{PostgresCluster, PostgresShop, TokioPostgres, block_on};
use souk_domain::Movement;
use souk_origin::contract::Fixture;
use souk_origin::postgres::{FIND_VERSION, PostgresOrderStore, SETUP, VERSION};
use souk_origin::{OrderStore, movement_name};
use souk_sql::{PostgresDriver, Row, StoreError, Value};

souk_origin::order_store_contract!(PostgresShop);
souk_origin::order_archive_contract!(PostgresShop);

fn version(connection: &TokioPostgres) -> Value {
    let rows = block_on(connection.query(FIND_VERSION, &[])).expect("an answer");
    rows[0].0[0].clone()
}

#[test]
fn set_up_may_be_called_by_many_at_once_and_again() {
    let shop = PostgresShop::bare();
    let connection = shop.connect();
    assert_eq!(version(&connection), Value::Null);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| block_on(shop.open().set_up())))
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Ok(()));
        }
    });
    assert_eq!(version(&connection), Value::Text(VERSION.to_string()));
    // A restored database may have lost the comment: the migrations are not run twice.
    shop.run("COMMENT ON SCHEMA souk IS NULL");
    block_on(shop.open().set_up()).unwrap();
    assert_eq!(version(&connection), Value::Text(VERSION.to_string()));
    block_on(connection.query(SETUP, &[])).unwrap();
    let migrations = "SELECT count(*), max(number) FROM souk.migration";
    let rows = block_on(connection.query(migrations, &[])).unwrap();
    assert_eq!(rows, [Row(vec![VERSION.into(), VERSION.into()])]);
}

#[test]
fn movements_add_up_as_the_domain_says() {
    let connection = PostgresShop::empty().connect();
    let kinds = "SELECT kind, supplied, available, held, sold FROM souk.movement_kind";
    let rows = block_on(connection.query(kinds, &[])).unwrap();
    assert_eq!(rows.len(), Movement::ALL.len());
    for movement in Movement::ALL {
        let unit = movement.unit();
        let mut row = vec![Value::from(movement_name(movement))];
        row.extend([unit.supplied, unit.available, unit.held, unit.sold].map(Value::from));
        assert!(rows.contains(&Row(row)), "{movement:?}");
    }
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let shop = PostgresShop::empty();
    shop.run("INSERT INTO souk.migration (number) VALUES (1000); COMMENT ON SCHEMA souk IS '1000'");
    block_on(shop.open().set_up()).unwrap();
    block_on(shop.connect().query(SETUP, &[])).unwrap();
    assert_eq!(version(&shop.connect()), Value::Text("1000".into()));
}

/// A role that may only call functions runs the shop, and cannot touch a table.
#[test]
fn a_role_without_rights_on_tables_runs_the_shop() {
    let shop = PostgresShop::empty();
    shop.run(
        "CREATE ROLE shopkeeper; GRANT USAGE ON SCHEMA souk TO shopkeeper;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA souk TO shopkeeper; CREATE ROLE stranger;",
    );
    let keeper = shop.connect();
    block_on(keeper.query("SET ROLE shopkeeper", &[])).unwrap();
    let table = block_on(keeper.query("SELECT sku FROM souk.stock", &[]));
    assert!(matches!(table, Err(StoreError::Corrupt(_))), "{table:?}");
    let store = PostgresOrderStore::new(keeper);
    block_on(async {
        store.set_up().await.unwrap();
        assert_eq!(store.audit().await.unwrap().skus, 0);
        assert_eq!(store.stock(&["x".into()]).await.unwrap(), []);
    });
    let stranger = shop.connect();
    block_on(stranger.query("SET ROLE stranger", &[])).unwrap();
    let call = block_on(PostgresOrderStore::new(stranger).audit());
    assert!(matches!(call, Err(StoreError::Corrupt(_))), "{call:?}");
}

#[test]
fn a_server_that_went_away_is_a_transient_failure() {
    let shop = PostgresShop::empty();
    let (keeper, other) = (shop.connect(), shop.connect());
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <>
        pg_backend_pid() AND datname = current_database()";
    block_on(other.client().batch_execute(end)).unwrap();
    let reply = block_on(PostgresOrderStore::new(keeper).audit());
    assert!(matches!(reply, Err(StoreError::Transient(_))), "{reply:?}");
    let nowhere = "postgres://nobody:none@127.0.0.1:1/none";
    let connection = block_on(TokioPostgres::connect(nowhere));
    assert!(matches!(connection, Err(StoreError::Transient(_))));
}

#[test]
fn a_server_ends_with_its_value() {
    let cluster = PostgresCluster::start().unwrap();
    let url = cluster.url();
    assert!(block_on(TokioPostgres::connect(&url)).is_ok());
    drop(cluster);
    let connection = block_on(TokioPostgres::connect(&url));
    assert!(matches!(connection, Err(StoreError::Transient(_))));
}
