//! The waiting rooms: the production code of `operations` over SQLite in memory.

use std::cell::{Cell, RefCell};

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_catalogue::Sale;
use souk_memory_sqlite::Database;
use souk_operations_service::{PulsePublisher, Service};
use souk_operations_store::sqlite::SqliteOperations;
use souk_ports::{Clock, OriginClient, PortError};
use souk_protocol::operations::{
    CHANGE_PATH, ChangeOperations, ChangeReply, OperationsChange, SaleSession, ScheduledSale,
};
use souk_protocol::room::ROOM_PATH;

use crate::world::{World, at_once};

/// The deployable, and the pulse that edges find.
pub(crate) struct Rooms {
    database: Database,
    pub(crate) pulse: RefCell<Bytes>,
    stamp: Cell<u64>,
}

impl Rooms {
    pub(crate) fn new() -> Result<Self> {
        let database = Database::default();
        at_once(SqliteOperations::new(&database).set_up())?;
        Ok(Self {
            database,
            pulse: RefCell::default(),
            stamp: Cell::new(0),
        })
    }
}

impl PulsePublisher for World {
    async fn has(&self, stamp: u64) -> bool {
        self.rooms.stamp.get() >= stamp
    }

    async fn publish(&self, stamp: u64, pulse: Vec<u8>) -> Result<(), PortError> {
        if stamp > self.rooms.stamp.get() {
            self.rooms.stamp.set(stamp);
            self.rooms.pulse.replace(pulse.into());
        }
        Ok(())
    }
}

impl OriginClient for World {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Ok(self.origin.answer(&request, self.now_ms.get()).await)
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// A pause passes at once, after what it is raced with.
    async fn pause_ms(&self, _ms: u32) {
        let mut is_over = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut is_over, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}

impl World {
    fn service<T>(
        &self,
        work: impl AsyncFnOnce(&Service<'_, SqliteOperations<&Database>, World, World>) -> T,
    ) -> T {
        let store = SqliteOperations::new(&self.rooms.database);
        let log = |line: &str| eprintln!("operations: {line}");
        let random = || self.random_bytes();
        let service = Service {
            store: &store,
            publisher: self,
            origin: self,
            log: &log,
            random: &random,
        };
        at_once(work(&service))
    }

    /// One step of everything that is due.
    pub(crate) fn tick(&self) {
        let now_ms = self.now_ms.get();
        let ticked = self.service(async |service| service.tick(now_ms).await);
        ticked.expect("a database in memory answers");
    }

    /// Takes what an edge reports; whether it is stored.
    pub(crate) fn take_report(&self, batch: Bytes) -> bool {
        let request = Request::post(ROOM_PATH).body(batch);
        let request = request.expect("a path of the protocol");
        let now_ms = self.now_ms.get();
        let answer = self.service(async |service| service.handle(&request, now_ms).await);
        answer.status() == StatusCode::NO_CONTENT
    }

    /// Tells the rooms about the sales.
    ///
    /// # Errors
    /// When they refuse one.
    pub(crate) fn schedule(&self) -> Result<()> {
        for sale in &self.published.sales {
            let change = ChangeOperations {
                who: "replay".to_owned(),
                reason: String::new(),
                change: OperationsChange::Schedule(Box::new(scheduled(sale))),
            };
            let request = Request::post(CHANGE_PATH).body(serde_json::to_vec(&change)?.into())?;
            let now_ms = self.now_ms.get();
            let answer = self.service(async |service| service.handle(&request, now_ms).await);
            let reply: ChangeReply = serde_json::from_slice(answer.body())?;
            let is_changed = matches!(reply, ChangeReply::Changed { .. });
            ensure!(is_changed, "the sale '{}': {reply:?}", sale.id);
        }
        Ok(())
    }
}

fn scheduled(sale: &Sale) -> ScheduledSale {
    let sessions = sale.sessions.iter().map(|session| SaleSession {
        number: session.number,
        gathers_at_ms: session.gathers_at_ms,
        opens_at_ms: session.opens_at_ms,
        closes_at_ms: session.closes_at_ms,
    });
    ScheduledSale {
        id: sale.id.clone(),
        sessions: sessions.collect(),
        skus: sale.items.iter().map(|item| item.sku.clone()).collect(),
        limit: sale.items.iter().map(|item| item.limit).sum(),
        overbook_permille: sale.overbook_permille,
        buy_within_ms: sale.buy_within_ms,
    }
}
