//! Calls to the origin: in time or not at all, repeated within a budget, and not when it is down.
//!
//! An attempt may be repeated, because every write carries its key. The error of a call without an
//! answer distinguishes two cases: nothing was sent, or the outcome is unknown.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use souk_ports::{Edge, PortError, is_within};
use souk_protocol::shards;
use souk_service_http::{before, get, post};

use crate::monitoring::metrics::Metrics;
use crate::origin::criticality::Criticality;
use crate::origin::guard::{Attempt, DEADLINE_MS, Guard};

/// Attempts for one call.
const ATTEMPTS_MAX: u32 = 3;
/// Pause before the first repetition; doubled for each further one, with jitter of half of it.
const BACKOFF_MS: u32 = 100;

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Nothing was sent: the origin is down, or more wait than it can answer in time.
    #[error("the origin is not asked at the moment")]
    Shed {
        /// When to retry.
        retry_after_s: u32,
    },
    /// The shop takes no orders and changes while it is made larger.
    #[error("the origin takes no orders while the shop grows")]
    Closed,
    /// No answer arrived: the outcome of a write is unknown.
    #[error("the origin {0}")]
    Unknown(String),
    /// The platform cannot reach an origin.
    #[error("the origin {0}")]
    Unsupported(String),
}

/// A request to the origin.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    pub(crate) path: &'c str,
    /// `None`: it reads.
    pub(crate) body: Option<Bytes>,
    pub(crate) class: Criticality,
    pub(crate) trace: &'c HeaderValue,
}

/// Sends one request to the origin, repeating it when no answer came or the origin was busy.
///
/// # Errors
/// See [`CallError`].
pub(crate) async fn call<E: Edge>(
    edge: &E,
    guard: &Guard,
    metrics: &Metrics,
    call: Call<'_>,
) -> Result<Response<Bytes>, CallError> {
    let began_ms = edge.now_ms();
    let Call { path, class, .. } = call;
    let _admitted = guard.admit(class, began_ms).map_err(|retry_after_s| {
        metrics.origin_shed.of(class).add_one();
        CallError::Shed { retry_after_s }
    })?;
    let mut last = String::new();
    for attempt in 0..ATTEMPTS_MAX {
        if attempt > 0 {
            let pause = BACKOFF_MS << (attempt - 1);
            let jitter = u32::from(edge.random_bytes()[0]) * pause / 512;
            let pause = pause / 2 + jitter;
            if !is_within(DEADLINE_MS - i64::from(pause), began_ms, edge.now_ms())
                || !guard.may_repeat(class, edge.now_ms())
            {
                break;
            }
            metrics.origin_retries.add_one();
            edge.pause_ms(pause).await;
        }
        metrics.origin_calls.add_one();
        // A clock that is set back meanwhile does not prolong it.
        let rest_ms = (began_ms + DEADLINE_MS - edge.now_ms()).clamp(0, DEADLINE_MS);
        let rest_ms = u32::try_from(rest_ms).unwrap_or(0);
        let send = edge.send(request(path, call.body.clone(), call.trace));
        let sent = before(send, edge.pause_ms(rest_ms)).await;
        let now_ms = edge.now_ms();
        last = match sent {
            Some(Ok(response)) if !is_transient(response.status()) => {
                guard.ended(Attempt::Answered, now_ms);
                return match response.status().as_u16() {
                    shards::CLOSED_STATUS => Err(CallError::Closed),
                    _ => Ok(response),
                };
            }
            Some(Err(PortError::Unsupported(text))) => return Err(CallError::Unsupported(text)),
            Some(Ok(response)) => format!("said {}", response.status()),
            Some(Err(error @ PortError::Transient(_))) => error.to_string(),
            None => format!("said nothing for {DEADLINE_MS} ms"),
        };
        guard.ended(Attempt::Failed, now_ms);
    }
    Err(CallError::Unknown(last))
}

/// What the origin answered, as the type that it wrote.
///
/// # Errors
/// A text for the log, where it answered something else.
pub(crate) fn read<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, String> {
    let status = response.status();
    if !status.is_success() {
        return Err(format!("the origin said {status}"));
    }
    souk_json::read(response.body()).map_err(|error| format!("the origin's reply: {error}"))
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

fn request(path: &str, body: Option<Bytes>, trace: &HeaderValue) -> Request<Bytes> {
    let mut request = match body {
        Some(body) => post(path, body),
        None => get(path),
    };
    let headers = request.headers_mut();
    headers.insert(souk_protocol::origin::TRACE_HEADER, trace.clone());
    request
}
