//! The order store on PostgreSQL, over a driver for each place that has a client for it.
//!
//! Why a submit is atomic: an order is written by one call of a function in the database, and a
//! statement outside a transaction block is a transaction of its own. Why it cannot oversell: the
//! order is decided here, and the function writes it only if, under the locks of its accounts, the
//! facts that it was decided on are still so and the units are there (`functions/place.sql`). The
//! `CHECK`s of the tables refuse a negative account even if the decision were wrong.
//!
//! **Architecture Invariant:** no function decides over an order: none compares a price, looks for
//! a SKU that is not offered, or adds an amount up. They compare stamps and count units.
//!
//! **Architecture Invariant:** every method is exactly one statement, but for a submit, which is
//! one for each time that its facts were not (or no longer) known (`orders`). Connections may come
//! from a pool that hands each statement to another one.
//!
//! How accounts are split over rows where many orders want one SKU: `tables.sql`, at `souk.bucket`.
//!
//! Not here: connections and their secrets (`functions/`).

mod changes;
mod group;
mod orders;
mod queues;
mod schema;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use souk_protocol::life::{
    Claim, Message, Queue, QueueDepth, ReceiptReply, Settlement, StockReceipt,
};
use souk_protocol::repair::{RepairBooks, RepairReply};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_protocol::trade::{AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitReply};
use souk_sql::{PostgresDriver, Value, json};
use souk_stock_signals::sold_out_hold::AHEAD_MS_MAX;

use crate::decide::{asked, check_offers};
use crate::rows::{account, version};
use crate::{
    Committed, Found, NewOrder, OrderChange, OrderStore, PublicationStep, SoldOutHoldRequest,
    SoldOutHoldSet, StoreError,
};

pub use crate::commit_queue::{NoPause, Pause};
pub use group::Shared;
pub use schema::{FIND_MARK, Schema, VERSION};

const RESEAL: &str = "SELECT souk.reseal_order($1, $2)";
const ARCHIVE: &str = "SELECT souk.archive($1, $2)";
const DEFINE_OFFERS: &str = "SELECT souk.define_offers($1, $2, $3, $4)";
const ACCOUNTS: &str = "SELECT sku, supplied, available, held, sold FROM souk.accounts($1)";
const UNAVAILABLE: &str = "SELECT souk.unavailable()";
const SOLD_OUT_HOLD: &str =
    "SELECT souk.sold_out_hold($1, $2, $3, $4) FROM souk.end_sold_out_hold($1, $5)";
const AUDIT: &str = "SELECT souk.audit()";
const PUBLICATIONS: &str = "SELECT souk.publications()";
const BEGIN: &str = "SELECT souk.begin_publication($1, $2, $3, $4, $5)";
const ACTIVATE: &str = "SELECT souk.activate_publication($1, $2, $3)";
const DROP: &str = "SELECT souk.drop_publication($1, $2, $3)";

/// The order store on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresOrderStore<D, P = NoPause> {
    driver: D,
    shared: Arc<Shared>,
    /// How orders wait for each other, if they do.
    pause: Option<P>,
}

impl<D: PostgresDriver> PostgresOrderStore<D> {
    /// A store over a driver. The database is ready once [`Self::set_up`] was called on it.
    pub fn new(driver: D) -> Self {
        Self {
            driver,
            shared: Arc::default(),
            pause: None,
        }
    }
}

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    /// A store whose orders go together with those of all stores that share the same, where they
    /// come in at the same time.
    pub fn in_groups(driver: D, shared: Arc<Shared>, pause: P) -> Self {
        Self {
            driver,
            shared,
            pause: Some(pause),
        }
    }

    /// Brings the database to the schema that this code needs. One cheap look when it has it.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Corrupt`] also where the role may not create it.
    pub async fn set_up(&self) -> Result<(), StoreError> {
        let schema = Schema::CURRENT;
        let rows = self.driver.query(FIND_MARK, &[]).await?;
        let found = rows.first().map(|row| row.optional_text(0)).transpose()?;
        let has_it = |mark| mark == schema.mark() || schema::is_newer(mark);
        if !found.flatten().is_some_and(has_it) {
            self.driver.query(&schema.statement(), &[]).await?;
        }
        Ok(())
    }

    /// The one text of the one row.
    async fn text(&self, sql: &str, parameters: &[Value]) -> Result<Option<String>, StoreError> {
        let rows = self.driver.query(sql, parameters).await?;
        let row = rows
            .first()
            .ok_or_else(|| StoreError::Corrupt("a function gave no row".into()))?;
        Ok(row.optional_text(0)?.map(str::to_owned))
    }

    async fn reply<T: DeserializeOwned>(
        &self,
        sql: &str,
        parameters: &[Value],
    ) -> Result<T, StoreError> {
        let text = self.text(sql, parameters).await?;
        read(&text.ok_or_else(no_reply)?)
    }
}

impl<D: PostgresDriver, P: Pause> OrderStore for PostgresOrderStore<D, P> {
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        // What no facts can make right is not sent.
        asked(order)?;
        match &self.pause {
            Some(pause) => self.submit_in_turn(pause, order).await,
            None => self.submit_alone(order).await,
        }
    }

    async fn find(&self, id: &str, change_key: &str) -> Result<Option<Found>, StoreError> {
        self.find_order(id, change_key).await
    }

    async fn change(&self, change: OrderChange<'_>) -> Result<Committed, StoreError> {
        self.change_order(change).await
    }

    async fn receive(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError> {
        self.receive_stock(receipt, now_ms).await
    }

    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError> {
        self.claim_messages(claim, now_ms).await
    }

    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError> {
        self.settle_messages(settlements, now_ms).await
    }

    async fn replay(&self, queue: Queue, now_ms: i64) -> Result<i64, StoreError> {
        self.replay_messages(queue, now_ms).await
    }

    async fn archive(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        let parameters = [before_ms.into(), i64::from(limit).into()];
        let rows = self.driver.query(ARCHIVE, &parameters).await?;
        let count = rows.first().ok_or_else(no_reply)?.integer(0)?;
        u32::try_from(count).map_err(|_| StoreError::Corrupt(format!("{count} orders archived")))
    }

    async fn reseal(&self, placed: &StoredOrder) -> Result<(), StoreError> {
        let parameters = [placed.id.as_str().into(), json(placed).into()];
        self.driver.query(RESEAL, &parameters).await?;
        Ok(())
    }

    async fn backlog(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError> {
        self.queue_depths(now_ms).await
    }

    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        check_offers(offers)?;
        let parameters = [
            json(&offers.offers).into(),
            offers.currency.as_str().into(),
            json(&offers.withdrawn).into(),
            now_ms.into(),
        ];
        self.driver.query(DEFINE_OFFERS, &parameters).await?;
        Ok(())
    }

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        let rows = self.driver.query(ACCOUNTS, &[json(skus).into()]).await?;
        rows.iter().map(account).collect()
    }

    async fn unavailable(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.driver.query(UNAVAILABLE, &[]).await?;
        rows.iter()
            .map(|row| row.text(0).map(str::to_owned))
            .collect()
    }

    async fn sold_out_hold(
        &self,
        asked: SoldOutHoldRequest<'_>,
    ) -> Result<Option<SoldOutHoldSet>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Reply {
            number: i64,
            keys: Option<Vec<String>>,
        }
        let keys_max = i64::try_from(asked.keys_max).unwrap_or(i64::MAX - 1);
        // A parameter that is null is a text to a driver, and no sold-out hold has this number.
        let known = asked.known.unwrap_or(0);
        let last_ms = asked.now_ms.saturating_add(AHEAD_MS_MAX);
        let numbers = [asked.until_ms, known, keys_max, last_ms].map(Value::from);
        let [until_ms, known, keys_max, last_ms] = numbers;
        let parameters = [asked.sku.into(), until_ms, known, keys_max, last_ms];
        let Some(text) = self.text(SOLD_OUT_HOLD, &parameters).await? else {
            return Ok(None);
        };
        let Reply { number, keys } = read(&text)?;
        Ok(Some(SoldOutHoldSet { number, keys }))
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.reply(AUDIT, &[]).await
    }

    async fn repair(&self, asked: &RepairBooks, now_ms: i64) -> Result<RepairReply, StoreError> {
        self.repair_books(asked, now_ms).await
    }

    async fn publications(&self) -> Result<Publications, StoreError> {
        self.reply(PUBLICATIONS, &[]).await
    }

    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError> {
        let now = Value::from(step.now_ms);
        match step.change {
            PublicationChange::Begin {
                manifest,
                format,
                products,
                variants,
            } => {
                let [format, products, variants] =
                    [*format, *products, *variants].map(|n| i64::from(n).into());
                let manifest = manifest.as_str().into();
                self.reply(BEGIN, &[manifest, format, products, variants, now])
                    .await
            }
            PublicationChange::Activate {
                version: asked,
                expected,
            } => {
                let expected = expected.map_or(Value::Integer(-1), version);
                self.reply(ACTIVATE, &[version(*asked), expected, now])
                    .await
            }
            PublicationChange::Drop {
                version: asked,
                grace_ms,
            } => {
                self.reply(DROP, &[version(*asked), (*grace_ms).into(), now])
                    .await
            }
        }
    }
}

/// An array as PostgreSQL writes it. Source: PostgreSQL, 8.15.6 "Array Input and Output Syntax".
fn array<T: std::fmt::Display>(elements: impl Iterator<Item = Option<T>>) -> String {
    let elements: Vec<_> = elements
        .map(|element| match element {
            Some(value) => {
                let escaped = value.to_string().replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{escaped}\"")
            }
            None => "NULL".to_owned(),
        })
        .collect();
    format!("{{{}}}", elements.join(","))
}

fn no_reply() -> StoreError {
    StoreError::Corrupt("a function gave no reply".into())
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_slice(text.as_bytes())
        .map_err(|error| StoreError::Corrupt(format!("a reply: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_as_the_engine_reads_them() {
        let cases = [
            (vec![], "{}"),
            (vec![Some("a"), None, Some("NULL")], r#"{"a",NULL,"NULL"}"#),
            (
                vec![Some(r#"a"b\c"#), Some("{,} ")],
                r#"{"a\"b\\c","{,} "}"#,
            ),
        ];
        for (elements, text) in cases {
            assert_eq!(array(elements.into_iter()), text);
        }
    }
}
