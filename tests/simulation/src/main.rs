//! Runs seeds, shows progress, and makes a failure as small as it can.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use souk_simulation::{Outcome, Plan, run, shrink};

/// Lines of a trace that are shown.
const TRACE_LINES: usize = 120;

#[derive(Parser)]
#[command(about = "Runs the shop in a simulated world")]
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
    /// Shows the trace of every run.
    #[arg(long)]
    trace: bool,
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
    let (mut orders, mut steps) = (0, 0);
    let mut events: BTreeMap<String, usize> = BTreeMap::new();
    let is_terminal = std::io::stderr().is_terminal();
    for (number, seed) in (1..).zip(seeds) {
        let plan = Plan::of(seed);
        let outcome = run(&plan);
        if arguments.trace {
            println!("{}", outcome.trace.join("\n"));
        }
        if outcome.failure.is_some() {
            report(&plan, outcome, arguments.keep);
            return ExitCode::FAILURE;
        }
        orders += outcome.orders;
        for (kind, count) in outcome.events {
            *events.entry(kind).or_default() += count;
        }
        steps += outcome.steps;
        if is_terminal || number % 100 == 0 {
            let end = if is_terminal { "\r" } else { "\n" };
            eprint!("{number} of {count} seeds, {orders} orders{end}");
            let _ = std::io::stderr().flush();
        }
    }
    for (kind, count) in &events {
        println!("{count:>9} {kind}");
    }
    println!("{count} seeds, {orders} orders, {steps} steps: every rule holds");
    ExitCode::SUCCESS
}

fn report(plan: &Plan, outcome: Outcome, keep: bool) {
    println!("seed {} fails: {:?}", plan.seed, outcome.failure);
    let (small, outcome) = match keep {
        true => (plan.clone(), outcome),
        false => shrink(plan, outcome, |runs, plan| {
            eprintln!("smaller after {runs} runs: {} shoppers", plan.shoppers);
        }),
    };
    let hidden = outcome.trace.len().saturating_sub(TRACE_LINES);
    if hidden > 0 {
        println!("… {hidden} lines before …");
    }
    println!("{}", outcome.trace[hidden..].join("\n"));
    println!("\n{:#?}\n{small:#?}", outcome.failure);
    println!("repeat it with: cargo xtask simulate --seed {}", plan.seed);
}
