//! Runs a drill: starts a shop whose ways can be broken, runs the experiment on it, and reports.
//!
//! `cargo xtask drill` names the programs that it starts in its environment.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use souk_drill::Journal;
use souk_e2e::stage::{Defect, Drill, Stage};
use souk_e2e::{Platform, tools};

/// Runs a drill on a shop of its own, which is started for it.
#[derive(Parser)]
#[command(name = "cargo xtask drill")]
struct Arguments {
    /// The experiment: JSON in the format of the Chaos Toolkit.
    #[arg(required_unless_present = "all")]
    file: Option<PathBuf>,
    /// Runs every drill that is shipped, without a defect and with each that it has.
    #[arg(long, conflicts_with_all = ["file", "defect", "journal", "report", "keep"])]
    all: bool,
    /// Where the shop runs.
    #[arg(long, value_enum)]
    on: On,
    /// Plants a defect of the drill, with which it has to fail.
    #[arg(long, value_name = "NAME")]
    defect: Option<String>,
    /// Writes the journal of the experiment there.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Writes the report there, as Markdown; without it the report is printed.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Keeps raw logs and load reports in this folder, which is made.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Where a shop runs.
#[derive(Clone, Copy, ValueEnum)]
enum On {
    /// `workerd`, with Durable Objects.
    Workers,
    /// Spin with its own SQLite.
    Spin,
    /// Spin with PostgreSQL.
    Postgres,
}

impl On {
    fn platform(self) -> Platform {
        match self {
            Self::Workers => Platform::Workers,
            Self::Spin => Platform::SpinSqlite,
            Self::Postgres => Platform::SpinPostgres,
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything is as it should be: one drill passed; or all of them, and each failed with each of
/// its defects.
async fn run(arguments: &Arguments) -> Result<bool> {
    let Some(file) = &arguments.file else {
        return run_all(arguments.on.platform()).await;
    };
    let drill = Drill::read(file)?;
    let defect = arguments
        .defect
        .as_deref()
        .map(|name| drill.scene.defect(name));
    let defect = defect.transpose()?;
    let (stage, journal) = play(&drill, arguments.on.platform(), defect).await?;
    if let Some(file) = &arguments.journal {
        fs::write(file, serde_json::to_vec_pretty(&journal)?)?;
    }
    let report = stage.report(drill.sale(), &[]).await?;
    match &arguments.report {
        Some(file) => fs::write(file, report)?,
        None => println!("\n{report}"),
    }
    if let Some(folder) = &arguments.keep {
        keep(&stage, folder)?;
    }
    println!("{}", verdict(&journal, defect));
    Ok(journal.is_passed())
}

async fn run_all(platform: Platform) -> Result<bool> {
    let mut files = Vec::new();
    for entry in fs::read_dir(tools::drills())? {
        files.push(entry?.path());
    }
    files.sort();
    let mut lines = Vec::new();
    let mut is_all_right = true;
    for file in files {
        let drill = Drill::read(&file)?;
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let defects = drill.scene.defects.keys().map(|defect| Some(*defect));
        for defect in [None].into_iter().chain(defects) {
            let (_, journal) = play(&drill, platform, defect).await?;
            let is_right = journal.is_passed() == defect.is_none();
            is_all_right &= is_right;
            let as_expected = if is_right {
                "as it must"
            } else {
                "NOT AS IT MUST"
            };
            lines.push(format!(
                "{name}: {}, {as_expected}",
                verdict(&journal, defect)
            ));
        }
    }
    println!("\n{}", lines.join("\n"));
    Ok(is_all_right)
}

/// Starts a shop and runs a drill on it.
async fn play(
    drill: &Drill,
    platform: Platform,
    defect: Option<Defect>,
) -> Result<(Stage, Journal)> {
    let began = Instant::now();
    let mut progress = |line: &str| println!("[{:6.1} s] {line}", began.elapsed().as_secs_f32());
    progress(&format!(
        "{}: starting a shop for it",
        drill.experiment.title
    ));
    let stage = Stage::start(platform, &drill.scene, defect).await?;
    let journal = stage.run(&drill.experiment, &mut progress).await?;
    progress(&verdict(&journal, defect));
    Ok((stage, journal))
}

fn keep(stage: &Stage, folder: &PathBuf) -> Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(stage.folder())? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    Ok(())
}

fn verdict(journal: &Journal, defect: Option<Defect>) -> String {
    let planted = match defect {
        Some(defect) => format!(" with the defect {}", defect.name()),
        None => String::new(),
    };
    match journal.broken() {
        None if journal.is_passed() => format!("PASSED{planted}"),
        None => format!("FAILED{planted}"),
        Some((probe, true)) => {
            let name = probe.name();
            format!("FAILED{planted}: before anything was done this did not hold: {name}")
        }
        Some((probe, false)) => format!("FAILED{planted}: this does not hold: {}", probe.name()),
    }
}
