//! Keeping stock and orders: the ports to the engine, and what every engine shares.
//!
//! [`OrderStore`] is the port; an engine that is one store among several implements [`ShardStore`]
//! as well. Two crates implement them: `souk-order-store-sqlite`, over a driver for a Durable Object
//! and one for Spin, and `souk-order-store-postgres`. Both pass the suite in `contract`.
//!
//! What decides is here, so that no engine does: which order can be placed ([`decide`], [`facts`])
//! and what a change does to an order ([`change`], [`tick`]).
//!
//! **Architecture Invariant:** one method of a port is one transaction, and placing an order is one
//! method: key, stock, order, movements and outbox record together or nothing at all.
//!
//! Not here: the protocol over HTTP, sealing and sold-out holds (`souk-origin`), what buyers may say
//! (`souk-storefront` checks it), SDKs (`functions/`).

pub mod commit_queue;
#[cfg(feature = "contract")]
pub mod contract;
pub mod decide;
pub mod facts;
mod life;
pub mod receipt;
pub mod rows;
mod shard_store;
mod store;
mod terms;
mod tick;

pub use commit_queue::{NoPause, Pause};
pub use life::{Changed, change, movement_name, same};
pub use shard_store::{Arrival, Departure, DepartureKind, Given, KeysToKeep, ShardStore};
pub use souk_sql::StoreError;
pub use store::{
    Committed, Found, FundsAccount, FundsEntry, NewOrder, OrderChange, OrderStore, PublicationStep,
    SoldOutHoldRequest, SoldOutHoldSet, StockMove,
};
pub use terms::Terms;
pub use tick::{Ticked, tick};
