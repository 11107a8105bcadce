//! Requests out of JavaScript, responses into it.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{Method, Request, Response, Uri};
use worker::{Headers, Result};

/// The headers that a use case looks at. Each one costs a call into JavaScript.
const HEADERS: [&str; 11] = [
    "accept",
    "authorization",
    "content-type",
    "cookie",
    "host",
    "idempotency-key",
    "if-none-match",
    "origin",
    "sec-fetch-site",
    "traceparent",
    "x-forwarded-proto",
];
/// Those that a plain read looks at.
const READ_HEADERS: [&str; 5] = ["accept", "cookie", "host", "if-none-match", "authorization"];

/// Takes a request over with its whole body; `None` when the body is longer than `bytes_max`.
pub(crate) async fn take(
    mut request: worker::Request,
    bytes_max: usize,
) -> Result<Option<Request<Bytes>>> {
    let inner = request.inner();
    let method: Method = inner
        .method()
        .parse()
        .map_err(|_| worker::Error::from("the method is not a method"))?;
    let uri: Uri = inner
        .url()
        .parse()
        .map_err(|_| worker::Error::from("the URL is not a URL"))?;
    let has_body = !matches!(method, Method::GET | Method::HEAD);
    let mut builder = Request::builder().method(method).uri(uri);
    let headers = request.headers();
    let names: &[&str] = if has_body { &HEADERS } else { &READ_HEADERS };
    for name in names {
        if let Some(value) = headers.get(name)? {
            builder = builder.header(*name, value);
        }
    }
    let body = match has_body {
        true => match read(&mut request, bytes_max).await? {
            Some(body) => body,
            None => return Ok(None),
        },
        false => Bytes::new(),
    };
    let request = builder
        .body(body)
        .map_err(|error| worker::Error::from(error.to_string()))?;
    Ok(Some(request))
}

async fn read(request: &mut worker::Request, bytes_max: usize) -> Result<Option<Bytes>> {
    let declared = request.headers().get("content-length")?;
    let declared = declared.and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > bytes_max) {
        return Ok(None);
    }
    if request.inner().body().is_none() {
        return Ok(Some(Bytes::new()));
    }
    if declared.is_some() {
        // The runtime ends the stream at the declared length.
        return Ok(Some(request.bytes().await?.into()));
    }
    let mut stream = request.stream()?;
    let mut body = BytesMut::new();
    while let Some(part) = stream.next().await {
        body.extend_from_slice(&part?);
        if body.len() > bytes_max {
            return Ok(None);
        }
    }
    Ok(Some(body.freeze()))
}

/// Hands a response to JavaScript.
pub(crate) fn give(response: Response<Bytes>) -> Result<worker::Response> {
    let (parts, body) = response.into_parts();
    let headers = Headers::new();
    for (name, value) in &parts.headers {
        let value = value
            .to_str()
            .map_err(|error| worker::Error::from(error.to_string()))?;
        headers.append(name.as_str(), value)?;
    }
    let response = worker::Response::builder()
        .with_status(parts.status.as_u16())
        .with_headers(headers);
    let null_body = matches!(parts.status.as_u16(), 101 | 204 | 205 | 304);
    Ok(if null_body {
        response.empty()
    } else {
        response.fixed(body.into())
    })
}
