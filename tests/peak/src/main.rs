//! Runs seeds, shows progress, and makes a failure as small as it can.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use souk_peak::{Outcome, Plan, run, shrink};

#[derive(Parser)]
#[command(about = "Runs a flash sale in a simulated world")]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// Only this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// A hundred thousand visitors and a thousand units in each run.
    #[arg(long)]
    crowd: bool,
    /// Two thousand visitors who poll in phase, and no fault, in each run.
    #[arg(long, conflicts_with = "crowd")]
    phase: bool,
    /// Says what came of each run.
    #[arg(long)]
    each: bool,
    /// Goes on after a failure, and names each.
    #[arg(long)]
    all: bool,
    /// Leaves a failing plan as it is.
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.from..arguments.from + arguments.seeds,
    };
    let count = seeds.end - seeds.start;
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut failed = 0;
    for (number, seed) in (1..).zip(seeds) {
        let plan = match (arguments.crowd, arguments.phase) {
            (true, _) => Plan::crowd(seed),
            (_, true) => Plan::in_phase(seed),
            (false, false) => Plan::of(seed),
        };
        let outcome = run(&plan);
        if arguments.each {
            println!("seed {seed}: {:?}", outcome.counts);
            println!(
                "    95 % sold after {:?} s; at most {} reports and {} orders in a second",
                outcome.sold_after_s, outcome.reports_per_s_max, outcome.orders_per_s_max
            );
        }
        if let (Some(failure), true) = (&outcome.failure, arguments.all) {
            println!("seed {seed} fails: {failure:?}");
            failed += 1;
        } else if outcome.failure.is_some() {
            report(&plan, outcome, arguments.keep);
            return ExitCode::FAILURE;
        }
        for (what, count) in outcome.counts {
            *counts.entry(what).or_default() += count;
        }
        if number % 50 == 0 {
            eprintln!("{number} of {count} seeds");
        }
    }
    for (what, count) in &counts {
        println!("{count:>10} {what}");
    }
    if failed > 0 {
        println!("{failed} of {count} seeds fail");
        return ExitCode::FAILURE;
    }
    println!("{count} seeds: every rule holds");
    ExitCode::SUCCESS
}

fn report(plan: &Plan, outcome: Outcome, keep: bool) {
    println!("seed {} fails: {:?}", plan.seed, outcome.failure);
    let (small, outcome) = match keep {
        true => (plan.clone(), outcome),
        false => shrink(plan, outcome, |runs, plan| {
            eprintln!("smaller after {runs} runs: {} visitors", plan.visitors);
        }),
    };
    println!("{}", outcome.trace.join("\n"));
    println!("\n{:#?} {:?}\n{small:#?}", outcome.failure, outcome.counts);
    println!("repeat it with: cargo xtask peak --seed {}", plan.seed);
}
