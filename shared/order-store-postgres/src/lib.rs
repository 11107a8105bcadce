//! The order store on PostgreSQL, over a driver for each place that has a client for it.
//!
//! Why a submit is atomic: an order is written by one call of a function in the database, and a
//! statement outside a transaction block is a transaction of its own. Why it cannot oversell: the
//! order is decided here, and the function writes it only if, under the locks of its accounts, the
//! facts that it was decided on are still so and the units are there (`functions/place.sql`). The
//! `CHECK`s of the tables refuse a negative account even if the decision were wrong.
//!
//! **Architecture Invariant:** no function decides over an order: none compares a price, looks for
//! a SKU that is not offered, or adds an amount up. They compare stamps and count units.
//!
//! **Architecture Invariant:** every method is exactly one statement, but for a submit, which is
//! one for each time that its facts were not (or no longer) known (`orders`). Connections may be
//! from a pool that hands each statement to another one.
//!
//! How accounts are split over rows where many orders want one SKU: `tables.sql`, at `souk.bucket`.
//!
//! Not here: connections and their secrets (`functions/`).

mod answers;
mod array;
mod backup;
mod changes;
mod engine;
mod group;
mod orders;
mod queues;
mod schema;
mod sessions;
mod shared;
mod store;

pub use engine::PostgresOrderStore;
pub use schema::{FIND_MARK, Schema, VERSION};
pub use shared::Shared;
