//! The real origin, `souk_origin::handle`, over SQLite in memory.

use bytes::Bytes;
use http::{Request, Response};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as SqlValue};
use souk_order_store::Terms;
use souk_order_store_sqlite::{MIGRATIONS, SqliteOrderStore};
use souk_origin::{AvailabilityProjector, Memory};
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};

/// A database that lives as long as the test.
pub(crate) struct Database(Session);

/// A connection; all of SQLite's answers are immediate, so no work is ever interleaved.
pub(crate) struct Session(Connection);

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Transient(error.to_string())
}

impl Database {
    pub(crate) fn new() -> Self {
        let connection = Connection::open_in_memory().expect("SQLite opens in memory");
        for statement in MIGRATIONS.iter().copied().flatten() {
            connection
                .execute_batch(statement)
                .expect("the schema is valid");
        }
        Self(Session(connection))
    }

    /// The number in the first column of the first row.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.0.0.query_row(sql, [], |row| row.get(0)).expect(sql)
    }

    /// Carries a request out.
    pub(crate) async fn carry_out(&self, request: &Request<Bytes>, now_ms: i64) -> Response<Bytes> {
        let store = SqliteOrderStore::new(self);
        let log = |line: &str| eprintln!("origin: {line}");
        let settings = souk_origin::Settings {
            terms: Terms::default(),
            ..souk_origin::Settings::default()
        };
        let memory = Memory::new();
        souk_origin::handle(request, &store, &Nowhere, &memory, now_ms, &settings, log).await
    }
}

struct Nowhere;

impl AvailabilityProjector for Nowhere {
    async fn project(&self, _availability: Vec<u8>) {}
}

impl SqliteSession for Session {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let columns = statement.column_count();
        let parameters = parameters.iter().map(|value| match value {
            Value::Null => ToSqlOutput::Owned(SqlValue::Null),
            Value::Integer(number) => ToSqlOutput::Owned(SqlValue::Integer(*number)),
            Value::Text(text) => ToSqlOutput::Owned(SqlValue::Text(text.clone())),
        });
        let mut found = statement
            .query(rusqlite::params_from_iter(parameters))
            .map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let value = |column| match row.get_unwrap(column) {
                SqlValue::Null => Value::Null,
                SqlValue::Integer(number) => Value::Integer(number),
                SqlValue::Text(text) => Value::Text(text),
                SqlValue::Real(_) | SqlValue::Blob(_) => unreachable!("no table holds one"),
            };
            rows.push(Row((0..columns).map(value).collect()));
        }
        Ok(rows)
    }
}

impl SqliteDriver for &Database {
    type Session = Session;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&self.0).await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let run = |sql| self.0.0.execute_batch(sql).map_err(failed);
        run("BEGIN IMMEDIATE")?;
        let outcome = work(&self.0).await;
        run(if outcome.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        })?;
        outcome
    }
}
