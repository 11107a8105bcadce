//! PostgreSQL through Spin's pooled connections, for `souk_sql`.
//!
//! The requests of an instance place their orders together. Each is a task of its own and wakes no
//! other one, so whoever waits does so by the host's clock.
//!
//! A connection that comes out of Spin's pool is cleaned first, which costs a round trip and seven
//! statements. So the requests of an instance hand one on to each other, as long as there are any.
//! Invariant: an instance that works on nothing holds no connection, and none is handed on for ever,
//! so that instances which wait for the pool get their turn. No statement of ours leaves anything
//! behind in its session.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use souk_origin::postgres::{Pause, PostgresOrderStore, SubmitQueue};
use souk_sql::{PostgresDriver, Row, StoreError, Value, error_of};
use spin_sdk::pg::{Connection, DbValue, Error, ParameterValue, PgError, QueryError};

/// Statements that a connection is used for before it goes back to the pool.
const USES_MAX: u32 = 32;

thread_local! {
    static IS_SET_UP: Cell<bool> = const { Cell::new(false) };
    static QUEUE: Arc<SubmitQueue> = Arc::default();
    /// Requests of this instance that may want a connection.
    static REQUESTS: Cell<u32> = const { Cell::new(0) };
    /// The connection that is handed on.
    static KEPT: RefCell<Option<Lent>> = const { RefCell::new(None) };
}

/// The order store of a request, once the schema is sure to be there.
pub(crate) async fn open(
    url: &'static str,
) -> Result<PostgresOrderStore<SpinPostgres, HostPause>, StoreError> {
    let queue = QUEUE.with(Arc::clone);
    let store = PostgresOrderStore::in_groups(SpinPostgres::new(url), queue, HostPause);
    if !IS_SET_UP.get() {
        store.set_up().await?;
        IS_SET_UP.set(true);
    }
    Ok(store)
}

/// Waits for the host's clock.
pub(crate) struct HostPause;

impl Pause for HostPause {
    async fn pause_us(&self, us: u32) {
        spin_sdk::time::sleep(Duration::from_micros(u64::from(us))).await;
    }
}

/// A row, or why it cannot be one.
type FoundRow = Result<Row, StoreError>;

/// A connection of the pool, and how often it was used.
struct Lent {
    connection: Connection,
    uses: u32,
}

/// The database at an address, for one request.
pub(crate) struct SpinPostgres {
    url: &'static str,
}

impl SpinPostgres {
    fn new(url: &'static str) -> Self {
        REQUESTS.set(REQUESTS.get() + 1);
        Self { url }
    }

    async fn connection(&self) -> Result<Lent, StoreError> {
        if let Some(kept) = KEPT.take() {
            return Ok(kept);
        }
        let connection = Connection::open(self.url).await.map_err(store_error)?;
        Ok(Lent {
            connection,
            uses: 0,
        })
    }
}

impl Drop for SpinPostgres {
    fn drop(&mut self) {
        let others = REQUESTS.get() - 1;
        REQUESTS.set(others);
        if others == 0 {
            KEPT.take();
        }
    }
}

impl Lent {
    /// Leaves the connection to the next statement. One that failed does not come here.
    fn hand_on(mut self) {
        self.uses += 1;
        if self.uses < USES_MAX {
            KEPT.replace(Some(self));
        }
    }

    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<FoundRow>, Error> {
        let parameters: Vec<_> = parameters.iter().map(parameter).collect();
        if parameters.is_empty() && sql.starts_with("DO") {
            self.connection.execute(sql, parameters).await?;
            return Ok(Vec::new());
        }
        let mut result = self.connection.query(sql, parameters).await?;
        let mut rows = Vec::new();
        while let Some(row) = result.next().await {
            let columns = result.columns().len();
            let values: Result<_, _> = (0..columns).map(|column| value(&row[column])).collect();
            rows.push(values.map(Row));
        }
        result.result().await?;
        Ok(rows)
    }
}

impl PostgresDriver for SpinPostgres {
    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let lent = self.connection().await?;
        let rows = lent.query(sql, parameters).await.map_err(store_error)?;
        lent.hand_on();
        rows.into_iter().collect()
    }
}

fn parameter(value: &Value) -> ParameterValue {
    match value {
        Value::Null => ParameterValue::DbNull,
        Value::Integer(number) => ParameterValue::Int64(*number),
        Value::Text(text) => ParameterValue::Str(text.clone()),
    }
}

fn value(value: &DbValue) -> Result<Value, StoreError> {
    match value {
        DbValue::DbNull => Ok(Value::Null),
        DbValue::Int64(number) => Ok(Value::Integer(*number)),
        DbValue::Str(text) => Ok(Value::Text(text.clone())),
        other => Err(StoreError::Corrupt(format!(
            "a column that no statement has: {other:?}"
        ))),
    }
}

fn store_error(error: Error) -> StoreError {
    match error {
        Error::PgError(PgError::QueryFailed(QueryError::DbError(error))) => {
            error_of(Some(&error.code), error.message)
        }
        Error::PgError(PgError::QueryFailed(QueryError::Text(text))) => error_of(None, text),
        Error::PgError(PgError::ConnectionFailed(text) | PgError::Other(text)) => {
            error_of(None, text)
        }
        other => StoreError::Corrupt(format!("{other:?}")),
    }
}
