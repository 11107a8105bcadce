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

#[http_service]
async fn origin(request: Request) -> FullResponse {
    let Some(request) = take(request, limits::STAFF_BODY_BYTES_MAX).await else {
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let fee = variable("express_fee_minor").await.parse().unwrap_or(0);
    let log = |line: &str| eprintln!("{line}");
    let projector = StoreProjector;
    let url = variable("postgres_url").await;
    let response = if url.is_empty() {
        let store = SqliteOrderStore::new(SpinSqlite);
        souk_origin::handle(&request, &store, &projector, now_ms(), fee, log).await
    } else {
        let store = PostgresOrderStore::new(SpinPostgres { url });
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
