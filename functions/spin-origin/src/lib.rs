//! Souk on Spin: the origin. Reached by the other components through service chaining, and with a token
//! by edges of other deployments, at addresses that begin with `/origin`.
//!
//! The variable `postgres_url` chooses the engine: PostgreSQL when it is set, else Spin's SQLite.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod pause;
mod postgres;
mod projector;
mod sqlite;

use std::cell::OnceCell;

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_order_store::{Store, StoreError};
use souk_origin::{Caller, Entrance, Memory, Settings, UNSEALED};
use souk_protocol::limits;
use souk_service_http::empty;
use souk_settings::{Reader, SettingsError};
use souk_spin_platform::{
    FullResponse, SpinEdge, give, keep, now_ms, take_body, take_head, values,
};
use spin_sdk::http::Request;
use spin_sdk::http_service;

use crate::projector::StoreProjector;

/// What the deployment decides about the origin.
struct Deployment {
    settings: Settings,
    postgres_url: String,
    entrance: Entrance,
}

thread_local! {
    static DEPLOYMENT: OnceCell<Option<&'static Deployment>> = const { OnceCell::new() };
    /// Whom this instance has refused.
    static MEMORY: &'static Memory = Box::leak(Box::new(Memory::new()));
}

/// The variable with the address of PostgreSQL.
const POSTGRES_URL: &str = "postgres_url";

/// The settings of the deployment, read by the first request of an instance; `None`: they are wrong.
async fn deployment() -> Option<&'static Deployment> {
    if let Some(deployment) = DEPLOYMENT.with(|cell| cell.get().copied()) {
        return deployment;
    }
    let own = [POSTGRES_URL, Entrance::NAME];
    let values = values(Settings::NAMES.iter().chain(&own)).await;
    let mut reader = Reader::new(&values);
    let own = (reader.database(POSTGRES_URL), Entrance::read(&mut reader));
    let settings = Settings::read(&values, SpinEdge);
    let both = SettingsError::both(settings, reader.finish(own));
    let deployment = both.map(|(settings, (postgres_url, entrance))| Deployment {
        settings,
        postgres_url,
        entrance,
    });
    if deployment
        .as_ref()
        .is_ok_and(|it| !it.settings.vault.seals())
    {
        eprintln!("{UNSEALED}");
    }
    // Another request of the same instance may have been quicker; its settings are equal.
    DEPLOYMENT.with(|cell| *cell.get_or_init(|| keep(deployment)))
}

#[http_service]
async fn origin(request: Request) -> FullResponse {
    let (mut head, body) = take_head(request);
    let Some(deployment) = deployment().await else {
        return status(StatusCode::SERVICE_UNAVAILABLE);
    };
    // Of a stranger's request no body is read.
    let caller = match deployment.entrance.admit(&mut head) {
        Ok(caller) => caller,
        Err(refusal) => return give(refusal),
    };
    let bytes_max = limits::ORIGIN_BODY_BYTES_MAX;
    let request = match take_body(&head, body, bytes_max).await {
        Ok(body) => head.map(|()| body),
        Err(error) => return give(error.response(bytes_max)),
    };
    let url = &deployment.postgres_url;
    let response = if url.is_empty() {
        match sqlite::open().await {
            Ok(store) => answer(&request, caller, &store, deployment).await,
            Err(error) => not_set_up("SQLite", &error),
        }
    } else {
        match postgres::open(url).await {
            Ok(store) => answer(&request, caller, &store, deployment).await,
            Err(error) => not_set_up("PostgreSQL", &error),
        }
    };
    give(response)
}

/// Answers a request that was let in.
async fn answer<S: Store>(
    request: &http::Request<Bytes>,
    caller: Caller,
    store: &S,
    deployment: &Deployment,
) -> Response<Bytes> {
    let log = |line: &str| eprintln!("{line}");
    let memory = MEMORY.with(|memory| *memory);
    let settings = &deployment.settings;
    let projector = &StoreProjector;
    let handled = souk_origin::handle(request, store, projector, memory, now_ms(), settings, log);
    match caller {
        Caller::Inside => handled.await,
        Caller::Edge => {
            // A file is this deployment's alone.
            let is_shared = !deployment.postgres_url.is_empty();
            souk_origin::answer_edge(request, store, memory, is_shared, log, handled).await
        }
    }
}

fn not_set_up(engine: &str, error: &StoreError) -> Response<Bytes> {
    eprintln!("set-up of {engine}: {error}");
    empty(StatusCode::SERVICE_UNAVAILABLE)
}

fn status(status: StatusCode) -> FullResponse {
    give(empty(status))
}
