//! The order store on PostgreSQL, with a connection for each store.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use souk_order_store::contract::{Drift, Fixture};
use souk_order_store_postgres::{PostgresOrderStore, Shared};
use souk_sql::{Pause, PostgresDriver, Row, StoreError, Value, error_of};
use tokio::runtime::Runtime;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls};

use crate::PostgresCluster;

/// Runs a future to its end; connections go on in the background.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("threads for the connections"));
    runtime.block_on(work)
}

/// One connection.
#[derive(Debug)]
pub struct TokioPostgres {
    client: Client,
}

impl TokioPostgres {
    /// Connects.
    ///
    /// # Errors
    /// As [`error_of`] says.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(failed)?;
        // It ends when the client is dropped; the client gets its errors.
        drop(tokio::spawn(connection));
        Ok(Self { client })
    }

    /// The client, for what the order store does not do.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until as many sessions of this database wait for locks.
    ///
    /// # Panics
    /// When they do not: a session that should wait went on instead, and a test that waited for
    /// ever would only seem slow.
    pub async fn until_waiting(&self, sessions: i64) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND datname = current_database()";
        let looked = tokio::time::timeout(PATIENCE, async {
            loop {
                let rows = self.query(waiting, &[]).await.expect("a count");
                if rows[0].0[0] == Value::Integer(sessions) {
                    return;
                }
            }
        });
        looked.await.expect("a transaction waits for a lock");
    }
}

/// What has not begun to wait by then will not.
const PATIENCE: Duration = Duration::from_secs(20);

impl PostgresDriver for TokioPostgres {
    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let parameters: Vec<(&(dyn ToSql + Sync), Type)> = parameters
            .iter()
            .map(|parameter| match parameter {
                Value::Null => (&None::<&str> as &(dyn ToSql + Sync), Type::TEXT),
                Value::Integer(number) => (number as _, Type::INT8),
                Value::Text(text) => (text as _, Type::TEXT),
            })
            .collect();
        let rows = self.client.query_typed(sql, &parameters).await;
        rows.map_err(failed)?.iter().map(row).collect()
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let value = |column: usize| match *row.columns()[column].type_() {
        Type::TEXT => row
            .try_get::<_, Option<&str>>(column)
            .map(|text| text.map(Value::from)),
        _ => row
            .try_get::<_, Option<i64>>(column)
            .map(|number| number.map(Value::from)),
    };
    (0..row.len())
        .map(|column| Ok(value(column).map_err(failed)?.unwrap_or(Value::Null)))
        .collect::<Result<_, _>>()
        .map(Row)
}

fn failed(error: tokio_postgres::Error) -> StoreError {
    let message = match error.as_db_error() {
        Some(error) => error.to_string(),
        None if error.is_closed() => "the connection was closed".to_owned(),
        None => return classless(&error),
    };
    error_of(error.code().map(|state| state.code()), message)
}

/// A value of another type is a mistake of the driver or of the schema; the rest is the network.
fn classless(error: &tokio_postgres::Error) -> StoreError {
    let text = std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
    let message = format!("{error}: {text}");
    if message.contains("deserializing") || message.contains("serializing") {
        StoreError::Corrupt(message)
    } else {
        error_of(None, message)
    }
}

/// A database of its own on the shared server.
#[derive(Debug)]
pub struct PostgresShop {
    name: String,
    url: String,
}

impl PostgresShop {
    /// A database without the schema. It compares texts as people in the United States do, where
    /// the server can, because shops may live on such a server.
    pub fn bare() -> Self {
        let cluster = PostgresCluster::shared();
        let name = cluster.new_name();
        create(&name, "template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
            .or_else(|_| create(&name, "template0"))
            .expect("a new database");
        let url = cluster.url_of(&name);
        Self { name, url }
    }

    /// A connection to it.
    pub fn connect(&self) -> TokioPostgres {
        block_on(TokioPostgres::connect(&self.url)).expect("a connection")
    }

    /// Runs statements without parameters.
    pub fn run(&self, sql: &str) {
        let connection = self.connect();
        block_on(connection.client.batch_execute(sql)).expect("the statements are valid");
    }
}

fn create(name: &str, template: &str) -> Result<(), StoreError> {
    block_on(async {
        let server = TokioPostgres::connect(&PostgresCluster::shared().url()).await?;
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template}");
        server.query(&sql, &[]).await.map(drop)
    })
}

/// The same with orders that go together, whichever thread they come from.
#[derive(Debug)]
pub struct GroupedPostgresShop {
    shop: PostgresShop,
    shared: Arc<Shared>,
}

/// Waits for the machine's clock, as a deployment does.
#[derive(Debug, Clone, Copy)]
pub struct TokioPause;

impl Pause for TokioPause {
    async fn pause_us(&self, us: u32) {
        tokio::time::sleep(Duration::from_micros(u64::from(us))).await;
    }
}

impl Fixture for GroupedPostgresShop {
    type Store = PostgresOrderStore<TokioPostgres, TokioPause>;

    fn empty() -> Self {
        Self {
            shop: PostgresShop::empty(),
            shared: Arc::default(),
        }
    }

    fn open(&self) -> Self::Store {
        PostgresOrderStore::in_groups(self.shop.connect(), self.shared.clone(), TokioPause)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        block_on(work)
    }

    fn plant(&self, drift: Drift) -> bool {
        self.shop.plant(drift)
    }

    fn ledger(&self) -> [Vec<String>; 3] {
        self.shop.ledger()
    }
}

impl Fixture for PostgresShop {
    type Store = PostgresOrderStore<TokioPostgres>;

    /// A copy of a database that was set up once.
    fn empty() -> Self {
        static TEMPLATE: OnceLock<PostgresShop> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let shop = Self::bare();
            block_on(shop.open().set_up()).expect("the set-up works");
            shop
        });
        let cluster = PostgresCluster::shared();
        let name = cluster.new_name();
        create(&name, &template.name).expect("a new database");
        let url = cluster.url_of(&name);
        Self { name, url }
    }

    fn open(&self) -> Self::Store {
        PostgresOrderStore::new(self.connect())
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        block_on(work)
    }

    fn plant(&self, drift: Drift) -> bool {
        self.run(match drift {
            Drift::Account => "UPDATE souk.stock SET sold = sold + 1, available = available - 1",
            Drift::Supplied => {
                "UPDATE souk.stock SET supplied = supplied + 5, available = available + 5"
            }
            Drift::Movements => "DELETE FROM souk.movement",
            Drift::Sales => "DELETE FROM souk.movement WHERE order_id IS NOT NULL",
            Drift::Orders => "DELETE FROM souk.orders",
            Drift::Accounts => "DELETE FROM souk.stock",
            Drift::Outbox => "DELETE FROM souk.message",
            Drift::Holds => "DELETE FROM souk.message WHERE queue = 'holds'",
            Drift::Funds => "DELETE FROM souk.funds_entry",
            Drift::History => "DELETE FROM souk.order_event WHERE sequence = 1",
            Drift::Allowances => "DELETE FROM souk.allowance",
            Drift::StrayAllowance => "INSERT INTO souk.allowance VALUES ('buyer:stray', 9)",
        });
        true
    }

    fn ledger(&self) -> [Vec<String>; 3] {
        let rows = |sql: &str| {
            let rows = block_on(self.connect().query(sql, &[])).expect("valid SQL");
            let rows = rows
                .iter()
                .map(|row| row.text(0).expect("a text").to_owned());
            rows.collect()
        };
        [
            rows(
                "SELECT json_build_array(id, sku, kind, units, order_id, receipt, at_ms)::text
                FROM souk.movement ORDER BY id",
            ),
            rows(
                "SELECT replace(json_build_array(sku, kind, supplied, available, held, sold,
                    receipt)::text, ', ', ',')
                FROM souk.stock_repair ORDER BY id",
            ),
            rows(
                "SELECT replace(json_build_array(key, reason, by_name)::text, ', ', ',')
                FROM souk.receipt ORDER BY key",
            ),
        ]
    }
}
