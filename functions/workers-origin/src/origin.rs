//! The origin in Durable Objects: the engine of `souk-origin` over each object's own SQLite.
//!
//! An object is a shard, or keeps the homes of keys. Its name says which; the runtime tells it to
//! an object in requests and alarms alike.

use bytes::Bytes;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{Pressure, Settings};
use souk_origin_sharding::{Own, Peers, Remembered};
use souk_ports::{OriginClient, PortError};
use souk_protocol::{limits, trade};
use souk_sharding::Address;
use souk_vault::VaultError;
use souk_workers_platform::{DurableSqlite, WorkersEdge, at_once, now_ms, objects};
use worker::{
    DurableObject, Env, Error, Method, Request, Response, Result, State, console_error,
    durable_object,
};

use crate::alarm::{self, Alarm, Shard};
use crate::projector::AvailabilityProjection;
use crate::settings;

/// A store of the origin.
#[durable_object(alarm)]
pub struct Origin {
    store: SqliteOrderStore<DurableSqlite>,
    edge: WorkersEdge,
    settings: std::result::Result<Settings, VaultError>,
    /// Which of the stores this is; `None` for an object with a name that no store has.
    own: Option<Address>,
    alarm: Alarm,
    /// Whom it has refused since it was woken.
    pressure: Pressure,
    /// What it knows of the shop since then.
    remembered: Remembered,
}

impl DurableObject for Origin {
    fn new(state: State, env: Env) -> Self {
        let store = SqliteOrderStore::new(DurableSqlite::open(&state.storage()));
        at_once(store.set_up()).expect("the migrations are valid SQL");
        let settings = settings::settings(&env);
        match &settings {
            Ok(settings) if !settings.vault.seals() => console_error!("{}", souk_origin::UNSEALED),
            Ok(_) => {}
            Err(error) => console_error!("{error}"),
        }
        Self {
            store,
            edge: WorkersEdge::new(env),
            settings,
            own: state.id().name().and_then(|name| Address::parse(&name)),
            alarm: Alarm::new(state.storage()),
            pressure: Pressure::new(),
            remembered: Remembered::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let trace = request.inner().headers().get(trade::TRACE_HEADER)?;
        let builder = http::Request::builder()
            .method(request.inner().method().as_str())
            .uri(request.inner().url())
            .header(trade::TRACE_HEADER, trace.unwrap_or_default());
        let body = match request.method() {
            Method::Get => Vec::new(),
            _ => request.bytes().await?,
        };
        // Read whole before it is refused: only our own functions get here.
        if body.len() > limits::STAFF_BODY_BYTES_MAX {
            return Response::error("too large", 413);
        }
        let request = builder
            .body(Bytes::from(body))
            .map_err(|error| Error::from(error.to_string()))?;
        let Some(own) = self.own else {
            return Response::error("no store of the origin", 400);
        };
        let response = self.handle(own, &request).await;
        match own {
            Address::Shard(_) => self.alarm.follow(&request).await,
            // Homes of keys are looked up, and nothing else.
            Address::Keys(_) => {}
        }
        Ok(objects::give(&response))
    }

    async fn alarm(&self) -> Result<Response> {
        if let Some(own) = self.own {
            let inside = Inside { origin: self, own };
            alarm::ring(&inside, &self.alarm, self.edge.env()).await;
        }
        Response::empty()
    }
}

impl Origin {
    /// Answers a request of ours, or of the alarm.
    async fn handle(&self, own: Address, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        // No order may be stored open, or in the wrong place, because of a slip.
        let shards = souk_workers_platform::settings::shards(self.edge.env());
        let (Ok(shards), Ok(terms)) = (shards, &self.settings) else {
            return souk_service_http::empty(http::StatusCode::SERVICE_UNAVAILABLE);
        };
        let client = &self.edge;
        let peers = Peers {
            own,
            shards,
            client,
        };
        let projector = AvailabilityProjection {
            env: client.env(),
            own,
        };
        let log = |line: &str| console_error!("{}: {line}", own.name());
        let own = Own {
            store: &self.store,
            projector: &projector,
            pressure: &self.pressure,
            remembered: &self.remembered,
        };
        souk_origin_sharding::handle(request, &own, &peers, now_ms(), terms, log).await
    }
}

/// A shard as it is reached from within its object: alone, without those beside it.
struct Inside<'a> {
    origin: &'a Origin,
    own: Address,
}

impl OriginClient for Inside<'_> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> std::result::Result<http::Response<Bytes>, PortError> {
        Ok(self.origin.handle(self.own, &request).await)
    }
}

impl Shard for Inside<'_> {
    fn shards(&self) -> u16 {
        self.origin.remembered.shards().unwrap_or(1)
    }
}
