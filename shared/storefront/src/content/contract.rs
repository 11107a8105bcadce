//! What the contract of the API says about `api`.

use serde_json::{Value, json};
use souk_domain::Slug;
use souk_protocol::problem::ProblemKind;
use souk_shop::ContentKind;

use crate::catalogue::contract::{
    CATALOGUE_HEADERS, cursor, known_etag, language, limit, market, not_modified,
};
use crate::openapi::examples;
use crate::openapi::operation::{MAY_BE_SWITCHED_OFF, answer, fails};

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![
        ("/api/v1/content/{kind}", json!({"get": list_documents()})),
        (
            "/api/v1/content/{kind}/{slug}",
            json!({"get": read_document()}),
        ),
    ]
}

fn kind() -> Value {
    json!({
        "name": "kind", "in": "path", "required": true,
        "description": "A page, an article of the blog, or a question with its answer.",
        "schema": {"type": "string", "enum": ContentKind::ALL.map(ContentKind::name)},
        "example": "blog",
    })
}

fn list_documents() -> Value {
    let mut responses = json!({
        "200": answer("A page.", "DocumentPage", examples::document_page(), &CATALOGUE_HEADERS),
        "304": not_modified(),
    });
    fails(
        &mut responses,
        &[
            (400, &[ProblemKind::InvalidRequest]),
            (404, &[ProblemKind::NotFound]),
            (410, &[ProblemKind::CursorExpired]),
            MAY_BE_SWITCHED_OFF,
        ],
    );
    json!({
        "operationId": "listDocuments",
        "tags": ["Catalogue"],
        "summary": "Documents of a kind",
        "description": "Articles from the newest to the oldest, the others in the merchant's \
                        order; without their texts. A cursor stays with the version that the \
                        first page was read from.",
        "parameters": [kind(), cursor(), limit("Documents on a page."), language(), market(), known_etag()],
        "responses": responses,
    })
}

fn read_document() -> Value {
    let mut responses = json!({
        "200": answer("The document.", "Document", examples::document(), &CATALOGUE_HEADERS),
        "304": not_modified(),
    });
    fails(
        &mut responses,
        &[
            (400, &[ProblemKind::InvalidRequest]),
            (404, &[ProblemKind::NotFound]),
            MAY_BE_SWITCHED_OFF,
        ],
    );
    json!({
        "operationId": "readDocument",
        "tags": ["Catalogue"],
        "summary": "One document",
        "description": "Its HTML is safe, and has the products and prices that it embeds as this \
                        version has them.",
        "parameters": [
            kind(),
            {
                "name": "slug", "in": "path", "required": true,
                "description": "`slug` of the document.",
                "schema": {"type": "string", "minLength": 1, "maxLength": Slug::BYTES_MAX},
                "example": "brewing-green-tea",
            },
            language(),
            market(),
            known_etag(),
        ],
        "responses": responses,
    })
}
