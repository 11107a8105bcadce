//! `cargo xtask drill`: rehearses a fault on a shop that is started for it.
//!
//! Not here: the stage and the runner (`tests/e2e/src/stage`, `tests/drill`), which are programs of their
//! own so that this one stays quick to compile.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::build::{self, Platforms};
use crate::process::{command, run_logged};
use crate::setup::{self, Purpose};
use crate::{programs, test};

/// Arguments of `cargo xtask drill`.
#[derive(Debug, Args)]
pub(crate) struct DrillArgs {
    /// An experiment in the format of the Chaos Toolkit, such as those in `tests/drills`.
    #[arg(required_unless_present = "all")]
    file: Option<PathBuf>,
    /// Runs every drill that is shipped, without a defect and with each that it has.
    #[arg(long, conflicts_with = "file")]
    all: bool,
    /// Where the shop runs.
    #[arg(long, value_enum)]
    on: On,
    /// Plants a defect of the drill, with which it has to fail.
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    defect: Option<String>,
    /// Writes the journal of the experiment there, as the Chaos Toolkit does.
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    journal: Option<PathBuf>,
    /// Writes the report there, as Markdown; without it the report is printed.
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    report: Option<PathBuf>,
    /// Keeps raw logs and load reports in this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "all")]
    keep: Option<PathBuf>,
}

/// Where a shop runs.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum On {
    /// `workerd`, with Durable Objects.
    Workers,
    /// Spin with its own SQLite.
    Spin,
    /// Spin with PostgreSQL.
    Postgres,
}

impl On {
    fn platforms(self) -> Platforms {
        match self {
            Self::Workers => Platforms::Workers,
            Self::Spin | Self::Postgres => Platforms::Spin,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Spin => "spin",
            Self::Postgres => "postgres",
        }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// When the drill fails, as it must with a defect.
pub(crate) fn run(args: &DrillArgs) -> Result<()> {
    let toolchain = setup::ensure(Purpose::Test)?;
    build::build(args.on.platforms())?;
    let souk = programs::souk(toolchain.root())?;
    let title = "Compiling the stage of drills";
    let mut compile = command("cargo");
    compile.args([
        "build",
        "--locked",
        "--package",
        "souk-e2e",
        "--bin",
        PROGRAM,
    ]);
    run_logged(
        title,
        "build-souk-drill",
        compile.current_dir(toolchain.root()),
    )?;
    let load = programs::load(toolchain.root())?;
    let tests = test::end_to_end(&toolchain, &souk, &build::runner(&toolchain)?)?;
    let mut drill = command(programs::built(toolchain.root(), PROGRAM));
    for (name, value) in tests.get_envs() {
        drill.envs(value.map(|value| (name, value)));
    }
    drill
        .env("SOUK_LOAD", load)
        .args(&args.file)
        .args(["--on", args.on.name()]);
    if args.all {
        drill.arg("--all");
    }
    if let Some(defect) = &args.defect {
        drill.args(["--defect", defect]);
    }
    let files = [
        ("--journal", &args.journal),
        ("--report", &args.report),
        ("--keep", &args.keep),
    ];
    for (option, file) in files {
        if let Some(file) = file {
            drill.arg(option).arg(file);
        }
    }
    let status = drill.status().context("the drill cannot be started")?;
    if !status.success() {
        bail!("the drill did not pass");
    }
    Ok(())
}

/// Of the package `souk-e2e`.
const PROGRAM: &str = "souk-drill";
