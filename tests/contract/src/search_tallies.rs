//! The counts of searches on SQLite, in the ways in which they are deployed.

use std::future::Future;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::StatusCode;
use souk_ports::PortError;
use souk_search_tallies::contract::Fixture;
use souk_search_tallies::sqlite::SqliteSearchTallies;
use souk_search_tallies::{RemoteSearchTallies, serve};
use souk_sql::remote::StoreClient;
use souk_sql::{SqliteDriver, SqliteSession as _};
use tempfile::TempDir;

use crate::sqlite::{FileSqlite, ObjectSqlite, Session, at_once};

/// How many queries, questions and answers are stored.
fn stored(driver: &impl SqliteDriver) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM search_tally)
        + (SELECT count(*) FROM search_question) + (SELECT count(*) FROM search_answer)";
    let rows = driver.run(async |session| session.execute(sql, &[]).await);
    let rows = at_once(rows).expect("the statement runs");
    rows[0].integer(0).expect("a number")
}

/// A file of its own, as on Spin.
#[derive(Debug)]
pub struct FileSearchTallies {
    directory: TempDir,
}

impl FileSearchTallies {
    fn path(&self) -> PathBuf {
        self.directory.path().join("search-tallies.sqlite")
    }
}

impl Fixture for FileSearchTallies {
    type SearchTallies = SqliteSearchTallies<FileSqlite>;

    fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let tallies = Self { directory };
        at_once(tallies.open().set_up()).expect("the tables are made");
        tallies
    }

    fn open(&self) -> Self::SearchTallies {
        SqliteSearchTallies::new(FileSqlite::new(self.path()))
    }

    fn stored(&self) -> i64 {
        stored(&FileSqlite::new(self.path()))
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}

/// A connection of its own, to memory, as in a Durable Object.
#[derive(Debug)]
pub struct ObjectSearchTallies(ObjectSqlite);

impl Fixture for ObjectSearchTallies {
    type SearchTallies = SqliteSearchTallies<ObjectSqlite>;

    fn empty() -> Self {
        let tallies = Self(ObjectSqlite::new(Session::open(Path::new(":memory:"))));
        at_once(tallies.open().set_up()).expect("the tables are made");
        tallies
    }

    fn open(&self) -> Self::SearchTallies {
        SqliteSearchTallies::new(self.0.clone())
    }

    fn stored(&self) -> i64 {
        stored(&self.0)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}

/// The same, asked from another process, as the scripts of Workers ask the object.
#[derive(Debug)]
pub struct RemoteTallies(ObjectSearchTallies);

/// Carries calls to the store, which is in the same process.
#[derive(Debug)]
pub struct NearTallies(SqliteSearchTallies<ObjectSqlite>);

impl StoreClient for NearTallies {
    async fn call(&self, body: Bytes) -> Result<(StatusCode, Bytes), PortError> {
        let answer = serve(&self.0, &body, |_| {}).await;
        Ok((answer.status(), answer.into_body()))
    }
}

impl Fixture for RemoteTallies {
    type SearchTallies = RemoteSearchTallies<NearTallies>;

    fn empty() -> Self {
        Self(ObjectSearchTallies::empty())
    }

    fn open(&self) -> Self::SearchTallies {
        RemoteSearchTallies::new(NearTallies(self.0.open()))
    }

    fn stored(&self) -> i64 {
        self.0.stored()
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}
