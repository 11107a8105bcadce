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
    let own = ["etag", "souk-catalogue-version", "souk-catalogue-age"];
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
    let method: Method = request
        .method()
        .parse()
        .map_err(|_| worker::Error::from("the method is not a method"))?;
    let uri = Uri::from_maybe_shared(Bytes::from(url))
        .map_err(|_| worker::Error::from("the URL is not a URL"))?;
    let has_body = !matches!(method, Method::GET | Method::HEAD);
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
    let body = match has_body {
        true => match read(request, wanted.body_bytes_max).await? {
            Ok(body) => body,
            Err(error) => return Ok(Err(error)),
        },
        false => Bytes::new(),
    };
    let request = builder
        .body(body)
        .map_err(|error| worker::Error::from(error.to_string()))?;
    Ok(Ok(request))
}

async fn read(
    request: &web_sys::Request,
    bytes_max: usize,
) -> Result<std::result::Result<Bytes, BodyError>> {
    let declared = request.headers().get("content-length")?;
    let declared = declared.and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > bytes_max) {
        return Ok(Err(BodyError::TooLarge));
    }
    if request.body().is_none() {
        return Ok(Ok(Bytes::new()));
    }
    if declared.is_some() {
        // The runtime ends the stream at the declared length.
        let body = JsFuture::from(request.array_buffer()?).await;
        let body = body.map(|body| Bytes::from(Uint8Array::new(&body).to_vec()));
        return Ok(body.map_err(|_| BodyError::BrokenOff));
    }
    let mut request = worker::Request::from(Clone::clone(request));
    let mut stream = request.stream()?;
    let mut body = BytesMut::new();
    while let Some(part) = stream.next().await {
        let Ok(part) = part else {
            return Ok(Err(BodyError::BrokenOff));
        };
        body.extend_from_slice(&part);
        if body.len() > bytes_max {
            return Ok(Err(BodyError::TooLarge));
        }
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
