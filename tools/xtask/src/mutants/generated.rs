//! Runs `cargo-mutants` over packages whose own tests should notice any change.
//!
//! It works on a copy of the tree, and writes its report into `target/mutants.out`.

use anyhow::{Result, ensure};

use crate::process::command;
use crate::{paths, setup};

/// Seconds that a package's tests may take at least, before a mutant counts as a hang.
const TIMEOUT_MIN_S: &str = "60";

/// Runs it.
///
/// # Errors
/// When a package has survivors, or its tests fail without any change.
pub(super) fn run(packages: &[String]) -> Result<()> {
    let root = paths::repo_root()?;
    let mut mutants = command(setup::cargo_mutants()?);
    mutants
        .current_dir(&root)
        .args(["mutants", "--no-shuffle", "--minimum-test-timeout"])
        .arg(TIMEOUT_MIN_S)
        .arg("--output")
        .arg(root.join("target"));
    for package in packages {
        mutants.args(["--package", package]);
    }
    let status = mutants.status()?;
    ensure!(
        status.success(),
        "changes survive, or the tests fail without any: see target/mutants.out"
    );
    Ok(())
}
