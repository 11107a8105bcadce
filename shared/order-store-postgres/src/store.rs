//! The port: which function of the database each of its methods calls.

use souk_domain::OrderId;
use souk_order_store::decide::{check_offers, requested_lines};
use souk_order_store::rows::{account, price_record, version};
use souk_order_store::{
    BooksAudit, Committed, Found, MessageQueue, NewOrder, OrderChange, OrderStore, PublicationStep,
    PublicationStore, SealedOrder, SoldOutHoldRequest, SoldOutHoldSet, StockStore, StoreError,
    StoredOrder, SubmitReply, TermsChange, next_terms,
};
use souk_protocol::origin::{
    AuditReport, Claim, DefineOffers, Message, PRICE_RECORDS_MAX, PriceRecord, Queue, QueueDepth,
    ReceiptReply, RepairBooks, RepairReply, Settlement, StockAccount, StockReceipt, StoredTerms,
};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_sql::{Pause, PostgresDriver, Value, json};
use souk_stock_signals::sold_out_hold::AHEAD_MS_MAX;

use crate::array::array;
use crate::engine::{PostgresOrderStore, no_reply, read};

const RESEAL: &str = "SELECT souk.reseal_order($1, $2, $3, $4)";
const SEALED: &str = "SELECT fingerprint, body, revision FROM souk.sealed_orders($1, $2)";
const ARCHIVE: &str = "SELECT souk.archive($1, $2)";
const THIN_OUT: &str = "SELECT souk.thin_out($1, $2, $3)";
const DEFINE_OFFERS: &str = "SELECT souk.define_offers($1, $2, $3, $4)";
const PRICES: &str = "SELECT number, sku, recorded_ms, prices FROM souk.prices($1, $2, $3)";
const ACCOUNTS: &str = "SELECT sku, supplied, available, held, sold FROM souk.accounts($1)";
const UNAVAILABLE: &str = "SELECT souk.unavailable()";
const SOLD_OUT_HOLD: &str =
    "SELECT souk.sold_out_hold($1, $2, $3, $4) FROM souk.end_sold_out_hold($1, $5)";
const BYTES: &str = "SELECT souk.store_bytes()";
const IDENTITY: &str = "SELECT souk.identity()";
const AUDIT: &str = "SELECT souk.audit()";
const PUBLICATIONS: &str = "SELECT souk.publications()";
const TERMS: &str = "SELECT souk.terms()";
const SET_TERMS: &str = "SELECT souk.set_terms($1, $2, $3, $4, $5)";
const PRICE_TERMS: &str = "SELECT souk.price_terms($1)";
/// Attempts to write terms while others write some.
const TERMS_ATTEMPTS: u32 = 5;
const BEGIN: &str = "SELECT souk.begin_publication($1, $2, $3, $4, $5)";
const ACTIVATE: &str = "SELECT souk.activate_publication($1, $2, $3)";
const DROP: &str = "SELECT souk.drop_publication($1, $2, $3)";

impl<D: PostgresDriver, P: Pause> OrderStore for PostgresOrderStore<D, P> {
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        // What no facts can make right is not sent.
        requested_lines(order)?;
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

    async fn reseal(
        &self,
        placed: &StoredOrder,
        fingerprint: Option<&str>,
        revision: u32,
    ) -> Result<(), StoreError> {
        let fingerprint = fingerprint.unwrap_or_default();
        let id = placed.id.as_str();
        let parameters = [
            id.into(),
            json(placed).into(),
            fingerprint.into(),
            i64::from(revision).into(),
        ];
        self.driver.query(RESEAL, &parameters).await?;
        Ok(())
    }

    async fn sealed_orders(&self, after: &str, limit: u32) -> Result<Vec<SealedOrder>, StoreError> {
        let parameters = [after.into(), i64::from(limit).into()];
        let rows = self.driver.query(SEALED, &parameters).await?;
        rows.iter()
            .map(|row| {
                Ok(SealedOrder {
                    fingerprint: row.text(0)?.to_owned(),
                    order: souk_order_store::rows::read(row, 1)?,
                    revision: souk_order_store::rows::revision(row, 2)?,
                })
            })
            .collect()
    }

    async fn archive(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        let parameters = [before_ms.into(), i64::from(limit).into()];
        let rows = self.driver.query(ARCHIVE, &parameters).await?;
        let count = rows.first().ok_or_else(no_reply)?.integer(0)?;
        u32::try_from(count).map_err(|_| StoreError::Corrupt(format!("{count} orders archived")))
    }

    async fn thin_out(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        let parameters = [
            OrderId::first_of(before_ms).into(),
            before_ms.into(),
            i64::from(limit).into(),
        ];
        let rows = self.driver.query(THIN_OUT, &parameters).await?;
        let count = rows.first().ok_or_else(no_reply)?.integer(0)?;
        u32::try_from(count).map_err(|_| StoreError::Corrupt(format!("{count} orders deleted")))
    }
}

impl<D: PostgresDriver, P: Pause> StockStore for PostgresOrderStore<D, P> {
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

    async fn receive(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError> {
        self.receive_stock(receipt, now_ms).await
    }

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        let rows = self.driver.query(ACCOUNTS, &[json(skus).into()]).await?;
        rows.iter().map(account).collect()
    }

    async fn prices(&self, skus: &[String], after: i64) -> Result<Vec<PriceRecord>, StoreError> {
        let most = i64::from(PRICE_RECORDS_MAX);
        let parameters = [json(skus).into(), after.into(), most.into()];
        let rows = self.driver.query(PRICES, &parameters).await?;
        rows.iter().map(price_record).collect()
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
}

impl<D: PostgresDriver, P: Pause> MessageQueue for PostgresOrderStore<D, P> {
    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError> {
        self.claim_messages(claim, now_ms).await
    }

    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError> {
        self.settle_messages(settlements, now_ms).await
    }

    async fn replay(&self, queue: Queue, now_ms: i64) -> Result<i64, StoreError> {
        self.replay_messages(queue, now_ms).await
    }

    async fn backlog(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError> {
        self.queue_depths(now_ms).await
    }
}

impl<D: PostgresDriver, P: Pause> PublicationStore for PostgresOrderStore<D, P> {
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

    async fn terms(&self) -> Result<Option<StoredTerms>, StoreError> {
        terms_of(&self.terms_text().await?)
    }

    async fn change_terms(&self, change: TermsChange<'_>, now_ms: i64) -> Result<(), StoreError> {
        // The row is written only if it is still the one that was read.
        for _ in 0..TERMS_ATTEMPTS {
            let text = self.terms_text().await?;
            let Some(next) = next_terms(terms_of(&text)?, change, now_ms) else {
                return Ok(());
            };
            let named = [&next.prices.current, &next.prices.before];
            let named = array(named.into_iter().flatten().map(Some));
            let next = serde_json::to_string(&next).expect("plain structs become JSON");
            let (stamp, blob) = change.prices().unwrap_or_default();
            let parameters = [
                text.as_str().into(),
                next.as_str().into(),
                stamp.into(),
                blob.into(),
                named.into(),
            ];
            let rows = self.driver.query(SET_TERMS, &parameters).await?;
            if rows.first().ok_or_else(no_reply)?.integer(0)? == 1 {
                return Ok(());
            }
        }
        let text = "the terms are being changed by others".to_owned();
        Err(StoreError::Transient(text))
    }

    async fn price_terms(&self, stamp: &str) -> Result<Option<String>, StoreError> {
        let rows = self.driver.query(PRICE_TERMS, &[stamp.into()]).await?;
        let blob = rows.first().ok_or_else(no_reply)?.text(0)?;
        Ok(Some(blob.to_owned()).filter(|blob| !blob.is_empty()))
    }
}

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    /// The terms as the table has them; empty for none.
    async fn terms_text(&self) -> Result<String, StoreError> {
        let rows = self.driver.query(TERMS, &[]).await?;
        let text = rows.first().ok_or_else(no_reply)?.text(0)?;
        Ok(text.to_owned())
    }
}

fn terms_of(text: &str) -> Result<Option<StoredTerms>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    let terms = souk_json::read(text.as_bytes());
    terms
        .map(Some)
        .map_err(|error| StoreError::Corrupt(format!("terms: {error}")))
}

impl<D: PostgresDriver, P: Pause> BooksAudit for PostgresOrderStore<D, P> {
    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.reply(AUDIT, &[]).await
    }

    async fn bytes(&self) -> Result<i64, StoreError> {
        let rows = self.driver.query(BYTES, &[]).await?;
        rows.first().ok_or_else(no_reply)?.integer(0)
    }

    async fn identity(&self) -> Result<String, StoreError> {
        let rows = self.driver.query(IDENTITY, &[]).await?;
        let identity = rows.first().ok_or_else(no_reply)?.text(0)?;
        Ok(identity.to_owned())
    }

    async fn repair(&self, asked: &RepairBooks, now_ms: i64) -> Result<RepairReply, StoreError> {
        self.repair_books(asked, now_ms).await
    }
}
