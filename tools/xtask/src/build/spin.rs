//! The Spin components, where `spin.toml` looks for them: `target/wasm32-wasip2/release/`.

use anyhow::Result;

use crate::{process::run_logged, setup::Toolchain};

const TARGET: &str = "wasm32-wasip2";

/// The packages of `functions/` that are Spin components.
const PACKAGES: [&str; 4] = [
    "souk-spin-storefront",
    "souk-spin-backoffice",
    "souk-spin-origin",
    "souk-spin-payments",
];

/// Compiles the components that have changed.
///
/// # Errors
/// When one does not compile.
pub(crate) fn build(toolchain: &Toolchain) -> Result<()> {
    let mut cargo = toolchain.cargo_wasm(TARGET);
    cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    run_logged("Compiling the Spin components", "build-spin", &mut cargo)
}
