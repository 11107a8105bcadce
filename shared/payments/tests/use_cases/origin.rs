//! The real origin, `souk_origin::handle`, over SQLite in memory.

use bytes::Bytes;
use http::{Request, Response};
use souk_memory_sqlite::Database;
use souk_order_store::Terms;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Memory};

/// Carries a request out.
pub(crate) async fn carry_out(
    database: &Database,
    request: &Request<Bytes>,
    now_ms: i64,
) -> Response<Bytes> {
    let store = SqliteOrderStore::new(database);
    let log = |line: &str| eprintln!("origin: {line}");
    let settings = souk_origin::Settings {
        terms: Terms::default(),
        ..souk_origin::Settings::default()
    };
    let memory = Memory::new();
    souk_origin::handle(request, &store, &Nowhere, &memory, now_ms, &settings, log).await
}
struct Nowhere;

impl AvailabilityProjector for Nowhere {
    async fn project(&self, _availability: Vec<u8>) {}
}
