//! Where the programs are that are measured; `cargo xtask bench` names them in the environment.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// Programs and directories.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    pub(crate) workerd: PathBuf,
    /// The Spin that `SOUK_SPIN` names, or the local runner.
    pub(crate) spin: PathBuf,
    /// The program `souk`, which operates a shop.
    pub(crate) souk: PathBuf,
    /// The bundle of `tests/bench-floor/workers`.
    pub(crate) floor_workers: PathBuf,
}

/// The root of the repository.
///
/// # Errors
/// When the package is not where it is.
pub(crate) fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let root = root.context("the package lies two levels below the root")?;
    Ok(root.to_owned())
}

impl Tools {
    /// Those that the environment names.
    ///
    /// # Errors
    /// When one is not named.
    pub(crate) fn find() -> Result<Self> {
        let path = |name: &str| {
            let found = env::var_os(name).map(PathBuf::from);
            found.with_context(|| format!("{name} is not set: run `cargo xtask bench`"))
        };
        Ok(Self {
            root: root()?,
            workerd: path("SOUK_WORKERD")?,
            spin: path("SOUK_SPIN").or_else(|_| path("SOUK_SPIN_RUNNER"))?,
            souk: path("SOUK_CLI")?,
            floor_workers: path("SOUK_BENCH_FLOOR_WORKERS")?,
        })
    }

    /// What the two runtimes call themselves.
    pub(crate) fn versions(&self) -> Vec<String> {
        [&self.workerd, &self.spin]
            .iter()
            .filter_map(|program| {
                let output = Command::new(program).arg("--version").output().ok()?;
                Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
            })
            .collect()
    }
}
