//! Souk on Spin: the staff API, the only component that writes the catalogue, with the order
//! index in Spin's SQLite.
//!
//! Where the origin is in Spin's SQLite too, both share the file of the label `default`, in tables
//! of their own; the variable `order_index_database` names another label.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::{Cell, OnceCell};

use souk_order_index::sqlite::SqliteOrderIndex;
use souk_protocol::limits;
use souk_spin_platform::{FullResponse, SpinEdge, SpinSqlite, give, keep, take, values};
use spin_sdk::http::Request;
use spin_sdk::http_service;

/// The variable that names the database of the order index.
const DATABASE: &str = "order_index_database";

/// What the deployment decides about the back office.
struct Settings {
    staff: souk_staff_api::Settings,
    database: String,
}

thread_local! {
    static SETTINGS: OnceCell<Option<&'static Settings>> = const { OnceCell::new() };
    static ORDER_INDEX_IS_SET_UP: Cell<bool> = const { Cell::new(false) };
}

/// The settings of the deployment, read by the first request of an instance; `None`: they are wrong.
async fn settings() -> Option<&'static Settings> {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return settings;
    }
    let names = souk_staff_api::Settings::NAMES.iter().chain(&[DATABASE]);
    let values = values(names).await;
    let staff = souk_staff_api::Settings::read(&values);
    let settings = staff.map(|staff| Settings {
        staff,
        database: values.get(DATABASE).to_owned(),
    });
    // Another request of the same instance may have been quicker; its settings are equal.
    SETTINGS.with(|cell| *cell.get_or_init(|| keep(settings)))
}

#[http_service]
async fn backoffice(request: Request) -> FullResponse {
    let request = match take(request, limits::STAFF_BODY_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(limits::STAFF_BODY_BYTES_MAX)),
    };
    let Some(settings) = settings().await else {
        return give(souk_settings::closed());
    };
    let log = |line: &str| eprintln!("{line}");
    let index = SqliteOrderIndex::new(SpinSqlite {
        label: &settings.database,
    });
    if !ORDER_INDEX_IS_SET_UP.get() {
        match index.set_up().await {
            Ok(()) => ORDER_INDEX_IS_SET_UP.set(true),
            // Publishing needs no order index; a request that needs one answers that it is missing.
            Err(error) => log(&format!("set-up of the order index: {error}")),
        }
    }
    give(souk_staff_api::handle(request, &SpinEdge, &index, &settings.staff, log).await)
}
