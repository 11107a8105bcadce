//! A small local runner for the Spin components of this repository, for machines without Spin.
//!
//! It reads the real `spin.toml` and serves HTTP triggers with the interfaces that `spin-sdk` 7
//! components import: `wasi:http@0.3.0`, `spin:key-value@3.0.0`, `spin:sqlite@3.1.0`,
//! `spin:postgres@4.2.0` and `spin:variables@3.0.0`. It is not Spin: where the two differ, Spin is
//! right, and what is not implemented is refused at the start instead of being ignored.
//!
//! Differences that a component can see: the `host` header is not handed on (use the authority of
//! the request's URI, which Spin sets too); PostgreSQL is reached
//! without TLS; a guest that computes without a pause shares its thread. Throughput is not Spin's.
//!
//! Not here: building components, TLS, triggers other than HTTP, runtime-config files.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that fails may panic")
)]

pub mod application;
mod bindings;
mod engine;
pub mod guest;
mod headers;
pub mod hosts;
pub mod instances;
pub mod key_value;
pub mod manifest;
mod outbound;
mod output;
pub mod postgres;
mod postgres_values;
pub mod routes;
pub mod serve;
pub mod sqlite;
pub mod variables;
