//! Orders: checking what a buyer wants, placing it at the origin, reading and following it.
//!
//! Not here: calls to the origin with their retries (`origin`), what decides (`souk-origin`).

pub(crate) mod api;
pub(crate) mod api_paths;
pub(crate) mod follow;
pub(crate) mod json;
pub(crate) mod request;
