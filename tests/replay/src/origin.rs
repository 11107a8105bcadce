//! The origin: the production code over SQLite in memory.

use std::cell::{Cell, RefCell};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_memory_sqlite::Database;
use souk_order_store::{Limits, Terms};
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_ports::Randomness;
use souk_protocol::origin::ORDERS_PATH;
use souk_vault::Vault;

/// A key of personal fields, of which a replay has none.
const DATA_KEYS: &str = "replay:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The origin, and what it has projected for edges.
pub(crate) struct Origin {
    database: Database,
    memory: Memory,
    settings: Settings,
    pub(crate) availability: RefCell<Bytes>,
    pub(crate) sold_out_holds: RefCell<Bytes>,
    /// Requests, and orders among them.
    pub(crate) calls: Cell<u64>,
    pub(crate) order_calls: Cell<u64>,
}

/// A nonce is used once.
struct Nonces(Cell<u128>);

impl Randomness for Nonces {
    fn random_bytes(&self) -> [u8; 16] {
        self.0.set(self.0.get() + 1);
        self.0.get().to_be_bytes()
    }
}

impl Origin {
    /// An origin that knows no offer.
    pub(crate) fn new() -> Result<Self> {
        let origin = Self {
            database: Database::default(),
            memory: Memory::new(),
            settings: Settings {
                // Visitors of a replay have no addresses, by which limits tell clients apart.
                terms: Terms {
                    limits: Limits::NONE,
                    ..Terms::default()
                },
                series: Default::default(),
                vault: Vault::read(DATA_KEYS, Nonces(Cell::new(0)))?,
            },
            availability: RefCell::default(),
            sold_out_holds: RefCell::default(),
            calls: Cell::new(0),
            order_calls: Cell::new(0),
        };
        let store = SqliteOrderStore::new(&origin.database);
        crate::world::at_once(store.set_up())?;
        Ok(origin)
    }

    /// Answers a request at a moment, in milliseconds since 1970.
    pub(crate) async fn answer(&self, request: &Request<Bytes>, now_ms: i64) -> Response<Bytes> {
        self.calls.set(self.calls.get() + 1);
        if request.uri().path() == ORDERS_PATH {
            self.order_calls.set(self.order_calls.get() + 1);
        }
        let store = SqliteOrderStore::new(&self.database);
        let log = |line: &str| eprintln!("origin: {line}");
        let (memory, settings) = (&self.memory, &self.settings);
        souk_origin::handle(request, &store, self, memory, now_ms, settings, log).await
    }

    /// What the staff tell it, or ask.
    ///
    /// # Errors
    /// When it refuses.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        message: Option<&impl Serialize>,
        now_ms: i64,
    ) -> Result<T> {
        let request = match message {
            Some(message) => Request::post(path).body(serde_json::to_vec(message)?.into()),
            None => Request::get(path).body(Bytes::new()),
        };
        let response = crate::world::at_once(self.answer(&request?, now_ms));
        ensure!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        let body: &[u8] = match response.status() {
            StatusCode::NO_CONTENT => b"null",
            _ => response.body(),
        };
        serde_json::from_slice(body).with_context(|| path.to_owned())
    }
}

impl AvailabilityProjector for Origin {
    async fn project(&self, availability: Vec<u8>) {
        self.availability.replace(availability.into());
    }

    async fn sold_out_holds(&self) -> Vec<u8> {
        self.sold_out_holds.borrow().to_vec()
    }

    async fn project_sold_out_holds(&self, sold_out_holds: Vec<u8>) {
        self.sold_out_holds.replace(sold_out_holds.into());
    }
}
