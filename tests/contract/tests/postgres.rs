//! The contract of the order store on PostgreSQL, and its set-up.

use souk_contract::{PostgresCluster, PostgresShop, TokioPostgres, block_on};
use souk_domain::Movement;
use souk_origin::contract::Fixture;
use souk_origin::postgres::{FIND_MARK, PostgresOrderStore, Schema, VERSION};
use souk_origin::{OrderStore, movement_name};
use souk_sql::{PostgresDriver, Row, StoreError, Value};

souk_origin::order_store_contract!(PostgresShop);
souk_origin::order_archive_contract!(PostgresShop);

fn mark(connection: &TokioPostgres) -> Value {
    let rows = block_on(connection.query(FIND_MARK, &[])).expect("an answer");
    rows[0].0[0].clone()
}

fn set_up_together(shop: &PostgresShop) {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| block_on(shop.open().set_up())))
            .collect();
        for thread in threads {
            assert_eq!(thread.join().expect("done"), Ok(()));
        }
    });
}

/// Everything that the catalogue has of the schema, with the transaction that wrote it.
fn written_by(connection: &TokioPostgres) -> Vec<Row> {
    let catalogue = "SELECT 'function', proname::text, xmin::text FROM pg_proc
            WHERE pronamespace = 'souk'::regnamespace
        UNION ALL SELECT 'relation', relname::text, xmin::text FROM pg_class
            WHERE relnamespace = 'souk'::regnamespace
        UNION ALL SELECT 'row', functions, xmin::text FROM souk.installation
        ORDER BY 1, 2";
    block_on(connection.query(catalogue, &[])).expect("the catalogue")
}

#[test]
fn set_up_may_be_called_by_many_at_once_and_again() {
    let shop = PostgresShop::bare();
    let connection = shop.connect();
    assert_eq!(mark(&connection), Value::Null);
    set_up_together(&shop);
    let expected = Value::Text(Schema::CURRENT.mark());
    assert_eq!(mark(&connection), expected);
    let before = written_by(&connection);
    assert!(before.len() > 60, "{}", before.len());
    set_up_together(&shop);
    block_on(connection.query(&Schema::CURRENT.statement(), &[])).unwrap();
    assert_eq!(written_by(&connection), before);
    // A restored database may have lost the comment: nothing is made twice.
    shop.run("COMMENT ON SCHEMA souk IS NULL");
    block_on(shop.open().set_up()).unwrap();
    assert_eq!(mark(&connection), expected);
    assert_eq!(written_by(&connection), before);
}

/// Another build has been here: a function has another text, one is gone and one is new. It takes
/// what this one has written, and this one takes over again, several instances of it at once.
#[test]
fn functions_whose_texts_have_changed_are_applied_again() {
    let shop = PostgresShop::empty();
    let connection = shop.connect();
    let cup = r#"{"currency": "USD", "offers": [{"sku": "cup", "title": "Cup", "slug": "cup",
        "unit_price": 100, "backorder": false, "initial_units": 10}]}"#;
    let cup = serde_json::from_str(cup).expect("a message of the protocol");
    let account = || {
        let accounts = block_on(shop.open().stock(&["cup".to_owned()])).expect("accounts");
        (accounts[0].supplied, accounts[0].available)
    };
    let unavailable = || {
        let rows = block_on(connection.query("SELECT souk.unavailable()", &[])).expect("a list");
        rows.len()
    };
    block_on(shop.open().define_offers(&cup, 1)).expect("good offers");
    shop.run(
        "CREATE ROLE caller; GRANT USAGE ON SCHEMA souk TO caller;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA souk TO caller",
    );
    let other = "CREATE FUNCTION souk.unavailable() RETURNS SETOF bigint LANGUAGE sql AS
        'SELECT generate_series(1, 3)';";
    let functions: Vec<_> = Schema::CURRENT
        .functions
        .iter()
        .filter(|text| !text.contains("FUNCTION souk.end_sold_out_hold("))
        .map(|&text| {
            if text.contains("FUNCTION souk.unavailable(") {
                other
            } else {
                text
            }
        })
        .chain(["CREATE FUNCTION souk.new() RETURNS bigint LANGUAGE sql AS 'SELECT 1';"])
        .collect();
    let functions = functions.as_slice();
    let build = Schema { functions };
    block_on(connection.query(&build.statement(), &[])).expect("it is set up");
    assert_eq!(mark(&connection), Value::Text(build.mark()));
    assert_eq!((unavailable(), account()), (3, (10, 10)));
    let names = "SELECT count(*) FILTER (WHERE proname = 'new'),
            count(*) FILTER (WHERE proname = 'end_sold_out_hold'),
            count(*) FILTER (WHERE NOT has_function_privilege('caller', oid, 'EXECUTE')),
            count(*) FILTER (WHERE has_function_privilege('public', oid, 'EXECUTE'))
        FROM pg_proc WHERE pronamespace = 'souk'::regnamespace";
    let names = || block_on(connection.query(names, &[])).unwrap();
    assert_eq!(names(), [Row([1, 0, 0, 0].map(Value::Integer).to_vec())]);

    set_up_together(&shop);
    assert_eq!(mark(&connection), Value::Text(Schema::CURRENT.mark()));
    assert_eq!((unavailable(), account()), (0, (10, 10)));
    assert_eq!(names(), [Row([0, 1, 0, 0].map(Value::Integer).to_vec())]);
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
    let (newer, connection) = (VERSION + 1, shop.connect());
    shop.run(&format!(
        "UPDATE souk.installation SET version = {newer}, functions = 'others';
        COMMENT ON SCHEMA souk IS '{newer} others'"
    ));
    let before = written_by(&connection);
    block_on(shop.open().set_up()).unwrap();
    block_on(connection.query(&Schema::CURRENT.statement(), &[])).unwrap();
    assert_eq!(mark(&connection), Value::Text(format!("{newer} others")));
    assert_eq!(written_by(&connection), before);
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
    let nowhere = "postgres://stranger:none@127.0.0.1:1/none";
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
