//! Whole files: what is wrong in them is named, what is right gives a shop, and what is written is
//! read again.

#![allow(clippy::unwrap_used, missing_docs)]

mod plan;
mod search;
mod settings;
mod starter;
mod world;
