//! Staff tokens in another process: calls as JSON, each answered by its result.
//!
//! Not here: how a call travels (`functions/`).

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use souk_ports::PortError;
use souk_protocol::staff::RefusalCount;
use souk_service_http::empty;
use souk_sql::{StoreError, json};

use crate::{Creation, KeptToken, NewToken, Recounted, StaffTokens};

/// A call, answered by the result of the method of its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
enum Call {
    Create {
        token: NewToken,
        now_ms: i64,
    },
    Revoke {
        name: String,
        by: String,
        now_ms: i64,
    },
    Tokens,
    Used {
        hash: String,
        now_ms: i64,
    },
    Refused {
        refused: Vec<RefusalCount>,
        now_ms: i64,
    },
    Refusals,
}

/// Carries a call to the store and its answer back.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait StaffTokensClient {
    /// Sends one call; status and body of the answer.
    ///
    /// # Errors
    /// When no answer came back. The call may have been carried out.
    async fn call(&self, body: Bytes) -> Result<(StatusCode, Bytes), PortError>;
}

/// The store at the other end of a client.
#[derive(Debug, Clone, Copy)]
pub struct RemoteStaffTokens<C> {
    client: C,
}

impl<C: StaffTokensClient> RemoteStaffTokens<C> {
    /// A store over a client.
    pub fn new(client: C) -> Self {
        Self { client }
    }

    async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, StoreError> {
        let answer = self.client.call(json(call).into()).await;
        let (status, body) = answer.map_err(|error| StoreError::Transient(error.to_string()))?;
        let text = || String::from_utf8_lossy(&body).into_owned();
        match status {
            StatusCode::OK => serde_json::from_slice(&body)
                .map_err(|error| StoreError::Corrupt(format!("the answer about tokens: {error}"))),
            StatusCode::UNPROCESSABLE_ENTITY => Err(StoreError::Rejected(text())),
            StatusCode::INTERNAL_SERVER_ERROR => Err(StoreError::Corrupt(text())),
            status => Err(StoreError::Transient(format!(
                "the store of tokens said {status}"
            ))),
        }
    }
}

impl<C: StaffTokensClient> StaffTokens for RemoteStaffTokens<C> {
    async fn create(&self, token: &NewToken, now_ms: i64) -> Result<Creation, StoreError> {
        let token = token.clone();
        self.ask(&Call::Create { token, now_ms }).await
    }

    async fn revoke(&self, name: &str, by: &str, now_ms: i64) -> Result<bool, StoreError> {
        let (name, by) = (name.to_owned(), by.to_owned());
        self.ask(&Call::Revoke { name, by, now_ms }).await
    }

    async fn tokens(&self) -> Result<Vec<KeptToken>, StoreError> {
        self.ask(&Call::Tokens).await
    }

    async fn used(&self, hash: &str, now_ms: i64) -> Result<(), StoreError> {
        let hash = hash.to_owned();
        self.ask(&Call::Used { hash, now_ms }).await
    }

    async fn refused(
        &self,
        refused: &[RefusalCount],
        now_ms: i64,
    ) -> Result<Recounted, StoreError> {
        let refused = refused.to_vec();
        self.ask(&Call::Refused { refused, now_ms }).await
    }

    async fn refusals(&self) -> Result<Vec<RefusalCount>, StoreError> {
        self.ask(&Call::Refusals).await
    }
}

/// Answers one call of a [`RemoteStaffTokens`], where the tokens are. `log` gets a line for each
/// failure.
pub async fn serve<T: StaffTokens>(tokens: &T, call: &[u8], log: impl Fn(&str)) -> Response<Bytes> {
    let (status, body) = match answer(tokens, call).await {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            log(&format!("staff tokens: {error}"));
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

async fn answer<T: StaffTokens>(tokens: &T, call: &[u8]) -> Result<String, StoreError> {
    // A call has hashes and no token, so its error may be logged.
    let call: Call =
        serde_json::from_slice(call).map_err(|error| StoreError::Rejected(error.to_string()))?;
    Ok(match call {
        Call::Create { token, now_ms } => json(&tokens.create(&token, now_ms).await?),
        Call::Revoke { name, by, now_ms } => json(&tokens.revoke(&name, &by, now_ms).await?),
        Call::Tokens => json(&tokens.tokens().await?),
        Call::Used { hash, now_ms } => json(&tokens.used(&hash, now_ms).await?),
        Call::Refused { refused, now_ms } => json(&tokens.refused(&refused, now_ms).await?),
        Call::Refusals => json(&tokens.refusals().await?),
    })
}
