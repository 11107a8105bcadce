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
mod audit;
mod bench;
mod build;
mod catalogue;
mod crashes;
mod dev;
mod interrupt;
mod mutants;
mod orders;
mod paths;
mod process;
mod progress;
mod queues;
mod setup;
mod shards;
mod simulate;
mod sizes;
mod stock;
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
    /// Lists, shows and changes the orders of a running shop.
    Orders(orders::OrdersArgs),
    /// Shows stock accounts of a running shop, and books units that come in or are missing.
    Stock(stock::StockArgs),
    /// Recounts the books of a running shop, names what does not add up, and repairs it.
    Audit(audit::AuditArgs),
    /// Shows how the queues of a running shop stand, and replays what was given up.
    Queues(queues::QueuesArgs),
    /// Shows the shards of a running shop's origin, and puts SKUs on shards of their own.
    Shards(shards::ShardsArgs),
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
        Task::Catalogue(args) => catalogue::run(&args),
        Task::Orders(args) => orders::run(&args),
        Task::Stock(args) => stock::run(&args),
        Task::Audit(args) => audit::run(&args),
        Task::Queues(args) => queues::run(&args),
        Task::Shards(args) => shards::run(&args),
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
