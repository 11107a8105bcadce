//! The edge: answers shoppers and API clients from the published catalogue, and forwards orders
//! to the origin.
//!
//! [`handle`] takes an HTTP request and the platform's ports ([`souk_ports`]) and gives a response;
//! an adapter in `functions/` does the rest. What an instance remembers is in [`Instance`], which
//! is only a cache.
//!
//! **Architecture Invariant:** browsing never calls the origin. Only requests about orders and a
//! scrape of `/metrics` do.
//!
//! Not here: how pages look (`souk-pages`), stock and prices that count (`souk-origin`), publishing
//! (`souk-staff-api`).

mod cache;
mod cart;
mod catalogue;
mod checkout;
mod content;
mod http;
mod insights;
mod instance;
mod monitoring;
#[cfg(feature = "openapi")]
pub mod openapi;
mod orders;
mod origin;
mod pricing;
mod sales;
mod search;
mod settings;
mod signals;

pub use self::http::dispatch::{cached_response, closed, handle, refuse_body};
pub use self::http::freshness::Ages;
pub use self::http::request::{READ_HEADERS, WRITE_HEADERS, address};
pub use self::http::response_cache::{CachedResponse, RESPONSE_BYTES_MAX};
pub use catalogue::blobs::BLOB_BYTES_MAX;
pub use catalogue::version::POINTER_TTL_MS;
pub use insights::INSIGHTS_TTL_MS;
pub use instance::Instance;
pub use monitoring::metrics::{Metrics, Refusals};
pub use monitoring::report::report_due;
pub use orders::api::key_of_client;
pub use sales::{report, room_due, room_sent, to_report};
pub use search::counting::{count_click, tallies_due};
pub use settings::{Clients, Settings};
pub use signals::SIGNALS_TTL_MS;
