//! The origin in a Durable Object: the engine of `souk-origin` over the object's own SQLite.

use bytes::Bytes;
use js_sys::{Array, Promise, Uint8Array};
use souk_origin::AvailabilityProjector;
use souk_origin::sqlite::SqliteOrderStore;
use souk_protocol::{limits, trade};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{
    Date, DurableObject, Env, Error, Method, Request, RequestInit, Response, Result, State,
    console_error, durable_object, web_sys,
};

use crate::sqlite::DurableSqlite;
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
#[durable_object]
pub struct Origin {
    store: SqliteOrderStore<DurableSqlite>,
    env: Env,
    express_fee_minor: i64,
}

impl DurableObject for Origin {
    fn new(state: State, env: Env) -> Self {
        let store = SqliteOrderStore::new(DurableSqlite::open(&state.storage()));
        let express_fee_minor = settings::express_fee_minor(&env);
        Self {
            store,
            env,
            express_fee_minor,
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
        let now_ms = i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX);
        let projector = BoardProjector { env: &self.env };
        let log = |line: &str| console_error!("{line}");
        let fee = self.express_fee_minor;
        let response =
            souk_origin::handle(&request, &self.store, &projector, now_ms, fee, log).await;
        let body = Uint8Array::from(response.body().as_ref());
        Ok(answer(response.status().as_u16(), &body).into())
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
