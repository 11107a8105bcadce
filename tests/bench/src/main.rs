//! Measures the shop against what the same runtime does at best, on this machine, in the same run.
//!
//! `cargo xtask bench` builds everything that is needed and runs this program. Each row has the
//! shop on one side and on the other a floor of our own (`tests/bench-floor`): a hello-world or a
//! bare write, made with the same SDK by the same tools in the same profile. Both sides are
//! measured in turn, so that a machine whose speed drifts does no harm to their ratio.
//!
//! Never a test: nothing fails here because a machine is slow. Only `--compare` fails, when a ratio
//! fell by more than 10 %.

#![allow(
    clippy::disallowed_methods,
    reason = "measures a real machine with its real clock"
)]

mod back_office;
mod baseline;
mod bench;
mod beside;
mod connection;
mod encoding;
mod hot;
mod instance;
mod kv;
mod load;
mod machine;
mod open;
mod orders;
mod pgbench;
mod prices;
mod reads;
mod report;
mod room;
mod sale;
mod search;
mod server;
mod shop;
mod sizes;
mod spin;
mod tools;
mod workerd;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::baseline::Baseline;
use crate::bench::{Bench, Platform};
use crate::machine::Machine;
use crate::report::Report;
use crate::tools::Tools;

/// Prints one table, each row with its limit measured in the same run on the same runtime.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Cli {
    /// Measures and warms up for a shorter time: for a first look.
    #[arg(long)]
    quick: bool,
    /// Only rows whose names contain one of these, such as `workers/` or `order`.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// Where the table is written as JSON [default: target/bench/latest.json].
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Fails when a ratio is more than 10 % below that of this report, or of the results that are
    /// kept in the repository when no file is named.
    #[arg(long, value_name = "OLD.json", num_args = 0..=1, default_missing_value = baseline::FILE)]
    compare: Option<PathBuf>,
    /// Compares this report instead of a new one; measures nothing.
    #[arg(long, value_name = "NEW.json", requires = "compare")]
    with: Option<PathBuf>,
    /// Keeps the results in the repository, with the commit: for `main`, after a whole run.
    #[arg(long, conflicts_with_all = ["quick", "only", "with"])]
    keep: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False when the comparison found a regression.
fn run(cli: Cli) -> Result<bool> {
    // Read first: it may be the file that is written in the end.
    let root = tools::root()?;
    let before = match cli.compare.as_deref() {
        Some(file) if file == Path::new(baseline::FILE) => Some(Baseline::read(&root.join(file))?),
        Some(file) => Some(Baseline::read(file)?),
        None => None,
    };
    if cli.keep {
        // Before a run of half an hour.
        baseline::ensure_commit(&baseline::commit(&root))?;
    }
    let report = match &cli.with {
        Some(file) => Report::read(file)?,
        None => measure(&cli)?,
    };
    print!("{}", report.table());
    let now = Baseline::of(&report);
    let regressions = before.map_or_else(Vec::new, |before| {
        println!("\ncompared with {}", before.describe());
        println!("{} rows in common", now.in_common(&before));
        now.regressions(&before)
    });
    for regression in &regressions {
        println!("SLOWER {regression}");
    }
    if cli.keep {
        now.write(&root.join(baseline::FILE))?;
        println!("stored in {}", baseline::FILE);
    }
    Ok(regressions.is_empty())
}

fn measure(cli: &Cli) -> Result<Report> {
    let tools = Tools::find()?;
    let machine = Machine::look(&tools);
    let commit = baseline::commit(&tools.root);
    let directory = tools.root.join("target/bench");
    let bench = Bench {
        tools,
        quick: cli.quick,
        only: cli.only.clone(),
        cluster: None.into(),
        rows: Vec::new().into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        // A signal must not leave servers behind: they end where this future is dropped.
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = all_rows(&bench) => outcome,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
            _ = terminate.recv() => bail!("interrupted"),
        }
    });
    let report = Report {
        commit,
        machine,
        quick: cli.quick,
        rows: bench.rows.take(),
    };
    let file = cli
        .json
        .clone()
        .unwrap_or_else(|| directory.join("latest.json"));
    report.write(&file, &directory.join("history.jsonl"))?;
    if let Err(error) = outcome {
        print!("{}", report.table());
        return Err(error);
    }
    Ok(report)
}

async fn all_rows(bench: &Bench) -> Result<()> {
    encoding::rows(bench)?;
    search::rows(bench)?;
    for platform in [Platform::Workers, Platform::Spin] {
        reads::rows(bench, platform).await?;
        search::served(bench, platform).await?;
        orders::rows(bench, platform).await?;
        prices::rows(bench, platform).await?;
        room::rows(bench, platform).await?;
        sizes::rows(bench, platform).await?;
        instance::rows(bench, platform).await?;
    }
    orders::rows(bench, Platform::Postgres).await?;
    prices::rows(bench, Platform::Postgres).await?;
    room::rows(bench, Platform::Postgres).await
}
