//! Developer tasks of this repository, behind `cargo xtask`.
//!
//! One module per subcommand; this file only names them.
//! What a task needs on the machine is brought by [`setup`], how a child process is run and
//! shown by [`process`], and where files live by [`paths`].
//! Nothing here is part of what is deployed.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod advisories;
mod bench;
mod build;
mod catalogue;
mod dev;
mod interrupt;
mod paths;
mod process;
mod progress;
mod setup;
mod sizes;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer tasks for Souk")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Brings the tools this repository needs, once; later runs only check that they are there.
    Setup(setup::SetupArgs),
    /// Builds the deployable WASM of the Workers and the Spin functions.
    Build(build::BuildArgs),
    /// Sets up, builds, imports a catalogue and serves the shop on this machine.
    Dev(dev::DevArgs),
    /// Publishes, rolls back and lists catalogues of a running shop.
    Catalogue(catalogue::CatalogueArgs),
    /// Runs every check there is, on the real runtimes.
    Test(test::TestArgs),
    /// Measures the shop against what the same runtimes do at best.
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Setup(args) => setup::run(&args),
        Task::Build(args) => build::run(&args),
        Task::Dev(args) => dev::run(&args),
        Task::Catalogue(args) => catalogue::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
