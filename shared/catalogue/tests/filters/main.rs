//! Filtering a built catalogue: exact against brute force, cheap to publish, safe to decode.

#![allow(clippy::unwrap_used)]

mod decoding;
mod exactness;
mod markets;
mod offers;
mod publishing;
mod shop;
