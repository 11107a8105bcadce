//! What the Spin components have in common: requests in and out, and the ports of the edge on
//! Spin's key-value store, service chaining, clock and randomness.
//!
//! Not here: the engines of orders (`spin-origin`), entry points (one crate for each component).

mod edge;
mod http;
mod settings;

pub use edge::{SpinEdge, now_ms};
pub use http::{FullResponse, give, take};
pub use settings::variable;
