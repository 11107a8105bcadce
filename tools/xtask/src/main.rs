//! Developer tasks of this repository, behind `cargo xtask`.
//!
//! One module per subcommand; this file only names them.
//! What a task needs on the machine is brought by [`setup`], how a child process is run and
//! shown by [`process`], and where files live by [`paths`].
//! Nothing here is part of what is deployed, and nothing here operates a shop: that is the program
//! `souk` beside it.
//!
//! Architecture Invariant: this program takes few dependencies, because it is compiled before it can
//! say anything. What is heavy (pictures, TLS, HTTP servers) is in programs of their own, which
//! [`programs`] compiles with progress.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod advisories;
mod bench;
mod build;
mod crashes;
mod dev;
mod interrupt;
mod mutants;
mod paths;
mod process;
mod programs;
mod setup;
mod simulate;
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
    /// Runs every check there is, on the real runtimes.
    Test(test::TestArgs),
    /// Runs the shop in a simulated world, from seeds.
    Simulate(simulate::SimulateArgs),
    /// Plants bugs in a copy of the tree and sees which suite finds each.
    Mutants(mutants::MutantsArgs),
    /// Kills processes under load and sees that nothing is lost or doubled.
    Crashes(crashes::CrashesArgs),
    /// Holds what is deployed against its budgets, and says what it consists of.
    Sizes(sizes::SizesArgs),
    /// Measures the shop against what the same runtimes do at best.
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Setup(args) => setup::run(&args),
        Task::Build(args) => build::run(&args),
        Task::Dev(args) => dev::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Simulate(args) => simulate::run(&args),
        Task::Mutants(args) => mutants::run(&args),
        Task::Crashes(args) => crashes::run(&args),
        Task::Sizes(args) => sizes::run(&args),
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
