//! The store of tallies in another process: calls as JSON, each answered by its result.
//!
//! Not here: how a call travels (`functions/`).

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use souk_ports::PortError;
use souk_protocol::staff::SearchReport;
use souk_protocol::tallies::Tally;
use souk_service_http::empty;
use souk_sql::{StoreError, json};

use crate::SearchTallies;

/// A call: adds tallies, or asks for the report where there are none.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    tallies: Vec<Tally>,
    /// Days that the report covers.
    days: i64,
    day: i64,
}

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

    async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, StoreError> {
        let answer = self.client.call(json(call).into()).await;
        let (status, body) = answer.map_err(|error| StoreError::Transient(error.to_string()))?;
        match status {
            StatusCode::OK => serde_json::from_slice(&body)
                .map_err(|error| StoreError::Corrupt(format!("the answer about tallies: {error}"))),
            status => Err(StoreError::Transient(format!(
                "the store of tallies said {status}"
            ))),
        }
    }
}

impl<C: SearchTalliesClient> SearchTallies for RemoteSearchTallies<C> {
    async fn add(&self, tallies: &[Tally], day: i64) -> Result<(), StoreError> {
        if tallies.is_empty() {
            return Ok(());
        }
        let tallies = tallies.to_vec();
        self.ask(&Call {
            tallies,
            days: 0,
            day,
        })
        .await
    }

    async fn report(&self, days: i64, day: i64) -> Result<SearchReport, StoreError> {
        let tallies = Vec::new();
        self.ask(&Call { tallies, days, day }).await
    }
}

/// Answers one call of a [`RemoteSearchTallies`], where the tallies are. `log` gets a line for each
/// failure.
pub async fn serve<T: SearchTallies>(
    tallies: &T,
    call: &[u8],
    log: impl Fn(&str),
) -> Response<Bytes> {
    let mut response = empty(StatusCode::OK);
    match answer(tallies, call).await {
        Ok(body) => *response.body_mut() = body.into(),
        Err(error) => {
            log(&format!("search tallies: {error}"));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    response
}

async fn answer<T: SearchTallies>(tallies: &T, call: &[u8]) -> Result<String, StoreError> {
    // The error of a call would show what was searched for.
    let call: Call = serde_json::from_slice(call)
        .map_err(|_| StoreError::Rejected("this is no call".to_owned()))?;
    Ok(match call.tallies.is_empty() {
        true => json(&tallies.report(call.days, call.day).await?),
        false => json(&tallies.add(&call.tallies, call.day).await?),
    })
}
