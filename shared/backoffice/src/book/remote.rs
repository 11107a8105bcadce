//! A book that lives in another process: calls as JSON, each answered by its result.
//!
//! The process that keeps the book has the clock. Not here: how a call travels (`functions/`).

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_ports::PortError;
use souk_protocol::desk::{
    BookCall, BookCondition, BookedOrder, DeadLetter, LETTERS_MAX, Letter, OrderTotal, Taken,
    Worklist, WorklistQuery,
};
use souk_service_http::empty;
use souk_sql::StoreError;

use super::OrderBook;

/// Carries a call to the book and its answer back.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait BookClient {
    /// Sends one call; status and body of the answer.
    ///
    /// # Errors
    /// When no answer came back. The call may have been carried out.
    async fn call(&self, body: Bytes) -> Result<(StatusCode, Bytes), PortError>;
}

/// The book at the other end of a client.
#[derive(Debug, Clone, Copy)]
pub struct RemoteBook<C> {
    client: C,
}

impl<C: BookClient> RemoteBook<C> {
    /// A book over a client.
    pub fn new(client: C) -> Self {
        Self { client }
    }

    async fn ask<T: DeserializeOwned>(&self, call: &BookCall) -> Result<T, StoreError> {
        let body = souk_sql::json(call).into();
        let answer = self.client.call(body).await;
        let (status, body) = answer.map_err(|error| StoreError::Transient(error.to_string()))?;
        let text = || String::from_utf8_lossy(&body).into_owned();
        match status {
            StatusCode::OK => serde_json::from_slice(&body)
                .map_err(|error| StoreError::Corrupt(format!("the book's answer: {error}"))),
            StatusCode::UNPROCESSABLE_ENTITY => Err(StoreError::Rejected(text())),
            StatusCode::INTERNAL_SERVER_ERROR => Err(StoreError::Corrupt(text())),
            status => Err(StoreError::Transient(format!("the book said {status}"))),
        }
    }
}

/// `now_ms` is that of the other end, which has a clock of its own.
impl<C: BookClient> OrderBook for RemoteBook<C> {
    async fn take_in(&self, letters: &[Letter], _now_ms: i64) -> Result<Vec<Taken>, StoreError> {
        let letters = letters.to_vec();
        self.ask(&BookCall::TakeIn { letters }).await
    }

    async fn worklist(&self, query: &WorklistQuery) -> Result<Worklist, StoreError> {
        let query = query.clone();
        self.ask(&BookCall::Worklist { query }).await
    }

    async fn order(&self, order: &str) -> Result<Option<BookedOrder>, StoreError> {
        let order = order.to_owned();
        self.ask(&BookCall::Order { order }).await
    }

    async fn totals(&self) -> Result<Vec<OrderTotal>, StoreError> {
        self.ask(&BookCall::Totals).await
    }

    async fn condition(&self) -> Result<BookCondition, StoreError> {
        self.ask(&BookCall::Condition).await
    }

    async fn bury(&self, letters: &[DeadLetter], _now_ms: i64) -> Result<(), StoreError> {
        let letters = letters.to_vec();
        self.ask(&BookCall::Bury { letters }).await
    }

    async fn revive(&self, _now_ms: i64) -> Result<i64, StoreError> {
        self.ask(&BookCall::Revive).await
    }
}

/// Answers one call of a [`RemoteBook`], where the book is. `log` gets a line for each failure.
pub async fn serve<B: OrderBook>(
    book: &B,
    call: &[u8],
    now_ms: i64,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let (status, body) = match answer(book, call, now_ms).await {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            log(&format!("book: {error}"));
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

async fn answer<B: OrderBook>(book: &B, call: &[u8], now_ms: i64) -> Result<String, StoreError> {
    let call: BookCall =
        serde_json::from_slice(call).map_err(|error| StoreError::Rejected(error.to_string()))?;
    fn json<T: Serialize>(value: T) -> String {
        souk_sql::json(&value)
    }
    Ok(match call {
        BookCall::TakeIn { letters } => {
            bounded(letters.len())?;
            json(book.take_in(&letters, now_ms).await?)
        }
        BookCall::Worklist { query } => json(book.worklist(&query).await?),
        BookCall::Order { order } => json(book.order(&order).await?),
        BookCall::Totals => json(book.totals().await?),
        BookCall::Condition => json(book.condition().await?),
        BookCall::Bury { letters } => {
            bounded(letters.len())?;
            json(book.bury(&letters, now_ms).await?)
        }
        BookCall::Revive => json(book.revive(now_ms).await?),
    })
}

fn bounded(letters: usize) -> Result<(), StoreError> {
    if letters > LETTERS_MAX {
        let text = format!("more than {LETTERS_MAX} letters in one call");
        return Err(StoreError::Rejected(text));
    }
    Ok(())
}
