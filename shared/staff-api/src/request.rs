//! What every handler reads from a request: its idempotency key and its body.

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde::de::DeserializeOwned;
use souk_protocol::endpoint::Endpoint;
use souk_protocol::limits;
use souk_protocol::problem::{Problem, ProblemKind};

/// Keys of staff are kept apart from those of shoppers, of a provider and of the clock.
pub(crate) const KEY_PREFIX: &str = "staff/";
const KEY_BYTES_MAX: usize = limits::IDEMPOTENCY_KEY_BYTES_MAX - KEY_PREFIX.len();

/// The key of a request that writes.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        let detail = "send a new random key with each change, and the same one when you repeat it";
        return Err(Problem::new(ProblemKind::IdempotencyKeyMissing).detail(detail));
    };
    match key.to_str() {
        Ok(key) if (1..=KEY_BYTES_MAX).contains(&key.len()) => Ok(key),
        Ok(_) | Err(_) => {
            let detail = format!("a key has 1 to {KEY_BYTES_MAX} ASCII characters");
            Err(Problem::new(ProblemKind::InvalidRequest)
                .with_status(400)
                .detail(detail))
        }
    }
}

/// What the request of an endpoint says.
pub(crate) fn body<Q: DeserializeOwned, R>(
    _of: Endpoint<Q, R>,
    request: &Request<Bytes>,
) -> Result<Q, Problem> {
    json(request)
}

/// The body of a request whose shape is looked at further.
pub(crate) fn json<Q: DeserializeOwned>(request: &Request<Bytes>) -> Result<Q, Problem> {
    souk_json::read(request.body()).map_err(|error| {
        let problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
        problem.detail(error.to_string())
    })
}
