//! Requests and responses: which address means what, what a request says, how a response is made,
//! cached and finished.
//!
//! Not here: what every function does with HTTP (`souk_service_http`).

#[cfg(feature = "openapi")]
pub(crate) mod contract;
pub(crate) mod cors;
mod developers;
pub(crate) mod dispatch;
mod files;
pub(crate) mod form;
mod forward;
mod forwarded;
pub(crate) mod freshness;
pub(crate) mod json;
mod json_pointer;
mod lane;
mod open_page;
pub(crate) mod quota;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod response_cache;
pub(crate) mod response_key;
pub(crate) mod route;
mod security_txt;
pub(crate) mod set_cookie;
pub(crate) mod shop;
pub(crate) mod signing;
mod switched;
pub(crate) mod xml;
