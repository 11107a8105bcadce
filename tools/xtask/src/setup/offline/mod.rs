//! A Rust for WASM where rustup cannot download its targets: for machines that reach a package mirror
//! and nothing else. `tools/offline/README.md` says what else there is for them.
//!
//! Not here: when it is used (`rust_wasm`, which tries rustup first, always).

mod debian;
mod wasi_libc;

pub(crate) use debian::{find, install};
