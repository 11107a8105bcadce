//! The Chaos Toolkit, whose format drills have, and its client of Toxiproxy: tests check that it reads and
//! runs a drill as ours does, and that it can drive the fault proxy; only tests need it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{lock::SetupLock, python::Environment};

pub(super) const ENVIRONMENT: Environment = Environment {
    title: "the Chaos Toolkit",
    name: "chaos-toolkit",
    requirements: include_str!("../../../../tests/e2e/chaos/requirements.txt"),
    module: "chaostoolkit",
};

/// The Python that finds it, when it is installed for the one that the machine has now.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    Some(ENVIRONMENT.find(cache)?.join("bin/python"))
}

/// Makes its environment.
///
/// # Errors
/// When no Python can make environments, or a package cannot be downloaded.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    ENVIRONMENT.install(cache, lock)
}
