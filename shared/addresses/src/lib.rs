//! Addresses: what those of each country consist of, as people write them.
//!
//! The rules are Google's (`README.md` says where they come from, and how they are renewed), in one
//! blob that `cargo xtask addresses` writes. They say which parts an address has and needs, what the
//! parts are called, how a postal code looks, and in which order the lines are written.
//!
//! A version of the catalogue brings the blob to the functions: a request that needs it learns it
//! first ([`learn`]).
//!
//! **Architecture Invariant:** pure and without dependencies: no I/O, nothing `async`, no expressions
//! that are compiled while a request waits.
//!
//! Not here: names of countries (`souk_domain::countries`), words for the kinds of parts
//! (`souk_pages::words`), what the shop asks of every address (`souk_storefront`).

mod blob;
mod kinds;
mod lines;
mod pattern;
mod region;
mod rules;
mod written;

pub use blob::{RULES, are_known, learn};
pub use kinds::{CityKind, CityPartKind, PostalKind, RegionKind};
pub use lines::Address;
pub use region::Region;
pub use rules::{Need, Part, PostalFault, Rules};
pub use written::plain;
