//! The Workers function, where `wrangler.toml` looks for it: `build/index.js`.
//!
//! Cargo compiles first, and it alone decides what has changed. The steps after it (`wasm-bindgen`,
//! `wasm-opt`, `esbuild`, together some seconds) run only when the compiled file differs from the
//! one that the bundle was made of.

use std::fs;

use anyhow::{Context, Result};

use super::stamp::Stamp;
use crate::{process::run_logged, setup::Toolchain};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE_DIRECTORY: &str = "functions/workers";
const COMPILED: &str = "target/wasm32-unknown-unknown/release/souk_workers.wasm";

/// What the bundle consists of, below `build/`.
const BUNDLE: [&str; 2] = ["index.js", "index_bg.wasm"];

/// Compiles and bundles what has changed.
///
/// # Errors
/// When the function does not compile or cannot be bundled.
pub(crate) fn build(toolchain: &Toolchain) -> Result<()> {
    let root = toolchain.root();
    let package = root.join(PACKAGE_DIRECTORY);
    // The same call as `worker-build` makes, from the same directory, so that its own one finds
    // nothing left to do.
    let mut cargo = toolchain.cargo_wasm(TARGET);
    cargo.arg("--lib").current_dir(&package);
    run_logged(
        "Compiling the Workers function",
        "build-workers",
        &mut cargo,
    )?;

    let compiled = fs::read(root.join(COMPILED)).with_context(|| {
        format!("make {PACKAGE_DIRECTORY} a `cdylib` named souk_workers, {COMPILED} is missing")
    })?;
    let lock_file = fs::read(root.join("package-lock.json")).unwrap_or_default();
    let tools = toolchain.worker_tools_name();
    let stamp = Stamp::of([compiled.as_slice(), lock_file.as_slice(), tools.as_bytes()]);
    let bundle = root.join("build");
    let is_bundled = BUNDLE.iter().all(|file| bundle.join(file).is_file());
    let stamp_path = root.join("target/wasm32-unknown-unknown/souk-workers-bundle.stamp");
    if is_bundled && stamp.is_at(&stamp_path) {
        return Ok(());
    }
    // Its own steps are atomic; the stamp goes first so that it never outlives its bundle.
    Stamp::remove(&stamp_path)?;
    let mut worker_build = toolchain.worker_build()?;
    worker_build
        .current_dir(&package)
        .args(toolchain.is_quick().then_some("--no-opt"))
        .args(["--release", "--out-dir"])
        .arg(&bundle);
    run_logged(
        "Bundling the Workers function",
        "build-workers-bundle",
        &mut worker_build,
    )?;
    stamp.write(&stamp_path)
}
