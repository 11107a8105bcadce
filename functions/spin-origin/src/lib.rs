//! Souk on Spin: the origin. Reached by the other components only, through service chaining.
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

use http::StatusCode;
use souk_origin::{Memory, Settings, UNSEALED};
use souk_protocol::limits;
use souk_service_http::empty;
use souk_settings::{Reader, SettingsError};
use souk_spin_platform::{FullResponse, SpinEdge, give, keep, now_ms, take, values};
use spin_sdk::http::Request;
use spin_sdk::http_service;

use crate::projector::StoreProjector;

/// What the deployment decides about the origin.
struct Deployment {
    settings: Settings,
    postgres_url: String,
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
    let values = values(Settings::NAMES.iter().chain(&[POSTGRES_URL])).await;
    let mut reader = Reader::new(&values);
    let postgres_url = reader.database(POSTGRES_URL);
    let settings = Settings::read(&values, SpinEdge);
    let both = SettingsError::both(settings, reader.finish(postgres_url));
    let deployment = both.map(|(settings, postgres_url)| Deployment {
        settings,
        postgres_url,
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
    let request = match take(request, limits::ORIGIN_BODY_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(limits::ORIGIN_BODY_BYTES_MAX)),
    };
    let Some(deployment) = deployment().await else {
        return status(StatusCode::SERVICE_UNAVAILABLE);
    };
    let settings = &deployment.settings;
    let log = |line: &str| eprintln!("{line}");
    let projector = StoreProjector;
    let memory = MEMORY.with(|memory| *memory);
    let response = if deployment.postgres_url.is_empty() {
        let store = match sqlite::open().await {
            Ok(store) => store,
            Err(error) => {
                log(&format!("set-up of SQLite: {error}"));
                return status(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        souk_origin::handle(
            &request,
            &store,
            &projector,
            memory,
            now_ms(),
            settings,
            log,
        )
        .await
    } else {
        let store = match postgres::open(&deployment.postgres_url).await {
            Ok(store) => store,
            Err(error) => {
                log(&format!("set-up of PostgreSQL: {error}"));
                return status(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        souk_origin::handle(
            &request,
            &store,
            &projector,
            memory,
            now_ms(),
            settings,
            log,
        )
        .await
    };
    give(response)
}

fn status(status: StatusCode) -> FullResponse {
    give(empty(status))
}
