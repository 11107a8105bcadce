//! The real origin, `souk_origin::handle`, over SQLite in memory.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use souk_memory_sqlite::Database;
use souk_order_store::{Limits, Terms};
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_ports::Randomness;
use souk_pricing::SeriesKeys;
use souk_vault::Vault;

/// What the origin charges for express delivery, in minor units.
pub(crate) const EXPRESS_FEE_MINOR: i64 = 1500;

/// Makes codes of promotions' series.
pub(super) const CODE_SECRET: &str = "a secret for codes of the tests 1";
/// Seals the orders of every test.
const DATA_KEYS: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Writes availability snapshot and sold-out holds for the edge, unless the test holds them back.
pub(crate) struct Projector<'a> {
    pub(crate) availability: &'a RefCell<Option<Bytes>>,
    pub(crate) sold_out_holds: &'a RefCell<Bytes>,
    pub(crate) held_back: bool,
}

impl AvailabilityProjector for Projector<'_> {
    async fn project(&self, availability: Vec<u8>) {
        if !self.held_back {
            self.availability.replace(Some(availability.into()));
        }
    }

    async fn sold_out_holds(&self) -> Vec<u8> {
        self.sold_out_holds.borrow().to_vec()
    }

    async fn project_sold_out_holds(&self, sold_out_holds: Vec<u8>) {
        if !self.held_back {
            self.sold_out_holds.replace(sold_out_holds.into());
        }
    }
}

/// A nonce is used once: every request makes a vault of its own.
struct Nonces;

impl Randomness for Nonces {
    fn random_bytes(&self) -> [u8; 16] {
        static USED: AtomicU64 = AtomicU64::new(0);
        u128::from(USED.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
    }
}

/// Carries a request out.
pub(crate) async fn carry_out(
    database: &Database,
    projector: &Projector<'_>,
    memory: &Memory,
    request: &Request<Bytes>,
    now_ms: i64,
    limits: Limits,
) -> Response<Bytes> {
    let store = SqliteOrderStore::new(database);
    let log = |line: &str| eprintln!("origin: {line}");
    let settings = Settings {
        terms: Terms {
            express_fee_minor: EXPRESS_FEE_MINOR,
            limits,
            ..Terms::default()
        },
        series: SeriesKeys::new([CODE_SECRET].into_iter()),
        vault: Vault::read(DATA_KEYS, Nonces).expect("a key"),
    };
    souk_origin::handle(request, &store, projector, memory, now_ms, &settings, log).await
}
