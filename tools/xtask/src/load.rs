//! `cargo xtask load`: sends load to a shop on this machine, and says what came of it.
//!
//! `load sale --on PLATFORM` starts a shop itself, as the end-to-end tests do; `load judge` measures a
//! server that stands still, and lets HdrHistogram for Python read the log.
//!
//! Not here: the generator, the visitors of a sale and their referee (`tests/load`), and the shop of a
//! sale (`tests/e2e/tests/room`).

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, ValueEnum};

use crate::build::{self, Platforms};
use crate::process::command;
use crate::setup::{self, Purpose};
use crate::{load_judge, paths, programs, test};

/// Arguments of `cargo xtask load`.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// `SCENARIO.toml`, `browsing` or `flash-sale`, or `--url URL --rate N --for 20s`; `--seed N`,
    /// `--report FILE`, `--log FILE`. `sale --on workers|spin|postgres [--visitors N]` starts a shop.
    /// `judge [--for 20s]` compares the generator with what can be computed.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// A sale on a shop that is started for it.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask load sale")]
struct Sale {
    /// Where the shop runs.
    #[arg(long)]
    on: Engine,
    /// How many come.
    #[arg(long, default_value_t = 2_000)]
    visitors: u32,
    /// What is sold; a twentieth of the visitors otherwise.
    #[arg(long)]
    units: Option<u32>,
    /// Draws another crowd.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Engine {
    Workers,
    Spin,
    Postgres,
}

#[derive(Debug, Parser)]
#[command(name = "cargo xtask load judge")]
struct Judge {
    /// How long the run lasts.
    #[arg(long = "for", default_value = "20s")]
    lasts: String,
}

/// Runs the subcommand.
///
/// # Errors
/// When a server does not answer, a run is not valid, or a sale was not fair.
pub(crate) fn run(args: &LoadArgs) -> Result<()> {
    let all = || args.arguments.iter();
    match args.arguments.first().map(String::as_str) {
        Some("sale") if all().any(|one| one == "--on" || one.starts_with("--on=")) => {
            sale(&Sale::parse_from(all()))
        }
        Some("judge") => {
            let root = paths::repo_root()?;
            let program = programs::load(&root)?;
            load_judge::check(
                &root,
                &program,
                &setup::hdrhistogram()?,
                &Judge::parse_from(all()).lasts,
            )
        }
        _ => generate(&args.arguments),
    }
}

fn generate(arguments: &[String]) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["run", "--locked", "--package", "souk-load"]);
    cargo.args(["--profile", "tool", "--"]);
    let status = cargo.args(arguments).status();
    if !status.context("cargo cannot be started")?.success() {
        bail!("the load says nothing about the shop, or the shop did not do what it has to");
    }
    Ok(())
}

fn sale(args: &Sale) -> Result<()> {
    let toolchain = setup::ensure(Purpose::Test)?;
    let (platforms, module) = match args.on {
        Engine::Workers => (Platforms::Workers, "workers::"),
        Engine::Spin => (Platforms::Spin, "spin_sqlite::"),
        Engine::Postgres => (Platforms::Spin, "spin_postgres::"),
    };
    build::build(platforms)?;
    let souk = programs::souk(toolchain.root())?;
    let mut command = test::end_to_end(&toolchain, &souk, &build::runner(&toolchain)?)?;
    let name = format!("{module}{}", test::CROWD);
    command.args(["--test", "room", "--", "--nocapture", "--exact", &name]);
    let units = args.units.unwrap_or((args.visitors / 20).max(1));
    command
        .env("SOUK_LOAD_VISITORS", args.visitors.to_string())
        .env("SOUK_LOAD_UNITS", units.to_string())
        .env("SOUK_E2E_SEED", args.seed.to_string());
    if !command
        .status()
        .context("cargo cannot be started")?
        .success()
    {
        bail!("the sale was not fair; what was found stands above");
    }
    Ok(())
}
