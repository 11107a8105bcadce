//! The order index on SQLite, over a driver for each place where SQLite lives.
//!
//! Event messages are ingested by one write transaction of a fixed number of statements, however
//! many event messages there are; the unique index over order and sequence is what counts an event
//! once.

mod counts;
mod ingest;
mod read;
mod rows;
mod schema;
mod sold_out;

use souk_protocol::mail::FailedMail;
use souk_protocol::order_index::{
    Counted, DeadLetter, EventMessage, IngestOutcome, MostOrdered, PairCount, PairMet,
};
use souk_protocol::staff::{
    ImportCounts, IndexedOrder, OrderIndexCondition, OrderTotal, Worklist, WorklistQuery,
};
use souk_sql::{SqliteDriver, SqliteSession, StoreError, keep_write_ahead_log, migrate};

use crate::{OrderCounts, OrderIndex};

/// The order index on SQLite.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOrderIndex<D> {
    driver: D,
}

impl<D: SqliteDriver> SqliteOrderIndex<D> {
    /// An order index over a driver whose database is set up.
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

impl<D: SqliteDriver> OrderIndex for SqliteOrderIndex<D> {
    async fn ingest(
        &self,
        messages: &[EventMessage],
        now_ms: i64,
    ) -> Result<Vec<IngestOutcome>, StoreError> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        self.driver
            .write(async |session| ingest::ingest(session, messages, now_ms).await)
            .await
    }

    async fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StoreError> {
        self.driver
            .run(async |session| read::worklist(session, query).await)
            .await
    }

    async fn order(&self, order: &str) -> Result<Option<IndexedOrder>, StoreError> {
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

    async fn failed_mails(&self) -> Result<Vec<FailedMail>, StoreError> {
        self.driver
            .run(async |session| read::failed_mails(session).await)
            .await
    }

    async fn condition(&self) -> Result<OrderIndexCondition, StoreError> {
        self.driver
            .run(async |session| read::condition(session).await)
            .await
    }

    async fn dead_letter(&self, messages: &[DeadLetter], now_ms: i64) -> Result<(), StoreError> {
        if messages.is_empty() {
            return Ok(());
        }
        self.driver
            .run(async |session| ingest::dead_letter(session, messages, now_ms).await)
            .await
    }

    async fn requeue(&self, now_ms: i64) -> Result<i64, StoreError> {
        self.driver
            .write(async |session| requeue(session, now_ms).await)
            .await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.driver
            .write(async |session| {
                for statement in CLEAR.into_iter().chain(counts::CLEAR) {
                    session.execute(statement, &[]).await?;
                }
                Ok(())
            })
            .await
    }
}

impl<D: SqliteDriver> OrderCounts for SqliteOrderIndex<D> {
    async fn counted(&self, now_ms: i64) -> Result<Counted, StoreError> {
        self.driver
            .run(async |session| counts::counted(session, now_ms).await)
            .await
    }

    async fn most_ordered(&self, weights: &[i64], limit: i64) -> Result<MostOrdered, StoreError> {
        self.driver
            .read(async |session| counts::most_ordered(session, weights, limit).await)
            .await
    }

    async fn pairs(
        &self,
        after: &(String, String),
        orders_min: i64,
    ) -> Result<Vec<PairCount>, StoreError> {
        self.driver
            .read(async |session| counts::pairs(session, after, orders_min).await)
            .await
    }

    async fn most_met(&self, orders_min: i64, limit: i64) -> Result<Vec<PairMet>, StoreError> {
        self.driver
            .run(async |session| counts::most_met(session, orders_min, limit).await)
            .await
    }

    async fn note_sold_out(
        &self,
        skus: &[u32],
        today: i64,
        since_day: i64,
    ) -> Result<Vec<u32>, StoreError> {
        self.driver
            .write(async |session| sold_out::note(session, skus, today, since_day).await)
            .await
    }

    async fn keep_build(&self, before: &str, build: &str) -> Result<bool, StoreError> {
        self.driver
            .run(async |session| counts::keep_build(session, before, build).await)
            .await
    }

    async fn import(&self, counts: &ImportCounts) -> Result<(), StoreError> {
        self.driver
            .write(async |session| counts::import(session, counts).await)
            .await
    }
}

const CLEAR: [&str; 3] = [
    "DELETE FROM order_index_event",
    "DELETE FROM order_index_entry",
    "DELETE FROM order_index_dead",
];

async fn requeue<S: SqliteSession>(session: &S, now_ms: i64) -> Result<i64, StoreError> {
    let (mut messages, mut names, mut still_dead) = (Vec::new(), Vec::new(), Vec::new());
    for (name, body) in ingest::dead_letters(session).await? {
        match souk_json::read::<EventMessage>(body.as_bytes()) {
            Ok(message) => {
                messages.push(message);
                names.push(name);
            }
            Err(error) => still_dead.push((name, error.to_string())),
        }
    }
    let outcomes = match messages.is_empty() {
        true => Vec::new(),
        false => ingest::ingest(session, &messages, now_ms).await?,
    };
    let mut requeued = Vec::new();
    for (name, outcome) in names.into_iter().zip(outcomes) {
        match outcome {
            IngestOutcome::New | IngestOutcome::Known => requeued.push(name),
            IngestOutcome::Refused { reason } => still_dead.push((name, reason)),
        }
    }
    ingest::end_dead_letters(session, &requeued, &still_dead, now_ms).await?;
    Ok(i64::try_from(requeued.len()).expect("at most the limit of a call"))
}
