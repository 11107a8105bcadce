//! Requests out of the component model, responses into it.

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use souk_service_http::{Body, BodyError};
use spin_sdk::wasip3::http_compat::IncomingRequestBody;

/// A response with its whole body, as the SDK takes it.
pub type FullResponse = Response<Full<Bytes>>;

/// A body of which nothing was read yet.
pub type Unread = IncomingRequestBody;

/// Takes a request over with its whole body, of at most `bytes_max` bytes.
///
/// # Errors
/// See [`BodyError`].
pub async fn take(
    request: spin_sdk::http::Request,
    bytes_max: usize,
) -> Result<Request<Bytes>, BodyError> {
    let (head, body) = take_head(request);
    let body = take_body(&head, body, bytes_max).await?;
    Ok(head.map(|()| body))
}

/// Takes a request over without its body, of which nothing is read.
pub fn take_head(request: spin_sdk::http::Request) -> (Request<()>, Unread) {
    let (parts, body) = request.into_parts();
    (Request::from_parts(parts, ()), body)
}

/// Reads the body of a request whose head was taken, of at most `bytes_max` bytes. A body of a read
/// has no meaning (RFC 9110, 9.3.1) and is not taken: asking for it would wait for the host once more.
///
/// # Errors
/// See [`BodyError`].
pub async fn take_body(
    head: &Request<()>,
    mut body: Unread,
    bytes_max: usize,
) -> Result<Bytes, BodyError> {
    if matches!(*head.method(), Method::GET | Method::HEAD) {
        return Ok(Bytes::new());
    }
    let mut whole = Body::begin(head.headers(), bytes_max)?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::BrokenOff)?;
        if let Ok(data) = frame.into_data() {
            whole.push(&data)?;
        }
    }
    Ok(whole.finish())
}

/// Hands a response over, with its length, so that the host need not send it in chunks.
pub fn give(mut response: Response<Bytes>) -> FullResponse {
    if !response.body().is_empty() {
        let length = response.body().len();
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
    }
    response.map(Full::new)
}
