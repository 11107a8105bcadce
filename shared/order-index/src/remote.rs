//! An order index that lives in another process: calls as JSON, each answered by its result.
//!
//! The process that keeps the order index has the clock. Not here: how a call travels
//! (`functions/`).

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_ports::PortError;
use souk_protocol::mail::FailedMail;
use souk_protocol::order_index::{
    DeadLetter, EVENT_MESSAGES_MAX, EventMessage, IngestOutcome, OrderIndexCall,
};
use souk_protocol::staff::{
    IndexedOrder, OrderIndexCondition, OrderTotal, Worklist, WorklistQuery,
};
use souk_service_http::empty;
use souk_sql::StoreError;

use crate::OrderIndex;

/// Carries a call to the order index and its answer back.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OrderIndexClient {
    /// Sends one call; status and body of the answer.
    ///
    /// # Errors
    /// When no answer came back. The call may have been carried out.
    async fn call(&self, body: Bytes) -> Result<(StatusCode, Bytes), PortError>;
}

/// The order index at the other end of a client.
#[derive(Debug, Clone, Copy)]
pub struct RemoteOrderIndex<C> {
    client: C,
}

impl<C: OrderIndexClient> RemoteOrderIndex<C> {
    /// An order index over a client.
    pub fn new(client: C) -> Self {
        Self { client }
    }

    async fn ask<T: DeserializeOwned>(&self, call: &OrderIndexCall) -> Result<T, StoreError> {
        let body = souk_sql::json(call).into();
        let answer = self.client.call(body).await;
        let (status, body) = answer.map_err(|error| StoreError::Transient(error.to_string()))?;
        let text = || String::from_utf8_lossy(&body).into_owned();
        match status {
            StatusCode::OK => serde_json::from_slice(&body)
                .map_err(|error| StoreError::Corrupt(format!("the order index's answer: {error}"))),
            StatusCode::UNPROCESSABLE_ENTITY => Err(StoreError::Rejected(text())),
            StatusCode::INTERNAL_SERVER_ERROR => Err(StoreError::Corrupt(text())),
            status => Err(StoreError::Transient(format!(
                "the order index said {status}"
            ))),
        }
    }
}

/// `now_ms` is that of the other end, which has a clock of its own.
impl<C: OrderIndexClient> OrderIndex for RemoteOrderIndex<C> {
    async fn ingest(
        &self,
        messages: &[EventMessage],
        _now_ms: i64,
    ) -> Result<Vec<IngestOutcome>, StoreError> {
        let messages = messages.to_vec();
        self.ask(&OrderIndexCall::Ingest { messages }).await
    }

    async fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StoreError> {
        let query = query.clone();
        self.ask(&OrderIndexCall::Worklist { query }).await
    }

    async fn order(&self, order: &str) -> Result<Option<IndexedOrder>, StoreError> {
        let order = order.to_owned();
        self.ask(&OrderIndexCall::Order { order }).await
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
        let messages = messages.to_vec();
        self.ask(&OrderIndexCall::DeadLetter { messages }).await
    }

    async fn requeue(&self, _now_ms: i64) -> Result<i64, StoreError> {
        self.ask(&OrderIndexCall::Requeue).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.ask(&OrderIndexCall::Clear).await
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
    let (status, body) = match answer(index, call, now_ms).await {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            log(&format!("order index: {error}"));
            let status = match error {
                StoreError::Transient(_) => StatusCode::SERVICE_UNAVAILABLE,
                StoreError::Rejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
                StoreError::Corrupt(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, error.to_string())
        }
    };
    let mut response = empty(status);
    *response.body_mut() = body.into();
    response
}

async fn answer<B: OrderIndex>(index: &B, call: &[u8], now_ms: i64) -> Result<String, StoreError> {
    let call: OrderIndexCall =
        serde_json::from_slice(call).map_err(|error| StoreError::Rejected(error.to_string()))?;
    fn json<T: Serialize>(value: T) -> String {
        souk_sql::json(&value)
    }
    Ok(match call {
        OrderIndexCall::Ingest { messages } => {
            bounded(messages.len())?;
            json(index.ingest(&messages, now_ms).await?)
        }
        OrderIndexCall::Worklist { query } => json(index.worklist(&query).await?),
        OrderIndexCall::Order { order } => json(index.order(&order).await?),
        OrderIndexCall::Totals => json(index.totals().await?),
        OrderIndexCall::FailedMails => json(index.failed_mails().await?),
        OrderIndexCall::Condition => json(index.condition().await?),
        OrderIndexCall::DeadLetter { messages } => {
            bounded(messages.len())?;
            json(index.dead_letter(&messages, now_ms).await?)
        }
        OrderIndexCall::Requeue => json(index.requeue(now_ms).await?),
        OrderIndexCall::Clear => {
            index.clear().await?;
            json(())
        }
    })
}

fn bounded(messages: usize) -> Result<(), StoreError> {
    if messages > EVENT_MESSAGES_MAX {
        let text = format!("more than {EVENT_MESSAGES_MAX} event messages in one call");
        return Err(StoreError::Rejected(text));
    }
    Ok(())
}
