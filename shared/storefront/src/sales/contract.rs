//! What the contract of the API says about sales.

use serde_json::{Value, json};
use souk_domain::SALE_ID_BYTES_MAX;
use souk_protocol::problem::ProblemKind;

use crate::catalogue::contract::{language, market};
use crate::openapi::examples;
use crate::openapi::operation::{answer, fails};

/// Headers that say how old the data of the answer is.
const HEADERS: [&str; 4] = [
    "Souk-Catalogue-Version",
    "Souk-Catalogue-Published",
    "Souk-Catalogue-Age",
    "Souk-Availability-Age",
];

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![("/api/v1/sales/{id}", json!({"get": read_sale()}))]
}

fn read_sale() -> Value {
    let mut responses = json!({
        "200": answer("The sale.", "Sale", examples::sale(), &HEADERS),
    });
    fails(
        &mut responses,
        &[
            (400, &[ProblemKind::InvalidRequest]),
            (404, &[ProblemKind::NotFound]),
        ],
    );
    let id = json!({
        "name": "id", "in": "path", "required": true,
        "description": "Name of the sale.",
        "schema": {"type": "string", "minLength": 1, "maxLength": SALE_ID_BYTES_MAX},
        "example": "drop",
    });
    json!({
        "operationId": "readSale",
        "tags": ["Catalogue"],
        "summary": "A sale as it stands now",
        "description": "The session that is on, or else the next one. An order names an item by \
                        `sold_as`; outside of the session it is refused with `not-open` or \
                        `sale-over`, and with `limit-exceeded` where its buyer has as many units as \
                        one may have.",
        "parameters": [id, language(), market()],
        "responses": responses,
    })
}
