//! `cargo xtask alerts`: evaluates the rules of docs/alerts.yml and docs/slo-alerts.yml on histories of
//! figures.
//!
//! Not here: the histories, and which rules fire on them (`tests/alerts`).

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::command;
use crate::{paths, setup};

/// From the root of the repository.
const RULES: [&str; 2] = ["docs/alerts.yml", "docs/slo-alerts.yml"];
const TESTS: [&str; 2] = [
    "tests/alerts/alerts.test.yml",
    "tests/alerts/slo-alerts.test.yml",
];

/// Runs the subcommand.
///
/// # Errors
/// When a rule is none, or fires when it should not or the other way round.
pub(crate) fn run() -> Result<()> {
    check(&paths::repo_root()?)
}

/// The same for a repository.
///
/// # Errors
/// See [`run`].
pub(crate) fn check(root: &Path) -> Result<()> {
    let promtool = setup::promtool()?;
    for (task, [one, other]) in [("check", RULES), ("test", TESTS)] {
        let arguments = [task, "rules", one, other];
        let mut command = command(&promtool);
        let status = command.current_dir(root).args(arguments).status();
        if !status.context("promtool cannot be started")?.success() {
            bail!("promtool {} failed", arguments.join(" "));
        }
    }
    Ok(())
}
