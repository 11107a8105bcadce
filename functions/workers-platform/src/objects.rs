//! The objects of the scripts of the origin and of operations, as the scripts reach them that bind
//! them.
//!
//! Stores are called by RPC, with bytes in and bytes out: a `fetch` costs an order about a tenth of all
//! its time more, for requests, responses, headers and streams.
//!
//! Not here: what an object does (`workers-origin`, `workers-operations`).

use bytes::Bytes;
use http::{Request, Response, header};
use js_sys::{Array, Promise, Uint8Array};
use souk_protocol::origin;
use souk_sharding::Address;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, Method, Request as WorkerRequest, RequestInit, Result, Stub, web_sys};

const ORIGIN: &str = "ORIGIN";
const AVAILABILITY: &str = "AVAILABILITY";
const OPERATIONS: &str = "OPERATIONS";
/// There is one object of operations for the shop.
const OPERATIONS_NAME: &str = "operations";

const COUNTERS: &str = "COUNTERS";
/// How many objects count the requests of clients.
const COUNTERS_COUNT: u32 = 16;

/// What an answer to a call begins with: its status, in this many bytes.
const STATUS_BYTES: usize = 2;
/// `GET`: all signals, as [`crate::signals`] has them.
pub const SIGNALS_URL: &str = "https://availability.souk.invalid/signals";
/// `PUT`, with the name of a shard behind it: what that shard cannot sell.
pub const AVAILABILITY_URL: &str = "https://availability.souk.invalid/parts/";
/// With the name of an origin behind it, `GET` and `PUT`: the sold-out holds that it has set.
pub const SOLD_OUT_HOLDS_URL: &str = "https://availability.souk.invalid/sold_out_holds/";
/// `PUT`: a pulse.
pub const PULSE_URL: &str = "https://availability.souk.invalid/pulse";

#[wasm_bindgen(module = "/js/bridge.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn ask(
        objects: &JsValue,
        name: &str,
        method: &str,
        path: &str,
        traceparent: &str,
        body: &Uint8Array,
    ) -> std::result::Result<Promise, JsValue>;

    fn call(
        service: &JsValue,
        method: &str,
        url: &str,
        traceparent: &str,
        authorization: Option<&str>,
        body: Option<Uint8Array>,
    ) -> Promise;

    fn forward(service: &JsValue, request: &web_sys::Request) -> Promise;
}

#[wasm_bindgen(module = "/js/rpc.js")]
extern "C" {
    /// Has the runtime let other scripts call the methods of a class of this script. Called when the
    /// script starts.
    #[wasm_bindgen(js_name = openToCalls)]
    pub fn open_to_calls(class: &str);
}

/// The object with the signals; there is one for the shop.
///
/// # Errors
/// When the script does not bind it.
pub fn availability(env: &Env) -> Result<Stub> {
    env.durable_object(AVAILABILITY)?
        .id_from_name("availability")?
        .get_stub()
}

/// Brings a pulse to the object with the availability snapshot, where edges find it. The object keeps
/// the newest one that it was brought.
///
/// # Errors
/// When the object is not bound, or has not taken it; it may have arrived all the same.
pub async fn put_pulse(env: &Env, pulse: &[u8]) -> Result<()> {
    let mut init = RequestInit::new();
    init.with_method(Method::Put);
    init.with_body(Some(Uint8Array::from(pulse).into()));
    let request = WorkerRequest::new_with_init(PULSE_URL, &init)?;
    let response = availability(env)?.fetch_with_request(request).await?;
    match response.status_code() {
        200..=299 => Ok(()),
        status => Err(format!("the object Availability answered {status}").into()),
    }
}

/// The objects of the origin.
///
/// # Errors
/// When the script does not bind them.
pub fn origin(env: &Env) -> Result<JsValue> {
    binding(env, ORIGIN)
}

/// The objects of operations, of which there is one.
///
/// # Errors
/// When the script does not bind them.
pub(crate) fn operations(env: &Env) -> Result<JsValue> {
    binding(env, OPERATIONS)
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
    call_object(objects, &to.name(), request).await
}

/// Carries a request to the object of operations, and its answer back.
///
/// # Errors
/// As [`send`].
pub(crate) async fn send_to_operations(
    objects: &JsValue,
    request: Request<Bytes>,
) -> Result<Response<Bytes>> {
    call_object(objects, OPERATIONS_NAME, request).await
}

/// Asks the object that counts the requests of a client, and brings its answer back. The last digit of the
/// client's name, which is hexadecimal, says which object that is.
///
/// # Errors
/// As [`send`], and when the script does not bind the objects.
pub(crate) async fn send_to_counters(
    env: &Env,
    client: &str,
    request: Request<Bytes>,
) -> Result<Response<Bytes>> {
    let digit = client.chars().last().and_then(|last| last.to_digit(16));
    let number = digit.unwrap_or_default() % COUNTERS_COUNT;
    let counters = binding(env, COUNTERS)?;
    call_object(&counters, &format!("counters-{number}"), request).await
}

/// Calls the object of this name.
async fn call_object(
    objects: &JsValue,
    name: &str,
    request: Request<Bytes>,
) -> Result<Response<Bytes>> {
    let path = path_of(&request);
    let body = Uint8Array::from(request.body().as_ref());
    let answer = ask(
        objects,
        name,
        request.method().as_str(),
        path,
        trace_of(&request),
        &body,
    )?;
    let mut answer = Bytes::from(Uint8Array::new(&JsFuture::from(answer).await?).to_vec());
    let too_short = || Error::from("an answer without a status");
    let status = *answer.first_chunk::<STATUS_BYTES>().ok_or_else(too_short)?;
    response(u16::from_be_bytes(status), answer.split_off(STATUS_BYTES))
}

/// Takes over what was sent by [`send`], in the object.
///
/// # Errors
/// When it is no request of HTTP.
pub fn take(
    method: &str,
    path: String,
    traceparent: &str,
    body: Vec<u8>,
) -> Result<Request<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(origin::TRACE_HEADER, traceparent)
        .body(Bytes::from(body))
        .map_err(|error| Error::from(error.to_string()))
}

/// Puts the answer to a call together.
pub fn give(response: &Response<Bytes>) -> Uint8Array {
    let (status, body) = (response.status().as_u16(), response.body());
    let answer = [status.to_be_bytes().as_slice(), body].concat();
    Uint8Array::from(answer.as_slice())
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
    let url = format!("{authority}{}", path_of(&request));
    let body = Some(request.body()).filter(|body| !body.is_empty());
    let body = body.map(|body| Uint8Array::from(body.as_ref()));
    let method = request.method().as_str();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let answer = call(
        service,
        method,
        &url,
        trace_of(&request),
        authorization,
        body,
    );
    let answer = Array::from(&JsFuture::from(answer).await?);
    let status = answer.get(0).as_f64().unwrap_or_default();
    let body = Uint8Array::new(&answer.get(1)).to_vec();
    response(status as u16, body.into())
}

/// Sends a request with all its headers to a script over a service binding; the answer has all of its own.
///
/// # Errors
/// As [`send_to_service`].
pub(crate) async fn forward_to_service(
    service: &JsValue,
    request: &WorkerRequest,
) -> Result<worker::Response> {
    let answer = JsFuture::from(forward(service, request.inner())).await?;
    let answer = answer.dyn_into::<web_sys::Response>()?;
    Ok(worker::Response::from(answer))
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

fn path_of(request: &Request<Bytes>) -> &str {
    let path = request.uri().path_and_query();
    path.map_or("/", |path| path.as_str())
}

fn trace_of(request: &Request<Bytes>) -> &str {
    let trace = request.headers().get(origin::TRACE_HEADER);
    let trace = trace.and_then(|trace| trace.to_str().ok());
    trace.unwrap_or_default()
}

fn response(status: u16, body: Bytes) -> Result<Response<Bytes>> {
    Response::builder()
        .status(status)
        .body(body)
        .map_err(|error| Error::from(error.to_string()))
}
