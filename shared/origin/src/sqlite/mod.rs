//! The order store on SQLite, over a driver for each place where SQLite lives.
//!
//! Why a submit is atomic: [`SqliteDriver::write`] runs its work in one write transaction of the
//! engine. In Spin that is `BEGIN IMMEDIATE … COMMIT` on one connection, which takes the write
//! lock before anything is read; in a Durable Object it is `transactionSync`, in a single-threaded
//! object. The `CHECK`s of the schema refuse a negative account even if a decision were wrong.
//!
//! Not here: what is decided (`decide`), connections and JavaScript (`functions/`).

mod orders;
mod publications;
mod schema;
mod stock;

use souk_protocol::staff::{PublicationReply, Publications};
use souk_protocol::trade::{AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitReply};

use crate::{NewOrder, OrderStore, PublicationStep, StoreError};

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

    /// Whether looking before a write transaction is worth it: where a write lock is contended,
    /// what can be answered from a read should not wait for it.
    const LOOK_FIRST: bool;

    /// Runs reading work. Statements see what is committed when each begins.
    ///
    /// # Errors
    /// Those of the work, and when there is no connection.
    async fn read<T>(
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
        if D::LOOK_FIRST
            && let Some(reply) = self
                .driver
                .read(async |session| orders::look(session, order).await)
                .await?
        {
            return Ok(reply);
        }
        self.driver
            .write(async |session| orders::submit(session, order).await)
            .await
    }

    async fn order(&self, id: &str) -> Result<Option<StoredOrder>, StoreError> {
        self.driver
            .read(async |session| orders::find(session, id).await)
            .await
    }

    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| stock::define(session, offers, now_ms).await)
            .await
    }

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        self.driver
            .read(async |session| stock::accounts(session, skus).await)
            .await
    }

    async fn unavailable(&self) -> Result<Vec<String>, StoreError> {
        self.driver
            .read(async |session| stock::unavailable(session).await)
            .await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.driver
            .write(async |session| stock::audit(session).await)
            .await
    }

    async fn publications(&self) -> Result<Publications, StoreError> {
        self.driver
            .read(async |session| publications::list(session).await)
            .await
    }

    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError> {
        self.driver
            .write(async |session| publications::step(session, step).await)
            .await
    }
}
