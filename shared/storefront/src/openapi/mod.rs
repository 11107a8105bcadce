//! The contract of the API as an OpenAPI document: shapes from the protocol's derives, bounds from
//! its constants, operations from beside their handlers.
//!
//! Only with the feature `openapi`, which no function has: they serve `openapi.json`, and a test
//! keeps that file equal to this document.

pub(crate) mod examples;
pub(crate) mod operation;
pub(crate) mod schemas;

use serde_json::{Map, Value, json};

use crate::{
    catalogue, checkout, content, http, insights, monitoring, orders, pricing, sales, search,
    signals,
};

const DESCRIPTION: &str = "\
The shop as JSON: read products, learn what a cart costs, place orders, read an order.

Amounts are whole numbers of minor units: 1299 in USD is $12.99. Products are as fresh as the \
catalogue version that every response names; `available` is for display, and only an order knows.

An order takes an `Idempotency-Key`: send a value of your own, such as a UUID, and the same one when \
you repeat the request. What fails is an `application/problem+json` (RFC 9457) whose `type` is an \
address that explains it.";

/// The contract as the code says it.
pub fn document() -> Value {
    let described = [
        catalogue::contract::paths(),
        search::contract::paths(),
        insights::contract::paths(),
        content::contract::paths(),
        pricing::contract::paths(),
        orders::contract::paths(),
        checkout::contract::paths(),
        sales::contract::paths(),
        signals::contract::paths(),
        monitoring::contract::paths(),
        http::contract::paths(),
    ];
    let paths = described.into_iter().flatten();
    let paths = paths.map(|(address, operations)| (address.to_owned(), operations));
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Souk storefront",
            "version": "1.0.0",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This shop"}],
        "tags": [
            {"name": "Catalogue", "description": "Public and cacheable for seconds."},
            {"name": "Orders", "description": "Private: no cache stores them."},
            {"name": "Operations", "description": "For the operators of the shop."},
        ],
        "paths": paths.collect::<Map<_, _>>(),
        "components": {
            "schemas": schemas::schemas(),
            "headers": operation::headers(),
        },
    })
}
