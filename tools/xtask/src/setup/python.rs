//! Python environments of tools that only tests need.
//!
//! Each has an environment of its own in the tool cache, with exactly the packages that its
//! `requirements.txt` names by content. The machine's own Python is read, never changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{apt, lock::SetupLock};
use crate::{
    paths::find_on_path,
    process::{command, query, run_logged},
};

/// In the environment: the text of the requirements that it was filled with.
const STAMP: &str = "souk-requirements.txt";

/// Succeeds where an environment can be made with a Python that is new enough.
const CAN_MAKE_ENVIRONMENTS: &str =
    "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))";

/// An environment.
pub(super) struct Environment {
    /// Its purpose, as messages name it.
    pub(super) title: &'static str,
    /// Its directory in the tool cache, and the name of its logs.
    pub(super) name: &'static str,
    /// What is in it.
    pub(super) requirements: &'static str,
    /// A module that is found where the environment belongs to the Python that runs it.
    pub(super) module: &'static str,
}

impl Environment {
    /// Its directory, when it was filled for the Python that the machine has now.
    pub(super) fn find(&self, cache: &Path) -> Option<PathBuf> {
        let directory = self.directory(cache);
        let installed = fs::read_to_string(directory.join(STAMP)).ok()?;
        // An environment does not survive an update of the machine's Python.
        let finds_module = || {
            let look = format!(
                "import importlib.util, sys; sys.exit(not importlib.util.find_spec('{}'))",
                self.module
            );
            query(python(&directory).args(["-c", &look])).is_some()
        };
        (installed == self.requirements && finds_module()).then_some(directory)
    }

    /// Makes the environment and downloads the packages: about 15 seconds.
    ///
    /// # Errors
    /// When no Python can make environments, or a package cannot be downloaded.
    pub(super) fn install(&self, cache: &Path, lock: &SetupLock) -> Result<()> {
        let machine = machine_python()?;
        lock.install_directory(&self.directory(cache), |partial| {
            let title = format!("Making a Python environment for {}", self.title);
            let mut make = command(&machine);
            make.args(["-m", "venv"]).arg(partial);
            run_logged(&title, &format!("{}-venv", self.name), &mut make)?;
            let requirements = partial.join(STAMP);
            fs::write(&requirements, self.requirements)
                .context("write the list of Python packages")?;
            let mut install = python(partial);
            install
                .args(["-m", "pip", "install", "--disable-pip-version-check"])
                .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
                .arg("--requirement")
                .arg(&requirements);
            let title = format!("Installing {}", self.title);
            run_logged(&title, &format!("{}-pip", self.name), &mut install)
        })
    }

    fn directory(&self, cache: &Path) -> PathBuf {
        cache.join(self.name)
    }
}

/// A program of the environment is started through its Python: the environment was made under
/// another name, which stands in the first line of its programs.
fn python(directory: &Path) -> std::process::Command {
    command(directory.join("bin/python"))
}

/// A Python of the machine that can make environments; Debian's is installed where none can.
pub(super) fn machine_python() -> Result<PathBuf> {
    let find = || {
        let on_path = find_on_path("python3");
        let candidates = on_path
            .into_iter()
            .chain([PathBuf::from("/usr/bin/python3")]);
        candidates
            .into_iter()
            .find(|python| query(command(python).args(["-c", CAN_MAKE_ENVIRONMENTS])).is_some())
    };
    if let Some(python) = find() {
        return Ok(python);
    }
    apt::ensure_packages(
        &["python3", "python3-venv"],
        "the checks that are in Python",
    )?;
    match find() {
        Some(python) => Ok(python),
        None => bail!("install Python 3.11 or newer with venv, for the checks that are in Python"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{chaos, hdrhistogram, judges, schemathesis, stripe, webhooks};

    #[test]
    fn every_python_package_is_pinned_by_version_and_content() {
        for environment in [
            &schemathesis::ENVIRONMENT,
            &stripe::ENVIRONMENT,
            &webhooks::ENVIRONMENT,
            &chaos::ENVIRONMENT,
            &judges::ENVIRONMENT,
            &hdrhistogram::ENVIRONMENT,
        ] {
            let requirements = environment.requirements.lines();
            let lines: Vec<_> = requirements.filter(|line| !line.starts_with('#')).collect();
            let (hashes, packages): (Vec<&str>, Vec<&str>) =
                lines.iter().partition(|line| line.starts_with(' '));
            // A package is not always named as the module that it has.
            let own = [environment.module, environment.name].map(|name| format!("{name}=="));
            let is_own = |line: &str| own.iter().any(|own| line.starts_with(own));
            assert!(packages.iter().any(|line| is_own(line)), "{own:?}");
            for package in packages {
                assert!(
                    package.contains("==") && package.ends_with('\\'),
                    "{package}"
                );
            }
            assert!(hashes.iter().all(|line| line.contains("sha256:")));
        }
    }
}
