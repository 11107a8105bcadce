//! The origin: the one place where orders are placed and stock is counted.
//!
//! [`handle`] answers the protocol of [`souk_protocol::origin`] over a store of orders. What it
//! adds to the store: it seals personal fields (`sealing`, `readdress`), publishes the availability snapshot and
//! sold-out holds for the edges (`project`, `sold_out_holds`), lets edges of other deployments in
//! (`entrance`), and turns failures into statuses.
//!
//! Not here: the store and its rules (`souk-order-store`), its engines (`souk-order-store-sqlite`,
//! `souk-order-store-postgres`), several stores as one (`souk-origin-sharding`), SDKs
//! (`functions/`).

mod backup;
mod entrance;
mod handle;
mod known_terms;
mod memory;
mod pressure;
mod project;
mod readdress;
mod rewrap;
mod sealing;
mod settings;
mod sold_out_holds;

pub use entrance::{Caller, Entrance, answer_edge};
pub use handle::{failure, handle, read};
pub use memory::Memory;
pub(crate) use pressure::Pressure;
pub use project::{AvailabilityProjector, availability};
pub use settings::{Settings, UNSEALED};
