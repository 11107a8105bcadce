//! `cargo xtask dev`: from a fresh clone to a shop that can be used.

mod payments;
pub(crate) mod secrets;
mod server;
mod ticker;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::build::{self, Platforms};
use crate::catalogue::{self, Source, StaffClient};
use crate::setup::{self, Purpose};
use crate::{interrupt, paths};
use payments::Payments;
use server::Server;
use ticker::Ticker;

/// Where the shop runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    /// Cloudflare Workers, by `wrangler dev`.
    Workers,
    /// Spin, by `spin up` or the local runner.
    Spin,
}

/// Arguments of `cargo xtask dev`.
#[derive(Args)]
pub(crate) struct DevArgs {
    /// Which platform.
    #[arg(long, value_enum, default_value_t = Platform::Workers)]
    on: Platform,
    /// Port of the shop, on the loopback address.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// A Shopify product CSV; the demo catalogue when there is none.
    #[arg(long, value_name = "FILE.csv")]
    catalogue: Option<PathBuf>,
    /// ISO 4217 code of the prices: the file does not name it.
    #[arg(long, default_value = "USD")]
    currency: String,
    /// Units for variants whose file names no quantity.
    #[arg(long, default_value_t = 0)]
    stock: i64,
    /// Where the local stores are kept between runs; `.souk` in the repository when not given.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Starts with empty stores.
    #[arg(long)]
    fresh: bool,
    /// Spin only: a PostgreSQL address for the origin instead of Spin's SQLite.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Starts no payment sandbox: the shop takes cards only with a Stripe key in
    /// `functions/workers-payments/.dev.vars`.
    #[arg(long)]
    no_payments: bool,
}

/// Sets up, builds, starts, publishes, and serves until interrupted.
///
/// # Errors
/// When a step fails; the message says what to do.
pub(crate) fn run(args: &DevArgs) -> Result<()> {
    let started = Instant::now();
    // A wrong file should not cost a build first.
    let source = Source::new(args.catalogue.clone(), &args.currency, args.stock)?;
    let loaded = catalogue::load(&source)?;
    let toolchain = setup::ensure(Purpose::Dev)?;
    let root = paths::repo_root()?;
    let secrets = secrets::ensure(&root)?;
    let platforms = match args.on {
        Platform::Workers => Platforms::Workers,
        Platform::Spin => Platforms::Spin,
    };
    build::build(platforms)?;
    let state = state_dir(args)?;
    interrupt::install();
    let payments = Payments::choose(&root, args.port, args.no_payments)?;
    let mut server = match args.on {
        Platform::Workers => Server::workers(&toolchain, args.port, &state, &payments)?,
        Platform::Spin => Server::spin(
            &toolchain,
            args.port,
            &state,
            &secrets,
            args.postgres.as_deref(),
            &payments,
        )?,
    };
    let base = format!("http://127.0.0.1:{}", args.port);
    server.wait_until_healthy(&base)?;
    loaded.print_report();
    let client = StaffClient::new(&base, &secrets.staff_token)?;
    catalogue::publish(&client, &loaded)?.print();
    print_welcome(args.on, &base, &payments, started);
    let _ticker = match args.on {
        Platform::Spin => Some(Ticker::start(client)),
        Platform::Workers => None,
    };
    server.wait()
}

fn state_dir(args: &DevArgs) -> Result<PathBuf> {
    let base = match &args.state {
        Some(dir) => dir.clone(),
        None => paths::repo_root()?.join(".souk"),
    };
    let dir = base.join(match args.on {
        Platform::Workers => "workers",
        Platform::Spin => "spin",
    });
    if args.fresh && dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("empty {}", dir.display()))?;
    }
    std::fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
    dir.canonicalize()
        .with_context(|| format!("find {}", dir.display()))
}

fn print_welcome(on: Platform, base: &str, payments: &Payments, started: Instant) {
    let platform = match on {
        Platform::Workers => "Cloudflare Workers (workerd)",
        Platform::Spin => "Spin",
    };
    println!(
        "
Your shop is open, on {platform}, after {:.0} s:

  {base}/                   the shop
  {base}/zh/                the same in Chinese
  {base}/api/v1/products    its catalogue as JSON
  {base}/developers         its API
  {base}/metrics            its counters

{}

Try, in another terminal:

  cargo xtask catalogue versions --shop {base}
  cargo xtask catalogue import YOUR-SHOPIFY-EXPORT.csv --dry-run --shop {base}
  cargo xtask orders list --shop {base}
  cargo xtask queues --shop {base}

Ctrl-C ends it; what was ordered is kept for the next run.",
        started.elapsed().as_secs_f32(),
        payments.welcome()
    );
}
