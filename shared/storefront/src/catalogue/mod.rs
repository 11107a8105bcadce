//! The published catalogue for shoppers and API clients: the tiers that blobs are read through,
//! products, collections with their filters, and the addresses that have moved.
//!
//! Not here: how a catalogue is built and encoded (`souk_catalogue`), who publishes it
//! (`souk-backoffice`).

pub(crate) mod availability;
pub(crate) mod browse;
pub(crate) mod collection;
pub(crate) mod cursor;
pub(crate) mod filters;
pub(crate) mod listing;
pub(crate) mod reader;
mod redirects;
