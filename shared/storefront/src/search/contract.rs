//! What the contract of the API says about `api`, `suggest` and `help`.

use serde::Serialize;
use serde_json::{Value, json};
use souk_domain::Slug;
use souk_pages::view::SearchOrder;
use souk_protocol::problem::ProblemKind;
use souk_search::query::QUERY_CHARS_MAX;

use crate::catalogue::contract::{
    CATALOGUE_HEADERS, cursor, filter_parameters, known_etag, language_named, limit, market,
    not_modified_with,
};
use crate::openapi::examples;
use crate::openapi::operation::{MAY_BE_SWITCHED_OFF, answer, fails, query};
use crate::search::suggest::COUNT_MAX;

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![
        ("/api/v1/search", json!({"get": search()})),
        ("/api/v1/suggest", json!({"get": suggest()})),
        ("/api/v1/help/search", json!({"get": help()})),
    ]
}

fn text(description: &str, example: &str) -> Value {
    json!({
        "name": "q", "in": "query", "required": true,
        "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": QUERY_CHARS_MAX, "pattern": r"\S"},
        "example": example,
    })
}

/// The headers of what is made of the insights too.
fn with_insights() -> Vec<&'static str> {
    [CATALOGUE_HEADERS.as_slice(), &["Souk-Insights-Version"]].concat()
}

fn responses(
    description: &str,
    schema: &str,
    example: impl Serialize,
    headers: &[&str],
    problems: &[(u16, &[ProblemKind])],
) -> Value {
    let mut responses = json!({
        "200": answer(description, schema, example, headers),
        "304": not_modified_with(headers),
    });
    fails(&mut responses, problems);
    responses
}

fn search() -> Value {
    let orders = SearchOrder::ALL.map(SearchOrder::name);
    let orders: Vec<_> = orders.into_iter().chain([""]).collect();
    let page = examples::search_page();
    let mut parameters = vec![
        text(
            "What is searched for, as a shopper types it. 16 words of it count.",
            "mug",
        ),
        query(
            "sort",
            "The order of the products.",
            json!({
                "type": "string", "enum": orders, "default": SearchOrder::default().name(),
            }),
        ),
        query(
            "collection",
            "Slug of a collection that products have to be in.",
            json!({
                "type": "string", "maxLength": Slug::BYTES_MAX,
            }),
        ),
        query(
            "in_stock",
            "Whether products that are sold out are left out, as far as the badges know.",
            json!({
                "type": "string", "enum": ["true", "false", ""], "default": "false",
            }),
        ),
        query(
            "facets",
            "Whether `facets` are counted.",
            json!({
                "type": "string", "enum": ["true", "false", ""], "default": "false",
            }),
        ),
        cursor(),
        limit("Products on a page."),
    ];
    parameters.extend(filter_parameters());
    parameters.extend([language_named("locale"), market(), known_etag()]);
    json!({
        "operationId": "search",
        "tags": ["Catalogue"],
        "summary": "Search for products",
        "description": "Where no product has all words, others are tried: corrected, split and \
                        joined ones, then fewer; `query` says what was done. Filters are those of \
                        `GET /api/v1/products`. A cursor stays with the version of the catalogue \
                        that the first page was read from, and belongs to its words, language, \
                        order and filters; in the order `popular` it ends with the version of the \
                        insights. 404 where the version has no index of a search.",
        "parameters": parameters,
        "responses": responses(
            "Results.",
            "SearchPage",
            page,
            &with_insights(),
            &[
                (400, &[ProblemKind::InvalidRequest]),
                (404, &[ProblemKind::NotFound]),
                (410, &[ProblemKind::CursorExpired]),
                MAY_BE_SWITCHED_OFF,
            ],
        ),
    })
}

fn suggest() -> Value {
    let number = json!({
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": COUNT_MAX},
            {"type": "string", "const": ""},
        ],
    });
    let suggestions = examples::suggestions();
    json!({
        "operationId": "suggest",
        "tags": ["Catalogue"],
        "summary": "What a search could become",
        "description": "For what is typed so far: searches, those of many shoppers first, products, \
                        collections, kinds and articles.",
        "parameters": [
            text("What is typed so far.", "mug"),
            query("limit", "Suggestions of each kind.", number),
            language_named("locale"),
            market(),
            known_etag(),
        ],
        "responses": responses(
            "Suggestions.",
            "Suggestions",
            suggestions,
            &with_insights(),
            &[
                (400, &[ProblemKind::InvalidRequest]),
                (404, &[ProblemKind::NotFound]),
            ],
        ),
    })
}

fn help() -> Value {
    let description = "Help articles alone, the best answer first; ten at most. An article need not \
                       have every word of the question.";
    json!({
        "operationId": "searchHelp",
        "tags": ["Catalogue"],
        "summary": "Answers to a question",
        "description": description,
        "parameters": [
            text("The question, as a shopper types it.", "When does a parcel arrive?"),
            language_named("locale"),
            market(),
            known_etag(),
        ],
        "responses": responses(
            "Answers.",
            "HelpAnswers",
            examples::help_answers(),
            &CATALOGUE_HEADERS,
            &[
                (400, &[ProblemKind::InvalidRequest]),
                (404, &[ProblemKind::NotFound]),
                MAY_BE_SWITCHED_OFF,
            ],
        ),
    })
}
