//! `cargo xtask recommend lists`: what is bought together by the orders in a file.
//!
//! Not here: how lists are made and measured. It is a program of its own (`tests/recommend`), with
//! the reader of the file.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use crate::paths;
use crate::process::command;

/// Arguments of `cargo xtask recommend`.
#[derive(Debug, Args)]
pub(crate) struct RecommendArgs {
    #[command(subcommand)]
    task: RecommendTask,
}

#[derive(Debug, Subcommand)]
enum RecommendTask {
    /// Writes for each SKU what is bought with it, as lines {"sku","together":[["sku",score]]}.
    Lists {
        /// A CSV with the columns order,sku,quantity,date.
        #[arg(long)]
        baskets: PathBuf,
        /// Where the lists go.
        #[arg(long, required_unless_present = "hold_out")]
        out: Option<PathBuf>,
        /// Percent of the orders, the last ones, that the lists are not made from: prints how often
        /// an item that is hidden in one of them is among ten that the lists name.
        #[arg(long)]
        hold_out: Option<u8>,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn run(args: &RecommendArgs) -> Result<()> {
    let RecommendTask::Lists {
        baskets,
        out,
        hold_out,
    } = &args.task;
    let mut cargo = command("cargo");
    cargo.current_dir(paths::repo_root()?);
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "souk-recommend",
        "--",
    ]);
    cargo.arg("--baskets").arg(std::path::absolute(baskets)?);
    if let Some(out) = out {
        cargo.arg("--out").arg(std::path::absolute(out)?);
    }
    if let Some(percent) = hold_out {
        cargo.args(["--hold-out", &percent.to_string()]);
    }
    if !cargo.status().context("cargo cannot be started")?.success() {
        bail!("the lists were not made");
    }
    Ok(())
}
