//! Spin's SQLite, for `souk_sql`.
//!
//! A statement is atomic by itself; one that fails has written nothing, and leaves its connection
//! as it was. Work of several statements is atomic because `BEGIN IMMEDIATE` takes the database's
//! write lock before the work writes anything, and all of it runs on one connection. A connection
//! whose transaction did not end well is dropped, which rolls back; the others are kept for the
//! next request.
//!
//! Instances compete for the one write lock of the file. SQLite's own way to wait, up to 5 s on
//! Spin, looks again ever more seldom and keeps a thread of the host for as long, of which there
//! are 512 for all that Spin does. So the engine waits for some milliseconds only, and
//! [`while_busy`] repeats the statement: one that found the database busy has done nothing.
//!
//! The journal is a write-ahead log (`souk_sql::keep_write_ahead_log`) with SQLite's own default
//! `synchronous = FULL`: a commit returns when the disk has it, so an acknowledged order is still
//! there when the power fails. `NORMAL` would be quicker and lose the last orders.

use std::cell::RefCell;

use souk_protocol::limits;
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value, while_busy};
use spin_sdk::sqlite::{Connection, Error, Value as SpinValue};

use crate::{SpinEdge, now_ms};

/// Connections kept by an instance: as many as it serves requests at a time.
const IDLE_MAX: usize = 16;

/// How long the engine itself waits for the write lock: long enough to see one or two writers out,
/// and in that time it looks five times.
const ENGINE_WAITS: &str = "PRAGMA busy_timeout = 20";

/// For how long a busy database is tried again, for all statements of a piece of work together.
/// What is left of the time that an edge waits for its answer is for one more attempt.
const BUSY_MS_MAX: i64 = limits::ORIGIN_CALL_MS_MAX - 5_000;

thread_local! {
    static IDLE: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
}

/// The component's database. A component has one: its connections are kept together.
#[derive(Debug, Clone, Copy)]
pub struct SpinSqlite<'a> {
    /// Its label in `spin.toml`.
    pub label: &'a str,
}

/// One connection, for one piece of work.
pub struct SpinSession {
    connection: Connection,
    /// Since when, in milliseconds since 1970.
    since_ms: i64,
}

impl SqliteSession for SpinSession {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let rows = while_busy(&SpinEdge, self.since_ms, BUSY_MS_MAX, async || {
            let parameters: Vec<_> = parameters.iter().map(parameter).collect();
            let result = self.connection.execute(sql, parameters).await;
            let rows = result.map_err(store_error)?.collect().await;
            rows.map_err(store_error)
        });
        rows.await?
            .into_iter()
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
        let since_ms = now_ms();
        let session = |connection| SpinSession {
            connection,
            since_ms,
        };
        if let Some(connection) = IDLE.with_borrow_mut(Vec::pop) {
            return Ok(session(connection));
        }
        let connection = Connection::open(self.label).await.map_err(store_error)?;
        let session = session(connection);
        session.execute(ENGINE_WAITS, &[]).await?;
        Ok(session)
    }

    /// Runs work between two statements, the second of which keeps what the work wrote.
    async fn between<T>(
        &self,
        begin: &str,
        work: impl AsyncFnOnce(&SpinSession) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = self.take().await?;
        session.execute(begin, &[]).await?;
        let value = work(&session).await?;
        session.execute("COMMIT", &[]).await?;
        give_back(session);
        Ok(value)
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

    const IS_FILE: bool = true;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = self.take().await?;
        let value = work(&session).await?;
        give_back(session);
        Ok(value)
    }

    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.between("BEGIN", work).await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.between("BEGIN IMMEDIATE", work).await
    }
}
