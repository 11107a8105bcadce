//! The shop in a simulated world: production code, simulated everything else.
//!
//! A run follows from its seed. Shoppers, staff, a payment provider, a back office and schedulers
//! act on the real storefront and the real origin over SQLite, on a network that loses, doubles and
//! delays, with a database that fails with or without having written, with processes that are
//! killed wherever they wait and clocks that jump, those of edges too. An [`auditor`] knows the
//! rules from a [`model`] of its own, looks on while everything goes on, and closes the books once
//! it is calm. Then an operator damages them, and staff repair what the audit names.
//!
//! Not here: PostgreSQL and real runtimes (`tests/contract`, `tests/e2e`).

mod auditor;
mod back_office;
mod crowd;
mod database;
mod edge;
mod executor;
pub mod linear;
pub mod model;
mod operator;
mod origin;
mod plan;
mod provider;
mod published;
mod random;
mod run;
mod seen;
mod shopper;
mod shrink;
mod sold_out_holds;
mod staff;
mod world;

pub use database::{Engine, StoreFaults};
pub use plan::Plan;
pub use random::Random;
pub use run::{Outcome, run};
pub use shrink::shrink;
pub use world::Failure;
