//! HdrHistogram for Python, which reads the log of the load generator; only tests need it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{lock::SetupLock, python::Environment};

pub(super) const ENVIRONMENT: Environment = Environment {
    title: "the judge of the load generator",
    name: "hdrhistogram",
    requirements: include_str!("../../../../tests/load/requirements.txt"),
    module: "hdrh",
};

/// The Python that finds it, when it is installed for the one that the machine has now.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    Some(ENVIRONMENT.find(cache)?.join("bin/python"))
}

/// Makes its environment.
///
/// # Errors
/// When no Python can make environments, or the package cannot be downloaded.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    ENVIRONMENT.install(cache, lock)
}
