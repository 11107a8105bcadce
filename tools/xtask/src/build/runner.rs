//! The local Spin runner, for machines without the `spin` command.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process::{command, run_logged};
use crate::setup::Toolchain;

/// Cargo for the runner.
fn cargo(subcommand: &str, toolchain: &Toolchain) -> Command {
    let mut cargo = command("cargo");
    cargo
        .args([subcommand, "--locked", "--package", "spin-runner"])
        .args(["--profile", "tool"])
        .current_dir(toolchain.root());
    cargo
}

/// Compiles the runner if it has changed; where its program is.
///
/// # Errors
/// When it does not compile.
pub(crate) fn runner(toolchain: &Toolchain) -> Result<PathBuf> {
    run_logged(
        "Compiling the local Spin runner",
        "build-spin-runner",
        &mut cargo("build", toolchain),
    )?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| toolchain.root().join("target"), PathBuf::from);
    Ok(target.join("tool/spin-runner"))
}

/// Compiles the tests of the runner, in the profile in which it is used: a WASM engine without
/// optimization is too slow for them.
///
/// # Errors
/// When they do not compile.
pub(crate) fn runner_tests(toolchain: &Toolchain) -> Result<()> {
    run_logged(
        "Compiling the tests of the local Spin runner",
        "build-spin-runner-tests",
        cargo("test", toolchain).arg("--no-run"),
    )
}
