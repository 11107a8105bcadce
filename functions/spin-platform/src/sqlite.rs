//! Spin's SQLite, for `souk_sql`.
//!
//! A statement is atomic by itself; one that fails has written nothing, and leaves its connection
//! as it was. Work of several statements is atomic because `BEGIN IMMEDIATE` takes the database's
//! write lock before the work reads anything, and all of it runs on one connection. A connection
//! whose transaction did not end well is dropped, which rolls back; the others are kept for the
//! next request.

use std::cell::RefCell;

use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};
use spin_sdk::sqlite::{Connection, Error, Value as SpinValue};

/// Connections kept by an instance: as many as it serves requests at a time.
const IDLE_MAX: usize = 16;

thread_local! {
    static IDLE: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
}

/// The component's database. A component has one: its connections are kept together.
#[derive(Debug, Clone, Copy)]
pub struct SpinSqlite<'a> {
    /// Its label in `spin.toml`.
    pub label: &'a str,
}

/// One connection.
pub struct SpinSession {
    connection: Connection,
}

impl SqliteSession for SpinSession {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let parameters: Vec<_> = parameters.iter().map(parameter).collect();
        let result = self
            .connection
            .execute(sql, parameters)
            .await
            .map_err(store_error)?;
        let rows = result.collect().await.map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                row.values
                    .into_iter()
                    .map(value)
                    .collect::<Result<_, _>>()
                    .map(Row)
            })
            .collect()
    }
}

fn parameter(value: &Value) -> SpinValue {
    match value {
        Value::Null => SpinValue::Null,
        Value::Integer(number) => SpinValue::Integer(*number),
        Value::Text(text) => SpinValue::Text(text.clone()),
    }
}

fn value(value: SpinValue) -> Result<Value, StoreError> {
    match value {
        SpinValue::Null => Ok(Value::Null),
        SpinValue::Integer(number) => Ok(Value::Integer(number)),
        SpinValue::Text(text) => Ok(Value::Text(text)),
        SpinValue::Real(_) | SpinValue::Blob(_) => Err(StoreError::Corrupt(
            "a column that the schema does not have".into(),
        )),
    }
}

fn store_error(error: Error) -> StoreError {
    let text = error.to_string();
    // Another connection holds the lock for longer than the engine waits.
    let busy = text.contains("locked") || text.contains("busy");
    if busy {
        StoreError::Transient(text)
    } else {
        StoreError::Corrupt(text)
    }
}

impl SpinSqlite<'_> {
    async fn take(&self) -> Result<SpinSession, StoreError> {
        if let Some(connection) = IDLE.with_borrow_mut(Vec::pop) {
            return Ok(SpinSession { connection });
        }
        let connection = Connection::open(self.label).await.map_err(store_error)?;
        Ok(SpinSession { connection })
    }
}

fn give_back(session: SpinSession) {
    IDLE.with_borrow_mut(|idle| {
        if idle.len() < IDLE_MAX {
            idle.push(session.connection);
        }
    });
}

impl SqliteDriver for SpinSqlite<'_> {
    type Session = SpinSession;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = self.take().await?;
        let value = work(&session).await?;
        give_back(session);
        Ok(value)
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = self.take().await?;
        session.execute("BEGIN IMMEDIATE", &[]).await?;
        let value = work(&session).await?;
        session.execute("COMMIT", &[]).await?;
        give_back(session);
        Ok(value)
    }
}
