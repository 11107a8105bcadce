//! What the contract of the API says about `api`, `change` and `follow`.

use serde_json::{Value, json};
use souk_protocol::limits;
use souk_protocol::problem::ProblemKind;

use crate::openapi::examples;
use crate::openapi::operation::{answer, fails, of_order, schema};

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![
        ("/api/v1/orders", json!({"post": place_order()})),
        ("/api/v1/orders/{id}", json!({"get": read_order()})),
        ("/api/v1/orders/{id}/events", json!({"get": follow_order()})),
        (
            "/api/v1/orders/{id}/changes",
            json!({"post": change_order()}),
        ),
    ]
}

/// An order to the purchase address of a ticket: as any other one, and by the turn of its ticket.
/// `parameters` are those of the address.
pub(crate) fn place_sale_order(parameters: Vec<Value>) -> Value {
    let mut operation = place_order();
    operation["operationId"] = json!("placeSaleOrder");
    operation["summary"] = json!("Place an order in a sale with a waiting room");
    operation["description"] = json!(
        "As `placeOrder`, with the ticket that the address is of. Any other code, an early one among \
         them, is the address of nothing. A ticket has one order."
    );
    let of_order = operation["parameters"].as_array_mut().expect("a list");
    of_order.splice(0..0, parameters);
    // The bytes of the document are part of every function: what is the same stands there once.
    let plain = "#/paths/~1api~1v1~1orders/post";
    let same = |part: &str| json!({"$ref": format!("{plain}/{part}")});
    operation["requestBody"] = same("requestBody");
    let mut responses = json!({});
    fails(
        &mut responses,
        &[
            (
                403,
                &[ProblemKind::TicketInvalid, ProblemKind::ChallengeRequired],
            ),
            (404, &[ProblemKind::NotFound]),
            (410, &[ProblemKind::TurnMissed]),
        ],
    );
    let own = ["403", "404", "410"];
    let of_order = operation["responses"].as_object().expect("an object");
    for status in of_order
        .keys()
        .filter(|status| !own.contains(&status.as_str()))
    {
        responses[status] = same(&format!("responses/{status}"));
    }
    operation["responses"] = responses;
    operation
}

fn place_order() -> Value {
    let mut responses = json!({
        "201": answer("The order is placed and has its stock.", "Order", examples::order(),
            &["Location", "RateLimit-Policy", "RateLimit"]),
        "200": answer("The key was used for the same order before: here it is again.", "Order",
            examples::order(), &["Location", "Idempotent-Replayed", "RateLimit-Policy", "RateLimit"]),
        "202": answer("As 201 or 200, for a client that does not wait: the order has its stock, \
            and its events tell the rest.", "AcceptedOrder", examples::accepted_order(),
            &["Location", "Preference-Applied", "Idempotent-Replayed", "RateLimit-Policy",
                "RateLimit"]),
    });
    fails(
        &mut responses,
        &[
            (
                400,
                &[
                    ProblemKind::IdempotencyKeyMissing,
                    ProblemKind::InvalidRequest,
                ],
            ),
            (
                409,
                &[
                    ProblemKind::SoldOut,
                    ProblemKind::LimitExceeded,
                    ProblemKind::NotOpen,
                    ProblemKind::SaleOver,
                    ProblemKind::NotYourTurn,
                    ProblemKind::PriceChanged,
                    ProblemKind::TermsChanged,
                    ProblemKind::PromotionUnavailable,
                ],
            ),
            (403, &[ProblemKind::ChallengeRequired]),
            (429, &[ProblemKind::QuotaExceeded]),
            (413, &[ProblemKind::BodyTooLarge]),
            (415, &[ProblemKind::UnsupportedMediaType]),
            (
                422,
                &[
                    ProblemKind::InvalidRequest,
                    ProblemKind::UnknownSku,
                    ProblemKind::DeliveryUnavailable,
                    ProblemKind::IdempotencyKeyReused,
                ],
            ),
            (
                503,
                &[
                    ProblemKind::Unavailable,
                    ProblemKind::OutcomeUnknown,
                    ProblemKind::OrderingClosed,
                ],
            ),
        ],
    );
    for status in ["200", "201", "202"] {
        responses[status]["links"] = json!({"read": {
            "operationId": "readOrder",
            "description": "The same order, later.",
            "parameters": {"id": "$response.body#/id", "token": "$response.body#/token"},
        }});
    }
    let bytes_max = limits::BODY_BYTES_MAX;
    json!({
        "operationId": "placeOrder",
        "tags": ["Orders"],
        "summary": "Place an order",
        "description": "All lines or none. When no answer arrives, send the same request with the \
                        same key: there will be one order. Every success says that its stock is \
                        taken; no order is cancelled later for want of it. With `not-your-turn` and a \
                        `ticket`, orders are accepted in turn at the moment: send the same request \
                        again with the header `Souk-Ticket` once the ticket is called.",
        "parameters": [
            idempotency_key("A value of the client's own, such as a UUID, for this order alone."),
            {
                "name": "Prefer", "in": "header",
                "description": "`respond-async` (RFC 7240): 202 instead of the whole order.",
                "schema": {"type": "string"},
            },
        ],
        "requestBody": {
            "required": true,
            "description": format!("At most {bytes_max} bytes."),
            "content": {"application/json": {
                "schema": schema("OrderRequest"),
                "example": examples::order_request(),
            }},
        },
        "responses": responses,
    })
}

fn idempotency_key(description: &str) -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": true,
        "description": description,
        "schema": {
            "type": "string", "minLength": 1,
            "maxLength": limits::IDEMPOTENCY_KEY_BYTES_MAX,
            // Visible ASCII but a comma, which stands between two values of one header.
            "pattern": "^[!-+\\--~]([ -+\\--~]*[!-+\\--~])?$",
        },
        "example": "7f0c1a52-9a3f-4c9e-8b65-2f6f5f0f4a11",
    })
}

fn change_order() -> Value {
    let mut responses = json!({
        "200": answer("The order as it is now; a key that was used for the same change finds it so.",
            "Order", examples::order(), &["Idempotent-Replayed"]),
    });
    fails(
        &mut responses,
        &[
            (
                400,
                &[
                    ProblemKind::IdempotencyKeyMissing,
                    ProblemKind::InvalidRequest,
                ],
            ),
            (404, &[ProblemKind::NotFound]),
            (409, &[ProblemKind::NotEditable]),
            (413, &[ProblemKind::BodyTooLarge]),
            (415, &[ProblemKind::UnsupportedMediaType]),
            (
                422,
                &[
                    ProblemKind::InvalidRequest,
                    ProblemKind::IdempotencyKeyReused,
                ],
            ),
            (
                503,
                &[
                    ProblemKind::Unavailable,
                    ProblemKind::OutcomeUnknown,
                    ProblemKind::OrderingClosed,
                ],
            ),
        ],
    );
    let mut parameters = of_order();
    let all = parameters.as_array_mut().expect("a list");
    all.push(idempotency_key(
        "A value of the client's own, for this change of this order alone.",
    ));
    json!({
        "operationId": "changeOrder",
        "tags": ["Orders"],
        "summary": "Change an order until it is packed",
        "description": "Cancel it, take units off, or name another address. Units that are taken \
                        off go back on sale, and their share of what was paid goes back to the \
                        buyer, after all discounts and with tax; nothing is priced anew. An \
                        address may be another one where the order costs the same: in the same \
                        zones of delivery, with the same taxes. When no answer arrives, send the \
                        same request with the same key: it is carried out once.",
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": {"application/json": {
                "schema": schema("OrderChangeRequest"),
                "example": examples::order_change(),
            }},
        },
        "responses": responses,
    })
}

fn read_order() -> Value {
    let mut responses = json!({
        "200": answer("The order.", "Order", examples::order(), &[]),
    });
    fails(&mut responses, &[(404, &[ProblemKind::NotFound])]);
    json!({
        "operationId": "readOrder",
        "tags": ["Orders"],
        "summary": "An order",
        "parameters": of_order(),
        "responses": responses,
    })
}

fn follow_order() -> Value {
    let mut parameters = of_order();
    let last = json!({
        "name": "Last-Event-ID", "in": "header",
        "description": "`id` of the last event that the client has. An `EventSource` sends it.",
        "schema": {"type": "string"},
    });
    let all = parameters.as_array_mut().expect("a list");
    all.push(last);
    let mut responses = json!({
        "200": {
            "description": "Events since the last one; `retry` says when to ask again. Each has \
                            its number as `id`, its name as `event`, and an `OrderEvent` as \
                            `data`; `placed` is number 0.",
            "content": {"text/event-stream": {"schema": event(), "example": {
                "id": "1",
                "event": "confirmed",
                "data": r#"{"at":"2026-11-11T00:00:02Z","event":"confirmed"}"#,
            }}},
        },
        "204": {"description": "Nothing is expected to happen to the order any more."},
    });
    fails(&mut responses, &[(404, &[ProblemKind::NotFound])]);
    json!({
        "operationId": "followOrder",
        "tags": ["Orders"],
        "summary": "What happens to an order",
        "description": "For an `EventSource`: it reconnects by itself, and stops when no more \
                        events are expected. While the origin does not answer, the stream only \
                        says when to reconnect.",
        "parameters": parameters,
        "responses": responses,
    })
}

/// One event of a stream, by its fields (WHATWG HTML, 9.2).
fn event() -> Value {
    json!({
        "type": "object",
        "required": ["id", "event", "data"],
        "properties": {
            "id": {"type": "string", "pattern": "^[0-9]+$"},
            "event": {"type": "string"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": schema("OrderEvent"),
            },
        },
    })
}
