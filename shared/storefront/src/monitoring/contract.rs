//! What the contract of the API says about `probes`.

use serde_json::{Value, json};
use souk_protocol::problem::ProblemKind;

use crate::openapi::operation::{fails, operation};

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    let health = operation("health", "Whether this instance answers", "text/plain");
    let mut metrics = operation("metrics", "Counters, as Prometheus text", "text/plain");
    let mut responses = metrics["responses"].take();
    let refused: &[ProblemKind] = &[ProblemKind::Unauthorized];
    fails(
        &mut responses,
        &[
            (401, refused),
            (403, refused),
            (429, &[ProblemKind::Unavailable]),
        ],
    );
    metrics["responses"] = responses;
    vec![
        ("/healthz", json!({"get": health})),
        ("/readyz", json!({"get": ready()})),
        ("/metrics", json!({"get": metrics})),
    ]
}

fn ready() -> Value {
    let mut ready = operation("ready", "Whether a catalogue can be read", "text/plain");
    let mut responses = ready["responses"].take();
    fails(&mut responses, &[]);
    ready["responses"] = responses;
    ready
}
