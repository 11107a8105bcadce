//! The order book on SQLite, in the two ways in which it is deployed.

use std::future::Future;
use std::path::{Path, PathBuf};

use souk_backoffice::book::sqlite::SqliteOrderBook;
use souk_backoffice::contract::Fixture;
use tempfile::TempDir;

use crate::sqlite::{FileSqlite, ObjectSqlite, Session, at_once};

/// A file of its own, as on Spin.
#[derive(Debug)]
pub struct FileBook {
    directory: TempDir,
}

impl FileBook {
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("book.sqlite")
    }

    fn driver(&self) -> FileSqlite {
        FileSqlite::new(self.path())
    }
}

impl Fixture for FileBook {
    type Book = SqliteOrderBook<FileSqlite>;

    fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let book = Self { directory };
        at_once(book.open().set_up()).expect("the tables are made");
        book
    }

    fn open(&self) -> Self::Book {
        SqliteOrderBook::new(self.driver())
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
pub struct ObjectBook(ObjectSqlite);

impl ObjectBook {
    /// The driver, for tests that look at what the book sends.
    pub fn driver(&self) -> ObjectSqlite {
        self.0.clone()
    }
}

impl Fixture for ObjectBook {
    type Book = SqliteOrderBook<ObjectSqlite>;

    fn empty() -> Self {
        let book = Self(ObjectSqlite::new(Session::open(Path::new(":memory:"))));
        at_once(book.open().set_up()).expect("the tables are made");
        book
    }

    fn open(&self) -> Self::Book {
        SqliteOrderBook::new(self.driver())
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }

    fn dump(&self) -> String {
        self.0.dump()
    }
}
