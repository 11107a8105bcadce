//! The real origin, `souk_origin::handle`, over SQLite in memory.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as SqlValue};
use souk_order_store::{Limits, Terms};
use souk_order_store_sqlite::{MIGRATIONS, SqliteOrderStore};
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_ports::Randomness;
use souk_pricing::SeriesKeys;
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};
use souk_vault::Vault;

/// What the origin charges for express delivery, in minor units.
pub(crate) const EXPRESS_FEE_MINOR: i64 = 1500;

/// Seals the orders of every test.
/// Makes codes of promotions' series.
pub(super) const CODE_SECRET: &str = "a secret for codes of the tests 1";
const DATA_KEYS: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A database that lives as long as the test.
pub(crate) struct Database(Session);

/// A connection; all of SQLite's answers are immediate, so no work is ever interleaved.
pub(crate) struct Session(Connection);

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Transient(error.to_string())
}

impl Database {
    pub(crate) fn new() -> Self {
        let database = Self::bare();
        for statement in MIGRATIONS.iter().copied().flatten() {
            let made = database.0.0.execute_batch(statement);
            made.expect("the schema is valid");
        }
        database
    }

    /// A database without tables.
    pub(crate) fn bare() -> Self {
        Self(Session(
            Connection::open_in_memory().expect("SQLite opens in memory"),
        ))
    }

    /// The number in the first column of the first row.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.0.0.query_row(sql, [], |row| row.get(0)).expect(sql)
    }
}

impl Database {
    /// The text in the first column of the first row.
    pub(crate) fn text(&self, sql: &str) -> String {
        self.0.0.query_row(sql, [], |row| row.get(0)).expect(sql)
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
        run(if outcome.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        })?;
        outcome
    }
}

/// Writes availability snapshot and sold-out holds for the edge, unless the test holds them back.
pub(crate) struct Projector<'a> {
    pub(crate) availability: &'a RefCell<Option<Bytes>>,
    pub(crate) sold_out_holds: &'a RefCell<Bytes>,
    pub(crate) held_back: bool,
}

impl AvailabilityProjector for Projector<'_> {
    async fn project(&self, availability: Vec<u8>) {
        if !self.held_back {
            self.availability.replace(Some(availability.into()));
        }
    }

    async fn sold_out_holds(&self) -> Vec<u8> {
        self.sold_out_holds.borrow().to_vec()
    }

    async fn project_sold_out_holds(&self, sold_out_holds: Vec<u8>) {
        if !self.held_back {
            self.sold_out_holds.replace(sold_out_holds.into());
        }
    }
}

/// A nonce is used once: every request makes a vault of its own.
struct Nonces;

impl Randomness for Nonces {
    fn random_bytes(&self) -> [u8; 16] {
        static USED: AtomicU64 = AtomicU64::new(0);
        u128::from(USED.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
    }
}

/// Carries a request out.
pub(crate) async fn carry_out(
    database: &Database,
    projector: &Projector<'_>,
    memory: &Memory,
    request: &Request<Bytes>,
    now_ms: i64,
    limits: Limits,
) -> Response<Bytes> {
    let store = SqliteOrderStore::new(database);
    let log = |line: &str| eprintln!("origin: {line}");
    let settings = Settings {
        terms: Terms {
            express_fee_minor: EXPRESS_FEE_MINOR,
            limits,
            ..Terms::default()
        },
        series: SeriesKeys::new([CODE_SECRET].into_iter()),
        vault: Vault::read(DATA_KEYS, Nonces).expect("a key"),
    };
    souk_origin::handle(request, &store, projector, memory, now_ms, &settings, log).await
}
