//! The order store on PostgreSQL, over a driver for each place that has a client for it.
//!
//! Why a submit is atomic: it is one call of a function in the database, and a statement outside
//! a transaction block is a transaction of its own. Why it cannot oversell: the function takes the
//! units of a single SKU only if, under the lock of its account, nothing has changed since it read
//! the offer (`migrations/0005_submit_one.sql`). Otherwise it locks the accounts of its lines
//! before it decides (`migrations/0002_submit.sql`). The `CHECK`s of the tables refuse a negative
//! account even if the decision were wrong.
//!
//! **Architecture Invariant:** every method is exactly one statement, but for orders in groups
//! (`group`), of which some go down once more by themselves, and for one that a latch of a wrong
//! clock refuses, which goes down once more without it. Connections may come from a pool that
//! hands each statement to another one.
//!
//! Not here: connections and their secrets (`functions/`).

mod changes;
mod group;
mod queues;
mod schema;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use souk_latch::{AHEAD_MS_MAX, ends_too_late};
use souk_protocol::life::{
    Claim, Message, Queue, QueueDepth, ReceiptReply, Settlement, StockReceipt,
};
use souk_protocol::repair::{RepairBooks, RepairReply};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_protocol::trade::{
    AuditReport, DefineOffers, Status, StockAccount, StoredOrder, SubmitReply,
};
use souk_sql::{PostgresDriver, Value, json};

use crate::decide::{Asked, asked, check_offers};
use crate::rows::{account, version};
use crate::{
    Committed, Found, LatchRequest, LatchSet, NewOrder, OrderChange, OrderStore, PublicationStep,
    StoreError,
};

pub use crate::commit_queue::{NoPause, Pause};
pub use group::SubmitQueue;
pub use schema::{FIND_VERSION, SETUP, VERSION};

const SUBMIT: &str = "SELECT souk.submit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    nullif($13::bigint, 0))";
const RESEAL: &str = "SELECT souk.reseal_order($1, $2)";
const PUT_AWAY: &str = "SELECT souk.put_away($1, $2)";
const DEFINE_OFFERS: &str = "SELECT souk.define_offers($1, $2, $3, $4)";
const ACCOUNTS: &str = "SELECT sku, supplied, available, held, sold FROM souk.accounts($1)";
const UNAVAILABLE: &str = "SELECT souk.unavailable()";
const LATCH: &str = "SELECT souk.latch($1, $2, $3, $4) FROM souk.unlatch($1, $5)";
const UNLATCH: &str = "SELECT souk.unlatch($1, $2)";
const AUDIT: &str = "SELECT souk.audit()";
const PUBLICATIONS: &str = "SELECT souk.publications()";
const BEGIN: &str = "SELECT souk.begin_publication($1, $2, $3, $4, $5)";
const ACTIVATE: &str = "SELECT souk.activate_publication($1, $2, $3)";
const DROP: &str = "SELECT souk.drop_publication($1, $2, $3)";

/// The order store on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresOrderStore<D, P = NoPause> {
    driver: D,
    /// Where orders wait for each other, and how.
    turns: Option<(Arc<SubmitQueue>, P)>,
}

impl<D: PostgresDriver> PostgresOrderStore<D> {
    /// A store over a driver. The database is ready once [`Self::set_up`] was called on it.
    pub fn new(driver: D) -> Self {
        Self {
            driver,
            turns: None,
        }
    }
}

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    /// A store whose orders go down together with those of all stores that share the queue, where
    /// they come in at the same time.
    pub fn in_groups(driver: D, queue: Arc<SubmitQueue>, pause: P) -> Self {
        Self {
            driver,
            turns: Some((queue, pause)),
        }
    }

    /// Brings the database to the schema that this code needs. One cheap look when it has it.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Corrupt`] also where the role may not create it.
    pub async fn set_up(&self) -> Result<(), StoreError> {
        let rows = self.driver.query(FIND_VERSION, &[]).await?;
        let found = rows.first().map(|row| row.optional_text(0)).transpose()?;
        let found: i64 = found
            .flatten()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        if found < VERSION {
            self.driver.query(SETUP, &[]).await?;
        }
        Ok(())
    }

    async fn submit_alone(
        &self,
        order: NewOrder<'_>,
        asked: &Asked,
    ) -> Result<SubmitReply, StoreError> {
        let submit = order.submit;
        let parameters = [
            submit.key.as_str().into(),
            submit.fingerprint.as_str().into(),
            submit.id.as_str().into(),
            submit.token.as_str().into(),
            asked.status.name().into(),
            array(submit.lines.iter().map(|line| Some(&line.sku))).into(),
            array(submit.lines.iter().map(|line| Some(line.quantity))).into(),
            array(submit.lines.iter().map(|line| line.expected_price)).into(),
            submit.currency.as_deref().unwrap_or_default().into(),
            json(&submit.details).into(),
            asked.shipping.into(),
            order.now_ms.into(),
            // A parameter that is null is a text to a driver.
            asked.hold_until_ms.unwrap_or(0).into(),
        ];
        // A latch that a wrong clock has set is found by whoever it refuses; each line may have one.
        for _ in &submit.lines {
            let reply = self.submit_once(&parameters).await?;
            let Some(sku) = wrongly_latched(&reply, order.now_ms) else {
                return Ok(reply);
            };
            let last_ms = order.now_ms.saturating_add(AHEAD_MS_MAX);
            let parameters = [sku.into(), last_ms.into()];
            self.driver.query(UNLATCH, &parameters).await?;
        }
        self.submit_once(&parameters).await
    }

    async fn submit_once(&self, parameters: &[Value]) -> Result<SubmitReply, StoreError> {
        let text = self.text(SUBMIT, parameters).await?;
        submit_reply(&text.ok_or_else(no_reply)?)
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
        let asked = asked(order)?;
        match &self.turns {
            Some((queue, pause)) => self.submit_in_turn(queue, pause, order, &asked).await,
            None => self.submit_alone(order, &asked).await,
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

    async fn put_away(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        let parameters = [before_ms.into(), i64::from(limit).into()];
        let rows = self.driver.query(PUT_AWAY, &parameters).await?;
        let count = rows.first().ok_or_else(no_reply)?.integer(0)?;
        u32::try_from(count).map_err(|_| StoreError::Corrupt(format!("{count} orders put away")))
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

    async fn latch(&self, asked: LatchRequest<'_>) -> Result<Option<LatchSet>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Reply {
            number: i64,
            keys: Option<Vec<String>>,
        }
        let keys_max = i64::try_from(asked.keys_max).unwrap_or(i64::MAX - 1);
        // A parameter that is null is a text to a driver, and no latch has this number.
        let known = asked.known.unwrap_or(0);
        let last_ms = asked.now_ms.saturating_add(AHEAD_MS_MAX);
        let numbers = [asked.until_ms, known, keys_max, last_ms].map(Value::from);
        let [until_ms, known, keys_max, last_ms] = numbers;
        let parameters = [asked.sku.into(), until_ms, known, keys_max, last_ms];
        let Some(text) = self.text(LATCH, &parameters).await? else {
            return Ok(None);
        };
        let Reply { number, keys } = read(&text)?;
        Ok(Some(LatchSet { number, keys }))
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

/// The SKU of a refusal by a latch that is not in force.
fn wrongly_latched(reply: &SubmitReply, now_ms: i64) -> Option<&str> {
    match reply {
        SubmitReply::SoldOut {
            sku,
            latched_until_ms: Some(until_ms),
            ..
        } if ends_too_late(*until_ms, now_ms) => Some(sku),
        _ => None,
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

/// An order that exists comes as it was placed, with where it stands now beside it.
fn submit_reply(text: &str) -> Result<SubmitReply, StoreError> {
    #[derive(serde::Deserialize)]
    struct Standing {
        now: Option<Status>,
    }
    let mut reply = read(text)?;
    if let SubmitReply::Exists { order } = &mut reply {
        let standing: Standing = read(text)?;
        order.status = standing.now.unwrap_or(order.status);
    }
    Ok(reply)
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
