//! SQLite in memory as the production store sees it, with faults.
//!
//! Two ways of living, as in production: a file that several connections open at the same time,
//! where others may come in between any two statements (Spin); and one connection on which a piece
//! of work is never interrupted (Durable Object). A fault fails a statement or a commit, with or
//! without having carried it out. A task that is dropped inside of a transaction loses its
//! connection, and with it the transaction.
//!
//! SQLite's own locks are at work: its `memdb` gives several connections to one database in memory.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};

use crate::executor::Executor;
use crate::random::Random;

/// How long a connection waits for the lock of another one, as Spin's.
const BUSY_MS: i64 = 5_000;

/// How the database lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file that several connections open.
    File,
    /// One connection in a single-threaded object.
    Object,
}

/// How often statements fail, in a thousand. Zero when nothing is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreFaults {
    /// Without having been carried out.
    pub before: u32,
    /// After it has been.
    pub after: u32,
}

/// A database in memory; clones are the same one.
#[derive(Clone)]
pub(crate) struct Database(Rc<Inner>);

struct Inner {
    engine: Engine,
    name: String,
    executor: Executor,
    random: Rc<Random>,
    faults: RefCell<StoreFaults>,
    idle: RefCell<Vec<Connection>>,
    /// Keeps the database, and reads what is committed.
    anchor: Connection,
}

/// A database without faults and chance: its setup draws no numbers from the seed, so that another
/// migration leaves every run as it was.
pub(crate) struct Calm<'a>(pub(crate) &'a Database);

/// One connection of the store.
pub(crate) struct Session {
    database: Database,
    connection: Connection,
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn open(name: &str) -> Connection {
    let connection = Connection::open_with_flags(name, flags()).expect("memory can be opened");
    connection.set_prepared_statement_cache_capacity(64);
    // Waiting is the executor's business.
    connection
        .busy_timeout(std::time::Duration::ZERO)
        .expect("a setting");
    connection
}

impl Database {
    /// A database without tables.
    pub(crate) fn new(engine: Engine, executor: &Executor, random: &Rc<Random>) -> Self {
        static NAMES: AtomicU64 = AtomicU64::new(0);
        let number = NAMES.fetch_add(1, Ordering::Relaxed);
        let name = format!("file:/souk-simulation-{number}?vfs=memdb");
        Self(Rc::new(Inner {
            engine,
            executor: executor.clone(),
            random: Rc::clone(random),
            faults: RefCell::default(),
            idle: RefCell::default(),
            anchor: open(&name),
            name,
        }))
    }

    /// From now on statements fail so often.
    pub(crate) fn set_faults(&self, faults: StoreFaults) {
        self.0.faults.replace(faults);
    }

    /// The process that had the connections is gone.
    pub(crate) fn crash(&self) {
        self.0.idle.borrow_mut().clear();
    }

    /// Whether no write is under way, so that [`Database::read`] may be called.
    pub(crate) fn is_free(&self) -> bool {
        rows(&self.0.anchor, "SELECT count(*) FROM sqlite_schema", &[]).is_ok()
    }

    /// Waits until no write is under way. Reads at once after it are of one moment.
    pub(crate) async fn free(&self) {
        while !self.is_free() {
            self.0.executor.sleep(1).await;
        }
    }

    /// What is committed: the rows of a query, without faults and at once.
    ///
    /// # Panics
    /// When the query is wrong, or a write is under way.
    pub(crate) fn read(&self, sql: &str) -> Vec<Row> {
        rows(&self.0.anchor, sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a statement that the store does not know of, without faults and at once.
    ///
    /// # Panics
    /// When the statement is wrong, or a write is under way.
    pub(crate) fn edit(&self, sql: &str) {
        let done = self.0.anchor.execute(sql, []);
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn take(&self) -> Session {
        let idle = self.0.idle.borrow_mut().pop();
        Session {
            database: self.clone(),
            connection: idle.unwrap_or_else(|| open(&self.0.name)),
        }
    }

    fn give_back(&self, session: Session) {
        self.0.idle.borrow_mut().push(session.connection);
    }

    async fn interrupt(&self) {
        if self.0.engine == Engine::File {
            self.0.executor.pause().await;
        }
    }

    fn fails(&self, choose: fn(&StoreFaults) -> u32) -> bool {
        let permille = choose(&self.0.faults.borrow());
        permille > 0 && self.0.random.chance(permille)
    }
}

impl Session {
    /// Runs a statement, waiting for the lock of others.
    async fn patiently(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let executor = &self.database.0.executor;
        let until_ms = executor.now_ms() + BUSY_MS;
        loop {
            match rows(&self.connection, sql, parameters) {
                Err(error) if is_busy(&error) && executor.now_ms() < until_ms => {
                    executor.sleep(self.database.0.random.between(1, 20)).await;
                }
                Err(error) if is_busy(&error) => {
                    return Err(StoreError::Transient(error.to_string()));
                }
                Err(error) => return Err(StoreError::Corrupt(error.to_string())),
                Ok(rows) => return Ok(rows),
            }
        }
    }
}

impl SqliteSession for Session {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.database.interrupt().await;
        if self.database.fails(|faults| faults.before) {
            return Err(StoreError::Transient("the disk was away".to_owned()));
        }
        let done = self.patiently(sql, parameters).await?;
        if self.database.fails(|faults| faults.after) {
            return Err(StoreError::Transient("the answer was lost".to_owned()));
        }
        self.database.interrupt().await;
        Ok(done)
    }
}

impl SqliteDriver for Database {
    type Session = Session;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.0.executor.pause().await;
        let session = self.take();
        let value = work(&session).await?;
        self.give_back(session);
        self.0.executor.pause().await;
        Ok(value)
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.0.executor.pause().await;
        let session = self.take();
        session.patiently("BEGIN IMMEDIATE", &[]).await?;
        // A session that is dropped before its end rolls back.
        let value = work(&session).await?;
        if self.fails(|faults| faults.before) {
            return Err(StoreError::Transient(
                "the commit did not get through".to_owned(),
            ));
        }
        session.patiently("COMMIT", &[]).await?;
        self.give_back(session);
        if self.fails(|faults| faults.after) {
            return Err(StoreError::Transient(
                "the answer to the commit was lost".to_owned(),
            ));
        }
        self.0.executor.pause().await;
        Ok(value)
    }
}

impl SqliteSession for Calm<'_> {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        rows(&self.0.0.anchor, sql, parameters)
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}

impl SqliteDriver for Calm<'_> {
    type Session = Self;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(self).await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.execute("BEGIN IMMEDIATE", &[]).await?;
        let value = work(self).await?;
        self.execute("COMMIT", &[]).await?;
        Ok(value)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn rows(connection: &Connection, sql: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let parameters = parameters.iter().map(|parameter| match parameter {
        Value::Null => SqlValue::Null,
        Value::Integer(number) => SqlValue::Integer(*number),
        Value::Text(text) => SqlValue::Text(text.clone()),
    });
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let found = statement.query_map(params_from_iter(parameters), |row| {
        let value = |column| -> rusqlite::Result<Value> {
            Ok(match row.get(column)? {
                SqlValue::Null => Value::Null,
                SqlValue::Integer(number) => Value::Integer(number),
                SqlValue::Text(text) => Value::Text(text),
                // The schema is STRICT and has neither column type.
                SqlValue::Real(_) | SqlValue::Blob(_) => {
                    return Err(rusqlite::Error::InvalidQuery);
                }
            })
        };
        (0..columns)
            .map(value)
            .collect::<rusqlite::Result<_>>()
            .map(Row)
    })?;
    found.collect()
}
