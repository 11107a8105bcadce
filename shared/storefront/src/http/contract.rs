//! What the contract of the API says about `developers`.

use serde_json::{Value, json};

use crate::openapi::operation::operation;

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    let document = operation("contract", "This document", "application/json");
    vec![("/openapi.json", json!({"get": document}))]
}
