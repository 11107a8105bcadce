//! The origin: the one place where orders are placed and stock is counted.
//!
//! [`handle`] answers the protocol of [`souk_protocol::trade`] over an [`OrderStore`]. Three
//! engines implement the store: SQLite inside a Durable Object, SQLite in Spin (both by
//! [`sqlite`], over a driver each) and PostgreSQL (by [`postgres`]). All of them pass the suite in
//! `contract`.
//!
//! **Architecture Invariant:** one method of the store is one transaction, and placing an order is
//! one method: key, stock, order, movements and outbox record together or nothing at all.
//!
//! Not here: what buyers may say (`souk-storefront` checks it), SDKs (`functions/`).

mod commit_queue;
#[cfg(feature = "contract")]
pub mod contract;
mod decide;
mod facts;
mod handle;
mod life;
pub mod postgres;
mod pressure;
mod project;
mod receipt;
mod rows;
mod sealing;
pub mod shards;
mod sold_out_holds;
pub mod sqlite;
mod store;
mod terms;
mod tick;

pub use commit_queue::{NoPause, Pause};
pub use handle::handle;
pub use life::{Changed, change, movement_name};
pub use pressure::Pressure;
pub use project::{AvailabilityProjector, availability};
pub use souk_sql::StoreError;
pub use store::{
    Committed, Found, FundsAccount, FundsEntry, NewOrder, OrderChange, OrderStore, PublicationStep,
    SoldOutHoldRequest, SoldOutHoldSet, StockMove,
};
pub use terms::{Settings, Terms, UNSEALED};
pub use tick::{Ticked, tick};
