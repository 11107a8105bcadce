//! The store of tallies in another process. A call is a line with two numbers, the days that a report
//! covers (0: none is asked for; below 0: one about the help) and the day, and behind it the batch
//! that is added. Neither end takes a batch or a report apart on the way.
//!
//! Not here: how a call travels (`functions/`).

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_ports::PortError;
use souk_service_http::empty;
use souk_sql::StoreError;

use crate::{Report, SearchTallies};

/// Carries a call to the store and its answer back.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SearchTalliesClient {
    /// Sends one call; status and body of the answer.
    ///
    /// # Errors
    /// When no answer came back. The call may have been carried out.
    async fn call(&self, body: Bytes) -> Result<(StatusCode, Bytes), PortError>;
}

/// The store at the other end of a client.
#[derive(Debug, Clone, Copy)]
pub struct RemoteSearchTallies<C> {
    client: C,
}

impl<C: SearchTalliesClient> RemoteSearchTallies<C> {
    /// A store over a client.
    pub fn new(client: C) -> Self {
        Self { client }
    }

    async fn ask(&self, days: i64, day: i64, batch: &[u8]) -> Result<String, StoreError> {
        let mut call = format!("{days} {day}\n").into_bytes();
        call.extend_from_slice(batch);
        let answer = self.client.call(call.into()).await;
        let (status, body) = answer.map_err(|error| StoreError::Transient(error.to_string()))?;
        let text = String::from_utf8_lossy(&body).into_owned();
        match status {
            StatusCode::OK => Ok(text),
            StatusCode::UNPROCESSABLE_ENTITY => Err(StoreError::Rejected(text)),
            _ => Err(StoreError::Transient(text)),
        }
    }
}

impl<C: SearchTalliesClient> SearchTallies for RemoteSearchTallies<C> {
    async fn add(&self, batch: &[u8], day: i64) -> Result<(), StoreError> {
        self.ask(0, day, batch).await.map(drop)
    }

    async fn report(&self, about: Report, days: i64, day: i64) -> Result<String, StoreError> {
        let days = match about {
            Report::Searches => days,
            Report::Help => -days,
        };
        self.ask(days, day, &[]).await
    }
}

/// Answers one call of a [`RemoteSearchTallies`], where the tallies are.
pub async fn serve<T: SearchTallies>(tallies: &T, call: &[u8]) -> Response<Bytes> {
    let (status, body) = match answer(tallies, call).await {
        Ok(body) => (StatusCode::OK, body),
        Err(StoreError::Rejected(text)) => (StatusCode::UNPROCESSABLE_ENTITY, text),
        Err(StoreError::Transient(text) | StoreError::Corrupt(text)) => {
            (StatusCode::SERVICE_UNAVAILABLE, text)
        }
    };
    let mut response = empty(status);
    *response.body_mut() = body.into();
    response
}

async fn answer<T: SearchTallies>(tallies: &T, call: &[u8]) -> Result<String, StoreError> {
    let end = call.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (line, batch) = call.split_at(end);
    let line = std::str::from_utf8(line).unwrap_or_default();
    let numbers = line.split_once(' ');
    let numbers =
        numbers.and_then(|(days, day)| Some((days.parse::<i64>().ok()?, day.parse().ok()?)));
    match numbers {
        Some((0, day)) => tallies.add(batch, day).await.map(|()| String::new()),
        Some((days @ ..0, day)) => {
            tallies
                .report(Report::Help, days.saturating_neg(), day)
                .await
        }
        Some((days, day)) => tallies.report(Report::Searches, days, day).await,
        None => Err(StoreError::Rejected("this is no call".to_owned())),
    }
}
