//! Paths of pages, without the language's prefix.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a path segment. Source: RFC 3986, 2.3, unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The page of a product.
pub(crate) fn product(slug: &str) -> String {
    format!("/products/{}", utf8_percent_encode(slug, SEGMENT))
}

/// The page of a collection.
pub(crate) fn collection(slug: &str) -> String {
    format!("/collections/{}", utf8_percent_encode(slug, SEGMENT))
}

/// The order as JSON; without the token that opens it.
pub(crate) fn api_order(id: &str) -> String {
    format!("/api/v1/orders/{}", utf8_percent_encode(id, SEGMENT))
}

/// The order as JSON, with the token that opens it.
pub(crate) fn api_order_opened(id: &str, token: &str) -> String {
    format!(
        "{}?token={}",
        api_order(id),
        utf8_percent_encode(token, SEGMENT)
    )
}

/// The order's events as a stream, with the token that opens it.
pub(crate) fn api_order_events(id: &str, token: &str) -> String {
    let token = utf8_percent_encode(token, SEGMENT);
    format!("{}/events?token={token}", api_order(id))
}

/// Where the form goes that pays an order.
pub(crate) fn pay(id: &str) -> String {
    format!("/orders/{}/pay", utf8_percent_encode(id, SEGMENT))
}

/// The page of an order, with the token that opens it.
pub(crate) fn order(id: &str, token: &str) -> String {
    let (id, token) = (
        utf8_percent_encode(id, SEGMENT),
        utf8_percent_encode(token, SEGMENT),
    );
    format!("/orders/{id}?token={token}")
}
