//! Origins of other deployments, as the edge reaches them over the network: the real entrance, over the
//! database of the world or over one of their own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response};
use souk_memory_sqlite::Database;
use souk_order_store_sqlite::MIGRATIONS;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{Caller, Entrance, Memory, answer_edge};
use souk_origin_pool::PoolSettings;
use souk_ports::PortError;
use souk_protocol::origin::ORDERS_PATH;
use souk_settings::{Reader, Values};

use super::World;
use super::origin::{Projector, carry_out};

/// What opens every origin of the tests.
pub(crate) const TOKEN: &str = "5d41402abc4b2a76b9719d911017c592";

/// One of them.
pub(crate) struct DistantOrigin {
    host: &'static str,
    entrance: Entrance,
    memory: Memory,
    /// `None`: the world's.
    own_store: Option<Database>,
    /// Whether others may have the same store.
    pub(crate) shares_store: Cell<bool>,
    /// Nothing listens there.
    pub(crate) is_down: Cell<bool>,
    /// It takes requests and answers none.
    pub(crate) hangs: Cell<bool>,
    /// Orders that arrived, or would have if it were there.
    pub(crate) orders: Cell<u32>,
    /// Orders among them that were let in and handed to its store.
    pub(crate) orders_carried_out: Cell<u32>,
    /// Where it projects to, which no edge reads.
    availability: RefCell<Option<Bytes>>,
    sold_out_holds: RefCell<Bytes>,
}

/// What a deployment reads of these settings.
fn read<T>(pairs: &[(&str, &str)], read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
    let values: Values = pairs.iter().copied().collect();
    let mut reader = Reader::new(&values);
    let settings = read(&mut reader);
    reader.finish(settings).expect("right settings")
}

/// The settings of an edge with this pool.
pub(crate) fn pool(origins: &str, token: &str) -> Option<PoolSettings> {
    let pairs = [("origin_pool", origins), ("origin_token", token)];
    read(&pairs, PoolSettings::read)
}

impl DistantOrigin {
    /// One over the world's database.
    pub(crate) fn at(host: &'static str) -> Self {
        Self {
            host,
            entrance: read(&[("origin_token", TOKEN)], Entrance::read),
            memory: Memory::new(),
            own_store: None,
            shares_store: Cell::new(true),
            is_down: Cell::default(),
            hangs: Cell::default(),
            orders: Cell::default(),
            orders_carried_out: Cell::default(),
            availability: RefCell::default(),
            sold_out_holds: RefCell::default(),
        }
    }

    /// One over a database that is another one.
    pub(crate) fn of_another_shop(host: &'static str) -> Self {
        Self {
            own_store: Some(Database::migrated(MIGRATIONS)),
            ..Self::at(host)
        }
    }

    async fn answer(
        &self,
        world: &World,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        if request.uri().path().ends_with(ORDERS_PATH) {
            self.orders.set(self.orders.get() + 1);
        }
        if self.hangs.get() {
            world.pass_ms(60_000);
            return std::future::pending().await;
        }
        if self.is_down.get() {
            return Err(PortError::Transient("connection refused".to_owned()));
        }
        match self.entrance.admit(&mut request) {
            Err(refusal) => return Ok(refusal),
            Ok(Caller::Inside) => panic!("{} is asked from outside", request.uri()),
            Ok(Caller::Edge) => {}
        }
        let database = self.own_store.as_ref().unwrap_or(&world.origin);
        let projector = Projector {
            availability: &self.availability,
            sold_out_holds: &self.sold_out_holds,
            held_back: false,
        };
        let (now_ms, limits) = (world.now_ms.get(), world.limits.get());
        let handled = async {
            let is_order = request.uri().path() == ORDERS_PATH;
            let carried_out = self.orders_carried_out.get() + u32::from(is_order);
            self.orders_carried_out.set(carried_out);
            carry_out(database, &projector, &self.memory, &request, now_ms, limits).await
        };
        let store = SqliteOrderStore::new(database);
        let log = |line: &str| {
            world
                .log
                .borrow_mut()
                .push(format!("{}: {line}", self.host))
        };
        let is_shared = self.shares_store.get();
        Ok(answer_edge(&request, &store, &self.memory, is_shared, log, handled).await)
    }
}

/// All that there are.
#[derive(Default)]
pub(crate) struct DistantOrigins(RefCell<Vec<Rc<DistantOrigin>>>);

impl DistantOrigins {
    /// One more.
    pub(crate) fn add(&self, origin: DistantOrigin) -> Rc<DistantOrigin> {
        let origin = Rc::new(origin);
        self.0.borrow_mut().push(origin.clone());
        origin
    }

    /// The answer of the one with this host; `None`: there is none.
    pub(crate) async fn answer(
        &self,
        world: &World,
        request: &Request<Bytes>,
    ) -> Option<Result<Response<Bytes>, PortError>> {
        let host = request.uri().host()?;
        let found = self
            .0
            .borrow()
            .iter()
            .find(|origin| origin.host == host)
            .cloned()?;
        Some(found.answer(world, request.clone()).await)
    }
}
