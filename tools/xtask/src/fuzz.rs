//! `cargo xtask fuzz`: the tests named `fuzz` with as many cases as are asked for.
//!
//! Not here: the tests. They are among those of the crates whose parsers they send input to, and run
//! with every test of these crates, bounded.

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::paths;
use crate::process::command;

/// The crates with parsers that strangers reach.
const CRATES: [&str; 2] = ["souk-payments", "souk-storefront"];

/// Arguments of `cargo xtask fuzz`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Inputs for each test. 100,000 take some 40 minutes.
    #[arg(long, default_value_t = 20_000)]
    cases: u32,
}

/// Runs the subcommand.
///
/// # Errors
/// When an input breaks something; the smallest one that does is printed.
pub(crate) fn run(args: &FuzzArgs) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.current_dir(paths::repo_root()?);
    cargo.args(["test", "--profile", "tool"]);
    cargo.args(CRATES.iter().flat_map(|name| ["--package", name]));
    cargo.args(["--test", "use_cases", "fuzz"]);
    cargo.env("PROPTEST_CASES", args.cases.to_string());
    if !cargo.status().context("cargo cannot be started")?.success() {
        bail!("an input breaks something");
    }
    Ok(())
}
