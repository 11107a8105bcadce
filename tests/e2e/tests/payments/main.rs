//! Payment by card on the real runtimes, before a sandbox of the provider: over HTTP on every way,
//! with events that are signed and delivered by the sandbox itself.
//!
//! The rules one by one, and what happens when time passes or anything gets lost, are in
//! `shared/payments/tests`; here they meet the platforms.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod buyer;
mod faults;
mod late;
mod paying;
