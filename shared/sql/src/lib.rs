//! Ports to SQL engines: what a store needs from the engine that runs its statements.
//!
//! [`SqliteDriver`] is implemented for a Durable Object and for Spin, [`PostgresDriver`] for Spin;
//! tests implement both on the machine itself. A store of the origin or of the back office is
//! written once over such a driver.
//!
//! Not here: statements and schemas (each store has its own), connections (`functions/`).

mod busy;
mod error;
mod postgres;
mod sqlite;
mod values;

pub use busy::while_busy;
pub use error::StoreError;
pub use postgres::{PostgresDriver, error_of};
pub use sqlite::{SqliteDriver, SqliteSession, keep_write_ahead_log, migrate};
pub use values::{Row, Value, json};
