//! The order store on SQLite, over a driver for each place where SQLite lives.
//!
//! Why a submit is atomic: an order is written by one `INSERT` (into the view `placement`, whose
//! trigger moves the stock, appends the movements and the outbox record), and SQLite carries out a
//! statement as a whole or not at all. Why it may decide on what it read before, outside of any
//! transaction: that statement checks again, at its own moment, whatever the decision rests on, and
//! fails otherwise. Then the submit begins anew inside [`SqliteDriver::write`], where nothing can
//! change between reading and writing, and what comes of that is the answer. The `CHECK`s of the
//! schema refuse a negative account even if a decision were wrong.
//!
//! Not here: what is decided (`decide`), connections and JavaScript (`functions/`).

mod orders;
mod publications;
mod schema;
mod stock;

use souk_protocol::staff::{PublicationReply, Publications};
use souk_protocol::trade::{AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitReply};

use crate::{NewOrder, OrderStore, PublicationStep, StoreError};

use orders::Looked;

pub use crate::sql::{Row, Value};
pub use schema::SCHEMA;

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

/// Gives connections to a database that has [`SCHEMA`].
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SqliteDriver {
    /// A connection.
    type Session: SqliteSession;

    /// Runs work each of whose statements is a transaction of its own, and sees what is committed
    /// when it begins. A statement that fails has written nothing.
    ///
    /// # Errors
    /// Those of the work, and when there is no connection.
    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError>;

    /// Runs work in one write transaction that excludes other writers from its first statement
    /// on. An error of the work rolls everything back.
    ///
    /// # Errors
    /// Those of the work, and when the transaction cannot begin or commit.
    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError>;
}

/// The order store on SQLite.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOrderStore<D> {
    driver: D,
}

impl<D: SqliteDriver> SqliteOrderStore<D> {
    /// A store over a driver.
    pub fn new(driver: D) -> Self {
        Self { driver }
    }
}

impl<D: SqliteDriver> OrderStore for SqliteOrderStore<D> {
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        let answered = self
            .driver
            .run(async |session| match orders::look(session, order).await? {
                Looked::Answered(reply) => Ok(Some(reply)),
                Looked::Placeable(placeable) => {
                    match orders::place(session, order, placeable).await {
                        Ok(reply) => Ok(Some(reply)),
                        Err(error @ StoreError::Transient(_)) => Err(error),
                        // Somebody was quicker: a twin, the buyer of the last unit, the staff. Or
                        // the order is impossible, which comes out once more where nobody else
                        // writes. Nothing was written, so beginning anew is safe; it is even if
                        // the order did get through, because the key is found then.
                        Err(StoreError::Rejected(_) | StoreError::Corrupt(_)) => Ok(None),
                    }
                }
            })
            .await?;
        if let Some(reply) = answered {
            return Ok(reply);
        }
        self.driver
            .write(async |session| match orders::look(session, order).await? {
                Looked::Answered(reply) => Ok(reply),
                Looked::Placeable(placeable) => orders::place(session, order, placeable).await,
            })
            .await
    }

    async fn order(&self, id: &str) -> Result<Option<StoredOrder>, StoreError> {
        self.driver
            .run(async |session| orders::find(session, id).await)
            .await
    }

    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| stock::define(session, offers, now_ms).await)
            .await
    }

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        self.driver
            .run(async |session| stock::accounts(session, skus).await)
            .await
    }

    async fn unavailable(&self) -> Result<Vec<String>, StoreError> {
        self.driver
            .run(async |session| stock::unavailable(session).await)
            .await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.driver
            .write(async |session| stock::audit(session).await)
            .await
    }

    async fn publications(&self) -> Result<Publications, StoreError> {
        self.driver
            .run(async |session| publications::list(session).await)
            .await
    }

    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError> {
        self.driver
            .write(async |session| publications::step(session, step).await)
            .await
    }
}
