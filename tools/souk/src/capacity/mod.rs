//! `souk capacity`: what a forecast needs of everything, what is full first, and what it costs.
//!
//! - `forecast`: visits by hour; `measured`: the benchmark; `model`: what is taken for what, and prices;
//! - `predict`: from these to requests, bytes, orders, cores and money; `queueing`: waiting.
//!
//! `docs/capacity.md` has the files, the formulas and what a prediction was worth.

mod forecast;
mod measured;
mod model;
mod predict;
mod queueing;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use self::measured::{Measured, Sent};
use self::model::{Model, Prices};
use self::predict::{Demand, Deployment, Prediction, Signals, predict};
use crate::orders::table;

/// Orders of a visit where nothing says otherwise.
const CONVERSION: f64 = 0.03;

/// Arguments of `souk capacity`.
#[derive(Args)]
pub(crate) struct CapacityArgs {
    /// Visits by hour: a CSV with hour,visits, or a TOML file with [[hours]].
    #[arg(long, value_name = "FILE")]
    forecast: PathBuf,
    /// What `cargo xtask bench --json FILE` measured.
    #[arg(long, value_name = "FILE")]
    bench: PathBuf,
    /// What visitors do, by a report of `cargo xtask replay run`; without it the journey of the program.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// What answers weigh, by an access log, as `cargo xtask replay record --bytes FILE` writes it; without
    /// it the budgets of pages, which are upper bounds.
    #[arg(long, value_name = "FILE")]
    bytes: Option<PathBuf>,
    /// What the platform takes, as docs/capacity.md says; without it Cloudflare's prices.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Where the shop runs.
    #[arg(long, value_enum, default_value = "workers")]
    on: Platform,
    /// Objects of the origin (ORIGIN_SHARDS), on Workers.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    shards: u32,
    /// Cores of the functions, on Spin.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    cores: u32,
    /// Data centres that read the signals, on Workers.
    #[arg(long, default_value_t = 50)]
    data_centres: u32,
    /// Orders of a visit, 0 to 1; without it that of the report, else 0.03.
    #[arg(long, value_parser = share)]
    conversion: Option<f64>,
    /// The part of the orders that are for one SKU, 0 to 1: 1 for a sale of one thing.
    #[arg(long, default_value_t = 0.1, value_parser = share)]
    hot_share: f64,
    /// Visits in the busiest second over those of an average second of its hour.
    #[arg(long, default_value_t = 1.0, value_parser = above_0)]
    burst: f64,
    /// Orders in a second that the waiting room lets through.
    #[arg(long, value_parser = above_0)]
    pace: Option<f64>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Where a shop runs, as the benchmark calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Platform {
    Workers,
    Spin,
    Postgres,
}

impl Platform {
    fn name(self) -> &'static str {
        match self {
            Platform::Workers => "workers",
            Platform::Spin => "spin",
            Platform::Postgres => "postgres",
        }
    }
}

/// What is read of a report of `cargo xtask replay run`.
#[derive(Deserialize)]
struct Replayed {
    visitors: u64,
    /// Answers by route and outcome.
    routes: BTreeMap<String, BTreeMap<String, u64>>,
    tiers: BTreeMap<String, u64>,
    origin: BTreeMap<String, u64>,
}

impl Replayed {
    fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let file = File::open(path).with_context(|| format!("read {name}"))?;
        let read: Self = serde_json::from_reader(BufReader::new(file))
            .with_context(|| format!("{name} is no report of `cargo xtask replay run`"))?;
        ensure!(read.visitors > 0, "{name} has no visitors");
        Ok(read)
    }

    fn per_visit(&self, count: u64) -> f64 {
        count as f64 / self.visitors as f64
    }

    /// Requests of a visit by route, without orders.
    fn requests(&self) -> BTreeMap<String, f64> {
        let routes = self.routes.iter().filter(|(route, _)| *route != ORDER);
        let counted = routes.map(|(route, outcomes)| {
            let count = outcomes.values().sum();
            (route.clone(), self.per_visit(count))
        });
        counted.collect()
    }

    /// Orders of a visit that reached the origin.
    fn orders(&self) -> f64 {
        self.per_visit(self.origin.get("order_calls").copied().unwrap_or_default())
    }

    fn store_reads_percent(&self) -> f64 {
        let requests: u64 = self.routes.values().flat_map(BTreeMap::values).sum();
        let reads = self.tiers.get("store_reads").copied().unwrap_or_default();
        reads as f64 * 100.0 / requests.max(1) as f64
    }
}

/// The route of an order in such a report.
const ORDER: &str = "order";

fn share(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "a number from 0 to 1".to_owned())
}

fn above_0(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "a number above 0".to_owned())
}

/// Runs the subcommand.
///
/// # Errors
/// When a file cannot be read, or the benchmark lacks a row that is needed.
pub(crate) fn run(args: &CapacityArgs) -> Result<()> {
    let hours = forecast::read(&args.forecast)?;
    let measured = Measured::read(&args.bench)?;
    let prices = Prices::read(args.prices.as_deref())?;
    let replayed = args.replay.as_deref().map(Replayed::read).transpose()?;
    let sent = args.bytes.as_deref().map(Sent::read).transpose()?;
    let sent = sent.unwrap_or_default();
    let demand = demand(args, &measured, replayed.as_ref(), &sent)?;
    let deployment = deployment(args, &measured)?;
    let prediction = predict(&hours, &demand, &deployment, &prices);
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&prediction)?),
        false => print!("{}", shown(&prediction)),
    }
    Ok(())
}

fn demand(
    args: &CapacityArgs,
    measured: &Measured,
    replayed: Option<&Replayed>,
    sent: &Sent,
) -> Result<Demand> {
    let model = Model::built_in();
    let counted = replayed.map(Replayed::requests);
    let of_report = replayed.map(Replayed::orders);
    Ok(Demand {
        requests: model.requests(measured, args.on.name(), counted.as_ref(), sent)?,
        order_bytes: sent.mean(ORDER).unwrap_or(model.order_bytes()),
        orders_per_visit: args.conversion.or(of_report).unwrap_or(CONVERSION),
        hot_share: args.hot_share,
        burst: args.burst,
        pace: args.pace,
        store_reads_percent: replayed
            .map_or(model.store_reads_percent, Replayed::store_reads_percent),
    })
}

fn deployment(args: &CapacityArgs, measured: &Measured) -> Result<Deployment> {
    let platform = args.on.name();
    let spread = measured.expect(platform, "order-spread")?;
    let hot = measured.expect(platform, "order-hot")?;
    let model = Model::built_in();
    let (cores, stores, signals) = match args.on {
        Platform::Workers => {
            let signals = Signals {
                reads_per_s: model.signal_reads_per_s * f64::from(args.data_centres),
                most_per_s: model.object_requests_per_s,
            };
            (None, args.shards, Some(signals))
        }
        Platform::Spin | Platform::Postgres => (Some(args.cores), 1, None),
    };
    Ok(Deployment {
        cores,
        stores,
        orders_per_s: spread.per_second,
        order_us: spread.cpu_us,
        hot_orders_per_s: hot.per_second,
        signals,
    })
}

fn shown(prediction: &Prediction) -> String {
    let Prediction {
        hours,
        peak,
        resources,
        bottleneck,
        money,
    } = prediction;
    let rows = hours.iter().map(|hour| {
        [
            hour.hour.clone(),
            hour.visits.to_string(),
            hour.requests.to_string(),
            format!("{:.2}", hour.bytes as f64 / 1e9),
            hour.kv_reads.to_string(),
            hour.object_calls.to_string(),
            hour.orders.to_string(),
            format!("{:.2}", hour.cores),
        ]
    });
    let heads = [
        "HOUR",
        "VISITS",
        "REQUESTS",
        "GB",
        "KV READS",
        "OBJECT CALLS",
        "ORDERS",
        "CORES",
    ];
    let mut text = table(heads, rows);
    let wait = |ms: Option<f64>| ms.map_or("-".to_owned(), |ms| format!("{ms:.1} ms"));
    text += &format!(
        "\nbusiest second, in hour {}: {:.0} visits, {:.0} requests, {:.1} MB, {:.1} orders, {:.2} cores; \
         waiting for a core {}, for the origin {}\n\n",
        peak.hour,
        peak.visits_per_s,
        peak.requests_per_s,
        peak.bytes_per_s / 1e6,
        peak.orders_per_s,
        peak.cores,
        wait(peak.waiting_ms.functions),
        wait(peak.waiting_ms.origin),
    );
    let rows = resources.iter().map(|one| {
        let factor = one.full_at_factor;
        [
            one.resource.to_owned(),
            format!("{:.2}", one.used),
            format!("{:.2} {}", one.capacity, one.unit),
            format!("{:.0} %", one.load * 100.0),
            factor.map_or("never".to_owned(), |factor| format!("{factor:.2} times")),
        ]
    });
    text += &table(["RESOURCE", "USED", "CAPACITY", "LOAD", "FULL AT"], rows);
    text += &match bottleneck {
        Some(first) => format!(
            "\nfull first: {}, at {:.2} times the forecast\n",
            first.resource,
            first.full_at_factor.unwrap_or_default()
        ),
        None => "\nnothing is ever full\n".to_owned(),
    };
    text += &format!(
        "the forecast costs {:.2} {}: requests {:.2}, processor {:.2}, objects {:.2}, KV {:.2}, \
         egress {:.2}, cores {:.2}\n",
        money.total,
        money.currency,
        money.requests,
        money.cpu,
        money.objects,
        money.kv,
        money.egress,
        money.cores
    );
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: CapacityArgs,
    }

    fn args(more: &[&str]) -> CapacityArgs {
        let line = ["capacity", "--forecast", "f.csv", "--bench", "b.json"];
        Line::parse_from(line.iter().chain(more)).args
    }

    fn measured() -> Measured {
        let row = |id: &str, value: f64, cpu_us: f64| json!({"id": id, "value": value, "unit": "/s", "cpu_us": cpu_us});
        let rows = [
            row("spin/product-page", 4_000.0, 250.0),
            row("spin/product-page-5000", 2_000.0, 500.0),
            row("spin/product-json", 5_000.0, 200.0),
            row("spin/product-json-5000", 2_500.0, 400.0),
            row("spin/order-spread", 880.0, 1_400.0),
            row("spin/order-hot", 860.0, 1_400.0),
        ];
        serde_json::from_value(json!({ "rows": rows })).unwrap()
    }

    fn replayed() -> Replayed {
        let report = json!({
            "visitors": 200,
            "requests": 1_000,
            "routes": {
                "product": {"200": 590, "404": 10},
                "poll": {"200": 380},
                "order": {"201": 18, "409 sold-out": 2},
            },
            "tiers": {"store_reads": 50},
            "origin": {"calls": 30, "order_calls": 19},
        });
        serde_json::from_value(report).unwrap()
    }

    #[test]
    fn a_report_says_what_a_visitor_does_and_an_order_is_counted_once() {
        let replayed = replayed();
        let spin = args(&["--on", "spin"]);
        let demand = demand(&spin, &measured(), Some(&replayed), &Sent::default()).unwrap();
        let requests = demand.requests.iter();
        let requests: Vec<_> = requests
            .map(|one| (one.route.as_str(), one.per_visit, one.cpu_us))
            .collect();
        assert_eq!(requests, [("poll", 1.9, 400.0), ("product", 3.0, 250.0)]);
        assert_eq!(demand.orders_per_visit, 0.095);
        assert_eq!(demand.store_reads_percent, 5.0);
        // An argument of the command wins.
        let by_hand = args(&["--on", "spin", "--conversion", "0.5"]);
        let demand =
            super::demand(&by_hand, &measured(), Some(&replayed), &Sent::default()).unwrap();
        assert_eq!(demand.orders_per_visit, 0.5);
    }

    #[test]
    fn without_a_report_there_is_a_journey_and_a_platform_has_what_it_has() {
        let spin = args(&["--on", "spin", "--cores", "4"]);
        let demand = demand(&spin, &measured(), None, &Sent::default()).unwrap();
        assert!(demand.requests.iter().any(|one| one.route == "product"));
        assert_eq!(demand.orders_per_visit, CONVERSION);
        let deployment = deployment(&spin, &measured()).unwrap();
        assert_eq!((deployment.cores, deployment.stores), (Some(4), 1));
        assert!(deployment.signals.is_none());
        // The benchmark of another platform says nothing of this one.
        let workers = super::deployment(&args(&["--shards", "4"]), &measured());
        let said = workers.unwrap_err().to_string();
        assert!(
            said.contains("workers/order-spread") && said.contains("bench"),
            "{said}"
        );
    }
}
