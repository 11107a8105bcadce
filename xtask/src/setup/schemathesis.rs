//! Schemathesis, which holds the running API against its contract; only tests need it.
//!
//! A Python environment of its own in the tool cache, with exactly the packages that
//! `requirements.txt` names by content. The machine's own Python is read, never changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{apt, lock::SetupLock};
use crate::{
    paths::find_on_path,
    process::{command, query, run_logged},
};

const REQUIREMENTS: &str = include_str!("../../../tests/e2e/schemathesis/requirements.txt");

/// In the environment: the text of the requirements that it was filled with.
const STAMP: &str = "souk-requirements.txt";

/// Succeeds where an environment can be made with a Python that is new enough.
const CAN_MAKE_ENVIRONMENTS: &str =
    "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))";

/// Succeeds where the environment belongs to the Python that runs it.
const FINDS_PACKAGES: &str =
    "import importlib.util, sys; sys.exit(not importlib.util.find_spec('schemathesis'))";

/// The program, when it is installed for the Python that the machine has now.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    let directory = directory(cache);
    let installed = fs::read_to_string(directory.join(STAMP)).ok()?;
    let program = directory.join("bin/schemathesis");
    // An environment does not survive an update of the machine's Python.
    let finds_packages = || query(python(&directory).args(["-c", FINDS_PACKAGES])).is_some();
    (installed == REQUIREMENTS && program.is_file() && finds_packages()).then_some(program)
}

/// Makes the environment and downloads the packages: about 15 seconds.
///
/// # Errors
/// When there is no Python that can, or a package cannot be downloaded.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<()> {
    let python = machine_python()?;
    lock.install_directory(&directory(cache), |partial| {
        let title = "Making a Python environment for Schemathesis";
        let mut make = command(&python);
        make.args(["-m", "venv"]).arg(partial);
        run_logged(title, "schemathesis-venv", &mut make)?;
        let requirements = partial.join(STAMP);
        fs::write(&requirements, REQUIREMENTS).context("write the list of Python packages")?;
        let mut install = self::python(partial);
        install
            .args(["-m", "pip", "install", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
            .arg("--requirement")
            .arg(&requirements);
        run_logged("Installing Schemathesis", "schemathesis-pip", &mut install)
    })
}

/// A program of the environment is started through its Python: the environment was made under
/// another name, which stands in the first line of its programs.
fn python(directory: &Path) -> std::process::Command {
    command(directory.join("bin/python"))
}

/// A Python of the machine that can make environments; Debian's is installed where none can.
fn machine_python() -> Result<PathBuf> {
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
    apt::ensure_packages(&["python3", "python3-venv"], "the tests of the API")?;
    match find() {
        Some(python) => Ok(python),
        None => bail!("install Python 3.11 or newer with venv, for the tests of the API"),
    }
}

fn directory(cache: &Path) -> PathBuf {
    cache.join("schemathesis")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_python_package_is_pinned_by_version_and_content() {
        let lines = || REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        let packages: Vec<_> = lines().filter(|line| !line.starts_with(' ')).collect();
        assert!(
            packages
                .iter()
                .any(|line| line.starts_with("schemathesis=="))
        );
        for package in packages {
            assert!(
                package.contains("==") && package.ends_with('\\'),
                "{package}"
            );
        }
        assert!(
            lines()
                .filter(|line| line.starts_with(' '))
                .all(|line| line.contains("sha256:"))
        );
    }
}
