//! Calls to the origin: an attempt may be repeated, because every write carries its key.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};

use crate::instance::Instance;
use souk_ports::{Edge, PortError};

/// Attempts for one request.
const ATTEMPTS_MAX: u32 = 3;
/// Pause before the first repetition; doubled for each further one, with jitter of half of it.
const BACKOFF_MS: u32 = 100;

/// Sends one request to the origin, repeating it when no answer came or the origin was busy.
///
/// # Errors
/// When no attempt brought an answer: what became of a write is then unknown.
pub(crate) async fn call<E: Edge>(
    edge: &E,
    instance: &Instance,
    path: &str,
    body: Option<Bytes>,
) -> Result<Response<Bytes>, PortError> {
    let mut last = PortError::Transient("no attempt was made".to_owned());
    for attempt in 0..ATTEMPTS_MAX {
        if attempt > 0 {
            instance.metrics.origin_retries.add_one();
            let pause = BACKOFF_MS << (attempt - 1);
            let jitter = u32::from(edge.random_bytes()[0]) * pause / 512;
            edge.pause_ms(pause / 2 + jitter).await;
        }
        instance.metrics.origin_calls.add_one();
        match edge.send(request(path, body.clone())).await {
            Ok(response) if is_transient(response.status()) => {
                last = PortError::Transient(format!("the origin said {}", response.status()));
            }
            Ok(response) => return Ok(response),
            Err(error @ PortError::Unsupported(_)) => return Err(error),
            Err(error @ PortError::Transient(_)) => last = error,
        }
    }
    Err(last)
}

fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn request(path: &str, body: Option<Bytes>) -> Request<Bytes> {
    let mut builder = Request::builder().uri(path);
    if body.is_some() {
        builder = builder
            .method("POST")
            .header(header::CONTENT_TYPE, "application/json");
    }
    builder
        .body(body.unwrap_or_default())
        .expect("a path of the protocol is a valid URI")
}
