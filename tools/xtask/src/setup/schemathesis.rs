//! Schemathesis, which checks the running API against its contract; only tests need it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{lock::SetupLock, python::Environment};

pub(super) const ENVIRONMENT: Environment = Environment {
    title: "Schemathesis",
    name: "schemathesis",
    requirements: include_str!("../../../../tests/e2e/schemathesis/requirements.txt"),
    module: "schemathesis",
};

/// The program, when it is installed for the Python that the machine has now.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    let program = ENVIRONMENT.find(cache)?.join("bin/schemathesis");
    program.is_file().then_some(program)
}

/// Makes its environment.
///
/// # Errors
/// When no Python can make environments, or a package cannot be downloaded.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    ENVIRONMENT.install(cache, lock)
}
