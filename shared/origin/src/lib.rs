//! The origin: the one place where orders are placed and stock is counted.
//!
//! [`handle`] answers the protocol of [`souk_protocol::origin`] over a store of orders. What it adds
//! to the store: personal fields are sealed (`sealing`), what is sold out is put where the edges
//! read it (`project`, `sold_out_holds`), and failures become statuses.
//!
//! Not here: the store and its rules (`souk-order-store`), its engines (`souk-order-store-sqlite`,
//! `souk-order-store-postgres`), several stores as one (`souk-origin-sharding`), SDKs
//! (`functions/`).

mod handle;
mod pressure;
mod project;
mod sealing;
mod settings;
mod sold_out_holds;

pub use handle::{failure, handle, read};
pub use pressure::Pressure;
pub use project::{AvailabilityProjector, availability};
pub use settings::{Settings, SettingsError, UNSEALED};
