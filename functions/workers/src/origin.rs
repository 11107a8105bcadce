//! The origin in Durable Objects: the engine of `souk-origin` over each object's own SQLite.
//!
//! An object is a shard, or keeps the homes of keys; its name says which. The runtime does not tell
//! an object its name when an alarm wakes it, so whoever asks it says the name as the host of the
//! address, and an object that has alarms remembers it. One that remembers none is the shard 0.

use std::cell::Cell;

use bytes::Bytes;
use js_sys::{Array, Promise, Uint8Array};
use souk_origin::shards::{self, Own, Peers, Remembered};
use souk_origin::sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Pressure, Settings};
use souk_protocol::{limits, trade};
use souk_sharding::Address;
use souk_vault::VaultError;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{
    DurableObject, Env, Error, Method, Request, RequestInit, Response, Result, State, Storage,
    console_error, durable_object, web_sys,
};

use crate::alarm::{self, Alarm};
use crate::edge::{WorkersEdge, now_ms};
use crate::sqlite::{DurableSqlite, at_once};
use crate::{board, settings};

const BINDING: &str = "ORIGIN";

/// What follows an object's name in its address. Such a host exists nowhere.
const DOMAIN: &str = ".souk.invalid";
/// Where an object keeps its name.
const NAME: &str = "name";

#[wasm_bindgen(module = "/js/border.js")]
extern "C" {
    fn ask(
        objects: &JsValue,
        name: &str,
        method: &str,
        url: &str,
        traceparent: &str,
        body: Option<Uint8Array>,
    ) -> Promise;

    fn answer(status: u16, body: &Uint8Array) -> web_sys::Response;
}

/// The objects that the deployment binds.
///
/// # Errors
/// When it binds none.
pub(crate) fn objects(env: &Env) -> Result<JsValue> {
    let objects = js_sys::Reflect::get(env, &JsValue::from_str(wasm_bindgen::intern(BINDING)))?;
    if objects.is_undefined() {
        return Err(format!("the binding {BINDING} is missing").into());
    }
    Ok(objects)
}

/// Carries a request to an object, and its answer back.
///
/// # Errors
/// When the object does not answer; what became of a write is then unknown.
pub(crate) async fn send(
    objects: &JsValue,
    to: Address,
    request: http::Request<Bytes>,
) -> Result<http::Response<Bytes>> {
    let name = to.name();
    let path = request.uri().path_and_query();
    let path = path.map_or("/", |path| path.as_str());
    let url = format!("https://{name}{DOMAIN}{path}");
    let body = Some(request.body()).filter(|body| !body.is_empty());
    let body = body.map(|body| Uint8Array::from(body.as_ref()));
    let method = request.method().as_str();
    let trace = request.headers().get(trade::TRACE_HEADER);
    let trace = trace.and_then(|trace| trace.to_str().ok());
    let trace = trace.unwrap_or_default();
    let answer = JsFuture::from(ask(objects, &name, method, &url, trace, body)).await?;
    let answer = Array::from(&answer);
    let status = answer.get(0).as_f64().unwrap_or_default();
    let body = Uint8Array::new(&answer.get(1)).to_vec();
    http::Response::builder()
        .status(status as u16)
        .body(body.into())
        .map_err(|error| Error::from(error.to_string()))
}

/// A store of the origin.
#[durable_object(alarm)]
pub struct Origin {
    store: SqliteOrderStore<DurableSqlite>,
    edge: WorkersEdge,
    settings: std::result::Result<Settings, VaultError>,
    storage: Storage,
    /// Which of the stores this is; `None` until somebody says so.
    own: Cell<Option<Address>>,
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
        let settings = settings::origin(&env);
        match &settings {
            Ok(settings) if !settings.vault.seals() => console_error!("{}", souk_origin::UNSEALED),
            Ok(_) => {}
            Err(error) => console_error!("{error}"),
        }
        Self {
            store,
            edge: WorkersEdge::new(env),
            settings,
            storage: state.storage(),
            own: Cell::new(None),
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
        let Some(own) = self.be(request.uri().host()).await? else {
            return Response::error("no store of the origin", 400);
        };
        let response = self.handle(own, &request).await;
        match own {
            Address::Shard(_) => self.alarm.follow(&request).await,
            // Homes of keys are looked up, and nothing else.
            Address::Keys(_) => {}
        }
        let body = Uint8Array::from(response.body().as_ref());
        Ok(answer(response.status().as_u16(), &body).into())
    }

    async fn alarm(&self) -> Result<Response> {
        let own = match self.own.get() {
            Some(own) => own,
            None => self.remember().await?.unwrap_or(Address::Shard(0)),
        };
        alarm::ring(self, own, &self.alarm, self.edge.env()).await;
        Response::empty()
    }
}

impl Origin {
    /// Answers a request of ours, or of the alarm.
    pub(crate) async fn handle(
        &self,
        own: Address,
        request: &http::Request<Bytes>,
    ) -> http::Response<Bytes> {
        let settings = settings::settings(self.edge.env());
        // No order may be stored open, or in the wrong place, because of a slip.
        let (Ok(&shards), Ok(terms)) = (settings.shards.as_ref(), &self.settings) else {
            return souk_service_http::empty(http::StatusCode::SERVICE_UNAVAILABLE);
        };
        let client = &self.edge;
        let peers = Peers {
            own,
            shards,
            client,
        };
        let projector = BoardProjector { edge: client, own };
        let log = |line: &str| console_error!("{}: {line}", own.name());
        let own = Own {
            store: &self.store,
            projector: &projector,
            pressure: &self.pressure,
            remembered: &self.remembered,
        };
        shards::handle(request, &own, &peers, now_ms(), terms, log).await
    }

    /// How many shards there are, as far as this instance has heard.
    pub(crate) fn shards(&self) -> u16 {
        self.remembered.shards().unwrap_or(1)
    }

    /// Takes the name from the address that was asked, and remembers it if there may be alarms.
    async fn be(&self, host: Option<&str>) -> Result<Option<Address>> {
        if let Some(own) = self.own.get() {
            return Ok(Some(own));
        }
        let name = host.and_then(|host| host.strip_suffix(DOMAIN));
        let own = name.and_then(Address::parse);
        let has_alarms = matches!(own, Some(Address::Shard(1..)));
        if let Some(own) = own.filter(|_| has_alarms)
            && self.remember().await? != Some(own)
        {
            self.storage.put(NAME, own.name()).await?;
        }
        self.own.set(own);
        Ok(own)
    }

    async fn remember(&self) -> Result<Option<Address>> {
        let name: Option<String> = self.storage.get(NAME).await?;
        Ok(name.and_then(|name| Address::parse(&name)))
    }
}

struct BoardProjector<'a> {
    edge: &'a WorkersEdge,
    own: Address,
}

impl BoardProjector<'_> {
    /// Where this shard's part is, beside those of others.
    fn own_part(&self, of: &str) -> String {
        format!("{of}{}", self.own.name())
    }
}

impl AvailabilityProjector for BoardProjector<'_> {
    async fn project(&self, board: Vec<u8>) {
        if let Err(error) = put(self.edge.env(), &self.own_part(board::URL), &board).await {
            console_error!("availability: {error}");
        }
    }

    async fn latches(&self) -> Vec<u8> {
        let url = self.own_part(board::LATCHES_URL);
        match get(self.edge.env(), &url).await {
            Ok(latches) => latches,
            Err(error) => {
                console_error!("latches: {error}");
                Vec::new()
            }
        }
    }

    async fn project_latches(&self, latches: Vec<u8>) {
        let url = self.own_part(board::LATCHES_URL);
        if let Err(error) = put(self.edge.env(), &url, &latches).await {
            console_error!("latches: {error}");
        }
    }
}

async fn get(env: &Env, url: &str) -> Result<Vec<u8>> {
    let mut response = board::stub(env)?.fetch_with_str(url).await?;
    response.bytes().await
}

async fn put(env: &Env, url: &str, value: &[u8]) -> Result<()> {
    let mut init = RequestInit::new();
    init.with_method(Method::Put);
    init.with_body(Some(Uint8Array::from(value).into()));
    let request = Request::new_with_init(url, &init)?;
    board::stub(env)?
        .fetch_with_request(request)
        .await
        .map(drop)
}
