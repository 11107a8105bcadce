//! Requests out of the component model, responses into it.

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use souk_service_http::{Body, BodyError};

/// A response with its whole body, as the SDK takes it.
pub type FullResponse = Response<Full<Bytes>>;

/// Takes a request over with its whole body, of at most `bytes_max` bytes. A body of a read has no
/// meaning (RFC 9110, 9.3.1) and is not taken: asking for it would wait for the host once more.
///
/// # Errors
/// See [`BodyError`].
pub async fn take(
    request: spin_sdk::http::Request,
    bytes_max: usize,
) -> Result<Request<Bytes>, BodyError> {
    let (parts, mut body) = request.into_parts();
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(Request::from_parts(parts, Bytes::new()));
    }
    let mut whole = Body::begin(&parts.headers, bytes_max)?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::BrokenOff)?;
        if let Ok(data) = frame.into_data() {
            whole.push(&data)?;
        }
    }
    Ok(Request::from_parts(parts, whole.finish()))
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
