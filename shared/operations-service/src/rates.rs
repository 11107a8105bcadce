//! Requests that are counted exactly.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_operations::{Allowed, Rate};
use souk_operations_store::rates::RateCounters;
use souk_protocol::rates::{RATE_NAME_BYTES_MAX, RateReply, TakeRate};
use souk_service_http::{empty, json};
use souk_sql::StoreError;

/// The longest window, in seconds: a day.
const WINDOW_S_MAX: u32 = 24 * 60 * 60;

/// Answers whether one more request of a client is allowed at a moment, in milliseconds since 1970.
///
/// # Errors
/// Those of the counters.
pub async fn take_rate<C: RateCounters>(
    counters: &C,
    request: &Request<Bytes>,
    now_ms: i64,
) -> Result<Response<Bytes>, StoreError> {
    let asked = souk_json::read::<TakeRate>(request.body()).ok();
    let is_possible = |asked: &TakeRate| {
        let name = 1..=RATE_NAME_BYTES_MAX;
        name.contains(&asked.name.len()) && (1..=WINDOW_S_MAX).contains(&asked.window_s)
    };
    let Some(TakeRate {
        name,
        quota,
        window_s,
    }) = asked.filter(is_possible)
    else {
        return Ok(empty(StatusCode::BAD_REQUEST));
    };
    let rate = Rate { quota, window_s };
    let reply = match counters.take(&name, rate, now_ms).await? {
        Allowed::Yes {
            remaining, reset_s, ..
        } => RateReply::Allowed { remaining, reset_s },
        Allowed::No { retry_after_s } => RateReply::Refused { retry_after_s },
    };
    Ok(json(&reply))
}
