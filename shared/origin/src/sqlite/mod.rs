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

mod archive;
mod audit;
mod changes;
mod growth;
mod latch;
mod layout;
mod orders;
mod publications;
mod queues;
mod receipts;
mod repairs;
mod schema;
mod shards;
mod stock;
mod transfers;

use souk_protocol::life::{
    Claim, Message, Queue, QueueDepth, ReceiptReply, Settlement, StockReceipt,
};
use souk_protocol::repair::{RepairBooks, RepairReply};
use souk_protocol::staff::{PublicationReply, Publications};
use souk_protocol::trade::{AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitReply};
use souk_sql::SqliteDriver;

use crate::{
    Committed, Found, LatchRequest, LatchSet, NewOrder, OrderChange, OrderStore, PublicationStep,
    StoreError,
};

use orders::Looked;

pub use schema::MIGRATIONS;

/// The order store on SQLite.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOrderStore<D> {
    driver: D,
}

impl<D: SqliteDriver> SqliteOrderStore<D> {
    /// A store over a driver. The database is ready once [`Self::set_up`] was called on it.
    pub fn new(driver: D) -> Self {
        Self { driver }
    }

    /// Brings the database to the schema that this code needs. One cheap look when it has it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_up(&self) -> Result<(), StoreError> {
        souk_sql::migrate(&self.driver, schema::LEDGER, MIGRATIONS).await
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
            .write(async |session| {
                layout::expect_open(session).await?;
                match orders::look(session, order).await? {
                    Looked::Answered(reply) => Ok(reply),
                    Looked::Placeable(placeable) => orders::place(session, order, placeable).await,
                }
            })
            .await
    }

    async fn find(&self, id: &str, change_key: &str) -> Result<Option<Found>, StoreError> {
        self.driver
            .run(async |session| changes::find(session, id, change_key).await)
            .await
    }

    async fn change(&self, change: OrderChange<'_>) -> Result<Committed, StoreError> {
        self.driver
            .write(async |session| changes::change(session, change).await)
            .await
    }

    async fn reseal(&self, placed: &StoredOrder) -> Result<(), StoreError> {
        self.driver
            .write(async |session| {
                orders::reseal(session, placed).await?;
                archive::reseal(session, placed).await
            })
            .await
    }

    async fn receive(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError> {
        self.driver
            .write(async |session| receipts::receive(session, receipt, now_ms).await)
            .await
    }

    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError> {
        self.driver
            .write(async |session| queues::claim(session, claim, now_ms).await)
            .await
    }

    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| queues::settle(session, settlements, now_ms).await)
            .await
    }

    async fn put_away(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        self.driver
            .write(async |session| archive::put_away(session, before_ms, limit).await)
            .await
    }

    async fn replay(&self, queue: Queue, now_ms: i64) -> Result<i64, StoreError> {
        self.driver
            .write(async |session| queues::replay(session, queue, now_ms).await)
            .await
    }

    async fn backlog(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError> {
        self.driver
            .run(async |session| queues::backlog(session, now_ms).await)
            .await
    }

    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| {
                layout::expect_open(session).await?;
                stock::define(session, offers, now_ms).await
            })
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

    async fn latch(&self, asked: LatchRequest<'_>) -> Result<Option<LatchSet>, StoreError> {
        self.driver
            .write(async |session| latch::set(session, asked).await)
            .await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.driver
            .write(async |session| audit::audit(session).await)
            .await
    }

    async fn repair(&self, asked: &RepairBooks, now_ms: i64) -> Result<RepairReply, StoreError> {
        self.driver
            .write(async |session| {
                layout::expect_open(session).await?;
                repairs::repair(session, asked, now_ms).await
            })
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
