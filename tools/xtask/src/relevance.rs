//! `cargo xtask relevance`: how well the search finds, on products with graded queries.
//!
//! Not here: what is measured and how. It is a program of its own (`tests/relevance`), with the
//! readers of product files.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::paths;
use crate::process::command;

/// Arguments of `cargo xtask relevance`.
#[derive(Debug, Args)]
pub(crate) struct RelevanceArgs {
    /// The product file: a CSV in any dialect that `souk catalogue import` reads.
    #[arg(long)]
    catalogue: PathBuf,
    /// A CSV with the columns query,slug,grade.
    #[arg(long)]
    judgements: PathBuf,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Prints the figures of each query as well.
    #[arg(long)]
    queries: bool,
    /// The language of the page.
    #[arg(long, default_value = "en")]
    language: String,
    /// A `search.toml`; without one the rules are those of a shop that has none.
    #[arg(long)]
    rules: Option<PathBuf>,
}

/// Runs the subcommand.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn run(args: &RelevanceArgs) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.current_dir(paths::repo_root()?);
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "souk-relevance",
        "--",
    ]);
    cargo
        .arg("--catalogue")
        .arg(std::path::absolute(&args.catalogue)?);
    cargo
        .arg("--judgements")
        .arg(std::path::absolute(&args.judgements)?);
    cargo.args(["--language", &args.language]);
    cargo.args(args.json.then_some("--json"));
    cargo.args(args.queries.then_some("--queries"));
    if let Some(rules) = &args.rules {
        cargo.arg("--rules").arg(std::path::absolute(rules)?);
    }
    if !cargo.status().context("cargo cannot be started")?.success() {
        bail!("the relevance was not measured");
    }
    Ok(())
}
