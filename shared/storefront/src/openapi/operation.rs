//! The parts of an operation's description: what it answers, and every way in which it fails.
//!
//! Not here: the operations, which are described beside their handlers (`contract` of each folder).

use serde_json::{Map, Value, json};
use souk_protocol::problem::{self, ProblemKind};

use crate::openapi::examples;

/// Headers of responses.
pub(crate) fn headers() -> Value {
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    let moment = |description: &str| json!({"description": description, "schema": {"type": "string", "format": "date-time"}});
    let number = |description: &str| json!({"description": description, "schema": {"type": "integer", "minimum": 0}});
    json!({
        "ETag": text("Names these bytes: send it as `If-None-Match`."),
        "Souk-Catalogue-Version": number("The version of the catalogue that was read."),
        "Souk-Insights-Version": number("The version of what was learnt from orders; 0 where \
                                         nothing was."),
        "Souk-Catalogue-Published": moment("When that version became the published one, by a \
                                            publish or by a rollback."),
        "Souk-Catalogue-Age": number("Seconds since this instance of the shop read which version is \
                                      the published one."),
        "Souk-Availability-Age": number("Seconds since this instance of the shop read what is \
                                         available. Absent where that could not be read yet."),
        "Idempotent-Replayed": json!({
            "description": "The order existed: nothing was done this time.",
            "schema": {"type": "string", "const": "true"},
        }),
        "Location": text("The address of the order; its token is to be added, but for a 202."),
        "Preference-Applied": json!({
            "description": "What the client preferred and got.",
            "schema": {"type": "string", "const": "respond-async"},
        }),
        "RateLimit-Policy": text("How many such requests a client may send in how many seconds, as \
                                  draft-ietf-httpapi-ratelimit-headers says: `\"order\";q=30;w=60`. \
                                  Absent where the client is not counted."),
        "RateLimit": text("How many more it may send now, and in how many seconds it has all of them \
                           again: `\"order\";r=29;t=2`."),
        "Souk-Level": number("The level of the shop, from 1 on: see `GET /api/v1/status`."),
        "Retry-After": number("Seconds to wait before the same request."),
    })
}

/// References to headers, by their names.
pub(crate) fn header_references(names: &[&str]) -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    names
        .iter()
        .map(|name| ((*name).to_owned(), reference(name)))
        .collect::<Map<_, _>>()
        .into()
}

/// A reference to a schema, by its name.
pub(crate) fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A response with JSON.
pub(crate) fn answer(
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

/// Adds a response for each status, with an example for each kind of problem.
pub(crate) fn fails(responses: &mut Value, kinds: &[(u16, &[ProblemKind])]) {
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
        if kinds.contains(&ProblemKind::QuotaExceeded) {
            response["headers"] =
                header_references(&["Retry-After", "RateLimit-Policy", "RateLimit"]);
        }
        responses[status.to_string()] = response;
    }
}

/// What an operation answers that the staff can switch off.
pub(crate) const MAY_BE_SWITCHED_OFF: (u16, &[ProblemKind]) =
    (503, &[ProblemKind::Unavailable, ProblemKind::SwitchedOff]);

/// A parameter of the query.
pub(crate) fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

/// The number and the token of an order.
pub(crate) fn of_order() -> Value {
    json!([
        {
            "name": "id", "in": "path", "required": true,
            "description": "`id` of the order.",
            "schema": {"type": "string", "minLength": 1},
            "example": examples::order().id,
        },
        {
            "name": "token", "in": "query", "required": true,
            "description": "`token` of the order; a wrong one finds nothing. Better sent as \
                `Authorization: Bearer`, which counts before this one: addresses get into logs.",
            "schema": {"type": "string"},
            "example": examples::order().token,
        },
    ])
}

/// An operation that answers with a text or an object, and cannot fail.
pub(crate) fn operation(id: &str, summary: &str, media_type: &str) -> Value {
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
