//! `cargo xtask replay`: makes traces and replays them.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};
use souk_replay::make::flash_sale;
use souk_replay::record::{Recorded, Sold, record};
use souk_replay::{Report, Trace, run};

/// From one line of progress to the next in a log, in seconds of the trace.
const PROGRESS_S: i64 = 120;

#[derive(Parser)]
#[command(
    name = "cargo xtask replay",
    about = "Replays requests against the production code"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Makes a trace of an access log, without personal data.
    Record {
        /// The log: common or combined format, or JSON lines.
        #[arg(long, value_name = "FILE")]
        log: PathBuf,
        /// Where the trace goes.
        #[arg(long, value_name = "FILE", default_value = "trace.txt")]
        out: PathBuf,
        /// Where the sizes of answers go, by route, which `souk capacity --bytes` reads; the log has to
        /// have them.
        #[arg(long, value_name = "FILE")]
        bytes: Option<PathBuf>,
        /// A sale with a waiting room that was on: ID,OPENS,CLOSES,UNITS with moments as RFC 3339.
        #[arg(long, value_parser = Sold::parse)]
        sale: Vec<Sold>,
    },
    /// Makes a trace of a flash sale.
    Make {
        /// How many visitors come.
        #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        visitors: u32,
        /// The same trace for the same seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where the trace goes.
        #[arg(long, value_name = "FILE", default_value = "trace.txt")]
        out: PathBuf,
    },
    /// Replays a trace.
    Run {
        /// Which.
        trace: PathBuf,
        /// The same report for the same seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where the report goes as JSON; without it to standard output.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match carry_out(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(task: Task) -> Result<()> {
    match task {
        Task::Record {
            log,
            out,
            bytes,
            sale,
        } => {
            let name = log.display();
            let file = File::open(&log).with_context(|| format!("read {name}"))?;
            let recorded = record(BufReader::new(file), &sale).with_context(|| name.to_string())?;
            write(&recorded.trace, &out)?;
            if let Some(file) = &bytes {
                write_sent(&recorded, file)?;
            }
            let Recorded {
                trace,
                sent: _,
                visitors,
                dropped,
                unread,
            } = recorded;
            let requests = trace.steps.len();
            println!(
                "{}: {requests} requests of {visitors} visitors; {dropped} lines are of no shopper or \
                 may have something of a person, {unread} are of no log",
                out.display()
            );
            Ok(())
        }
        Task::Make {
            visitors,
            seed,
            out,
        } => {
            let trace = flash_sale(visitors, seed);
            write(&trace, &out)?;
            println!(
                "{}: {visitors} visitors, {} lines",
                out.display(),
                trace.steps.len()
            );
            Ok(())
        }
        Task::Run {
            trace,
            seed,
            report,
        } => {
            let name = trace.display();
            let file = File::open(&trace).with_context(|| format!("read {name}"))?;
            let trace = Trace::read(BufReader::new(file)).with_context(|| name.to_string())?;
            let done = replay(&trace, seed)?;
            match &report {
                Some(path) => {
                    let written = fs::write(path, done.text());
                    written.with_context(|| format!("write {}", path.display()))?;
                }
                None => print!("{}", done.text()),
            }
            match done.drift.is_empty() {
                true => Ok(()),
                false => bail!("the books do not add up: {}", done.drift.join("; ")),
            }
        }
    }
}

fn write_sent(recorded: &Recorded, path: &PathBuf) -> Result<()> {
    ensure!(
        !recorded.sent.is_empty(),
        "the log does not say how large answers were: docs/replay.md has the members that do"
    );
    let text = serde_json::to_string_pretty(&recorded.sent)? + "\n";
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

fn write(trace: &Trace, path: &PathBuf) -> Result<()> {
    let file = File::create(path).with_context(|| format!("write {}", path.display()))?;
    trace.write(BufWriter::new(file))
}

/// Replays with progress from the first second.
#[expect(
    clippy::disallowed_methods,
    reason = "says how long it took on a real machine"
)]
fn replay(trace: &Trace, seed: u64) -> Result<Report> {
    let began = Instant::now();
    let is_terminal = std::io::stderr().is_terminal();
    let mut progress = |at_ms: i64, requests: u64| {
        let at_s = at_ms / 1_000;
        if is_terminal || at_s % PROGRESS_S == 0 {
            let end = if is_terminal { "\r" } else { "\n" };
            eprint!("{at_s} s of the trace, {requests} requests{end}");
            let _ = std::io::stderr().flush();
        }
    };
    let report = run(trace, seed, &mut progress)?;
    eprintln!(
        "{} visitors, {} requests, {} orders in {:.1} s",
        report.visitors,
        report.requests,
        report.orders,
        began.elapsed().as_secs_f64()
    );
    Ok(report)
}
