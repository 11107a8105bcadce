//! Developer tasks of this repository, behind `cargo xtask`.
//!
//! One module per subcommand; this file only names them.
//! [`setup`] installs what a task needs, [`process`] runs child processes and shows their progress,
//! and [`paths`] says where files are.
//! Nothing here is deployed, and nothing here operates a shop: the program `souk` does that.
//!
//! Architecture Invariant: this program has few dependencies, because it is compiled before it can
//! show anything. Heavy code (pictures, TLS, HTTP servers) is in separate programs, which
//! [`programs`] compiles with progress.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod addresses;
mod advisories;
mod alerts;
mod bench;
mod build;
mod crashes;
mod dev;
mod drill;
mod fuzz;
mod interrupt;
mod load;
mod load_judge;
mod mutants;
mod paths;
mod peak;
mod plan_reference;
mod pricing_reference;
mod process;
mod programs;
mod recommend;
mod release;
mod relevance;
mod replay;
mod search_reference;
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
    /// Installs the tools this repository needs, once; later runs only check that they are there.
    Setup(setup::SetupArgs),
    /// Builds the deployable WASM of the Workers and the Spin functions.
    Build(build::BuildArgs),
    /// Sets up, builds, imports a catalogue and serves the shop on this machine.
    Dev(dev::DevArgs),
    /// Runs every check there is, on the real runtimes.
    Test(test::TestArgs),
    /// Writes the rules of addresses from Google's address data.
    Addresses(addresses::AddressesArgs),
    /// Evaluates the rules for alerts on histories of figures.
    Alerts,
    /// Sends every parser that strangers reach input that is nearly right.
    Fuzz(fuzz::FuzzArgs),
    /// Runs the shop in a simulated world, from seeds.
    Simulate(simulate::SimulateArgs),
    /// Runs a flash sale in a simulated world, from seeds.
    Peak(peak::PeakArgs),
    /// Replays requests of a log, or of a crowd that is made up, against the production code.
    Replay(replay::ReplayArgs),
    /// Plants bugs in a copy of the tree and reports which suite finds each.
    Mutants(mutants::MutantsArgs),
    /// Kills processes under load and checks that nothing is lost or doubled.
    Crashes(crashes::CrashesArgs),
    /// Rehearses a fault on a shop that is started for it, and reports.
    Drill(drill::DrillArgs),
    /// Checks what was built against its budgets, and shows what it consists of.
    Sizes(sizes::SizesArgs),
    /// Lists what is bought together by the orders in a file, and measures the lists.
    Recommend(recommend::RecommendArgs),
    /// Measures how well the search finds, on products with graded queries.
    Relevance(relevance::RelevanceArgs),
    /// Compares the search with a scorer that shares no code with it.
    SearchReference(search_reference::SearchReferenceArgs),
    /// Compares what carts cost with a program that shares no code with the engine.
    PricingReference(pricing_reference::PricingReferenceArgs),
    /// Compares when steps of a plan fire and clear with what Prometheus says.
    PlanReference(plan_reference::PlanReferenceArgs),
    /// Builds what is deployed from a clean, checked tree, with a bill of materials and checksums.
    Release(release::ReleaseArgs),
    /// Sends load to a shop on this machine, as many visitors as come and not as it can bear.
    Load(load::LoadArgs),
    /// Measures the shop as a ratio to the bare runtimes.
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Setup(args) => setup::run(&args),
        Task::Build(args) => build::run(&args),
        Task::Dev(args) => dev::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Addresses(args) => addresses::run(&args),
        Task::Alerts => alerts::run(),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Simulate(args) => simulate::run(&args),
        Task::Peak(args) => peak::run(&args),
        Task::Replay(args) => replay::run(&args),
        Task::Mutants(args) => mutants::run(&args),
        Task::Crashes(args) => crashes::run(&args),
        Task::Drill(args) => drill::run(&args),
        Task::Sizes(args) => sizes::run(&args),
        Task::Recommend(args) => recommend::run(&args),
        Task::Relevance(args) => relevance::run(&args),
        Task::SearchReference(args) => search_reference::run(&args),
        Task::PricingReference(args) => pricing_reference::run(&args),
        Task::PlanReference(args) => plan_reference::run(&args),
        Task::Release(args) => release::run(&args),
        Task::Load(args) => load::run(&args),
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
