//! `souk plan`: the plan of a night, from its file to the evening.
//!
//! - `file`: the file and what is wrong with it; `trial`: what it would have done on a trace of signals;
//!   `rules`: its triggers for Prometheus; `night`: approved, armed and carried out by a shop.
//!
//! Not here: what the file may say (`souk_shop_folder::plan`), when steps fire (`souk_operations::plan`).

mod file;
mod night;
mod rules;
mod trial;

use anyhow::Result;
use clap::{Args, Subcommand};

use self::file::{FileArgs, LintArgs};
use self::night::{DisarmArgs, NightArgs, StatusArgs, StepArgs};
use self::trial::TryArgs;

/// Arguments of `souk plan`.
#[derive(Args)]
pub(crate) struct PlanArgs {
    #[command(subcommand)]
    task: PlanTask,
}

#[derive(Subcommand)]
enum PlanTask {
    /// Says what is wrong with plan.toml, and what would go wrong in the night; needs no shop.
    Lint(LintArgs),
    /// Prints when steps would have fired and cleared on a trace of signals; needs no shop.
    Try(TryArgs),
    /// Prints rules for Prometheus that fire and clear in the same seconds; needs no shop.
    Rules(FileArgs),
    /// Approves exactly this plan, in the name of the token.
    Approve(NightArgs),
    /// Lets the shop carry this plan out; it has to be approved.
    Arm(NightArgs),
    /// Lets the shop carry no plan out, and takes back what its steps have set.
    Disarm(DisarmArgs),
    /// Shows the armed plan and its steps, and who has approved what.
    Status(StatusArgs),
    /// Fires or ends a step by hand, or says that your task is done.
    Step(StepArgs),
}

/// Runs the subcommand.
///
/// # Errors
/// With everything that is wrong in the file; when the shop does not answer, or refuses.
pub(crate) fn run(args: &PlanArgs) -> Result<()> {
    match &args.task {
        PlanTask::Lint(args) => file::lint(args),
        PlanTask::Try(args) => trial::run(args),
        PlanTask::Rules(args) => {
            print!("{}", rules::rules(&file::read(args)?.plan));
            Ok(())
        }
        PlanTask::Approve(args) => night::approve(args),
        PlanTask::Arm(args) => night::arm(args),
        PlanTask::Disarm(args) => night::disarm(args),
        PlanTask::Status(args) => night::status(args),
        PlanTask::Step(args) => night::step(args),
    }
}
