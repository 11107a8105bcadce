//! A database in memory with one connection, for tests of use cases and for replays. All of SQLite's answers
//! are immediate, so no work is ever interleaved.
//!
//! Not here: connections that fail or come in between (`tests/simulation`), files (`tests/contract`).

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as SqlValue};
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};

/// The database.
#[derive(Debug)]
pub struct Database(Session);

/// Its connection.
#[derive(Debug)]
pub struct Session(Connection);

/// Statements that stay prepared: more than the stores have.
const PREPARED: usize = 256;

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

impl Database {
    /// One with the tables of these migrations, each of which has statements.
    pub fn migrated(migrations: &[&[&str]]) -> Self {
        let database = Self::default();
        for statement in migrations.iter().copied().flatten() {
            let made = database.0.0.execute_batch(statement);
            made.expect("the schema is valid");
        }
        database
    }

    /// The number in the first column of the first row.
    ///
    /// # Panics
    /// When there is none.
    pub fn number(&self, sql: &str) -> i64 {
        self.0.0.query_row(sql, [], |row| row.get(0)).expect(sql)
    }

    /// The text in the first column of the first row.
    ///
    /// # Panics
    /// When there is none.
    pub fn text(&self, sql: &str) -> String {
        self.0.0.query_row(sql, [], |row| row.get(0)).expect(sql)
    }
}

impl Default for Database {
    /// One without tables.
    fn default() -> Self {
        let connection = Connection::open_in_memory().expect("SQLite opens in memory");
        connection.set_prepared_statement_cache_capacity(PREPARED);
        Self(Session(connection))
    }
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
        run(match outcome {
            Ok(_) => "COMMIT",
            Err(_) => "ROLLBACK",
        })?;
        outcome
    }
}
