//! The store, and how its orders wait for each other.

use std::sync::Arc;

use souk_order_store::facts::Memory;
use souk_order_store::{
    BackupStore, BooksAudit, Committed, Found, MessageQueue, NewOrder, OrderChange, OrderStore,
    PublicationStep, PublicationStore, RowsToRestore, SealedOrder, SessionStore,
    SoldOutHoldRequest, SoldOutHoldSet, StockStore, StoreError, StoredOrder, StoredRows,
    SubmitReply, TermsChange,
};
use souk_protocol::limits;
use souk_protocol::origin::{
    AuditReport, Claim, CopyRows, DefineOffers, Message, PriceRecord, Queue, QueueDepth,
    ReadSession, ReceiptReply, RepairBooks, RepairReply, RestoreReply, SessionStanding, Settlement,
    StockAccount, StockReceipt, StoredTerms,
};
use souk_protocol::staff::{PublicationReply, Publications};
use souk_sql::commit_queue::{CommitQueue, NoPause, Pause, Turn};
use souk_sql::{SqliteDriver, SqliteSession, keep_write_ahead_log};

use crate::batch::WaitingOrder;
use crate::columns::one;
use crate::orders::Looked;
use crate::schema::MIGRATIONS;
use crate::{
    archive, audit, backup, batch, changes, layout, orders, publications, queues, receipts,
    repairs, schema, sessions, sold_out_hold, stock, thin_out,
};

const IDENTITY: &str = "SELECT identity FROM store_identity";

/// A batch that is not back after so long is given up by those that wait for it: no caller waits
/// any longer. Until then it has its turn at a busy file ahead of it, which they would not get
/// sooner.
const LOST_AFTER_US: u32 = 30_000_000;
const _: () = assert!(LOST_AFTER_US as i64 == limits::ORIGIN_CALL_MS_MAX * 1_000);

/// The orders that wait, of all stores of an instance.
#[derive(Debug, Default)]
pub struct SubmitQueue(CommitQueue<WaitingOrder, Result<SubmitReply, StoreError>>);

/// The order store on SQLite.
#[derive(Debug, Clone)]
pub struct SqliteOrderStore<D, P = NoPause> {
    pub(crate) driver: D,
    /// Where orders wait for each other, and how.
    turns: Option<(Arc<SubmitQueue>, P)>,
    /// What the orders that went alone have read of their offers.
    memory: Arc<Memory>,
}

impl<D: SqliteDriver> SqliteOrderStore<D> {
    /// A store over a driver, whose orders go alone. The database is ready once [`Self::set_up`]
    /// was called on it.
    pub fn new(driver: D) -> Self {
        Self {
            driver,
            turns: None,
            memory: Arc::default(),
        }
    }
}

impl<D: SqliteDriver, P: Pause> SqliteOrderStore<D, P> {
    /// A store whose orders are committed together with those of all stores that share the queue,
    /// where they arrive at the same time. Batches read their offers; nothing is remembered.
    pub fn in_batches(driver: D, queue: Arc<SubmitQueue>, pause: P) -> Self {
        Self {
            driver,
            turns: Some((queue, pause)),
            memory: Arc::default(),
        }
    }

    /// Brings the database to the schema that this code needs. One cheap look when it has it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_up(&self) -> Result<(), StoreError> {
        keep_write_ahead_log(&self.driver).await?;
        souk_sql::migrate(&self.driver, schema::LEDGER, MIGRATIONS).await
    }

    async fn submit_alone(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        let reply = match self.submit_remembered(order).await? {
            Some(reply) => reply,
            None => self.submit_reading(order).await?,
        };
        if let SubmitReply::Accepted { order, .. } = &reply {
            self.memory.keep_placed(order);
        }
        Ok(reply)
    }

    /// Places an order whose offers are remembered; `None` where it is not, or not by these.
    async fn submit_remembered(
        &self,
        new: NewOrder<'_>,
    ) -> Result<Option<SubmitReply>, StoreError> {
        let remembered = self.memory.of(new.submit);
        let Some(decided) = remembered.and_then(|facts| facts.guess(new)) else {
            return Ok(None);
        };
        let placed = self
            .driver
            .run(async |session| orders::place_remembered(session, new, decided).await)
            .await;
        match placed {
            Ok(Some(reply)) => return Ok(Some(reply)),
            Err(error @ StoreError::Transient(_)) => return Err(error),
            Ok(None) | Err(StoreError::Rejected(_) | StoreError::Corrupt(_)) => {}
        }
        // In a crowd at a sold-out SKU only one order tries this in vain.
        self.memory.forget(new.submit);
        Ok(None)
    }

    async fn submit_reading(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        let answered = self
            .driver
            .run(async |session| match orders::look(session, order).await? {
                Looked::Answered(reply) => Ok(Some(reply)),
                Looked::Placeable { decided, facts } => {
                    self.memory.keep(order.submit, &facts);
                    match orders::place(session, order, decided).await {
                        Ok(reply) => Ok(Some(reply)),
                        Err(error @ StoreError::Transient(_)) => Err(error),
                        // Another request was quicker: a twin, the buyer of the last unit, another
                        // order of this buyer, the
                        // staff. Or the order is impossible, which is found once more where no
                        // other connection writes. Nothing was written, so starting again is safe;
                        // it is even if the order did get through, because the key is found then.
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
                    Looked::Placeable { decided, .. } => {
                        orders::place(session, order, decided).await
                    }
                }
            })
            .await
    }

    /// Submits an order when it is its turn, with those that wait then.
    async fn submit_in_turn(
        &self,
        queue: &SubmitQueue,
        pause: &P,
        order: NewOrder<'_>,
    ) -> Result<SubmitReply, StoreError> {
        let waiting = || WaitingOrder::new(order);
        let turn = queue.0.turn_within(waiting, pause, LOST_AFTER_US);
        let answer = match turn.await {
            Turn::Lead(leader) if leader.is_alone() => {
                let reply = self.submit_alone(order).await;
                drop(leader);
                return reply;
            }
            Turn::Lead(mut leader) => {
                let others = leader.take_items();
                let mut orders: Vec<_> = others.iter().map(WaitingOrder::order).collect();
                orders.push(order);
                let mut answers = batch::submit_batch(&self.driver, &orders).await;
                let own = answers.pop().flatten();
                leader.finish(answers.into_iter());
                own
            }
            Turn::Done(answer) => Some(answer),
            Turn::RunAlone => None,
        };
        match answer {
            Some(answer) => answer,
            None => self.submit_alone(order).await,
        }
    }
}

impl<D: SqliteDriver, P: Pause> OrderStore for SqliteOrderStore<D, P> {
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        match &self.turns {
            Some((queue, pause)) => self.submit_in_turn(queue, pause, order).await,
            None => self.submit_alone(order).await,
        }
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

    async fn reseal(
        &self,
        placed: &StoredOrder,
        fingerprint: Option<&str>,
        revision: u32,
    ) -> Result<(), StoreError> {
        self.driver
            .write(async |session| {
                orders::reseal(session, placed, fingerprint, revision).await?;
                archive::reseal(session, placed, fingerprint, revision).await
            })
            .await
    }

    async fn sealed_orders(&self, after: &str, limit: u32) -> Result<Vec<SealedOrder>, StoreError> {
        self.driver
            .run(async |session| orders::sealed(session, after, limit).await)
            .await
    }

    async fn archive(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        self.driver
            .write(async |session| archive::archive(session, before_ms, limit).await)
            .await
    }

    async fn thin_out(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        let due = async |session: &D::Session| thin_out::due(session, before_ms, limit).await;
        // The write lock is taken only where there is something to delete.
        match self.driver.run(due).await?.is_empty() {
            true => Ok(0),
            false => {
                self.driver
                    .write(async |session| thin_out::thin_out(session, before_ms, limit).await)
                    .await
            }
        }
    }
}

impl<D: SqliteDriver, P: Pause> StockStore for SqliteOrderStore<D, P> {
    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| {
                layout::expect_open(session).await?;
                backup::expect_restored(session).await?;
                stock::define(session, offers, now_ms).await
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

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        self.driver
            .run(async |session| stock::accounts(session, skus).await)
            .await
    }

    async fn prices(&self, skus: &[String], after: i64) -> Result<Vec<PriceRecord>, StoreError> {
        self.driver
            .run(async |session| stock::prices(session, skus, after).await)
            .await
    }

    async fn unavailable(&self) -> Result<Vec<String>, StoreError> {
        self.driver
            .run(async |session| stock::unavailable(session).await)
            .await
    }

    async fn sold_out_hold(
        &self,
        asked: SoldOutHoldRequest<'_>,
    ) -> Result<Option<SoldOutHoldSet>, StoreError> {
        self.driver
            .write(async |session| sold_out_hold::set(session, asked).await)
            .await
    }
}

impl<D: SqliteDriver, P: Pause> MessageQueue for SqliteOrderStore<D, P> {
    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError> {
        self.driver
            .write(async |session| {
                let messages = queues::claim(session, claim, now_ms).await?;
                // A store that is being restored has no messages before it is whole.
                if messages.is_empty() {
                    backup::expect_restored(session).await?;
                }
                Ok(messages)
            })
            .await
    }

    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| queues::settle(session, settlements, now_ms).await)
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
}

impl<D: SqliteDriver, P: Pause> PublicationStore for SqliteOrderStore<D, P> {
    async fn publications(&self) -> Result<Publications, StoreError> {
        self.driver
            .run(async |session| publications::list(session).await)
            .await
    }

    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError> {
        self.driver
            .write(async |session| {
                backup::expect_restored(session).await?;
                publications::step(session, step).await
            })
            .await
    }

    async fn terms(&self) -> Result<Option<StoredTerms>, StoreError> {
        self.driver
            .run(async |session| publications::terms(session).await)
            .await
    }

    async fn change_terms(&self, change: TermsChange<'_>, now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| {
                backup::expect_restored(session).await?;
                publications::change_terms(session, change, now_ms).await
            })
            .await
    }

    async fn price_terms(&self, stamp: &str) -> Result<Option<String>, StoreError> {
        self.driver
            .run(async |session| publications::price_terms(session, stamp).await)
            .await
    }
}

impl<D: SqliteDriver, P: Pause> BooksAudit for SqliteOrderStore<D, P> {
    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.driver
            .read(async |session| audit::audit(session).await)
            .await
    }

    async fn bytes(&self) -> Result<i64, StoreError> {
        self.driver.bytes().await
    }

    async fn identity(&self) -> Result<String, StoreError> {
        self.driver
            .read(async |session| {
                let row = one(session.execute(IDENTITY, &[]).await?)?;
                Ok(row.text(0)?.to_owned())
            })
            .await
    }

    async fn repair(&self, asked: &RepairBooks, now_ms: i64) -> Result<RepairReply, StoreError> {
        self.driver
            .write(async |session| {
                layout::expect_open(session).await?;
                backup::expect_restored(session).await?;
                repairs::repair(session, asked, now_ms).await
            })
            .await
    }
}

impl<D: SqliteDriver, P: Pause> SessionStore for SqliteOrderStore<D, P> {
    async fn read_session(
        &self,
        asked: &ReadSession,
        _now_ms: i64,
    ) -> Result<SessionStanding, StoreError> {
        self.driver
            .run(async |session| sessions::read(session, asked).await)
            .await
    }

    async fn forget_session(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        let old = async |session: &D::Session| sessions::old(session, before_ms).await;
        // The write lock is taken only where there is something to forget.
        match self.driver.run(old).await? {
            None => Ok(0),
            Some(_) => {
                self.driver
                    .write(async |session| sessions::forget(session, before_ms, limit).await)
                    .await
            }
        }
    }
}

impl<D: SqliteDriver, P: Pause> BackupStore for SqliteOrderStore<D, P> {
    async fn copy_rows(&self, asked: &CopyRows) -> Result<StoredRows, StoreError> {
        self.driver
            .run(async |session| backup::copy(session, asked).await)
            .await
    }

    async fn begin_restore(&self, backup: &str) -> Result<RestoreReply, StoreError> {
        self.driver
            .write(async |session| backup::begin(session, backup).await)
            .await
    }

    async fn restore_rows(&self, batch: RowsToRestore<'_>) -> Result<RestoreReply, StoreError> {
        self.driver
            .write(async |session| backup::rows(session, batch).await)
            .await
    }

    async fn finish_restore(
        &self,
        backup: &str,
        card_holds_from_ms: i64,
    ) -> Result<RestoreReply, StoreError> {
        self.driver
            .write(async |session| backup::finish(session, backup, card_holds_from_ms).await)
            .await
    }

    async fn requeue_orders(
        &self,
        after: &str,
        limit: u32,
        payments: bool,
        now_ms: i64,
    ) -> Result<Vec<String>, StoreError> {
        self.driver
            .write(async |session| {
                backup::expect_restored(session).await?;
                backup::requeue(session, after, limit, payments, now_ms).await
            })
            .await
    }
}
