//! What the contract of the API says about `api`.

use serde_json::{Value, json};
use souk_domain::Slug;
use souk_insights::LIST_MAX;
use souk_protocol::problem::ProblemKind;

use crate::catalogue::contract::{
    CATALOGUE_HEADERS, known_etag, language_named, market, not_modified_with,
};
use crate::insights::Kind;
use crate::insights::choose::FOR_MAX;
use crate::openapi::examples;
use crate::openapi::operation::{answer, fails, query};

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![
        (
            "/api/v1/products/{slug}/recommendations",
            json!({"get": of_product()}),
        ),
        ("/api/v1/recommendations", json!({"get": of_products()})),
    ]
}

fn parameters(first: Value) -> Value {
    let kinds = Kind::ALL.map(Kind::name);
    let kinds: Vec<_> = kinds.into_iter().chain([""]).collect();
    let number = json!({
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": LIST_MAX},
            {"type": "string", "const": ""},
        ],
        "default": LIST_MAX,
    });
    json!([
        first,
        query(
            "kind",
            "What is bought with it, or what could be bought in its place.",
            json!({"type": "string", "enum": kinds, "default": Kind::Together.name()}),
        ),
        query("limit", "Products at most.", number),
        language_named("locale"),
        market(),
        known_etag(),
    ])
}

fn responses(problems: &[(u16, &[ProblemKind])]) -> Value {
    let mut headers = CATALOGUE_HEADERS.to_vec();
    headers.push("Souk-Insights-Version");
    let example = examples::recommendations();
    let mut responses = json!({
        "200": answer("Products.", "Recommendations", example, &headers),
        "304": not_modified_with(&headers),
    });
    fails(&mut responses, problems);
    responses
}

fn of_product() -> Value {
    let slug = json!({
        "name": "slug", "in": "path", "required": true,
        "description": "`slug` of the product.",
        "schema": {"type": "string", "minLength": 1, "maxLength": Slug::BYTES_MAX},
        "example": "stoneware-mug",
    });
    json!({
        "operationId": "recommendForProduct",
        "tags": ["Catalogue"],
        "summary": "What goes with a product",
        "description": "Only what can be ordered. `source` says what was chosen by: where no \
                        order tells anything, products of a kind are given, then popular ones.",
        "parameters": parameters(slug),
        "responses": responses(&[
            (400, &[ProblemKind::InvalidRequest]),
            (404, &[ProblemKind::NotFound]),
        ]),
    })
}

fn of_products() -> Value {
    let slugs = json!({
        "name": "for", "in": "query", "required": true,
        "description": format!("Slugs of products, with commas between them, {FOR_MAX} at most; \
                                one that the shop does not have counts for nothing."),
        "schema": {"type": "string", "minLength": 1, "pattern": "[^,\\s]"},
        "example": "stoneware-mug",
    });
    json!({
        "operationId": "recommendForProducts",
        "tags": ["Catalogue"],
        "summary": "What goes with several products",
        "description": "As for one product, such as for all that are in a cart; none of them is \
                        given.",
        "parameters": parameters(slugs),
        "responses": responses(&[(400, &[ProblemKind::InvalidRequest])]),
    })
}
