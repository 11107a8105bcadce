//! The ports of the edge on Workers.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use souk_ports::{
    AvailabilityReader, CatalogueStore, CatalogueWriter, Clock, OriginClient, PortError,
    Randomness, SharedCache,
};
use souk_protocol::keys;
use worker::{Cache, Delay, Env, Headers};

use crate::{board, origin};

const CATALOGUE: &str = "CATALOGUE";
/// How long KV may answer from its own cache of a place: the pointer for the shortest time that
/// KV knows, a blob, which never changes, for a day.
const POINTER_CACHE_S: u64 = 30;
const BLOB_CACHE_S: u64 = 24 * 60 * 60;
/// How long a data centre's cache keeps the availability board. A badge is at most this much
/// older than [`souk_storefront::BOARD_TTL_MS`] and the way of the projection make it.
const BOARD_CACHE_S: u64 = 2;

/// One request's access to the platform.
pub(crate) struct WorkersEdge {
    env: Env,
}

impl WorkersEdge {
    pub(crate) fn new(env: Env) -> Self {
        Self { env }
    }

    /// The bindings of the deployment.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }
}

pub(crate) fn unsupported(error: impl std::fmt::Display) -> PortError {
    PortError::Unsupported(error.to_string())
}

pub(crate) fn transient(error: impl std::fmt::Display) -> PortError {
    PortError::Transient(error.to_string())
}

impl CatalogueStore for WorkersEdge {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        let kv = self.env.kv(CATALOGUE).map_err(unsupported)?;
        let cache_s = if key == keys::CURRENT {
            POINTER_CACHE_S
        } else {
            BLOB_CACHE_S
        };
        let value = kv
            .get(key)
            .cache_ttl(cache_s)
            .bytes()
            .await
            .map_err(transient)?;
        Ok(value.map(Bytes::from))
    }
}

impl CatalogueWriter for WorkersEdge {
    async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError> {
        let kv = self.env.kv(CATALOGUE).map_err(unsupported)?;
        kv.put_bytes(key, &value)
            .map_err(transient)?
            .execute()
            .await
            .map_err(transient)
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        let kv = self.env.kv(CATALOGUE).map_err(unsupported)?;
        kv.delete(key).await.map_err(transient)
    }
}

/// The Cache API: one cache for each data centre.
impl SharedCache for WorkersEdge {
    fn exists(&self) -> bool {
        true
    }

    async fn get(&self, key: &str) -> Option<Bytes> {
        let mut found = Cache::default()
            .get(cache_url(key), true)
            .await
            .ok()
            .flatten()?;
        found.bytes().await.ok().map(Bytes::from)
    }

    async fn put(&self, key: &str, blob: &Bytes) {
        put(key, blob, "public, max-age=31536000, immutable").await;
    }
}

async fn put(key: &str, value: &Bytes, cache_control: &str) {
    let headers = Headers::new();
    let kept = headers.set("cache-control", cache_control);
    let response = worker::Response::from_bytes(value.to_vec());
    if let (Ok(()), Ok(response)) = (kept, response) {
        // A cache that does not take a value is an empty cache.
        let _ = Cache::default()
            .put(cache_url(key), response.with_headers(headers))
            .await;
    }
}

/// The Cache API is keyed by URL; this host exists nowhere.
fn cache_url(key: &str) -> String {
    format!("https://catalogue.souk.invalid/{key}")
}

/// Asked every few seconds by every isolate, so most of them ask the cache of their data centre,
/// and the one object that owns the board is asked about once in [`BOARD_CACHE_S`] by each centre.
impl AvailabilityReader for WorkersEdge {
    async fn board(&self) -> Result<Option<Bytes>, PortError> {
        if let Some(board) = self.get(keys::AVAILABILITY).await {
            return Ok(Some(board));
        }
        let stub = board::stub(&self.env).map_err(unsupported)?;
        let mut response = stub.fetch_with_str(board::URL).await.map_err(transient)?;
        match response.status_code() {
            404 => Ok(None),
            200 => {
                let board = response.bytes().await.map_err(transient)?.into();
                put(
                    keys::AVAILABILITY,
                    &board,
                    &format!("max-age={BOARD_CACHE_S}"),
                )
                .await;
                Ok(Some(board))
            }
            status => Err(PortError::Transient(format!("the board said {status}"))),
        }
    }
}

impl OriginClient for WorkersEdge {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let objects = origin::objects(&self.env).map_err(unsupported)?;
        origin::send(&objects, request).await.map_err(transient)
    }
}

impl Clock for WorkersEdge {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        Delay::from(Duration::from_millis(u64::from(ms))).await;
    }
}

impl Randomness for WorkersEdge {
    fn random_bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("Workers have crypto.getRandomValues");
        bytes
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    // Whole ones, which a float holds exactly for longer than anybody will ask.
    js_sys::Date::now() as i64
}
