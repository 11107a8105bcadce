//! Requests between our own functions, in the shapes of the protocol.

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use serde::Serialize;

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// A value as JSON.
pub fn json_bytes<T: Serialize + ?Sized>(value: &T) -> Bytes {
    let text = serde_json::to_vec(value).expect("plain structs with text keys become JSON");
    text.into()
}

/// A `GET` of a path of the protocol.
///
/// # Panics
/// When the path is no URI, which no constant of the protocol is.
pub fn get(path: &str) -> Request<Bytes> {
    let request = Request::get(path).body(Bytes::new());
    request.expect("a path of the protocol is a URI")
}

/// A `POST` of JSON to a path of the protocol.
///
/// # Panics
/// When the path is no URI, which no constant of the protocol is.
pub fn post(path: &str, json: impl Into<Bytes>) -> Request<Bytes> {
    let kind = HeaderValue::from_static(JSON);
    let request = Request::post(path).header(header::CONTENT_TYPE, kind);
    let request = request.body(json.into());
    request.expect("a path of the protocol is a URI")
}
