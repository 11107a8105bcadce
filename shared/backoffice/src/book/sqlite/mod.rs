//! The book on SQLite, over a driver for each place where SQLite lives.
//!
//! Letters are ingested by one write transaction of a fixed number of statements, however many
//! letters there are; the unique index over order and sequence is what counts an event once.

mod read;
mod rows;
mod schema;
mod take_in;

use souk_protocol::desk::{
    BookCondition, BookedOrder, DeadLetter, Letter, OrderTotal, Taken, Worklist, WorklistQuery,
};
use souk_sql::{SqliteDriver, SqliteSession, StoreError, keep_write_ahead_log, migrate};

use super::OrderBook;

/// The book on SQLite.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOrderBook<D> {
    driver: D,
}

impl<D: SqliteDriver> SqliteOrderBook<D> {
    /// A book over a driver whose database is set up.
    pub fn new(driver: D) -> Self {
        Self { driver }
    }

    /// Makes the tables that are missing; one cheap look when none is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_up(&self) -> Result<(), StoreError> {
        keep_write_ahead_log(&self.driver).await?;
        migrate(&self.driver, schema::LEDGER, schema::MIGRATIONS).await
    }
}

impl<D: SqliteDriver> OrderBook for SqliteOrderBook<D> {
    async fn take_in(&self, letters: &[Letter], now_ms: i64) -> Result<Vec<Taken>, StoreError> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        self.driver
            .write(async |session| take_in::take_in(session, letters, now_ms).await)
            .await
    }

    async fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StoreError> {
        self.driver
            .run(async |session| read::worklist(session, query).await)
            .await
    }

    async fn order(&self, order: &str) -> Result<Option<BookedOrder>, StoreError> {
        // Two reads of one moment: a writer between them would show an event that is not folded.
        self.driver
            .read(async |session| read::order(session, order).await)
            .await
    }

    async fn totals(&self) -> Result<Vec<OrderTotal>, StoreError> {
        self.driver
            .run(async |session| read::totals(session).await)
            .await
    }

    async fn condition(&self) -> Result<BookCondition, StoreError> {
        self.driver
            .run(async |session| read::condition(session).await)
            .await
    }

    async fn bury(&self, letters: &[DeadLetter], now_ms: i64) -> Result<(), StoreError> {
        if letters.is_empty() {
            return Ok(());
        }
        self.driver
            .run(async |session| take_in::bury(session, letters, now_ms).await)
            .await
    }

    async fn revive(&self, now_ms: i64) -> Result<i64, StoreError> {
        self.driver
            .write(async |session| revive(session, now_ms).await)
            .await
    }
}

async fn revive<S: SqliteSession>(session: &S, now_ms: i64) -> Result<i64, StoreError> {
    let (mut letters, mut names, mut still_dead) = (Vec::new(), Vec::new(), Vec::new());
    for (name, body) in take_in::buried(session).await? {
        match serde_json::from_slice::<Letter>(body.as_bytes()) {
            Ok(letter) => {
                letters.push(letter);
                names.push(name);
            }
            Err(error) => still_dead.push((name, error.to_string())),
        }
    }
    let taken = match letters.is_empty() {
        true => Vec::new(),
        false => take_in::take_in(session, &letters, now_ms).await?,
    };
    let mut revived = Vec::new();
    for (name, taken) in names.into_iter().zip(taken) {
        match taken {
            Taken::New | Taken::Known => revived.push(name),
            Taken::Refused { reason } => still_dead.push((name, reason)),
        }
    }
    take_in::unbury(session, &revived, &still_dead, now_ms).await?;
    Ok(i64::try_from(revived.len()).expect("at most the limit of a call"))
}
