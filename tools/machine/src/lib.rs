//! What the programs of this repository share that run on a person's machine: the cache directory
//! ([`cache_dir`]) and the display of progress ([`Progress`]).
//!
//! Kept small: `cargo xtask` and `souk` compile it before they can start.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod cache;
mod progress;

pub use cache::cache_dir;
pub use progress::Progress;
