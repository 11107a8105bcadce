//! A TCP proxy with the faults of a network, for tests and drills. It speaks the HTTP API of
//! [Toxiproxy](https://github.com/Shopify/toxiproxy), so that its clients drive this one, too.
//!
//! - [`Toxic`]: one fault, as the API has it.
//! - [`relay`]: takes connections and carries their bytes, each connection with faults of its own.
//! - [`Proxy`]: a proxy with a name, an upstream and toxics that can be changed while it runs.
//! - [`server`]: the HTTP API over all proxies.
//!
//! Invariant: it listens on the loopback only, and leads to the loopback only.
//!
//! It differs from Toxiproxy in three ways: a side that has said everything is closed alone, and the
//! other one may still answer; which connections a toxicity below 1 hits follows from a seed; and a
//! request with the header `Origin`, as browsers send it from pages, is refused.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod address;
mod api;
mod proxy;
pub mod relay;
pub mod server;
mod stream;
mod toxic;

pub use address::loopback;
pub use proxy::Proxy;
pub use toxic::{Kind, Stream, Toxic};
