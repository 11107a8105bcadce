//! The floor of the benchmark on Spin: a hello-world, and bare writes that do nothing but take a
//! unit and keep an order, in SQLite and in PostgreSQL.
//!
//! `GET` anything: hello. `POST /sqlite/SKU/KEY` and `POST /postgres/SKU/KEY` with an order as the
//! body: the write. `/relay` in front of it: a component that does nothing but send the request on to
//! this one, as the storefront does to the origin. Built by the same tools in the same profile as the
//! shop, so that a ratio to it says what the shop's own code costs.

#![cfg(target_family = "wasm")]
#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use spin_sdk::http::Request;
use spin_sdk::sqlite::{Connection, Value};
use spin_sdk::{http_service, pg, variables};

/// As the shop's file. Another instance may be at the file at that moment, which the engine does not
/// wait for.
const JOURNAL: &str = "PRAGMA journal_mode = WAL";
const JOURNAL_ATTEMPTS_MAX: usize = 1_000;
/// As few tables as a write needs, with the stock of as many SKUs as the benchmark orders.
const SCHEMA: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS stock (
        sku TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0)
    ) STRICT",
    "CREATE TABLE IF NOT EXISTS orders (
        key TEXT PRIMARY KEY, sku TEXT NOT NULL, body TEXT NOT NULL
    ) STRICT",
    "INSERT OR IGNORE INTO stock
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
        SELECT 'SKU-' || i || '-0', 1000000000 FROM n",
];
const TAKE: &str = "UPDATE stock SET available = available - 1 WHERE sku = ?1";
const KEEP: &str = "INSERT INTO orders (key, sku, body) VALUES (?1, ?2, ?3)";
/// The benchmark makes this function before it starts.
const BARE_CALL: &str = "SELECT bench.take($1, $2, $3)";

const RELAY: &str = "/relay";

thread_local! {
    static IDLE: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
    static HAS_SCHEMA: Cell<bool> = const { Cell::new(false) };
}

type Text = Result<&'static str, String>;

#[http_service]
async fn floor(request: Request) -> Response<Full<Bytes>> {
    let text = if request.method() == Method::GET {
        Ok("Hello, World!")
    } else {
        write(request).await
    };
    let (status, text) = match text {
        Ok(text) => (StatusCode::OK, Bytes::from_static(text.as_bytes())),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::from(error)),
    };
    // As the shop's: without a length the host sends chunks, which wait for acknowledgements.
    let length = text.len();
    let mut response = Response::new(Full::new(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    response
}

async fn write(request: Request) -> Text {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|error| format!("{error:?}"))?
        .to_bytes();
    if let Some(path) = parts.uri.path().strip_prefix(RELAY) {
        return relay(path, body).await;
    }
    let body = String::from_utf8(body.to_vec()).map_err(|error| error.to_string())?;
    let mut path = parts.uri.path().trim_start_matches('/').splitn(3, '/');
    let mut part = || path.next().unwrap_or_default().to_owned();
    let (engine, sku, key) = (part(), part(), part());
    match engine.as_str() {
        "sqlite" => sqlite(sku, key, body)
            .await
            .map_err(|error| error.to_string())?,
        _ => postgres(sku, key, body)
            .await
            .map_err(|error| format!("{error:?}"))?,
    }
    Ok("ok")
}

async fn relay(path: &str, body: Bytes) -> Text {
    let request = Request::post(format!("http://floor.spin.internal{path}"))
        .body(Full::new(body))
        .map_err(|error| error.to_string())?;
    let response = spin_sdk::http::send(request)
        .await
        .map_err(|error| format!("{error:?}"))?;
    let (parts, body) = response.into_parts();
    body.collect().await.map_err(|error| format!("{error:?}"))?;
    match parts.status {
        StatusCode::OK => Ok("ok"),
        status => Err(format!("the floor answers {status}")),
    }
}

async fn sqlite(sku: String, key: String, body: String) -> Result<(), spin_sdk::sqlite::Error> {
    let known = IDLE.with_borrow_mut(Vec::pop);
    let connection = match known {
        Some(connection) => connection,
        None => Connection::open_default().await?,
    };
    let run = async |sql: &str, values: Vec<Value>| -> Result<(), spin_sdk::sqlite::Error> {
        connection.execute(sql, values).await?.collect().await?;
        Ok(())
    };
    if !HAS_SCHEMA.replace(true) {
        for _ in 0..JOURNAL_ATTEMPTS_MAX {
            if run(JOURNAL, Vec::new()).await.is_ok() {
                break;
            }
        }
        for statement in SCHEMA {
            run(statement, Vec::new()).await?;
        }
    }
    run("BEGIN IMMEDIATE", Vec::new()).await?;
    run(TAKE, vec![Value::Text(sku.clone())]).await?;
    let order = [key, sku, body].map(Value::Text).to_vec();
    run(KEEP, order).await?;
    run("COMMIT", Vec::new()).await?;
    IDLE.with_borrow_mut(|idle| idle.push(connection));
    Ok(())
}

async fn postgres(sku: String, key: String, body: String) -> Result<(), pg::Error> {
    let url = variables::get("postgres_url").await.unwrap_or_default();
    let connection = pg::Connection::open(url).await?;
    let order = [sku, key, body].map(pg::ParameterValue::Str).to_vec();
    let mut result = connection.query(BARE_CALL, order).await?;
    while result.next().await.is_some() {}
    result.result().await
}
