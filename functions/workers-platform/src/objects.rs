//! The objects of the origin's script, as the scripts reach them that bind them.
//!
//! Not here: what an object does (`workers-origin`).

use bytes::Bytes;
use http::{Request, Response};
use js_sys::{Array, Promise, Uint8Array};
use souk_protocol::trade;
use souk_sharding::Address;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, Result, Stub, web_sys};

const ORIGIN: &str = "ORIGIN";
const AVAILABILITY: &str = "AVAILABILITY";

/// The authority of a request to an object of the origin. Such a host exists nowhere.
const ORIGIN_URL: &str = "https://origin.souk.invalid";
/// The whole snapshot; with the name of a shard behind it, the part of that shard.
pub const AVAILABILITY_URL: &str = "https://availability.souk.invalid/";
/// `GET`: the sold-out holds of all origins. With the name of an origin behind it, `GET` and `PUT`:
/// its own.
pub const SOLD_OUT_HOLDS_URL: &str = "https://availability.souk.invalid/sold_out_holds/";

#[wasm_bindgen(module = "/js/bridge.js")]
extern "C" {
    fn ask(
        objects: &JsValue,
        name: &str,
        method: &str,
        url: &str,
        traceparent: &str,
        body: Option<Uint8Array>,
    ) -> Promise;

    fn call(
        service: &JsValue,
        method: &str,
        url: &str,
        traceparent: &str,
        body: Option<Uint8Array>,
    ) -> Promise;

    fn answer(status: u16, body: &Uint8Array) -> web_sys::Response;
}

/// The object with the availability snapshot and the sold-out holds; there is one for the shop.
///
/// # Errors
/// When the script does not bind it.
pub fn availability(env: &Env) -> Result<Stub> {
    env.durable_object(AVAILABILITY)?
        .id_from_name("availability")?
        .get_stub()
}

/// The objects of the origin.
///
/// # Errors
/// When the script does not bind them.
pub fn origin(env: &Env) -> Result<JsValue> {
    binding(env, ORIGIN)
}

/// Carries a request to an object of the origin, and its answer back.
///
/// # Errors
/// When the object does not answer; what became of a write is then unknown.
pub async fn send(
    objects: &JsValue,
    to: Address,
    request: Request<Bytes>,
) -> Result<Response<Bytes>> {
    let Outgoing {
        method,
        url,
        trace,
        body,
    } = Outgoing::of(&request, ORIGIN_URL);
    received(ask(objects, &to.name(), method, &url, trace, body)).await
}

/// Carries a request to a script over a service binding, and its answer back.
///
/// # Errors
/// When the script is not bound, or does not answer; what became of a write is then unknown.
pub(crate) async fn send_to_service(
    service: &JsValue,
    authority: &str,
    request: Request<Bytes>,
) -> Result<Response<Bytes>> {
    let Outgoing {
        method,
        url,
        trace,
        body,
    } = Outgoing::of(&request, authority);
    received(call(service, method, &url, trace, body)).await
}

/// Hands an object's answer over to the script that asked.
pub fn give(response: &Response<Bytes>) -> worker::Response {
    let body = Uint8Array::from(response.body().as_ref());
    answer(response.status().as_u16(), &body).into()
}

/// A binding of the script.
///
/// # Errors
/// When there is none of this name.
pub(crate) fn binding(env: &Env, name: &str) -> Result<JsValue> {
    let binding = js_sys::Reflect::get(env, &JsValue::from_str(wasm_bindgen::intern(name)))?;
    if binding.is_undefined() {
        return Err(format!("the binding {name} is missing").into());
    }
    Ok(binding)
}

/// What JavaScript is given of a request.
struct Outgoing<'a> {
    method: &'a str,
    url: String,
    trace: &'a str,
    body: Option<Uint8Array>,
}

impl<'a> Outgoing<'a> {
    fn of(request: &'a Request<Bytes>, authority: &str) -> Self {
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let body = Some(request.body()).filter(|body| !body.is_empty());
        let trace = request.headers().get(trade::TRACE_HEADER);
        Self {
            method: request.method().as_str(),
            url: format!("{authority}{path}"),
            trace: trace
                .and_then(|trace| trace.to_str().ok())
                .unwrap_or_default(),
            body: body.map(|body| Uint8Array::from(body.as_ref())),
        }
    }
}

async fn received(answer: Promise) -> Result<Response<Bytes>> {
    let answer = Array::from(&JsFuture::from(answer).await?);
    let status = answer.get(0).as_f64().unwrap_or_default();
    let body = Uint8Array::new(&answer.get(1)).to_vec();
    Response::builder()
        .status(status as u16)
        .body(body.into())
        .map_err(|error| Error::from(error.to_string()))
}
