//! Staff tokens on SQLite, in the ways in which they are deployed.

use std::future::Future;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::StatusCode;
use souk_ports::PortError;
use souk_sql::remote::StoreClient;
use souk_sql::{SqliteDriver, SqliteSession as _};
use souk_staff_tokens::contract::Fixture;
use souk_staff_tokens::sqlite::SqliteStaffTokens;
use souk_staff_tokens::{RemoteStaffTokens, serve};
use tempfile::TempDir;

use crate::sqlite::{FileSqlite, ObjectSqlite, Session, at_once};

/// Runs one statement on a database.
fn run(driver: &impl SqliteDriver, sql: &str) {
    let ran = driver.run(async |session| session.execute(sql, &[]).await);
    at_once(ran).expect("the statement runs");
}

/// A file of its own, as on Spin.
#[derive(Debug)]
pub struct FileStaffTokens {
    directory: TempDir,
}

impl FileStaffTokens {
    fn path(&self) -> PathBuf {
        self.directory.path().join("staff-tokens.sqlite")
    }
}

impl Fixture for FileStaffTokens {
    type StaffTokens = SqliteStaffTokens<FileSqlite>;

    fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let tokens = Self { directory };
        at_once(tokens.open().set_up()).expect("the tables are made");
        tokens
    }

    fn open(&self) -> Self::StaffTokens {
        SqliteStaffTokens::new(FileSqlite::new(self.path()))
    }

    fn run(&self, sql: &str) {
        run(&FileSqlite::new(self.path()), sql);
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}

/// A connection of its own, to memory, as in a Durable Object.
#[derive(Debug)]
pub struct ObjectStaffTokens(ObjectSqlite);

impl Fixture for ObjectStaffTokens {
    type StaffTokens = SqliteStaffTokens<ObjectSqlite>;

    fn empty() -> Self {
        let tokens = Self(ObjectSqlite::new(Session::open(Path::new(":memory:"))));
        at_once(tokens.open().set_up()).expect("the tables are made");
        tokens
    }

    fn open(&self) -> Self::StaffTokens {
        SqliteStaffTokens::new(self.0.clone())
    }

    fn run(&self, sql: &str) {
        run(&self.0, sql);
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}

/// The same, asked from another process, as the scripts of Workers ask the object.
#[derive(Debug)]
pub struct RemoteTokens(ObjectStaffTokens);

/// Carries calls to the store, which is in the same process.
#[derive(Debug)]
pub struct Near(SqliteStaffTokens<ObjectSqlite>);

impl StoreClient for Near {
    async fn call(&self, body: Bytes) -> Result<(StatusCode, Bytes), PortError> {
        let log = |line: &str| panic!("{line}");
        let answer = serve(&self.0, &body, log).await;
        Ok((answer.status(), answer.into_body()))
    }
}

impl Fixture for RemoteTokens {
    type StaffTokens = RemoteStaffTokens<Near>;

    fn empty() -> Self {
        Self(ObjectStaffTokens::empty())
    }

    fn open(&self) -> Self::StaffTokens {
        RemoteStaffTokens::new(Near(self.0.open()))
    }

    fn run(&self, sql: &str) {
        self.0.run(sql);
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        at_once(work)
    }
}
