//! Souk on Spin: the staff API, the only component that writes the catalogue, with the order
//! index, the staff tokens and the tallies of searches in Spin's SQLite.
//!
//! Where the origin is in Spin's SQLite too, both share the file of the label `default`, in tables
//! of their own; the variable `order_index_database` names another label.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::{Cell, OnceCell};

use http::StatusCode;
use souk_order_index::sqlite::SqliteOrderIndex;
use souk_protocol::tallies::{BATCH_BYTES_MAX, TALLIES_PATH};
use souk_search_tallies::sqlite::SqliteSearchTallies;
use souk_search_tallies::{SearchTallies, day_of};
use souk_service_http::{declared_length, empty};
use souk_spin_platform::{
    FullResponse, SpinEdge, SpinSqlite, Unread, give, keep, now_ms, take_body, take_head, values,
};
use souk_staff_api::{Access, Staff};
use souk_staff_tokens::sqlite::SqliteStaffTokens;
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
    static ACCESS: &'static Access = Box::leak(Box::default());
    static STORE_IS_SET_UP: Cell<bool> = const { Cell::new(false) };
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
    let (head, body) = take_head(request);
    let Some(settings) = settings().await else {
        return give(souk_settings::closed());
    };
    let log = |line: &str| eprintln!("{line}");
    let database = SpinSqlite {
        label: &settings.database,
    };
    let index = SqliteOrderIndex::new(database);
    let tokens = SqliteStaffTokens::new(database);
    let tallies = SqliteSearchTallies::new(database);
    if !STORE_IS_SET_UP.get() {
        let set_up = async {
            index.set_up().await?;
            tokens.set_up().await?;
            tallies.set_up().await
        };
        match set_up.await {
            Ok(()) => STORE_IS_SET_UP.set(true),
            // A request answers that the store is missing, if it needs it.
            Err(error) => log(&format!("set-up of the back office's store: {error}")),
        }
    }
    // The internet reaches `/staff/` of this component and nothing else.
    if head.uri().path() == TALLIES_PATH {
        return add_tallies(&tallies, &head, body).await;
    }
    let staff = Staff {
        back_office: &SpinEdge,
        index: &index,
        tokens: &tokens,
        tallies: &tallies,
        access: ACCESS.with(|access| *access),
        settings: &settings.staff,
        log: &log,
    };
    // The token first: of a request that it does not allow no body is read.
    let admitted = match staff.admit(&head).await {
        Ok(admitted) => admitted,
        Err(refused) => return give(refused),
    };
    let _seat = match staff.room(&admitted, declared_length(head.headers())).await {
        Ok(seat) => seat,
        Err(refused) => return give(refused),
    };
    let bytes_max = admitted.body_bytes_max();
    match take_body(&head, body, bytes_max).await {
        Ok(body) => give(staff.answer(admitted, head.map(|()| body)).await),
        Err(error) => give(error.response(bytes_max)),
    }
}

/// Takes a batch of the storefront. It is not sent again: what fails here is not counted.
async fn add_tallies(
    tallies: &SqliteSearchTallies<SpinSqlite<'_>>,
    head: &http::Request<()>,
    body: Unread,
) -> FullResponse {
    let batch = match take_body(head, body, BATCH_BYTES_MAX).await {
        Ok(batch) => batch,
        Err(error) => return give(error.response(BATCH_BYTES_MAX)),
    };
    let added = tallies.add(&batch, day_of(now_ms())).await;
    give(empty(match added {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) => {
            eprintln!("search tallies: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }))
}
