//! The order index on SQLite, in the two ways in which it is deployed.

use std::future::Future;
use std::path::{Path, PathBuf};

use souk_backoffice::contract::Fixture;
use souk_backoffice::order_index::sqlite::SqliteOrderIndex;
use tempfile::TempDir;

use crate::sqlite::{FileSqlite, ObjectSqlite, Session, at_once};

/// A file of its own, as on Spin.
#[derive(Debug)]
pub struct FileOrderIndex {
    directory: TempDir,
}

impl FileOrderIndex {
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("order-index.sqlite")
    }

    fn driver(&self) -> FileSqlite {
        FileSqlite::new(self.path())
    }
}

impl Fixture for FileOrderIndex {
    type OrderIndex = SqliteOrderIndex<FileSqlite>;

    fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let index = Self { directory };
        at_once(index.open().set_up()).expect("the tables are made");
        index
    }

    fn open(&self) -> Self::OrderIndex {
        SqliteOrderIndex::new(self.driver())
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }

    fn dump(&self) -> String {
        Session::open(&self.path()).dump()
    }
}

/// A connection of its own, to memory, as in a Durable Object.
#[derive(Debug)]
pub struct ObjectOrderIndex(ObjectSqlite);

impl ObjectOrderIndex {
    /// The driver, for tests that look at what the order index sends.
    pub fn driver(&self) -> ObjectSqlite {
        self.0.clone()
    }
}

impl Fixture for ObjectOrderIndex {
    type OrderIndex = SqliteOrderIndex<ObjectSqlite>;

    fn empty() -> Self {
        let index = Self(ObjectSqlite::new(Session::open(Path::new(":memory:"))));
        at_once(index.open().set_up()).expect("the tables are made");
        index
    }

    fn open(&self) -> Self::OrderIndex {
        SqliteOrderIndex::new(self.driver())
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }

    fn dump(&self) -> String {
        self.0.dump()
    }
}
