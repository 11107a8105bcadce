//! An order index that lives in another process: calls as JSON, each answered by its result.
//!
//! The process that keeps the order index has the clock. Not here: how a call travels
//! (`functions/`).

use bytes::Bytes;
use http::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_protocol::mail::FailedMail;
use souk_protocol::order_index::{
    Counted, DeadLetter, EVENT_MESSAGES_MAX, EventMessage, IngestOutcome, MostOrdered,
    OrderIndexCall, PairCount, PairMet, SOLD_OUT_MAX,
};
use souk_protocol::staff::{
    ImportCounts, IndexedOrder, OrderIndexCondition, OrderTotal, Worklist, WorklistQuery,
};
use souk_sql::StoreError;
use souk_sql::remote::{self, StoreClient};

use crate::{OrderCounts, OrderIndex};

/// What errors and log lines call it.
const STORE: &str = "order index";

/// The order index at the other end of a client.
#[derive(Debug, Clone, Copy)]
pub struct RemoteOrderIndex<C> {
    client: C,
}

impl<C: StoreClient> RemoteOrderIndex<C> {
    /// An order index over a client.
    pub fn new(client: C) -> Self {
        Self { client }
    }

    async fn ask<T: DeserializeOwned>(&self, call: &OrderIndexCall) -> Result<T, StoreError> {
        remote::ask_json(&self.client, STORE, souk_sql::json(call)).await
    }
}

/// `now_ms` is that of the other end, which has a clock of its own.
impl<C: StoreClient> OrderIndex for RemoteOrderIndex<C> {
    async fn ingest(
        &self,
        messages: &[EventMessage],
        _now_ms: i64,
    ) -> Result<Vec<IngestOutcome>, StoreError> {
        self.ask(&OrderIndexCall::Ingest(messages.to_vec())).await
    }

    async fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StoreError> {
        self.ask(&OrderIndexCall::Worklist(query.clone())).await
    }

    async fn order(&self, order: &str) -> Result<Option<IndexedOrder>, StoreError> {
        self.ask(&OrderIndexCall::Order(order.to_owned())).await
    }

    async fn totals(&self) -> Result<Vec<OrderTotal>, StoreError> {
        self.ask(&OrderIndexCall::Totals).await
    }

    async fn failed_mails(&self) -> Result<Vec<FailedMail>, StoreError> {
        self.ask(&OrderIndexCall::FailedMails).await
    }

    async fn condition(&self) -> Result<OrderIndexCondition, StoreError> {
        self.ask(&OrderIndexCall::Condition).await
    }

    async fn dead_letter(&self, messages: &[DeadLetter], _now_ms: i64) -> Result<(), StoreError> {
        self.ask(&OrderIndexCall::DeadLetter(messages.to_vec()))
            .await
    }

    async fn requeue(&self, _now_ms: i64) -> Result<i64, StoreError> {
        self.ask(&OrderIndexCall::Requeue).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.ask(&OrderIndexCall::Clear).await
    }
}

/// `now_ms` is that of the other end, as above.
impl<C: StoreClient> OrderCounts for RemoteOrderIndex<C> {
    async fn counted(&self, _now_ms: i64) -> Result<Counted, StoreError> {
        self.ask(&OrderIndexCall::Counted).await
    }

    async fn most_ordered(&self, weights: &[i64], limit: i64) -> Result<MostOrdered, StoreError> {
        let asked = (weights.to_vec(), limit);
        self.ask(&OrderIndexCall::MostOrdered(asked)).await
    }

    async fn pairs(
        &self,
        after: &(String, String),
        orders_min: i64,
    ) -> Result<Vec<PairCount>, StoreError> {
        let asked = (after.clone(), orders_min);
        self.ask(&OrderIndexCall::Pairs(asked)).await
    }

    async fn most_met(&self, orders_min: i64, limit: i64) -> Result<Vec<PairMet>, StoreError> {
        self.ask(&OrderIndexCall::MostMet((orders_min, limit)))
            .await
    }

    async fn note_sold_out(
        &self,
        skus: &[u32],
        today: i64,
        since_day: i64,
    ) -> Result<Vec<u32>, StoreError> {
        let asked = (skus.to_vec(), today, since_day);
        self.ask(&OrderIndexCall::NoteSoldOut(asked)).await
    }

    async fn keep_build(&self, before: &str, build: &str) -> Result<bool, StoreError> {
        let asked = (before.to_owned(), build.to_owned());
        self.ask(&OrderIndexCall::KeepBuild(asked)).await
    }

    async fn import(&self, counts: &ImportCounts) -> Result<(), StoreError> {
        self.ask(&OrderIndexCall::Import(counts.clone())).await
    }
}

/// Answers one call of a [`RemoteOrderIndex`], where the order index is. `log` gets a line for each
/// failure.
pub async fn serve<B: OrderIndex>(
    index: &B,
    call: &[u8],
    now_ms: i64,
    log: impl Fn(&str),
) -> Response<Bytes> {
    remote::answer(STORE, answer(index, call, now_ms).await, log)
}

async fn answer<B: OrderIndex>(index: &B, call: &[u8], now_ms: i64) -> Result<String, StoreError> {
    let call: OrderIndexCall =
        souk_json::read(call).map_err(|error| StoreError::Rejected(error.to_string()))?;
    fn json<T: Serialize>(value: T) -> String {
        souk_sql::json(&value)
    }
    Ok(match call {
        OrderIndexCall::Ingest(messages) => {
            bounded(messages.len())?;
            json(index.ingest(&messages, now_ms).await?)
        }
        OrderIndexCall::Worklist(query) => json(index.worklist(&query).await?),
        OrderIndexCall::Order(order) => json(index.order(&order).await?),
        OrderIndexCall::Totals => json(index.totals().await?),
        OrderIndexCall::FailedMails => json(index.failed_mails().await?),
        OrderIndexCall::Condition => json(index.condition().await?),
        OrderIndexCall::DeadLetter(messages) => {
            bounded(messages.len())?;
            json(index.dead_letter(&messages, now_ms).await?)
        }
        OrderIndexCall::Requeue => json(index.requeue(now_ms).await?),
        OrderIndexCall::Clear => json(index.clear().await?),
        OrderIndexCall::Counted => json(index.counted(now_ms).await?),
        OrderIndexCall::MostOrdered((weights, limit)) => {
            json(index.most_ordered(&weights, limit).await?)
        }
        OrderIndexCall::Pairs((after, orders_min)) => json(index.pairs(&after, orders_min).await?),
        OrderIndexCall::MostMet((orders_min, limit)) => {
            json(index.most_met(orders_min, limit).await?)
        }
        OrderIndexCall::NoteSoldOut((skus, today, since_day)) => {
            if skus.len() > SOLD_OUT_MAX {
                let text = format!("more than {SOLD_OUT_MAX} SKUs in one call");
                return Err(StoreError::Rejected(text));
            }
            json(index.note_sold_out(&skus, today, since_day).await?)
        }
        OrderIndexCall::KeepBuild((before, build)) => {
            json(index.keep_build(&before, &build).await?)
        }
        OrderIndexCall::Import(counts) => json(index.import(&counts).await?),
    })
}

fn bounded(messages: usize) -> Result<(), StoreError> {
    if messages > EVENT_MESSAGES_MAX {
        let text = format!("more than {EVENT_MESSAGES_MAX} event messages in one call");
        return Err(StoreError::Rejected(text));
    }
    Ok(())
}
