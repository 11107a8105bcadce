//! The published catalogue for shoppers and API clients: the tiers that blobs are read through,
//! products, collections with their filters, and the addresses that have moved.
//!
//! Not here: how a catalogue is built and encoded (`souk_catalogue`), who publishes it
//! (`souk-staff-api`).

mod about;
pub(crate) mod api;
pub(crate) mod blobs;
pub(crate) mod browse;
pub(crate) mod card;
pub(crate) mod collection;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod cursor;
pub(crate) mod error;
mod feeds;
pub(crate) mod filters;
mod home;
mod listing;
pub(crate) mod reader;
mod redirects;
pub(crate) mod version;
