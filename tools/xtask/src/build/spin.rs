//! The Spin components, where `spin.toml` looks for them: `target/wasm32-wasip2/release/`.

use anyhow::Result;

use crate::{process::run_logged, setup::Toolchain};

const TARGET: &str = "wasm32-wasip2";

/// The packages of `functions/` that are Spin components, with what the profile `release` is changed
/// to: what answers readers is built for speed, the others for size, with inlining. An instance of
/// them begins with fewer pages of memory, and waits for its database most of the time.
const PACKAGES: [(&[&str], Option<&str>); 2] = [
    (&["souk-spin-storefront"], None),
    (
        &[
            "souk-spin-backoffice",
            "souk-spin-origin",
            "souk-spin-payments",
            "souk-spin-mail",
        ],
        Some("s"),
    ),
];

/// Compiles the components that have changed.
///
/// # Errors
/// When one does not compile.
pub(crate) fn build(toolchain: &Toolchain) -> Result<()> {
    for (packages, level) in PACKAGES {
        let mut cargo = toolchain.cargo_wasm(TARGET);
        cargo.args(packages.iter().flat_map(|package| ["--package", package]));
        // A quick build has its own profile.
        if let Some(level) = level.filter(|_| !toolchain.is_quick()) {
            cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level);
        }
        let (what, log) = match level {
            None => ("Compiling Spin's storefront", "build-spin-storefront"),
            Some(_) => ("Compiling the other Spin components", "build-spin"),
        };
        run_logged(what, log, &mut cargo)?;
    }
    Ok(())
}
