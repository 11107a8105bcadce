//! The edge: answers shoppers and API clients from the published catalogue, and forwards orders
//! to the origin.
//!
//! [`handle`] takes an HTTP request and the platform's ports ([`souk_ports`]) and gives a response;
//! an adapter in `functions/` does the rest. What an instance remembers is in [`Instance`], a cache
//! and never a place for truth.
//!
//! **Architecture Invariant:** browsing never calls the origin. Only an order, an order's page and
//! nothing else goes there.
//!
//! Not here: stock and prices that count (`souk-origin`), publishing (`souk-backoffice`).

mod addresses;
mod api;
mod availability;
mod browse;
mod cart;
mod catalogue;
mod checkout;
mod collection;
mod countries;
mod cursor;
mod filters;
mod follow;
mod form;
mod instance;
mod listing;
mod metrics;
mod moved;
mod order_json;
mod order_request;
mod origin;
pub mod pages;
mod payment;
mod plain;
mod reply;
mod request;
mod response_cache;
mod route;
mod scrape;
mod settings;
mod shop;
mod signing;

pub use availability::AVAILABILITY_TTL_MS;
pub use catalogue::POINTER_TTL_MS;
pub use instance::{BLOB_BYTES_MAX, Instance, RESPONSE_BYTES_MAX};
pub use metrics::{Counter, Metrics};
pub use request::{READ_HEADERS, WRITE_HEADERS, address};
pub use response_cache::{CachedResponse, cached_response};
pub use settings::Settings;
pub use shop::{handle, refuse_body};
