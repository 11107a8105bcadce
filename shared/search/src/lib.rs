//! Search over the catalogue, inside the function: how text becomes terms, what the index looks like,
//! and how a query is answered from it. No I/O.
//!
//! - [`analysis`]: from text to terms.
//! - [`format`]: the blobs of the index.
//! - [`query`]: from a query to products, counts and suggestions.
//! - [`rules`]: what staff steer with `search.toml`; [`steer`]: what they say about one query.

pub mod analysis;
pub mod format;
pub mod query;
pub mod rules;
pub mod steer;
