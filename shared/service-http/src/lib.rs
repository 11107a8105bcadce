//! What every function does with HTTP: JSON, problems, bodies with a bound, a routing table, trace
//! context, deadlines, and metrics as text.
//!
//! Requests and responses are those of the `http` crate with their whole body, so nothing here
//! depends on a platform.
//!
//! Not here: what an address does (the use cases), how a request comes in and a response goes out
//! (the adapters), pages and how long they may be cached (`souk_storefront`).

mod asked;
mod body;
mod deadline;
mod figures;
mod message;
mod metrics;
mod reply;
mod routes;
mod trace;

pub use asked::{asked_url, url_of};
pub use body::{Body, BodyError, declared_length};
pub use deadline::before;
pub use figures::{Collector, Counter, Figure, Latency, REPORT_MS, REPORT_REQUESTS, Reported};
pub use message::{JSON, get, json_bytes, post};
pub use metrics::{MetricsText, Seconds};
pub use reply::{binary, empty, json, json_with, never_cached, of_type, problem, set_retry_after};
pub use routes::{Miss, Route, find};
pub use trace::Trace;
