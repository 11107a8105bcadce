//! The Spin components, where `spin.toml` looks for them: `target/wasm32-wasip2/release/`.

use anyhow::Result;

use crate::{process::run_logged, setup::Toolchain};

const TARGET: &str = "wasm32-wasip2";

/// The packages of `functions/` that are Spin components.
const PACKAGES: [&str; 5] = [
    "souk-spin-storefront",
    "souk-spin-backoffice",
    "souk-spin-origin",
    "souk-spin-payments",
    "souk-spin-mail",
];

/// What the profile `release` is changed to: they are built for size, with inlining. Reads are as fast
/// as built for speed, within what two runs differ; an instance begins with fewer pages of memory.
const OPT_LEVEL: (&str, &str) = ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s");

/// Compiles the components that have changed.
///
/// # Errors
/// When one does not compile.
pub(crate) fn build(toolchain: &Toolchain) -> Result<()> {
    let mut cargo = toolchain.cargo_wasm(TARGET);
    cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    // A quick build has its own profile.
    if !toolchain.is_quick() {
        let (level, of_components) = OPT_LEVEL;
        cargo.env(level, of_components);
    }
    run_logged("Compiling the Spin components", "build-spin", &mut cargo)
}
