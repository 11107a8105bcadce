//! The order store on SQLite, in the two ways in which it is deployed: a file that several
//! processes open (Spin), and one connection in a single-threaded object (Durable Object).

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, StatementStatus, params_from_iter};
use souk_order_store::contract::{Drift, Fixture};
use souk_order_store_sqlite::{MIGRATIONS, SqliteOrderStore};
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};
use tempfile::TempDir;

/// A connection of rusqlite, which writes down what it runs.
#[derive(Debug)]
pub struct Session {
    connection: RefCell<Connection>,
    seen: RefCell<Vec<String>>,
    full_scan_steps: Cell<i32>,
}

impl Session {
    pub(crate) fn open(path: &Path) -> Self {
        // Nothing is set: as on Spin, a connection waits 5 s for another one by default, and the
        // journal is the one that the store asks for.
        let connection = Connection::open(path).expect("the file can be opened");
        Self {
            connection: RefCell::new(connection),
            seen: RefCell::default(),
            full_scan_steps: Cell::default(),
        }
    }

    /// Every value in every table.
    pub(crate) fn dump(&self) -> String {
        let connection = self.connection.borrow();
        let tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
        let mut tables = tables.expect("the schema can be read");
        let names = tables.query_map([], |row| row.get::<_, String>(0));
        let mut dump = String::new();
        for name in names.expect("the schema can be read") {
            let name = name.expect("a name is text");
            let rows = connection.prepare(&format!("SELECT * FROM \"{name}\""));
            let mut rows = rows.expect("the table can be read");
            let columns = rows.column_count();
            let mut rows = rows.query([]).expect("the table can be read");
            while let Some(row) = rows.next().expect("the table can be read") {
                for column in 0..columns {
                    match row.get_ref(column).expect("a column") {
                        ValueRef::Text(text) => dump += &String::from_utf8_lossy(text),
                        ValueRef::Integer(number) => dump += &number.to_string(),
                        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => {}
                    }
                    dump.push('\n');
                }
            }
        }
        dump
    }

    /// One transaction around the work; rolled back when the work fails.
    async fn between<T>(
        &self,
        begin: &str,
        work: impl AsyncFnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.execute(begin, &[]).await?;
        let done = work(self).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.execute(end, &[]).await?;
        done
    }
}

impl SqliteSession for Session {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let parameters = parameters.iter().map(|parameter| match parameter {
            Value::Null => rusqlite::types::Value::Null,
            Value::Integer(number) => (*number).into(),
            Value::Text(text) => text.clone().into(),
        });
        self.seen.borrow_mut().push(sql.to_owned());
        let connection = self.connection.borrow();
        let mut statement = connection.prepare_cached(sql).map_err(failed)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(parameters), |row| {
            let values = (0..columns).map(|column| value(row.get_ref(column)?));
            values.collect::<rusqlite::Result<_>>().map(Row)
        });
        let rows = rows
            .map_err(failed)?
            .map(|row| row.map_err(failed))
            .collect();
        let steps = statement.reset_status(StatementStatus::FullscanStep);
        self.full_scan_steps.set(self.full_scan_steps.get() + steps);
        rows
    }
}

fn value(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        // The schema is STRICT and has neither column type.
        ValueRef::Real(_) | ValueRef::Blob(_) => return Err(rusqlite::Error::InvalidQuery),
    })
}

fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Transient(error.to_string())
        }
        _ => StoreError::Corrupt(error.to_string()),
    }
}

/// A file, with a connection for each piece of work that runs at the same moment.
#[derive(Debug)]
pub struct FileSqlite {
    path: PathBuf,
    idle: Mutex<Vec<Session>>,
}

impl FileSqlite {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::default(),
        }
    }

    async fn with<T>(&self, work: impl AsyncFnOnce(&Session) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let session = idle().pop();
        let session = session.unwrap_or_else(|| Session::open(&self.path));
        let done = work(&session).await;
        idle().push(session);
        done
    }
}

impl SqliteDriver for FileSqlite {
    type Session = Session;

    const IS_FILE: bool = true;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(work).await
    }

    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(async |session: &Session| session.between("BEGIN", work).await)
            .await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(async |session: &Session| session.between("BEGIN IMMEDIATE", work).await)
            .await
    }
}

/// One connection, which one piece of work has at a time.
#[derive(Debug, Clone)]
pub struct ObjectSqlite(Arc<Mutex<Session>>);

impl ObjectSqlite {
    pub(crate) fn new(session: Session) -> Self {
        Self(Arc::new(Mutex::new(session)))
    }

    pub(crate) fn dump(&self) -> String {
        let session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        session.dump()
    }

    /// The statements since the last call of this, the ends of transactions among them.
    pub fn take_statements(&self) -> Vec<String> {
        let session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        session.seen.take()
    }

    /// Rows that were read from beginning to end of a table since the last call of this, as the
    /// engine itself counted them, inside of triggers too.
    pub fn take_full_scan_steps(&self) -> i32 {
        let session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        session.full_scan_steps.take()
    }

    /// The steps of SQLite's plan for a statement, without those of its triggers.
    pub fn plan(&self, sql: &str) -> Vec<String> {
        let session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = session.connection.borrow();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("the statement ran before");
        let steps = statement.raw_query().mapped(|row| row.get("detail"));
        steps.collect::<Result<_, _>>().expect("a plan is text")
    }
}

impl SqliteDriver for ObjectSqlite {
    type Session = Session;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at_once(work(&session))
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at_once(session.between("BEGIN IMMEDIATE", work))
    }
}

/// A statement of rusqlite never waits, so one poll completes the work.
pub(crate) fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a statement of rusqlite never waits"),
    }
}

fn run(session: &Session, sql: &str) {
    let connection = session.connection.borrow();
    connection
        .execute_batch(sql)
        .expect("the statements are valid");
}

fn set_up(session: &Session) {
    for statement in MIGRATIONS.iter().copied().flatten() {
        run(session, statement);
    }
}

fn plant(session: &Session, drift: Drift) {
    run(
        session,
        match drift {
            Drift::Account => "UPDATE stock SET sold = sold + 1, available = available - 1",
            Drift::Supplied => {
                "UPDATE stock SET supplied = supplied + 5, available = available + 5"
            }
            Drift::Movements => "DELETE FROM stock_movement",
            Drift::Sales => "DELETE FROM stock_movement WHERE order_id IS NOT NULL",
            Drift::Orders => "DELETE FROM orders",
            Drift::Accounts => "DELETE FROM stock",
            Drift::Outbox => "DELETE FROM message",
            Drift::Holds => "DELETE FROM message WHERE queue = 'holds'",
            Drift::Funds => "DELETE FROM funds_entry",
            Drift::History => "DELETE FROM order_event WHERE sequence = 1",
            Drift::Allowances => "DELETE FROM allowance",
            Drift::StrayAllowance => "INSERT INTO allowance VALUES ('buyer:stray', 9)",
        },
    );
}

fn ledger(session: &Session) -> [Vec<String>; 3] {
    let connection = session.connection.borrow();
    let rows = |sql: &str| {
        let mut statement = connection.prepare(sql).expect("valid SQL");
        let rows = statement.query_map([], |row| row.get::<_, String>(0));
        rows.expect("rows")
            .collect::<rusqlite::Result<Vec<_>>>()
            .expect("texts")
    };
    [
        rows(
            "SELECT json_array(id, sku, kind, units, order_id, receipt, at_ms) FROM stock_movement
            ORDER BY id",
        ),
        rows(
            "SELECT json_array(sku, kind, supplied, available, held, sold, receipt)
            FROM stock_repair ORDER BY id",
        ),
        rows("SELECT json_array(key, reason, by_name) FROM receipt ORDER BY key"),
    ]
}

/// A file of its own.
#[derive(Debug)]
pub struct FileSqliteShop {
    directory: TempDir,
}

impl FileSqliteShop {
    fn path(&self) -> PathBuf {
        self.directory.path().join("shop.sqlite")
    }

    /// A driver of its own, as an instance has one.
    pub fn driver(&self) -> FileSqlite {
        FileSqlite::new(self.path())
    }
}

impl Fixture for FileSqliteShop {
    type Store = SqliteOrderStore<FileSqlite>;

    fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let shop = Self { directory };
        at_once(shop.open().set_up()).expect("the tables are made");
        shop
    }

    fn open(&self) -> Self::Store {
        SqliteOrderStore::new(self.driver())
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }

    fn plant(&self, drift: Drift) -> bool {
        plant(&Session::open(&self.path()), drift);
        true
    }

    fn ledger(&self) -> [Vec<String>; 3] {
        ledger(&Session::open(&self.path()))
    }
}

/// A connection of its own, to memory.
#[derive(Debug)]
pub struct ObjectSqliteShop(ObjectSqlite);

impl ObjectSqliteShop {
    /// A database without the schema.
    pub fn bare() -> Self {
        let session = Session::open(Path::new(":memory:"));
        Self(ObjectSqlite::new(session))
    }

    /// Runs statements without parameters that the store does not know of.
    pub fn run(&self, sql: &str) {
        run(
            &self.0.0.lock().unwrap_or_else(PoisonError::into_inner),
            sql,
        );
    }

    /// The driver, for tests that put something between it and the store.
    pub fn driver(&self) -> ObjectSqlite {
        self.0.clone()
    }
}

impl Fixture for ObjectSqliteShop {
    type Store = SqliteOrderStore<ObjectSqlite>;

    fn empty() -> Self {
        let shop = Self::bare();
        set_up(&shop.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        shop
    }

    fn open(&self) -> Self::Store {
        SqliteOrderStore::new(self.driver())
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }

    fn plant(&self, drift: Drift) -> bool {
        let session = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        plant(&session, drift);
        true
    }

    fn ledger(&self) -> [Vec<String>; 3] {
        ledger(&self.0.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order_index::FileOrderIndex;
    use souk_order_index::contract::Fixture as _;

    /// What a connection finds that asks for nothing.
    fn journal(path: &Path) -> String {
        let connection = Connection::open(path).expect("the file can be opened");
        let journal = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0));
        journal.expect("a setting is a text")
    }

    #[test]
    fn the_stores_have_their_files_keep_a_write_ahead_log() {
        let bare = tempfile::tempdir().expect("a temporary directory");
        assert_eq!(journal(&bare.path().join("bare.sqlite")), "delete");
        assert_eq!(journal(&FileSqliteShop::empty().path()), "wal");
        assert_eq!(journal(&FileOrderIndex::empty().path()), "wal");
    }

    #[test]
    fn reads_of_one_moment_hold_up_no_writer() {
        let shop = FileSqliteShop::empty();
        let (reader, writer) = (shop.driver(), shop.driver());
        let count = "SELECT count(*) FROM receipt";
        let insert =
            "INSERT INTO receipt (key, fingerprint, reason, at_ms) VALUES ('a', '', '', 1)";
        let counts = at_once(reader.read(async |session| {
            let first = session.execute(count, &[]).await?;
            let write = writer.write(async |other| other.execute(insert, &[]).await);
            write.await?;
            Ok([first, session.execute(count, &[]).await?])
        }));
        let none = vec![Row(vec![Value::Integer(0)])];
        assert_eq!(counts, Ok([none.clone(), none]));
        let after = at_once(reader.run(async |session| session.execute(count, &[]).await));
        assert_eq!(after, Ok(vec![Row(vec![Value::Integer(1)])]));
    }
}
