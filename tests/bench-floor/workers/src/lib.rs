//! The floor of the benchmark on Workers: a hello-world, and a Durable Object that does nothing
//! but take a unit and keep an order.
//!
//! `GET` anything: hello. `POST /SKU/KEY` with an order as the body: the write.
//! Built by the same tools in the same profile as the shop, so that a ratio to it says what the
//! shop's own code costs.

#![cfg(target_family = "wasm")]
#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use worker::{
    Context, DurableObject, Env, Method, Request, Response, Result, SqlStorage, State,
    durable_object, event,
};

const BINDING: &str = "FLOOR";

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

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    if request.method() == Method::Get {
        return Response::ok("Hello, World!");
    }
    let stub = env
        .durable_object(BINDING)?
        .id_from_name("floor")?
        .get_stub()?;
    stub.fetch_with_request(request).await
}

/// The object of the bare write.
#[durable_object]
pub struct Floor {
    sql: SqlStorage,
}

impl DurableObject for Floor {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        for statement in SCHEMA {
            sql.exec(statement, None).expect("the schema is valid SQL");
        }
        Self { sql }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        let (sku, key) = path
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or_default();
        let body = request.text().await?;
        // No `await` between the two: they commit together.
        self.sql.exec(TAKE, vec![sku.into()])?;
        self.sql
            .exec(KEEP, vec![key.into(), sku.into(), body.into()])?;
        Response::ok("ok")
    }
}
