//! Where the repository and the tool cache are.
//!
//! Invariant: no other module of this crate composes a path to the cache by itself, so that
//! `XDG_CACHE_HOME` is honoured everywhere.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};

pub(crate) use souk_machine::cache_dir;

/// The root of the repository: the directory of the workspace's `Cargo.toml`.
///
/// # Errors
/// When the task was not started through `cargo` and the source directory has moved since.
pub(crate) fn repo_root() -> Result<PathBuf> {
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest_dir
        .ancestors()
        .nth(2)
        .context("run this task as `cargo xtask` inside the repository")?;
    Ok(root.to_path_buf())
}

/// The directory that holds one log file per child tool.
///
/// # Errors
/// When neither `XDG_CACHE_HOME` nor `HOME` is set.
pub(crate) fn log_dir() -> Result<PathBuf> {
    Ok(cache_dir()?.join("logs"))
}

/// The first `program` on `PATH`.
pub(crate) fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}
