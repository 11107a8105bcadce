//! Other search engines and trec_eval, to compare the search with; only `cargo xtask relevance --peers`
//! needs them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{lock::SetupLock, npm, python::Environment};

const ENVIRONMENT: Environment = Environment {
    title: "other search engines",
    name: "search-peers",
    requirements: include_str!("../../../../tests/relevance/peers/requirements.txt"),
    module: "tantivy",
};

const PACKAGE: &str = include_str!("../../../../tests/relevance/peers/package.json");
const LOCK_FILE: &str = include_str!("../../../../tests/relevance/peers/package-lock.json");

/// Where they are.
pub(crate) struct Peers {
    /// The Python that finds the engines in Python, and trec_eval.
    pub(crate) python: PathBuf,
    /// The directory of the npm packages.
    pub(crate) modules: PathBuf,
}

/// Those that are installed, when nothing is missing.
pub(crate) fn find(cache: &Path) -> Option<Peers> {
    let directory = directory(cache);
    let installed = fs::read_to_string(directory.join("package-lock.json")).ok()?;
    (installed == LOCK_FILE).then_some(())?;
    Some(Peers {
        python: ENVIRONMENT.find(cache)?.join("bin/python"),
        modules: directory.join("node_modules"),
    })
}

/// Downloads them: about half a minute.
///
/// # Errors
/// When Python or Node.js is missing or too old, or a package cannot be downloaded.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    ENVIRONMENT.install(cache, lock)?;
    lock.install_directory(&directory(cache), |partial| {
        for (file, text) in [("package.json", PACKAGE), ("package-lock.json", LOCK_FILE)] {
            fs::write(partial.join(file), text).with_context(|| format!("write {file}"))?;
        }
        npm::install_locked(partial, "Installing MiniSearch", "npm-ci-search-peers")
    })
}

fn directory(cache: &Path) -> PathBuf {
    cache.join("search-peers-npm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_no_registry() {
        assert!(!LOCK_FILE.contains("\"resolved\""));
    }
}
