//! Lighthouse, which scores pages in a browser; only tests need it.
//!
//! Its two hundred npm packages are in the tool cache and not in `node_modules/`, so that a
//! developer who only serves a shop does not download them. They are pinned in
//! `tests/e2e/lighthouse/`; 12.8.2 is the newest that runs on Node 20.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{lock::SetupLock, npm};

const PACKAGE: &str = include_str!("../../../../tests/e2e/lighthouse/package.json");
const LOCK_FILE: &str = include_str!("../../../../tests/e2e/lighthouse/package-lock.json");

/// The directory of the npm packages, when exactly those of the lock file are installed.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    let directory = directory(cache);
    let installed = fs::read_to_string(directory.join("package-lock.json")).ok()?;
    (installed == LOCK_FILE).then(|| directory.join("node_modules"))
}

/// Downloads the packages: about half a minute.
///
/// # Errors
/// When Node.js is missing or too old, or a package cannot be downloaded.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    lock.install_directory(&directory(cache), |partial| {
        for (file, text) in [("package.json", PACKAGE), ("package-lock.json", LOCK_FILE)] {
            fs::write(partial.join(file), text).with_context(|| format!("write {file}"))?;
        }
        npm::install_locked(partial, "Installing Lighthouse", "npm-ci-lighthouse")
    })
}

fn directory(cache: &Path) -> PathBuf {
    cache.join("lighthouse")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_no_registry() {
        assert!(!LOCK_FILE.contains("\"resolved\""));
    }
}
