//! `cargo xtask crashes`: kills the runtime, and the database server, again and again under load.
//!
//! Not here: the load, and what must hold afterwards (`tests/e2e/tests/crashes.rs`).

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::build::{self, Platforms};
use crate::setup::{self, Purpose};
use crate::{programs, test};

/// Arguments of `cargo xtask crashes`.
#[derive(Debug, Args)]
pub(crate) struct CrashesArgs {
    /// Rounds on each engine.
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// Only on one engine.
    #[arg(long)]
    on: Option<Engine>,
}

/// Where the origin lives.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Engine {
    /// A Durable Object in `workerd`.
    Workers,
    /// Several of them.
    WorkersSharded,
    /// Spin's own SQLite.
    SpinSqlite,
    /// PostgreSQL behind Spin.
    SpinPostgres,
}

/// Runs the subcommand.
///
/// # Errors
/// When an acknowledged order is lost, or an order took effect twice.
pub(crate) fn run(args: &CrashesArgs) -> Result<()> {
    let toolchain = setup::ensure(Purpose::Test)?;
    build::build(Platforms::All)?;
    let souk = programs::souk(toolchain.root())?;
    let mut command = test::end_to_end(&toolchain, &souk, &build::runner(&toolchain)?)?;
    command.args(["--test", "crashes", "--", "--test-threads=1", "--nocapture"]);
    match args.on {
        Some(Engine::Workers) => {
            command.arg("workers::");
        }
        Some(Engine::WorkersSharded) => {
            command.arg("workers_sharded::");
        }
        Some(Engine::SpinSqlite) => {
            command.arg("spin_sqlite::");
        }
        Some(Engine::SpinPostgres) => {
            command.arg("spin_postgres::");
        }
        None => {}
    }
    command.env("SOUK_CRASH_ROUNDS", args.rounds.to_string());
    let status = command.status().context("cargo cannot be started")?;
    if !status.success() {
        bail!("a crash did harm; what and the seed stand above");
    }
    Ok(())
}
