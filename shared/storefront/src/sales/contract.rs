//! What the contract of the API says about sales.

use serde_json::{Value, json};
use souk_domain::SALE_ID_BYTES_MAX;
use souk_protocol::problem::ProblemKind;

use crate::catalogue::contract::{language, market};
use crate::openapi::examples;
use crate::openapi::operation::{answer, fails, schema};
use crate::orders::contract::place_sale_order;

/// Headers that say how old the data of the answer is.
const HEADERS: [&str; 4] = [
    "Souk-Catalogue-Version",
    "Souk-Catalogue-Published",
    "Souk-Catalogue-Age",
    "Souk-Availability-Age",
];

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    let mut ticket = text_of_path("ticket", "`ticket` of the place.");
    ticket["example"] = json!(examples::ticket().ticket);
    let code = text_of_path("code", "What `orders_path` of the ticket ends with.");
    let header = json!({
        "name": "Souk-Ticket", "in": "header", "required": true,
        "description": "The ticket.",
        "schema": {"type": "string"},
        "example": examples::ticket().ticket,
    });
    vec![
        ("/api/v1/sales/{id}", json!({"get": read_sale()})),
        (
            "/api/v1/sales/{id}/tickets",
            json!({"post": issue_ticket()}),
        ),
        (
            "/api/v1/sales/{id}/tickets/{ticket}",
            json!({"get": read_ticket(ticket)}),
        ),
        (
            "/api/v1/sales/{id}/orders/{code}",
            json!({"post": place_sale_order(vec![sale_id(), code, header])}),
        ),
    ]
}

fn sale_id() -> Value {
    json!({
        "name": "id", "in": "path", "required": true,
        "description": "Name of the sale.",
        "schema": {"type": "string", "minLength": 1, "maxLength": SALE_ID_BYTES_MAX},
        "example": "drop",
    })
}

fn text_of_path(name: &str, description: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": description,
        "schema": {"type": "string", "minLength": 1},
    })
}

fn issue_ticket() -> Value {
    let mut responses = json!({
        "201": answer("The place.", "Ticket", examples::ticket(), &["Location", "Retry-After", "RateLimit-Policy", "RateLimit"]),
    });
    fails(
        &mut responses,
        &[
            (400, &[ProblemKind::InvalidRequest]),
            (404, &[ProblemKind::NotFound]),
            (
                409,
                &[
                    ProblemKind::NotOpen,
                    ProblemKind::SoldOut,
                    ProblemKind::SaleOver,
                ],
            ),
            (413, &[ProblemKind::BodyTooLarge]),
            (415, &[ProblemKind::UnsupportedMediaType]),
            (422, &[ProblemKind::InvalidRequest]),
            (429, &[ProblemKind::QuotaExceeded]),
        ],
    );
    json!({
        "operationId": "issueTicket",
        "tags": ["Orders"],
        "summary": "A place in the waiting room of a sale",
        "description": "Tickets from before the opening take part in a draw, later ones follow by \
                        arrival. Nothing is stored: keep the ticket. Where `identity` of the sale is \
                        `email`, all tickets of an address have one seed, and so one place in the \
                        draw.",
        "parameters": [sale_id()],
        "requestBody": {
            "required": false,
            "content": {"application/json": {
                "schema": schema("TicketRequest"),
                "example": examples::ticket_request(),
            }},
        },
        "responses": responses,
    })
}

fn read_ticket(ticket: Value) -> Value {
    let mut responses = json!({
        "200": answer("The place as it stands.", "Ticket", examples::ticket(), &["Retry-After"]),
    });
    fails(
        &mut responses,
        &[
            (403, &[ProblemKind::TicketInvalid]),
            (404, &[ProblemKind::NotFound]),
        ],
    );
    json!({
        "operationId": "readTicket",
        "tags": ["Orders"],
        "summary": "Where a place stands",
        "description": "Ask again after `poll_after_s`: a place of which nothing is heard for long \
                        may be passed over. Once the state is `called`, send the order to \
                        `orders_path` with the header `Souk-Ticket`; after `missed` ask for another \
                        ticket.",
        "parameters": [sale_id(), ticket],
        "responses": responses,
    })
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
    json!({
        "operationId": "readSale",
        "tags": ["Catalogue"],
        "summary": "A sale as it stands now",
        "description": "The session that is on, or else the next one. An order names an item by \
                        `sold_as`; outside of the session it is refused with `not-open` or \
                        `sale-over`, and with `limit-exceeded` where its buyer has as many units as \
                        one may have. A sale with a `draw` has a waiting room: see `issueTicket`.",
        "parameters": [sale_id(), language(), market()],
        "responses": responses,
    })
}
