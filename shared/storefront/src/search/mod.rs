//! Finding products by what shoppers type: the page of the results, the API, suggestions.
//!
//! - `head`: what an instance keeps of a version's index and rules; `open` reads it, and blobs through the
//!   tiers that all blobs come through;
//! - `query`: what a request asks for; `cursor`: a place in the results;
//! - `found`: from a query to results, as the page and the API take them; `articles`: documents of the
//!   shop among them; `popular`: queries of many shoppers, as suggestions;
//! - `counting`: which requests count; `tally`: how often shoppers search for what;
//! - `page`, `api`, `suggest`, `help`: the addresses.
//!
//! Not here: how text becomes terms and results their order (`souk_search`), how the index is made
//! (`souk_search_build`).

mod api;
mod articles;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
pub(crate) mod counting;
mod cursor;
mod found;
mod head;
pub(crate) mod help;
mod open;
mod page;
mod popular;
mod query;
mod suggest;
mod tally;

pub(crate) use head::SearchHead;
pub(crate) use tally::{Counts, Searched, Tallies};
