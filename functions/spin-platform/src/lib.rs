//! What the Spin components have in common: requests in and out, the ports of the edge on Spin's
//! key-value store, service chaining, clock and randomness, and Spin's SQLite.
//!
//! Not here: PostgreSQL (`spin-origin`), entry points (one crate for each component).

mod edge;
mod http;
mod settings;
mod sqlite;

pub use edge::{SpinEdge, now_ms};
pub use http::{FullResponse, Unread, give, take, take_body, take_head};
pub use settings::{keep, values};
pub use sqlite::{SpinSession, SpinSqlite};
