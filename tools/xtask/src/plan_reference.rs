//! `cargo xtask plan-reference`: whether steps of a plan fire and clear in the seconds in which Prometheus
//! says so.
//!
//! A program in Python (`tests/plan`) makes up plans and traces of signals, asks `souk plan try` about
//! them, and lets `promtool` evaluate what `souk plan rules` prints on the same traces. It shares no code
//! with the engine.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::command;
use crate::{paths, programs, setup};

/// Arguments of `cargo xtask plan-reference`.
#[derive(Debug, Args)]
pub(crate) struct PlanReferenceArgs {
    /// Traces that are made up, each of four minutes and with a plan of its own.
    #[arg(long, default_value_t = 1_000)]
    traces: u32,
    /// The same plans and traces for the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What the checks of the repository compare: some seconds.
pub(crate) const IN_CHECKS: PlanReferenceArgs = PlanReferenceArgs {
    traces: 50,
    seed: 1,
};

/// Runs the subcommand.
///
/// # Errors
/// When a step fires or clears in another second.
pub(crate) fn run(args: &PlanReferenceArgs) -> Result<()> {
    let root = paths::repo_root()?;
    let souk = programs::souk(&root)?;
    check(&root, &souk, &setup::python()?, args)
}

/// Compares; `souk` is the program of that name.
///
/// # Errors
/// When a step fires or clears in another second.
pub(crate) fn check(
    root: &Path,
    souk: &Path,
    python: &Path,
    args: &PlanReferenceArgs,
) -> Result<()> {
    let mut compare = command(python);
    compare.env("PYTHONDONTWRITEBYTECODE", "1");
    compare.arg(root.join("tests/plan/compare.py"));
    compare.arg("--souk").arg(souk);
    compare.arg("--promtool").arg(setup::promtool()?);
    compare.args(["--traces", &args.traces.to_string()]);
    compare.args(["--seed", &args.seed.to_string()]);
    let status = compare.status().context("Python cannot be started")?;
    if !status.success() {
        bail!("a step fires or clears in another second than Prometheus says");
    }
    Ok(())
}
