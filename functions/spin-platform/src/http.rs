//! Requests out of the component model, responses into it.

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};

/// A response with its whole body, as the SDK takes it.
pub type FullResponse = Response<Full<Bytes>>;

/// Takes a request over with its whole body; `None` when the body is longer than `bytes_max`, or
/// breaks off. A body of a read has no meaning (RFC 9110, 9.3.1) and is not taken: asking for it
/// would wait for the host once more.
pub async fn take(request: spin_sdk::http::Request, bytes_max: usize) -> Option<Request<Bytes>> {
    let (parts, mut body) = request.into_parts();
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Some(Request::from_parts(parts, Bytes::new()));
    }
    let declared = parts.headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > bytes_max) {
        return None;
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            whole.extend_from_slice(&data);
            if whole.len() > bytes_max {
                return None;
            }
        }
    }
    Some(Request::from_parts(parts, whole.freeze()))
}

/// Hands a response over. Its length is told, so that the host need not send it in chunks.
pub fn give(mut response: Response<Bytes>) -> FullResponse {
    if !response.body().is_empty() {
        let length = response.body().len();
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
    }
    response.map(Full::new)
}
