//! The origin in Durable Objects: the engine of `souk-origin` over each object's own SQLite.
//!
//! An object is a shard, or keeps the homes of keys. Its name says which; the runtime tells it to
//! an object in requests and alarms alike.

use bytes::Bytes;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::Memory;
use souk_origin_sharding::{Own, Peers, Remembered};
use souk_ports::{OriginClient, PortError};
use souk_protocol::limits;
use souk_sharding::Address;
use souk_workers_platform::settings::keep;
use souk_workers_platform::{DurableSqlite, WorkersEdge, at_once, now_ms, objects};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Uint8Array;
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use crate::alarm::{self, Alarm, Shard};
use crate::projector::AvailabilityProjection;
use crate::settings::Deployment;

/// A store of the origin.
#[durable_object(alarm)]
pub struct Origin {
    store: SqliteOrderStore<DurableSqlite>,
    edge: WorkersEdge,
    /// `None`: the settings are wrong.
    deployment: Option<&'static Deployment>,
    /// Which of the stores this is; `None` for an object with a name that no store has.
    own: Option<Address>,
    alarm: Alarm,
    /// Whom it has refused since it was woken.
    memory: Memory,
    /// What it knows of the shop since then.
    remembered: Remembered,
}

impl DurableObject for Origin {
    fn new(state: State, env: Env) -> Self {
        let store = SqliteOrderStore::new(DurableSqlite::open(&state.storage()));
        at_once(store.set_up()).expect("the migrations are valid SQL");
        let deployment = keep(Deployment::read(&env));
        if deployment.is_some_and(|it| !it.settings.vault.seals()) {
            console_error!("{}", souk_origin::UNSEALED);
        }
        Self {
            store,
            edge: WorkersEdge::new(env),
            deployment,
            own: state.id().name().and_then(|name| Address::parse(&name)),
            alarm: Alarm::new(state.storage()),
            memory: Memory::new(),
            remembered: Remembered::default(),
        }
    }

    /// Stores are called ([`Origin::ask`]). A caller that is older than this build tries again.
    async fn fetch(&self, _request: Request) -> Result<Response> {
        Response::error("deploy the other scripts too", 503)
    }

    async fn alarm(&self) -> Result<Response> {
        if let (Some(own), Some(deployment)) = (self.own, self.deployment) {
            let inside = Inside { origin: self, own };
            alarm::ring(&inside, &self.alarm, self.edge.env(), deployment).await;
        }
        Response::empty()
    }
}

#[wasm_bindgen(
    wasm_bindgen_futures = ::worker::wasm_bindgen_futures,
    js_sys = ::worker::js_sys
)]
impl Origin {
    /// Answers a call of `souk_workers_platform::objects::send`.
    pub async fn ask(
        &self,
        method: String,
        path: String,
        traceparent: String,
        body: Vec<u8>,
    ) -> std::result::Result<Uint8Array, JsValue> {
        let request = objects::take(&method, path, &traceparent, body)?;
        Ok(objects::give(&self.answer(&request).await))
    }
}

impl Origin {
    async fn answer(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        // Read whole before it is refused: only our own functions get here.
        if request.body().len() > limits::ORIGIN_BODY_BYTES_MAX {
            return souk_service_http::empty(http::StatusCode::PAYLOAD_TOO_LARGE);
        }
        let Some(own) = self.own else {
            return souk_service_http::empty(http::StatusCode::BAD_REQUEST);
        };
        let response = self.handle(own, request).await;
        match own {
            Address::Shard(_) => self.alarm.follow(request).await,
            // Homes of keys are looked up, and nothing else.
            Address::Keys(_) => {}
        }
        response
    }

    /// Answers a request of ours, or of the alarm.
    async fn handle(&self, own: Address, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        // No order may be stored open, or in the wrong place, because of a slip.
        let shards = souk_workers_platform::settings::shards(self.edge.env());
        let (Ok(shards), Some(deployment)) = (shards, self.deployment) else {
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
            memory: &self.memory,
            remembered: &self.remembered,
        };
        let settings = &deployment.settings;
        souk_origin_sharding::handle(request, &own, &peers, now_ms(), settings, log).await
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
