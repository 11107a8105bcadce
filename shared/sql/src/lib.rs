//! Ports to SQL engines: what a store needs from the engine that runs its statements.
//!
//! [`SqliteDriver`] is implemented for a Durable Object and for Spin, [`PostgresDriver`] for Spin;
//! tests implement both on the machine itself. A store of the origin or of the back office is
//! written once over such a driver.
//!
//! A store of the back office may live in another process than its caller: [`remote`].
//!
//! Where many callers write to one engine, a [`commit_queue`] lets them share a commit.
//!
//! Not here: statements and schemas (each store has its own), connections (`functions/`).

mod busy;
pub mod commit_queue;
mod error;
mod postgres;
pub mod remote;
mod sqlite;
mod values;

pub use busy::while_busy;
pub use commit_queue::{NoPause, Pause};
pub use error::StoreError;
pub use postgres::{PostgresDriver, error_of};
pub use sqlite::{SqliteDriver, SqliteSession, keep_write_ahead_log, migrate};
pub use values::{Row, Value, json};
