//! The local Spin runner, for machines without the `spin` command.

use std::path::PathBuf;

use anyhow::Result;

use crate::process::{command, run_logged};
use crate::setup::Toolchain;

/// Compiles the runner if it has changed; where its program is.
///
/// # Errors
/// When it does not compile.
pub(crate) fn runner(toolchain: &Toolchain) -> Result<PathBuf> {
    run_logged(
        "Compiling the local Spin runner",
        "build-spin-runner",
        command("cargo")
            .args(["build", "--locked", "--package", "spin-runner"])
            .args(["--profile", "tool"])
            .current_dir(toolchain.root()),
    )?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| toolchain.root().join("target"), PathBuf::from);
    Ok(target.join("tool/spin-runner"))
}
