//! What the contract of the API says about `api`.

use serde_json::{Value, json};
use souk_catalogue::{Collections, ListingOrder};
use souk_domain::Slug;
use souk_protocol::limits;
use souk_protocol::problem::ProblemKind;

use crate::openapi::examples;
use crate::openapi::operation::{MAY_BE_SWITCHED_OFF, answer, fails, header_references, query};
use crate::openapi::schemas::LANGUAGE_TAG;

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![
        ("/api/v1/shop", json!({"get": read_shop()})),
        ("/api/v1/products", json!({"get": list_products()})),
        ("/api/v1/products/{slug}", json!({"get": read_product()})),
    ]
}

pub(crate) const CATALOGUE_HEADERS: [&str; 5] = [
    "ETag",
    "Souk-Catalogue-Version",
    "Souk-Catalogue-Published",
    "Souk-Catalogue-Age",
    "Souk-Availability-Age",
];

pub(crate) fn not_modified() -> Value {
    not_modified_with(&CATALOGUE_HEADERS)
}

/// The same with these headers.
pub(crate) fn not_modified_with(headers: &[&str]) -> Value {
    json!({
        "description": "The client has these bytes already.",
        "headers": header_references(headers),
    })
}

pub(crate) fn language() -> Value {
    language_named("lang")
}

/// The same under another name.
pub(crate) fn language_named(name: &str) -> Value {
    let tag = json!({"type": "string", "pattern": format!("^({LANGUAGE_TAG})?$")});
    let description = "The language of names and descriptions: the code or the tag of one of the \
                       shop's languages, as `GET /api/v1/shop` lists them. Without it, or empty, \
                       the shop's own.";
    query(name, description, tag)
}

/// The market.
pub(crate) fn market() -> Value {
    let description = "Id of a market, as `GET /api/v1/shop` lists them: its products, prices, languages \
                       and addresses. Without it, or empty, the first one.";
    let id = json!({"type": "string", "maxLength": limits::TERM_ID_BYTES_MAX});
    query("market", description, id)
}

pub(crate) fn known_etag() -> Value {
    json!({
        "name": "If-None-Match",
        "in": "header",
        "description": "An `ETag` that the client has; 304 when it still holds.",
        "schema": {"type": "string"},
    })
}

/// Where the page begins.
pub(crate) fn cursor() -> Value {
    let text = json!({"type": "string", "pattern": "^[0-9A-Za-z_-]*$"});
    query("cursor", "`next` of the page before.", text)
}

/// How long a page is.
pub(crate) fn limit(description: &str) -> Value {
    let number = json!({
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": limits::PAGE_ITEMS_MAX},
            {"type": "string", "const": ""},
        ],
        "default": limits::PAGE_ITEMS_DEFAULT,
    });
    query("limit", description, number)
}

fn read_shop() -> Value {
    let mut responses = json!({
        "200": answer("The shop.", "Shop", examples::shop(), &CATALOGUE_HEADERS),
        "304": not_modified(),
    });
    fails(&mut responses, &[(400, &[ProblemKind::InvalidRequest])]);
    json!({
        "operationId": "readShop",
        "tags": ["Catalogue"],
        "summary": "What the shop says about itself",
        "description": "Its name, its languages and markets, how an order can be paid now, and how \
                        shoppers reach it.",
        "parameters": [language(), market(), known_etag()],
        "responses": responses,
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
            MAY_BE_SWITCHED_OFF,
        ],
    );
    let mut parameters = vec![
        query(
            "collection",
            "Slug of a collection; every product without it.",
            json!({
                "type": "string", "maxLength": Slug::BYTES_MAX, "default": Collections::ALL,
            }),
        ),
        query(
            "sort",
            "The order of the products.",
            json!({
                "type": "string", "enum": orders, "default": ListingOrder::Featured.name(),
            }),
        ),
        cursor(),
        limit("Products on a page."),
    ];
    parameters.extend(filter_parameters());
    parameters.extend([language(), market(), known_etag()]);
    json!({
        "operationId": "listProducts",
        "tags": ["Catalogue"],
        "summary": "Products of a collection",
        "description": "Pages hold every product once: a cursor stays with the version of the \
                        catalogue that the first page was read from, and belongs to its filters. \
                        Values of one filter are joined by \"or\", filters by \"and\"; names and \
                        values are in the shop's own language and compared whole. A value that \
                        no product has finds nothing; an empty parameter counts as none.",
        "parameters": parameters,
        "responses": responses,
    })
}

/// The filters of a list of products.
pub(crate) fn filter_parameters() -> [Value; 6] {
    [
        values("vendor", "Makers."),
        values("type", "Kinds of product."),
        values("tag", "Tags; the first 20 of a product count."),
        values(
            "option.<Name>",
            "Values of the option with this name, such as `option.Colour=Blue`. Repeat it for \
             other options.",
        ),
        price(
            "price.min",
            "Lowest price of a product's cheapest variant, in minor units.",
        ),
        price(
            "price.max",
            "Highest price of a product's cheapest variant, in minor units.",
        ),
    ]
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
            market(),
            known_etag(),
        ],
        "responses": responses,
    })
}
