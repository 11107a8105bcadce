//! `cargo-deny`, which checks the licences and sources of the dependencies; only tests need it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::lock::SetupLock;
use super::versions;
use super::worker_build::{Tool, install_tool};

const TOOL: Tool = Tool {
    name: "cargo-deny",
    version: versions::CARGO_DENY,
    arguments: &["cargo-deny"],
    opt_level: "1",
};

/// The program, when it is installed.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    let program = directory(cache).join("bin").join(TOOL.name);
    program.is_file().then_some(program)
}

/// Compiles the program: a few minutes on two cores, once.
///
/// # Errors
/// When it does not compile; the message carries the end of the log.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    lock.install_directory(&directory(cache), |partial| {
        let target = partial.join("target");
        install_tool(&TOOL, partial, &target)?;
        fs::remove_dir_all(&target).context("remove the build directory of cargo-deny")
    })
}

fn directory(cache: &Path) -> PathBuf {
    cache.join(format!("{}-{}", TOOL.name, TOOL.version))
}
