//! What the contract of the API says about `api`.

use serde_json::{Value, json};
use souk_protocol::limits;
use souk_protocol::problem::ProblemKind;
use souk_protocol::quotes::QUOTES_PATH;

use crate::openapi::examples;
use crate::openapi::operation::{answer, fails, schema};

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![(QUOTES_PATH, json!({"post": quote()}))]
}

fn quote() -> Value {
    let mut responses = json!({
        "200": answer("What the cart costs now.", "Quote", examples::quote(),
            &["Souk-Catalogue-Version", "Souk-Catalogue-Published", "Souk-Catalogue-Age"]),
    });
    fails(
        &mut responses,
        &[
            (400, &[ProblemKind::InvalidRequest]),
            (409, &[ProblemKind::LimitExceeded]),
            (413, &[ProblemKind::BodyTooLarge]),
            (415, &[ProblemKind::UnsupportedMediaType]),
            (
                422,
                &[
                    ProblemKind::InvalidRequest,
                    ProblemKind::UnknownSku,
                    ProblemKind::DeliveryUnavailable,
                ],
            ),
        ],
    );
    let bytes_max = limits::BODY_BYTES_MAX;
    json!({
        "operationId": "quoteCart",
        "tags": ["Orders"],
        "summary": "What a cart costs",
        "description": "Prices, reductions, delivery, tax and duty of a cart, and why; nothing is \
                        reserved. Ask without `delivery` for the ways of delivery to a place, then \
                        with one. Send `quote` with an order of the same lines, codes and delivery to \
                        an address at the same place: until `expires_at` it costs what the quote \
                        says, or is refused with a new one. Whether a code with a limited number of \
                        uses has any left, only an order knows.",
        "requestBody": {
            "required": true,
            "description": format!("At most {bytes_max} bytes."),
            "content": {"application/json": {
                "schema": schema("QuoteRequest"),
                "example": examples::quote_request(),
            }},
        },
        "responses": responses,
    })
}
