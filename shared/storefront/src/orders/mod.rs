//! Orders: checking what a buyer wants, placing it at the origin, reading and following it.
//!
//! Not here: calls to the origin with their retries (`origin`), what decides (`souk-origin`).

mod address;
pub(crate) mod api;
pub(crate) mod api_paths;
mod asked_by;
mod change;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
pub(crate) mod errors;
mod follow;
mod gate;
mod json;
mod old;
mod page;
pub(crate) mod problems;
pub(crate) mod request;
mod submit;

pub(crate) use json::rfc3339;
