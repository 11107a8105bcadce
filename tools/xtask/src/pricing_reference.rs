//! `cargo xtask pricing-reference`: whether carts cost what the rules say.
//!
//! A program in Python (`tests/pricing`) makes up shops and carts, prices them by brute force from
//! `shared/pricing/README.md`, and compares with what `souk terms quote` says of the same folders. It
//! shares no code with the engine.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::command;
use crate::{paths, programs, setup};

/// Arguments of `cargo xtask pricing-reference`.
#[derive(Debug, Args)]
pub(crate) struct PricingReferenceArgs {
    /// Carts that are made up, a hundred for each shop.
    #[arg(long, default_value_t = 10_000)]
    carts: u32,
    /// The same shops and carts for the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What the checks of the repository compare.
pub(crate) const IN_CHECKS: PricingReferenceArgs = PricingReferenceArgs {
    carts: 2_000,
    seed: 1,
};

/// Runs the subcommand.
///
/// # Errors
/// When a cart costs something else than the rules say.
pub(crate) fn run(args: &PricingReferenceArgs) -> Result<()> {
    let root = paths::repo_root()?;
    let souk = programs::souk(&root)?;
    check(&root, &souk, &setup::python()?, args)
}

/// Compares; `souk` is the program of that name.
///
/// # Errors
/// When a cart costs something else than the rules say.
pub(crate) fn check(
    root: &Path,
    souk: &Path,
    python: &Path,
    args: &PricingReferenceArgs,
) -> Result<()> {
    let mut compare = command(python);
    compare.env("PYTHONDONTWRITEBYTECODE", "1");
    compare.arg(root.join("tests/pricing/compare.py"));
    compare.arg("--souk").arg(souk);
    compare.args(["--carts", &args.carts.to_string()]);
    compare.args(["--seed", &args.seed.to_string()]);
    let status = compare.status().context("Python cannot be started")?;
    if !status.success() {
        bail!("a cart costs something else than the rules say");
    }
    Ok(())
}
