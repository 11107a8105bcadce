//! `cargo xtask replay`: makes traces and replays them against the production code.
//!
//! Not here: traces and runs (`tests/replay`), which is a program of its own so that this one stays quick
//! to compile.

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::command;

/// Arguments of `cargo xtask replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// `record --log ACCESS.log`, `make --visitors N --seed N`, `run TRACE --seed N --report FILE`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// When a file cannot be read, or the books do not add up.
pub(crate) fn run(args: &ReplayArgs) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["run", "--locked", "--package", "souk-replay"]);
    cargo.args(["--profile", "tool", "--"]);
    let status = cargo.args(&args.arguments).status();
    if !status.context("cargo cannot be started")?.success() {
        bail!("the replay failed");
    }
    Ok(())
}
