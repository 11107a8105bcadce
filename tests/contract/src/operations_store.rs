//! The store of levels, switches and the journal on SQLite, in the ways in which it is deployed.

use std::future::Future;
use std::path::{Path, PathBuf};

use souk_operations_store::contract::Fixture;
use souk_operations_store::sqlite::SqliteOperations;
use souk_sql::{SqliteDriver, SqliteSession as _, StoreError};
use tempfile::TempDir;

use crate::sqlite::{FileSqlite, ObjectSqlite, Session, at_once};

/// Runs one statement on a database.
fn run(driver: &impl SqliteDriver, sql: &str) -> Result<(), StoreError> {
    let ran = driver.run(async |session| session.execute(sql, &[]).await);
    at_once(ran).map(drop)
}

/// A file of its own, as on Spin.
#[derive(Debug)]
pub struct FileOperations {
    directory: TempDir,
}

impl FileOperations {
    fn path(&self) -> PathBuf {
        self.directory.path().join("operations.sqlite")
    }
}

impl Fixture for FileOperations {
    type Store = SqliteOperations<FileSqlite>;

    fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let operations = Self { directory };
        operations.set_up();
        operations
    }

    fn open(&self) -> Self::Store {
        SqliteOperations::new(FileSqlite::new(self.path()))
    }

    fn set_up(&self) {
        at_once(self.open().set_up()).expect("the tables are made");
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        run(&FileSqlite::new(self.path()), sql)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}

/// A connection of its own, to memory, as in a Durable Object.
#[derive(Debug)]
pub struct ObjectOperations(ObjectSqlite);

impl Fixture for ObjectOperations {
    type Store = SqliteOperations<ObjectSqlite>;

    fn empty() -> Self {
        let session = Session::open(Path::new(":memory:"));
        let operations = Self(ObjectSqlite::new(session));
        operations.set_up();
        operations
    }

    fn open(&self) -> Self::Store {
        SqliteOperations::new(self.0.clone())
    }

    fn set_up(&self) {
        at_once(self.open().set_up()).expect("the tables are made");
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        run(&self.0, sql)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}
