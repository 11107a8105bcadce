//! `cargo xtask load`: sends what a scenario says to a server on this machine, and prints one line of
//! JSON about it (`docs/load.md`). Progress goes to standard error.

#![allow(
    clippy::disallowed_methods,
    reason = "measures a real machine with its real clock"
)]

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use souk_load::sale::{Events, SaleOutcome};
use souk_load::{Generator, Plan, Report, Scenario, Target};
use souk_load::{access_log, histogram_log, progress, sale, scenario, standstill};

/// Where `cargo xtask dev` serves the shop.
const DEFAULT_URL: &str = "http://127.0.0.1:3000";
/// Orders that are sent after the sell-out.
const ATTEMPTS: u64 = 1_000;

/// Sends requests at planned moments, whether the server keeps up or not.
#[derive(Parser)]
#[command(name = "cargo xtask load", subcommand_negates_reqs = true)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    load: Load,
}

#[derive(Subcommand)]
enum Command {
    /// Runs against a server that stands still, and compares the percentiles with those that can be
    /// computed.
    Standstill(Standstill),
}

#[derive(Args)]
struct Standstill {
    /// How long the run lasts; the server stands still from a quarter of it to the half.
    #[arg(long = "for", value_name = "TIME", default_value = "20s", value_parser = scenario::time)]
    lasts: Duration,
    /// Where the HdrHistogram log is written.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[derive(Args)]
struct Load {
    /// The file of a scenario, or the name of one that comes with the generator: `browsing`, or
    /// `flash-sale`, which is `sale` for short.
    #[arg(conflicts_with_all = ["rate", "lasts"], required_unless_present = "rate")]
    scenario: Option<PathBuf>,
    /// The server; without a scenario with the path that is asked for [default: http://127.0.0.1:3000].
    #[arg(long)]
    url: Option<String>,
    /// Without a scenario: requests a second.
    #[arg(long, value_name = "N", requires = "lasts")]
    rate: Option<f64>,
    /// Without a scenario: how long.
    #[arg(long = "for", value_name = "TIME", requires = "rate", value_parser = scenario::time)]
    lasts: Option<Duration>,
    /// Draws other moments and choices than the scenario's own seed.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Where the report is written as well.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Where the HdrHistogram log is written.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Where the log is written that a web server in front of the shop would have, which
    /// `cargo xtask replay record` reads.
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,
    /// Of a sale: another one than the scenario names.
    #[arg(long, value_name = "ID")]
    sale: Option<String>,
    /// Of a sale: how many visitors come.
    #[arg(long, value_name = "N")]
    visitors: Option<u32>,
    /// Of a sale: its units, so that the referee can say whether exactly these are sold.
    #[arg(long, value_name = "N")]
    units: Option<u32>,
    /// Of a sale: where everything is written that its visitors did and learnt, a line of JSON each.
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
}

/// What is printed.
#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    report: Report,
    /// By which everything was drawn.
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sale: Option<SaleOutcome>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = runtime.context("start").and_then(|runtime| {
        runtime.block_on(async {
            match cli.command {
                Some(Command::Standstill(args)) => stand_still(&args).await,
                None => load(&cli.load).await,
            }
        })
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn stand_still(args: &Standstill) -> Result<()> {
    let judged = standstill::run(args.lasts).await?;
    println!("{}", serde_json::to_string(&judged.report)?);
    if let Some(file) = &args.log {
        write_log(file, &judged.generator)?;
    }
    ensure!(
        judged.report.valid,
        "the run is not valid: the machine is too busy"
    );
    judged.check(args.lasts)
}

async fn load(args: &Load) -> Result<()> {
    let (target, scenario) = what(args)?;
    let plan = Plan::of(&scenario);
    eprintln!(
        "{} requests are planned, the last one after {:.1} s, for {}",
        plan.requests.len(),
        plan.ends().as_secs_f64(),
        target.host
    );
    let generator = Generator::new(target);
    let progress = tokio::spawn(progress::show(generator.clone()));
    let events = Events::default();
    let of_sale = async {
        let Some(of_sale) = &scenario.sale else {
            return Ok(None);
        };
        let seed = scenario.seed;
        let visit = sale::visit(&generator, of_sale, seed, args.units, &events);
        visit.await.map(Some)
    };
    let work = async { tokio::join!(generator.follow(&plan), of_sale).1 };
    let visited = tokio::select! {
        visited = work => visited?,
        stopped = tokio::signal::ctrl_c() => {
            stopped?;
            eprintln!("interrupted: what follows is about the requests until now");
            None
        }
    };
    // What is sent after the sell-out is no load.
    let (records, steps) = (generator.records(), generator.steps());
    let sale = match &visited {
        Some(visited) => Some(visited.judge(&generator, ATTEMPTS).await?),
        None => None,
    };
    progress.abort();
    if let Some(file) = &args.log {
        write_log(file, &generator)?;
    }
    if let Some(file) = &args.access_log {
        access_log::write(&mut create(file)?, generator.started_at(), &plan, &records)?;
    }
    if let Some(file) = &args.raw {
        events.write(&mut create(file)?)?;
    }
    let output = Output {
        report: Report::of(&records, &steps),
        seed: scenario.seed,
        sale,
    };
    finish(args, &output)
}

/// Prints the report, and fails where it says nothing or a sale was not fair.
fn finish(args: &Load, output: &Output) -> Result<()> {
    let text = serde_json::to_string(output)?;
    println!("{text}");
    if let Some(file) = &args.report {
        fs::write(file, text + "\n").with_context(|| format!("write {}", file.display()))?;
    }
    let broken = output.sale.iter().flat_map(|sale| &sale.verdict.broken);
    for broken in broken {
        eprintln!("BROKEN {}: {}", broken.rule, broken.found);
    }
    ensure!(output.report.sent > 0, "nothing was sent");
    if !output.report.valid {
        bail!(
            "the run is not valid: one of a hundred requests was sent more than 5 ms late ({:.1} ms), so \
             the figures are about this machine and not about the server; plan fewer requests",
            output.report.lateness_ms.p99
        );
    }
    ensure!(
        output.sale.as_ref().is_none_or(SaleOutcome::holds),
        "the sale was not fair; what was found stands above"
    );
    Ok(())
}

/// Where requests go, and which.
fn what(args: &Load) -> Result<(Target, Scenario)> {
    let url = args.url.as_deref().unwrap_or(DEFAULT_URL);
    let (target, mut scenario) = match (&args.scenario, args.rate, args.lasts) {
        (Some(file), _, _) => (Target::parse(url)?, scenario::read(&found(file))?),
        (None, Some(rate), Some(lasts)) => {
            ensure!(
                rate > 0.0 && rate <= scenario::RATE_MAX,
                "--rate {rate} is no rate"
            );
            let (target, path) = Target::with_path(url)?;
            (target, Scenario::of_path(&path, rate, lasts, 0))
        }
        (None, _, _) => bail!("name a scenario, or --url URL --rate N --for 20s"),
    };
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    match &mut scenario.sale {
        Some(of_sale) => {
            of_sale.visitors = args.visitors.unwrap_or(of_sale.visitors);
            if let Some(id) = &args.sale {
                id.clone_into(&mut of_sale.id);
            }
        }
        None => ensure!(
            args.visitors.is_none() && args.sale.is_none() && args.units.is_none(),
            "--sale, --visitors and --units are for scenarios with a [sale]"
        ),
    }
    Ok((target, scenario))
}

/// A file, or a scenario that comes with the generator.
fn found(scenario: &Path) -> PathBuf {
    let name = match scenario.to_str() {
        Some("sale") => "flash-sale",
        Some(name) => name,
        None => return scenario.to_owned(),
    };
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let shipped = shipped.join(name).with_extension("toml");
    match !scenario.is_file() && shipped.is_file() {
        true => shipped,
        false => scenario.to_owned(),
    }
}

fn write_log(file: &Path, generator: &Generator) -> Result<()> {
    let records = generator.records();
    histogram_log::write(&mut create(file)?, generator.started_at(), &records)
}

fn create(file: &Path) -> Result<BufWriter<File>> {
    let created = File::create(file);
    Ok(BufWriter::new(
        created.with_context(|| format!("write {}", file.display()))?,
    ))
}
