//! Staff tokens in another process: calls as JSON, each answered by its result.
//!
//! Not here: how a call travels (`functions/`).

use bytes::Bytes;
use http::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use souk_protocol::staff::RefusalCount;
use souk_sql::remote::{self, StoreClient};
use souk_sql::{StoreError, json};

use crate::{Creation, KeptToken, NewToken, Recounted, StaffTokens};

/// What errors and log lines call it.
const STORE: &str = "store of staff tokens";

/// A call, answered by the result of the method of its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Call {
    /// And the moment, in milliseconds since 1970; so below.
    Create((NewToken, i64)),
    /// The name of the token, and who revokes it.
    Revoke((String, String, i64)),
    Tokens,
    /// The hash of the token.
    Used((String, i64)),
    Refused((Vec<RefusalCount>, i64)),
    Refusals,
}

/// The store at the other end of a client.
#[derive(Debug, Clone, Copy)]
pub struct RemoteStaffTokens<C> {
    client: C,
}

impl<C: StoreClient> RemoteStaffTokens<C> {
    /// A store over a client.
    pub fn new(client: C) -> Self {
        Self { client }
    }

    async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, StoreError> {
        remote::ask_json(&self.client, STORE, json(call)).await
    }
}

impl<C: StoreClient> StaffTokens for RemoteStaffTokens<C> {
    async fn create(&self, token: &NewToken, now_ms: i64) -> Result<Creation, StoreError> {
        self.ask(&Call::Create((token.clone(), now_ms))).await
    }

    async fn revoke(&self, name: &str, by: &str, now_ms: i64) -> Result<bool, StoreError> {
        let asked = (name.to_owned(), by.to_owned(), now_ms);
        self.ask(&Call::Revoke(asked)).await
    }

    async fn tokens(&self) -> Result<Vec<KeptToken>, StoreError> {
        self.ask(&Call::Tokens).await
    }

    async fn used(&self, hash: &str, now_ms: i64) -> Result<(), StoreError> {
        self.ask(&Call::Used((hash.to_owned(), now_ms))).await
    }

    async fn refused(
        &self,
        refused: &[RefusalCount],
        now_ms: i64,
    ) -> Result<Recounted, StoreError> {
        self.ask(&Call::Refused((refused.to_vec(), now_ms))).await
    }

    async fn refusals(&self) -> Result<Vec<RefusalCount>, StoreError> {
        self.ask(&Call::Refusals).await
    }
}

/// Answers one call of a [`RemoteStaffTokens`], where the tokens are. `log` gets a line for each
/// failure.
pub async fn serve<T: StaffTokens>(tokens: &T, call: &[u8], log: impl Fn(&str)) -> Response<Bytes> {
    remote::answer(STORE, answer(tokens, call).await, log)
}

async fn answer<T: StaffTokens>(tokens: &T, call: &[u8]) -> Result<String, StoreError> {
    // A call has hashes and no token, so its error may be logged.
    let call: Call =
        souk_json::read(call).map_err(|error| StoreError::Rejected(error.to_string()))?;
    Ok(match call {
        Call::Create((token, now_ms)) => json(&tokens.create(&token, now_ms).await?),
        Call::Revoke((name, by, now_ms)) => json(&tokens.revoke(&name, &by, now_ms).await?),
        Call::Tokens => json(&tokens.tokens().await?),
        Call::Used((hash, now_ms)) => json(&tokens.used(&hash, now_ms).await?),
        Call::Refused((refused, now_ms)) => json(&tokens.refused(&refused, now_ms).await?),
        Call::Refusals => json(&tokens.refusals().await?),
    })
}
