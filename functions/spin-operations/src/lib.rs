//! Souk on Spin: levels, switches, the journal, the ushers of waiting rooms and the pulse. Reached by the
//! storefront and the back office, through service chaining; its tick comes from the back office.
//!
//! The store is in Spin's SQLite, in tables of its own under the label `default`; the variable
//! `operations_database` names another label.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod publisher;

use std::cell::{Cell, OnceCell};

use http::StatusCode;
use souk_operations_service::{BODY_BYTES_MAX, Service};
use souk_operations_store::sqlite::SqliteOperations;
use souk_ports::Randomness;
use souk_service_http::empty;
use souk_spin_platform::{FullResponse, SpinEdge, SpinSqlite, give, now_ms, take, values};
use spin_sdk::http::Request;
use spin_sdk::http_service;

use crate::publisher::StorePublisher;

/// The variable that names the database.
const DATABASE: &str = "operations_database";

thread_local! {
    static LABEL: OnceCell<&'static str> = const { OnceCell::new() };
    static STORE_IS_SET_UP: Cell<bool> = const { Cell::new(false) };
}

/// The label of the database, read by the first request of an instance.
async fn label() -> &'static str {
    if let Some(label) = LABEL.with(|cell| cell.get().copied()) {
        return label;
    }
    let values = values(&[DATABASE]).await;
    // Another request of the same instance may have been quicker; its label is equal.
    LABEL.with(|cell| *cell.get_or_init(|| values.get(DATABASE).to_owned().leak()))
}

#[http_service]
async fn operations(request: Request) -> FullResponse {
    let request = match take(request, BODY_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(BODY_BYTES_MAX)),
    };
    let label = label().await;
    let store = SqliteOperations::new(SpinSqlite { label });
    let log = |line: &str| eprintln!("{line}");
    if !STORE_IS_SET_UP.get() {
        if let Err(error) = store.set_up().await {
            log(&format!("set-up of the store: {error}"));
            return give(empty(StatusCode::SERVICE_UNAVAILABLE));
        }
        STORE_IS_SET_UP.set(true);
    }
    let service = Service {
        store: &store,
        publisher: &StorePublisher,
        origin: &SpinEdge,
        log: &log,
        random: &|| SpinEdge.random_bytes(),
    };
    give(service.handle(&request, now_ms()).await)
}
