//! `cargo xtask relevance`: how well the search finds, on products with graded queries.
//!
//! Not here: what is measured and how. It is a program of its own (`tests/relevance`), with the
//! readers of product files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::command;
use crate::{paths, setup};

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
    /// Compares with SQLite FTS5, tantivy and MiniSearch, judged by trec_eval. The first time they are
    /// downloaded.
    #[arg(long, conflicts_with = "queries")]
    peers: bool,
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
/// When a file cannot be read, or another engine cannot be installed.
pub(crate) fn run(args: &RelevanceArgs) -> Result<()> {
    let root = paths::repo_root()?;
    let mut arguments = vec!["--language".into(), args.language.clone().into()];
    for (name, file) in [
        ("--catalogue", Some(&args.catalogue)),
        ("--judgements", Some(&args.judgements)),
        ("--rules", args.rules.as_ref()),
    ] {
        if let Some(file) = file {
            arguments.extend([name.into(), std::path::absolute(file)?.into_os_string()]);
        }
    }
    arguments.extend(args.json.then(|| "--json".into()));
    let mut measure = match args.peers {
        true => with_peers(&root)?,
        false => {
            let mut cargo = cargo("run", &root);
            cargo.arg("--").args(args.queries.then_some("--queries"));
            cargo
        }
    };
    measure.args(arguments);
    if !measure.status().context("it cannot be started")?.success() {
        bail!("the relevance was not measured");
    }
    Ok(())
}

fn cargo(subcommand: &str, root: &Path) -> Command {
    let mut cargo = command("cargo");
    cargo
        .current_dir(root)
        .args([subcommand, "--quiet", "--locked"])
        .args(["--package", "souk-relevance"]);
    cargo
}

/// The comparison, with what it starts.
fn with_peers(root: &Path) -> Result<Command> {
    if !cargo("build", root)
        .status()
        .context("cargo cannot be started")?
        .success()
    {
        bail!("souk-relevance does not compile");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let setup::Peers { python, modules } = setup::search_peers()?;
    let mut compare = command(python);
    compare
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root.join("tests/relevance/peers/compare.py"))
        .arg("--program")
        .arg(target.join("debug/souk-relevance"))
        .args(["--node", "node", "--modules"])
        .arg(modules);
    Ok(compare)
}
