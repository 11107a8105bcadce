//! Programs that extend `cargo`, each compiled once into the tool cache.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::lock::SetupLock;
use super::versions;
use super::worker_build::{Tool, install_tool};

/// Checks the licences and sources of the dependencies; only tests need it.
pub(super) const DENY: Tool = Tool {
    name: "cargo-deny",
    version: versions::CARGO_DENY,
    arguments: &["cargo-deny"],
    opt_level: "1",
};

/// Changes functions and operators of a package, and runs its tests; only `mutants --generated`
/// needs it.
pub(super) const MUTANTS: Tool = Tool {
    name: "cargo-mutants",
    version: versions::CARGO_MUTANTS,
    arguments: &["cargo-mutants"],
    opt_level: "1",
};

/// The program, when it is installed.
pub(super) fn find(tool: &Tool, cache: &Path) -> Option<PathBuf> {
    let program = directory(tool, cache).join("bin").join(tool.name);
    program.is_file().then_some(program)
}

/// Compiles the program: a few minutes on two cores, once.
///
/// # Errors
/// When it does not compile; the message carries the end of the log.
pub(super) fn install(tool: &Tool, cache: &Path, lock: &SetupLock) -> Result<()> {
    lock.install_directory(&directory(tool, cache), |partial| {
        let target = partial.join("target");
        install_tool(tool, partial, &target)?;
        fs::remove_dir_all(&target).context("remove the build directory of a tool")
    })
}

fn directory(tool: &Tool, cache: &Path) -> PathBuf {
    cache.join(format!("{}-{}", tool.name, tool.version))
}
