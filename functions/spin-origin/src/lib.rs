//! Souk on Spin: the origin. Reached by the other components only, through service chaining.
//!
//! The variable `postgres_url` chooses the engine: PostgreSQL when it is set, else Spin's SQLite.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod postgres;
mod projector;
mod sqlite;

use std::cell::OnceCell;

use http::{Response, StatusCode};
use souk_origin::postgres::PostgresOrderStore;
use souk_origin::sqlite::SqliteOrderStore;
use souk_protocol::limits;
use souk_spin_platform::{FullResponse, give, now_ms, take, variable};
use spin_sdk::http::Request;
use spin_sdk::http_service;

use crate::postgres::SpinPostgres;
use crate::projector::StoreProjector;
use crate::sqlite::SpinSqlite;

/// What the deployment decides about the origin.
struct Settings {
    express_fee_minor: i64,
    postgres_url: String,
}

thread_local! {
    static SETTINGS: OnceCell<&'static Settings> = const { OnceCell::new() };
}

/// The settings of the deployment, read by the first request of an instance.
async fn settings() -> &'static Settings {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return settings;
    }
    let settings = Settings {
        express_fee_minor: variable("express_fee_minor").await.parse().unwrap_or(0),
        postgres_url: variable("postgres_url").await,
    };
    // Another request of the same instance may have been quicker; its settings are equal.
    SETTINGS.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(settings))))
}

#[http_service]
async fn origin(request: Request) -> FullResponse {
    let Some(request) = take(request, limits::STAFF_BODY_BYTES_MAX).await else {
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let settings = settings().await;
    let fee = settings.express_fee_minor;
    let log = |line: &str| eprintln!("{line}");
    let projector = StoreProjector;
    let response = if settings.postgres_url.is_empty() {
        let store = SqliteOrderStore::new(SpinSqlite);
        souk_origin::handle(&request, &store, &projector, now_ms(), fee, log).await
    } else {
        let store = PostgresOrderStore::new(SpinPostgres {
            url: &settings.postgres_url,
        });
        if let Err(error) = postgres::set_up(&store).await {
            log(&format!("set-up of PostgreSQL: {error}"));
            return status(StatusCode::SERVICE_UNAVAILABLE);
        }
        souk_origin::handle(&request, &store, &projector, now_ms(), fee, log).await
    };
    give(response)
}

fn status(status: StatusCode) -> FullResponse {
    let mut response = Response::new(bytes::Bytes::new());
    *response.status_mut() = status;
    give(response)
}
