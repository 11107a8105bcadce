//! `cargo xtask peak`: runs a flash sale in a simulated world.
//!
//! Not here: the world (`tests/peak`), which is a program of its own so that this one stays quick to
//! compile.

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::command;

/// Arguments of `cargo xtask peak`.
#[derive(Debug, Args)]
pub(crate) struct PeakArgs {
    /// `--seeds N`, `--from SEED`, `--seed SEED`, `--crowd`, `--phase`, `--each`, `--all`, `--keep`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// When a rule does not hold.
pub(crate) fn run(args: &PeakArgs) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["run", "--locked", "--package", "souk-peak"]);
    cargo.args(["--profile", "tool", "--"]);
    let status = cargo.args(&args.arguments).status();
    if !status.context("cargo cannot be started")?.success() {
        bail!("a rule does not hold");
    }
    Ok(())
}
