//! An independent server of Stripe's API (`localstripe`) and Stripe's own client: tests check that
//! both understand the shop as Stripe would; only tests need them.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{lock::SetupLock, python::Environment};

pub(super) const ENVIRONMENT: Environment = Environment {
    title: "localstripe and Stripe's client",
    name: "stripe",
    requirements: include_str!("../../../../tests/e2e/stripe/requirements.txt"),
    module: "localstripe",
};

/// The Python that finds both, when they are installed for the one that the machine has now.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    Some(ENVIRONMENT.find(cache)?.join("bin/python"))
}

/// Makes their environment.
///
/// # Errors
/// When no Python can make environments, or a package cannot be downloaded.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    ENVIRONMENT.install(cache, lock)
}
