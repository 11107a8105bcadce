//! Paths of orders in the API.
//!
//! Not here: paths of pages (`souk_pages::paths`), which address means what (`route`).

use souk_pages::paths::segment;

/// Where orders are placed.
pub(crate) const ORDERS: &str = "/api/v1/orders";

/// The order as JSON; without the token that opens it.
pub(crate) fn order(id: &str) -> String {
    format!("{ORDERS}/{}", segment(id))
}

/// The order as JSON, with the token that opens it.
pub(crate) fn order_opened(id: &str, token: &str) -> String {
    format!("{}?token={}", order(id), segment(token))
}

/// The order's events as a stream, with the token that opens it.
pub(crate) fn order_events(id: &str, token: &str) -> String {
    format!("{}/events?token={}", order(id), segment(token))
}
