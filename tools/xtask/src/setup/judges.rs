//! The judges of the search: packages that stem, segment and read Chinese as others do, with which a
//! scorer of its own checks the engine; only tests need them.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{lock::SetupLock, python::Environment};

pub(super) const ENVIRONMENT: Environment = Environment {
    title: "the judges of the search",
    name: "search-judges",
    requirements: include_str!("../../../../tests/search/requirements.txt"),
    module: "pypinyin",
};

/// The Python that finds them, when they are installed for the one that the machine has now.
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
