//! The origin in a Durable Object: the engine of `souk-origin` over the object's own SQLite.

use bytes::Bytes;
use js_sys::{Array, Promise, Uint8Array};
use souk_origin::sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Settings};
use souk_protocol::{limits, trade};
use souk_vault::VaultError;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{
    DurableObject, Env, Error, Method, Request, RequestInit, Response, Result, State,
    console_error, durable_object, web_sys,
};

use crate::alarm::{self, Alarm};
use crate::edge::now_ms;
use crate::sqlite::{DurableSqlite, at_once};
use crate::{board, settings};

const BINDING: &str = "ORIGIN";

/// The object that the edge asks.
const NAME: &str = "origin-0";

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

/// Carries a request of the edge to the object, and its answer back.
///
/// # Errors
/// When the object does not answer; what became of a write is then unknown.
pub(crate) async fn send(
    objects: &JsValue,
    request: http::Request<Bytes>,
) -> Result<http::Response<Bytes>> {
    let path = request.uri().path_and_query();
    let url = format!(
        "https://origin.souk.invalid{}",
        path.map_or("/", |path| path.as_str())
    );
    let body = Some(request.body()).filter(|body| !body.is_empty());
    let body = body.map(|body| Uint8Array::from(body.as_ref()));
    let method = request.method().as_str();
    let trace = request.headers().get(trade::TRACE_HEADER);
    let trace = trace.and_then(|trace| trace.to_str().ok());
    let trace = trace.unwrap_or_default();
    let answer = JsFuture::from(ask(objects, NAME, method, &url, trace, body)).await?;
    let answer = Array::from(&answer);
    let status = answer.get(0).as_f64().unwrap_or_default();
    let body = Uint8Array::new(&answer.get(1)).to_vec();
    http::Response::builder()
        .status(status as u16)
        .body(body.into())
        .map_err(|error| Error::from(error.to_string()))
}

/// A shard of the origin.
#[durable_object(alarm)]
pub struct Origin {
    store: SqliteOrderStore<DurableSqlite>,
    env: Env,
    settings: std::result::Result<Settings, VaultError>,
    alarm: Alarm,
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
        let alarm = Alarm::new(state.storage());
        Self {
            store,
            env,
            settings,
            alarm,
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
        let response = self.handle(&request).await;
        self.alarm.follow(&request).await;
        let body = Uint8Array::from(response.body().as_ref());
        Ok(answer(response.status().as_u16(), &body).into())
    }

    async fn alarm(&self) -> Result<Response> {
        alarm::ring(self, &self.alarm, &self.env).await;
        Response::empty()
    }
}

impl Origin {
    /// Answers a request of ours, or of the alarm.
    pub(crate) async fn handle(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        // No order may be stored open because of a slip.
        let Ok(settings) = &self.settings else {
            let mut refusal = http::Response::new(Bytes::new());
            *refusal.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            return refusal;
        };
        let projector = BoardProjector { env: &self.env };
        let log = |line: &str| console_error!("{line}");
        souk_origin::handle(request, &self.store, &projector, now_ms(), settings, log).await
    }
}

struct BoardProjector<'a> {
    env: &'a Env,
}

impl AvailabilityProjector for BoardProjector<'_> {
    async fn project(&self, board: Vec<u8>) {
        if let Err(error) = put(self.env, &board).await {
            console_error!("availability: {error}");
        }
    }
}

async fn put(env: &Env, board: &[u8]) -> Result<()> {
    let mut init = RequestInit::new();
    init.with_method(Method::Put);
    init.with_body(Some(Uint8Array::from(board).into()));
    let request = Request::new_with_init(board::URL, &init)?;
    board::stub(env)?
        .fetch_with_request(request)
        .await
        .map(drop)
}
