//! SQLite, wherever it lives, and how a database gets its tables.

use crate::{Row, StoreError, Value};

/// Runs statements on one connection.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SqliteSession {
    /// Runs one statement and gives its rows.
    ///
    /// # Errors
    /// When the engine refuses it or is busy.
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError>;
}

/// What a database takes up: its pages, free ones among them.
const BYTES: &str = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";

/// Has a file keep a write-ahead log.
const WRITE_AHEAD: &str = "PRAGMA journal_mode = WAL";

/// Gives connections to a database.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SqliteDriver {
    /// A connection.
    type Session: SqliteSession;

    /// Whether the database is a file that keeps the journal which a connection asks for. That of a
    /// Durable Object is the platform's, and asking for another one is refused.
    const IS_FILE: bool = false;

    /// Runs work each of whose statements is a transaction of its own, and sees what is committed
    /// when it begins. A statement that fails has written nothing.
    ///
    /// # Errors
    /// Those of the work, and when there is no connection.
    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError>;

    /// Runs work that reads, all of whose statements see one and the same moment. It holds up no
    /// writer where the engine can do that; a Durable Object has no other work at that moment.
    ///
    /// # Errors
    /// Those of the work, and when the transaction cannot begin or end.
    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write(work).await
    }

    /// Runs work in one write transaction that excludes other writers from its first statement
    /// on. An error of the work rolls everything back.
    ///
    /// # Errors
    /// Those of the work, and when the transaction cannot begin or commit.
    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError>;

    /// How many bytes the database takes up.
    ///
    /// # Errors
    /// Those of a statement.
    async fn bytes(&self) -> Result<i64, StoreError> {
        let size = async |session: &Self::Session| session.execute(BYTES, &[]).await;
        let rows = self.run(size).await?;
        let row = rows
            .first()
            .ok_or_else(|| StoreError::Corrupt("a database has no size".to_owned()))?;
        row.integer(0)
    }
}

/// Has a database that is a file keep a write-ahead log: readers and the writer do not wait for each
/// other then, and a commit waits for the disk once. The file remembers it, so all but the first
/// call find it so. Called before the tables are made, outside of any transaction.
///
/// # Errors
/// Those of the driver; [`StoreError::Transient`] where another connection is at the database at
/// that moment, [`StoreError::Corrupt`] where the engine keeps another journal all the same.
pub async fn keep_write_ahead_log<D: SqliteDriver>(driver: &D) -> Result<(), StoreError> {
    if !D::IS_FILE {
        return Ok(());
    }
    let kept = async |session: &D::Session| session.execute(WRITE_AHEAD, &[]).await;
    let rows = driver.run(kept).await?;
    let journal = rows.first().map(|row| row.text(0)).transpose()?;
    match journal {
        Some("wal") => Ok(()),
        other => Err(StoreError::Corrupt(format!(
            "the journal of the database is {other:?} and not a write-ahead log"
        ))),
    }
}

/// Brings a database to the last of `migrations`, each a list of statements.
///
/// A migration that was ever released is not changed, a new one is appended. Which ones a database
/// has is written in the table `ledger`, a name that each store chooses for itself. One cheap look
/// when nothing is missing; callers at the same moment wait for each other.
///
/// # Errors
/// Those of the statements; nothing of what was missing is kept then.
pub async fn migrate<D: SqliteDriver>(
    driver: &D,
    ledger: &str,
    migrations: &[&[&str]],
) -> Result<(), StoreError> {
    let wanted = i64::try_from(migrations.len()).expect("a short list");
    let known = format!("SELECT count(*) FROM sqlite_schema WHERE name = '{ledger}'");
    let last = format!("SELECT coalesce(max(number), 0) FROM {ledger}");
    let first = |rows: Vec<Row>| -> Result<i64, StoreError> {
        let row = rows.first().map(|row| row.integer(0));
        row.ok_or_else(|| StoreError::Corrupt("counting gave no row".into()))?
    };
    let applied = async |session: &D::Session| -> Result<i64, StoreError> {
        if first(session.execute(&known, &[]).await?)? == 0 {
            return Ok(0);
        }
        first(session.execute(&last, &[]).await?)
    };
    if driver.run(async |session| applied(session).await).await? >= wanted {
        return Ok(());
    }
    driver
        .write(async |session| {
            let found = applied(session).await?;
            if found == 0 {
                let table = format!(
                    "CREATE TABLE IF NOT EXISTS {ledger} (number INTEGER PRIMARY KEY) STRICT"
                );
                session.execute(&table, &[]).await?;
            }
            for (number, statements) in (1..).zip(migrations) {
                if number <= found {
                    continue;
                }
                for statement in *statements {
                    session.execute(statement, &[]).await?;
                }
                let record = format!("INSERT INTO {ledger} (number) VALUES ({number})");
                session.execute(&record, &[]).await?;
            }
            Ok(())
        })
        .await
}
