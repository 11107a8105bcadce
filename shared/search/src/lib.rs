//! Search over the catalogue, inside the function: how text becomes terms, what the index looks like,
//! and how a query is answered from it. No I/O.
//!
//! - [`rules`]: what staff steer with `search.toml`.

pub mod rules;
