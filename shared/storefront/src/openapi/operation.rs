//! The operations: what they take, what they answer, and every way in which they fail.

use serde_json::{Map, Value, json};
use souk_catalogue::{Collections, ListingOrder};
use souk_domain::Slug;
use souk_protocol::limits;
use souk_protocol::problem::{self, ProblemKind};

use crate::examples;

/// Every address that the contract promises.
pub(crate) fn paths() -> Value {
    json!({
        "/api/v1/products": {"get": list_products()},
        "/api/v1/products/{slug}": {"get": read_product()},
        "/api/v1/orders": {"post": place_order()},
        "/api/v1/orders/{id}": {"get": read_order()},
        "/api/v1/orders/{id}/events": {"get": follow_order()},
        "/api/v1/orders/{id}/payment": {"post": pay_order()},
        "/healthz": {"get": operation("health", "Whether this instance answers", "text/plain")},
        "/readyz": {"get": ready()},
        "/metrics": {"get": operation("metrics", "Counters, as Prometheus text", "text/plain")},
        "/openapi.json": {"get": operation("contract", "This document", "application/json")},
    })
}

/// Headers of responses.
pub(crate) fn headers() -> Value {
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    let number = |description: &str| json!({"description": description, "schema": {"type": "integer", "minimum": 0}});
    json!({
        "ETag": text("Names these bytes: send it as `If-None-Match`."),
        "Souk-Catalogue-Version": number("The version of the catalogue that was read."),
        "Souk-Catalogue-Age": number("Seconds since that version was published."),
        "Idempotent-Replayed": json!({
            "description": "The order existed: nothing was done this time.",
            "schema": {"type": "string", "const": "true"},
        }),
        "Location": text("The address of the order; its token is to be added, but for a 202."),
        "Preference-Applied": json!({
            "description": "What the client preferred and got.",
            "schema": {"type": "string", "const": "respond-async"},
        }),
        "Retry-After": number("Seconds to wait before the same request."),
    })
}

fn header_references(names: &[&str]) -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    names
        .iter()
        .map(|name| ((*name).to_owned(), reference(name)))
        .collect::<Map<_, _>>()
        .into()
}

const CATALOGUE_HEADERS: [&str; 3] = ["ETag", "Souk-Catalogue-Version", "Souk-Catalogue-Age"];

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn answer(
    description: &str,
    name: &str,
    example: impl serde::Serialize,
    headers: &[&str],
) -> Value {
    json!({
        "description": description,
        "headers": header_references(headers),
        "content": {"application/json": {"schema": schema(name), "example": example}},
    })
}

fn not_modified() -> Value {
    json!({
        "description": "The client has these bytes already.",
        "headers": header_references(&CATALOGUE_HEADERS),
    })
}

/// Adds a response for each status, with an example for each kind of problem.
fn fails(responses: &mut Value, kinds: &[(u16, &[ProblemKind])]) {
    let everywhere: [(u16, &[ProblemKind]); 2] = [
        (500, &[ProblemKind::Internal]),
        (503, &[ProblemKind::Unavailable]),
    ];
    // An operation's own responses replace those of all operations.
    for (status, kinds) in everywhere.iter().chain(kinds) {
        let examples: Map<_, _> = kinds
            .iter()
            .map(|kind| {
                let value = examples::problem(*kind, *status);
                (
                    kind.name().to_owned(),
                    json!({"summary": kind.title(), "value": value}),
                )
            })
            .collect();
        let titles: Vec<_> = kinds
            .iter()
            .map(|kind| format!("`{}`", kind.name()))
            .collect();
        let mut response = json!({
            "description": titles.join(", "),
            "content": {problem::MEDIA_TYPE: {"schema": schema("Problem"), "examples": examples}},
        });
        // Also for a SKU under a sold-out hold: returned units are not sold before it expires.
        if *status == 503 || kinds.contains(&ProblemKind::SoldOut) {
            response["headers"] = header_references(&["Retry-After"]);
        }
        responses[status.to_string()] = response;
    }
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn language() -> Value {
    let tags = ["en", "zh", "zh-CN", "zh-Hans", ""];
    let tags = json!({"type": "string", "enum": tags, "default": "en"});
    query("lang", "The language of names and descriptions.", tags)
}

fn known_etag() -> Value {
    json!({
        "name": "If-None-Match",
        "in": "header",
        "description": "An `ETag` that the client has; 304 when it still holds.",
        "schema": {"type": "string"},
    })
}

fn list_products() -> Value {
    let orders = ListingOrder::ALL.map(ListingOrder::name);
    let orders: Vec<_> = orders.into_iter().chain([""]).collect();
    let mut responses = json!({
        "200": answer("A page.", "ProductPage", examples::product_page(), &CATALOGUE_HEADERS),
        "304": not_modified(),
    });
    fails(
        &mut responses,
        &[
            (400, &[ProblemKind::InvalidRequest]),
            (404, &[ProblemKind::InvalidRequest]),
            (410, &[ProblemKind::CursorExpired]),
        ],
    );
    json!({
        "operationId": "listProducts",
        "tags": ["Catalogue"],
        "summary": "Products of a collection",
        "description": "Pages hold every product once: a cursor stays with the version of the \
                        catalogue that the first page was read from, and belongs to its filters. \
                        Values of one filter are joined by \"or\", filters by \"and\"; names and \
                        values are in the shop's own language and compared whole. A value that \
                        no product has finds nothing; an empty parameter counts as none.",
        "parameters": [
            query("collection", "Slug of a collection; every product without it.", json!({
                "type": "string", "maxLength": Slug::BYTES_MAX, "default": Collections::ALL,
            })),
            query("sort", "The order of the products.", json!({
                "type": "string", "enum": orders, "default": ListingOrder::Featured.name(),
            })),
            query("cursor", "`next` of the page before.", json!({
                "type": "string", "pattern": "^[0-9A-Za-z_-]*$",
            })),
            query("limit", "Products on a page.", json!({
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": limits::PAGE_ITEMS_MAX},
                    {"type": "string", "const": ""},
                ],
                "default": limits::PAGE_ITEMS_DEFAULT,
            })),
            values("vendor", "Makers."),
            values("type", "Kinds of product."),
            values("tag", "Tags; the first 20 of a product count."),
            values(
                "option.<Name>",
                "Values of the option with this name, such as `option.Colour=Blue`. Repeat it for \
                 other options.",
            ),
            price("price.min", "Lowest price of a product's cheapest variant, in minor units."),
            price("price.max", "Highest price of a product's cheapest variant, in minor units."),
            language(),
            known_etag(),
        ],
        "responses": responses,
    })
}

/// A filter that may be repeated.
fn values(name: &str, description: &str) -> Value {
    let value = json!({"type": "string", "maxLength": limits::FILTER_CHARS_MAX});
    let most = limits::FILTER_VALUES_MAX;
    let mut parameter = query(
        name,
        &format!("{description} Repeat it for more values, {most} over all filters."),
        json!({"type": "array", "items": value, "maxItems": most}),
    );
    parameter["style"] = json!("form");
    parameter["explode"] = json!(true);
    parameter
}

fn price(name: &str, description: &str) -> Value {
    let amount = json!({"anyOf": [
        {"type": "integer", "minimum": 0, "maximum": limits::FILTER_PRICE_MINOR_MAX},
        {"type": "string", "const": ""},
    ]});
    query(name, description, amount)
}

fn read_product() -> Value {
    let mut responses = json!({
        "200": answer("The product.", "Product", examples::product(), &CATALOGUE_HEADERS),
        "304": not_modified(),
    });
    fails(
        &mut responses,
        &[
            (400, &[ProblemKind::InvalidRequest]),
            (404, &[ProblemKind::NotFound]),
        ],
    );
    json!({
        "operationId": "readProduct",
        "tags": ["Catalogue"],
        "summary": "One product",
        "parameters": [
            {
                "name": "slug", "in": "path", "required": true,
                "description": "`slug` of the product.",
                "schema": {"type": "string", "minLength": 1, "maxLength": Slug::BYTES_MAX},
                "example": "stoneware-mug",
            },
            language(),
            known_etag(),
        ],
        "responses": responses,
    })
}

fn place_order() -> Value {
    let mut responses = json!({
        "201": answer("The order is placed and has its stock.", "Order", examples::order(),
            &["Location"]),
        "200": answer("The key was used for the same order before: here it is again.", "Order",
            examples::order(), &["Location", "Idempotent-Replayed"]),
        "202": answer("As 201 or 200, for who does not want to wait: the order has its stock, and \
            says where to hear of the rest.", "AcceptedOrder", examples::accepted_order(),
            &["Location", "Preference-Applied", "Idempotent-Replayed"]),
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
            (409, &[ProblemKind::SoldOut, ProblemKind::PriceChanged]),
            (413, &[ProblemKind::BodyTooLarge]),
            (415, &[ProblemKind::UnsupportedMediaType]),
            (
                422,
                &[
                    ProblemKind::InvalidRequest,
                    ProblemKind::UnknownSku,
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
                        taken; no order is cancelled later for want of it.",
        "parameters": [
            {
                "name": "Idempotency-Key", "in": "header", "required": true,
                "description": "A value of the client's own, such as a UUID, for this order alone.",
                "schema": {
                    "type": "string", "minLength": 1,
                    "maxLength": limits::IDEMPOTENCY_KEY_BYTES_MAX,
                    // Visible ASCII but a comma, which stands between two values of one header.
                    "pattern": "^[!-+\\--~]([ -+\\--~]*[!-+\\--~])?$",
                },
                "example": "7f0c1a52-9a3f-4c9e-8b65-2f6f5f0f4a11",
            },
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

/// The number and the token of an order.
fn of_order() -> Value {
    json!([
        {
            "name": "id", "in": "path", "required": true,
            "description": "`id` of the order.",
            "schema": {"type": "string", "minLength": 1},
            "example": examples::order().id,
        },
        {
            "name": "token", "in": "query", "required": true,
            "description": "`token` of the order; a wrong one finds nothing.",
            "schema": {"type": "string"},
            "example": examples::order().token,
        },
    ])
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
        "description": "For an `EventSource`: it asks again by itself, and stops when there is \
                        nothing more to hear. While the origin does not answer it is told to come \
                        back.",
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

fn pay_order() -> Value {
    let mut responses = json!({
        "200": answer("The page where the shopper pays.", "PaymentPage",
            examples::payment_page(), &[]),
    });
    fails(
        &mut responses,
        &[
            (404, &[ProblemKind::NotFound]),
            (409, &[ProblemKind::Conflict]),
        ],
    );
    json!({
        "operationId": "payOrder",
        "tags": ["Orders"],
        "summary": "Pay an order by card",
        "description": "Finds the payment page of an order that waits for a card, or opens one. \
                        Lead the shopper to it; whatever happens there stands in the order. Asking \
                        again gives the same page as long as it is open. 409 says that there is \
                        nothing to pay by card: the order is paid, was not paid in time, or is \
                        paid in another way.",
        "parameters": of_order(),
        "responses": responses,
    })
}

fn operation(id: &str, summary: &str, media_type: &str) -> Value {
    let schema = match media_type {
        "application/json" => json!({"type": "object"}),
        _ => json!({"type": "string"}),
    };
    json!({
        "operationId": id,
        "tags": ["Operations"],
        "summary": summary,
        "responses": {
            "200": {"description": "As it is.", "content": {media_type: {"schema": schema}}},
        },
    })
}

fn ready() -> Value {
    let mut ready = operation("ready", "Whether a catalogue can be read", "text/plain");
    let mut responses = ready["responses"].take();
    fails(&mut responses, &[]);
    ready["responses"] = responses;
    ready
}
