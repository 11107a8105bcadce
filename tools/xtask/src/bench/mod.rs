//! `cargo xtask bench`: installs and builds what is measured, then runs `tests/bench`.
//!
//! Not here: what is measured and how (`souk-bench`), which is a program of its own so that this
//! one stays quick to compile.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::build::{self, Platforms};
use crate::process::{command, run_logged};
use crate::programs;
use crate::setup::{self, Purpose, Toolchain};

/// Arguments of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// `--quick`, `--only NAME…`, `--json FILE`, `--compare [OLD.json] [--with NEW.json]`, `--keep`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

const FLOOR_OF_WORKERS: &str = "tests/bench-floor/workers";
const FLOOR_OF_SPIN: &str = "bench-floor-spin";

/// Runs the subcommand.
///
/// # Errors
/// When something does not build, a server does not answer, or a comparison found a regression.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    let mut bench = command("cargo");
    bench.args(["run", "--locked", "--package", "souk-bench"]);
    bench.args(["--profile", "tool", "--"]);
    bench.args(&args.arguments);
    // With both files of a comparison given, nothing is measured.
    if !args.arguments.iter().any(|argument| argument == "--with") {
        let toolchain = setup::ensure(Purpose::Test)?;
        build::build(Platforms::All)?;
        bench
            .env("SOUK_BENCH_FLOOR_WORKERS", build_floors(&toolchain)?)
            .env("SOUK_SPIN_RUNNER", build::runner(&toolchain)?)
            .env("SOUK_CLI", programs::souk(toolchain.root())?)
            .env("SOUK_WORKERD", workerd(toolchain.root())?);
    }
    let status = bench.status().context("cargo cannot be started")?;
    if !status.success() {
        bail!("the benchmark failed, or something became slower");
    }
    Ok(())
}

/// Builds the hello-worlds and the bare writes; where the bundle for Workers is.
fn build_floors(toolchain: &Toolchain) -> Result<PathBuf> {
    let mut cargo = toolchain.cargo_wasm("wasm32-wasip2");
    cargo.args(["--package", FLOOR_OF_SPIN]);
    run_logged(
        "Compiling the floor on Spin",
        "bench-floor-spin",
        &mut cargo,
    )?;
    let bundle = toolchain.root().join("target/bench/floor-workers");
    let mut worker_build = toolchain.worker_build()?;
    worker_build
        .current_dir(toolchain.root().join(FLOOR_OF_WORKERS))
        .args(["--release", "--out-dir"])
        .arg(&bundle);
    run_logged(
        "Compiling the floor on Workers",
        "bench-floor-workers",
        &mut worker_build,
    )?;
    Ok(bundle)
}

/// The runtime itself. `node_modules/.bin/workerd` is a script, and would be a process between the
/// benchmark and the one that it measures and ends.
fn workerd(root: &Path) -> Result<PathBuf> {
    let packages = root.join("node_modules/@cloudflare");
    let entries =
        fs::read_dir(&packages).with_context(|| format!("read {}", packages.display()))?;
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("workerd-"))
        .map(|entry| entry.path().join("bin/workerd"))
        .find(|program| program.is_file())
        .context("run `npm ci`, the program `workerd` is missing")
}
