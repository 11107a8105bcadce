//! What the contract of the API says about `status`.

use serde_json::{Value, json};

use crate::openapi::examples;
use crate::openapi::operation::{answer, fails};

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![("/api/v1/status", json!({"get": read_status()}))]
}

fn read_status() -> Value {
    let mut responses = json!({
        "200": answer("How the shop stands.", "Status", examples::status(), &["Souk-Level"]),
    });
    fails(&mut responses, &[]);
    json!({
        "operationId": "readStatus",
        "tags": ["Operations"],
        "summary": "What is switched off at the moment",
        "description": "At the peak the staff switch parts of the shop off, so that everybody can \
                        order: at level 0 everything is on, at level 5 only products, cart, checkout, \
                        orders and payment are. What is off answers 503 `switched-off` with \
                        `Retry-After`. Each instance says what it knows; all know of a change within \
                        5 s.",
        "responses": responses,
    })
}
