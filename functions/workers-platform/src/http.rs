//! Requests out of JavaScript, responses into it.
//!
//! Every call across that bridge costs about as much as a lookup of a finished response, so only
//! what a use case looks at is taken over, and what all responses share is handed over once.

use std::cell::RefCell;
use std::collections::HashMap;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, Method, Request, Response, Uri, header};
use js_sys::Uint8Array;
use souk_service_http::BodyError;
use worker::Result;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys;

/// What a script takes over of a request.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Headers of a `GET` or `HEAD`; the host stands in the URL.
    pub read: &'static [&'static str],
    /// Headers of any other request.
    pub write: &'static [&'static str],
    /// A longer body is refused.
    pub body_bytes_max: usize,
}

/// A declared body of at most so many bytes comes in one call across the bridge.
const AT_ONCE_BYTES_MAX: usize = 1024 * 1024;

/// Headers with few values, none of which depends on a request or a product.
const COMMON: [HeaderName; 8] = [
    header::CONTENT_TYPE,
    header::CACHE_CONTROL,
    header::X_CONTENT_TYPE_OPTIONS,
    header::REFERRER_POLICY,
    header::CONTENT_SECURITY_POLICY,
    header::STRICT_TRANSPORT_SECURITY,
    HeaderName::from_static("cross-origin-opener-policy"),
    HeaderName::from_static("permissions-policy"),
];

thread_local! {
    /// JavaScript's copies of the common headers, by their names and values.
    static KNOWN: RefCell<HashMap<Vec<u8>, web_sys::Headers>> = RefCell::default();
}

/// Gives JavaScript the names of headers once, so that no call brings them again.
pub(crate) fn intern_names(wanted: &[Wanted]) {
    let own = [
        "etag",
        "souk-catalogue-version",
        "souk-catalogue-published",
        "souk-catalogue-age",
        "souk-availability-age",
        "souk-insights-version",
    ];
    let wanted = wanted.iter();
    let wanted = wanted.flat_map(|wanted| wanted.read.iter().chain(wanted.write));
    for name in wanted.chain(&own) {
        wasm_bindgen::intern(name);
    }
}

/// Takes a request over with its whole body, or says why there is none. `url` is that of the
/// request.
///
/// # Errors
/// When it is no request of HTTP.
pub async fn take(
    request: &web_sys::Request,
    url: String,
    wanted: Wanted,
) -> Result<std::result::Result<Request<Bytes>, BodyError>> {
    let head = take_head(request, url, wanted)?;
    let body = take_body(request, &head, wanted.body_bytes_max).await?;
    Ok(body.map(|body| head.map(|()| body)))
}

/// Takes a request over without its body, of which nothing is read. `url` is that of the request.
///
/// # Errors
/// When it is no request of HTTP.
pub fn take_head(request: &web_sys::Request, url: String, wanted: Wanted) -> Result<Request<()>> {
    let method: Method = request
        .method()
        .parse()
        .map_err(|_| worker::Error::from("the method is not a method"))?;
    let uri = Uri::from_maybe_shared(Bytes::from(url))
        .map_err(|_| worker::Error::from("the URL is not a URL"))?;
    let has_body = has_body(&method);
    let mut builder = Request::builder().method(method).uri(uri);
    let names = if has_body { wanted.write } else { wanted.read };
    if !names.is_empty() {
        let headers = request.headers();
        for name in names {
            if let Some(value) = headers.get(name)? {
                builder = builder.header(*name, value);
            }
        }
    }
    builder
        .body(())
        .map_err(|error| worker::Error::from(error.to_string()))
}

/// A body of a read has no meaning (RFC 9110, 9.3.1) and is not taken.
fn has_body(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// The length that a request declares for its body.
///
/// # Errors
/// When its headers cannot be read.
pub fn declared_length(request: &web_sys::Request) -> Result<Option<usize>> {
    let declared = request.headers().get("content-length")?;
    Ok(declared.and_then(|length| length.parse::<usize>().ok()))
}

/// Reads the body of a request whose head was taken, of at most so many bytes.
///
/// # Errors
/// When its headers cannot be read.
pub async fn take_body(
    request: &web_sys::Request,
    head: &Request<()>,
    bytes_max: usize,
) -> Result<std::result::Result<Bytes, BodyError>> {
    if !has_body(head.method()) {
        return Ok(Ok(Bytes::new()));
    }
    let declared = declared_length(request)?;
    if declared.is_some_and(|length| length > bytes_max) {
        return Ok(Err(BodyError::TooLarge));
    }
    if request.body().is_none() {
        return Ok(Ok(Bytes::new()));
    }
    if declared.is_some_and(|length| length <= AT_ONCE_BYTES_MAX) {
        // The runtime ends the stream at the declared length.
        let body = JsFuture::from(request.array_buffer()?).await;
        let body = body.map(|body| Bytes::from(Uint8Array::new(&body).to_vec()));
        return Ok(body.map_err(|_| BodyError::BrokenOff));
    }
    let mut request = worker::Request::from(Clone::clone(request));
    let mut stream = request.stream()?;
    // Part by part, so that a large body is in memory once, and not in JavaScript's as well.
    let mut body = BytesMut::with_capacity(declared.unwrap_or_default());
    while let Some(part) = stream.next().await {
        let Ok(part) = part else {
            return Ok(Err(BodyError::BrokenOff));
        };
        if body.len() + part.len() > bytes_max {
            return Ok(Err(BodyError::TooLarge));
        }
        body.extend_from_slice(&part);
    }
    Ok(Ok(body.freeze()))
}

/// Whether a request is a `GET` that any current response answers.
///
/// # Errors
/// When its headers cannot be read.
pub fn is_unconditional_get(request: &web_sys::Request) -> Result<bool> {
    Ok(request.method() == "GET" && !request.headers().has("if-none-match")?)
}

/// Hands a response to JavaScript.
///
/// # Errors
/// When a header is no text.
pub fn give(response: Response<Bytes>) -> Result<web_sys::Response> {
    let (parts, body) = response.into_parts();
    let init = web_sys::ResponseInit::new();
    init.set_status(parts.status.as_u16());
    init.set_headers(&headers(&parts.headers)?.into());
    let null_body = matches!(parts.status.as_u16(), 101 | 204 | 205 | 304);
    Ok(if null_body {
        web_sys::Response::new_with_opt_str_and_init(None, &init)?
    } else {
        let body = Uint8Array::from(body.as_ref());
        web_sys::Response::new_with_opt_buffer_source_and_init(Some(&body), &init)?
    })
}

/// Headers for JavaScript: a copy of the known object with the common ones, and the others
/// appended.
///
/// # Errors
/// When a value is no text.
pub fn headers(all: &HeaderMap) -> Result<web_sys::Headers> {
    let mut common = Vec::with_capacity(512);
    for name in &COMMON {
        for value in all.get_all(name) {
            common.extend_from_slice(name.as_str().as_bytes());
            common.push(b'\n');
            common.extend_from_slice(value.as_bytes());
            common.push(b'\n');
        }
    }
    let headers = KNOWN.with_borrow_mut(|known| -> Result<_> {
        if let Some(headers) = known.get(&common) {
            return Ok(web_sys::Headers::new_with_headers(headers)?);
        }
        let headers = web_sys::Headers::new()?;
        append(&headers, all, |name| COMMON.contains(name))?;
        let copy = web_sys::Headers::new_with_headers(&headers)?;
        known.insert(common, headers);
        Ok(copy)
    })?;
    append(&headers, all, |name| !COMMON.contains(name))?;
    Ok(headers)
}

fn append(
    headers: &web_sys::Headers,
    all: &HeaderMap,
    wanted: impl Fn(&HeaderName) -> bool,
) -> Result<()> {
    for (name, value) in all.iter().filter(|(name, _)| wanted(name)) {
        let value = value
            .to_str()
            .map_err(|error| worker::Error::from(error.to_string()))?;
        headers.append(name.as_str(), value)?;
    }
    Ok(())
}
