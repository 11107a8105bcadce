//! `cargo xtask dev`: from a fresh clone to a shop that can be used.

mod companion;
mod errors;
mod evening;
mod health;
mod mail;
mod payments;
mod run_vars;
mod secrets;
mod server;
mod settings;
mod steps;
mod stores;
mod ticker;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use crate::build::{self, Platforms};
use crate::setup::{self, Purpose};
use crate::{interrupt, paths, process, programs};
use evening::{Evening, Opening};
use mail::Mails;
use payments::Payments;
use server::Server;
use settings::{Setting, Told};
use steps::Steps;
use ticker::Ticker;

/// The folder of the demo shop, from the root of the repository.
const DEMO_SHOP: &str = "tools/xtask/demo";

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
    /// The folder of a shop, as `souk init` makes one; the demo shop when there is none.
    #[arg(long, value_name = "DIR")]
    shop: Option<PathBuf>,
    /// The demo shop has a sale with a waiting room, which opens so long after the start (90s, 10m, 2h) or
    /// at a moment (2027-11-11T02:00:00Z); 3 minutes after it where neither is said.
    #[arg(long, value_name = "MOMENT", num_args = 0..=1, default_missing_value = "3m",
        value_parser = evening::parse, conflicts_with_all = ["shop", "catalogue"])]
    sale: Option<Opening>,
    /// A bare product export instead of a folder.
    #[arg(long, value_name = "FILE.csv", conflicts_with = "shop")]
    catalogue: Option<PathBuf>,
    /// A folder whose `markets.toml`, `prices.csv`, `delivery.toml`, `tax.toml`, `promotions.toml` and `options.toml`
    /// take the places of the shop's.
    #[arg(long, value_name = "DIR")]
    terms: Option<PathBuf>,
    /// With `--catalogue`: ISO 4217 code of the prices, which the file does not name; that of what is
    /// published when not given, and USD where nothing is.
    #[arg(long, requires = "catalogue")]
    currency: Option<String>,
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
    /// Starts no outbox: the shop sends mails only with a key of Resend's in
    /// `functions/workers-mail/.dev.vars`.
    #[arg(long)]
    no_mails: bool,
    /// A setting of the shop for this run, such as limits.units_per_line=5; may be given several
    /// times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = settings::parse)]
    settings: Vec<Setting>,
}

/// Sets up, builds, starts, publishes, and serves until interrupted.
///
/// # Errors
/// When a step fails; the message says what to do.
pub(crate) fn run(args: &DevArgs) -> Result<()> {
    let started = Instant::now();
    let root = paths::repo_root()?;
    settings::check(&root, args.on, &args.settings)?;
    if let Some(opening) = args.sale {
        // Before the build, if it has passed already.
        opening.moment(OffsetDateTime::now_utc())?;
    }
    let mut steps = Steps::of(5);
    steps.next("the program souk");
    let souk = programs::souk(&root)?;
    if args.catalogue.is_some() || args.shop.is_some() || args.terms.is_some() {
        // Finds the errors of a wrong file before the build.
        with_shop(
            "check",
            process::command(&souk),
            args,
            &root.join(DEMO_SHOP),
        )?;
    }
    steps.next("tools for WASM");
    let purpose = match args.on {
        Platform::Workers => Purpose::Dev,
        // Without the tools of Workers: no npm packages, no tools that are compiled from source.
        Platform::Spin => Purpose::QuickSpin,
    };
    let toolchain = setup::ensure(purpose)?.quick();
    // What a run that was killed has left goes first.
    drop(Told::workers(&root, &[])?);
    let secrets = secrets::ensure(&root)?.with(&args.settings);
    let platforms = match args.on {
        Platform::Workers => Platforms::Workers,
        Platform::Spin => Platforms::Spin,
    };
    steps.next("the functions");
    build::build_with(&toolchain, platforms)?;
    steps.next("the shop");
    let state = state_dir(args)?;
    interrupt::install();
    let _told = match args.on {
        Platform::Workers => Some(Told::workers(&root, &args.settings)?),
        Platform::Spin => None,
    };
    let payments = Payments::choose(&root, args.port, args.no_payments)?;
    let mails = Mails::choose(&root, args.port, args.no_mails)?;
    let mut server = match args.on {
        Platform::Workers => {
            mails.tell_workers(&secrets.session_secret)?;
            Server::workers(&toolchain, args.port, &state, &payments)?
        }
        Platform::Spin => Server::spin(
            &toolchain,
            args.port,
            &state,
            &secrets,
            args.postgres.as_deref(),
            &payments,
            &mails,
            &args.settings,
        )?,
    };
    let base = format!("http://127.0.0.1:{}", args.port);
    server.wait_until_healthy(args.port)?;
    let souk = || {
        let mut command = process::command(&souk);
        // It makes itself a token with the secret that it finds below the root; one of the developer's
        // is for another shop.
        command
            .current_dir(&root)
            .env("SOUK_SHOP", &base)
            .env_remove("SOUK_STAFF_TOKEN");
        command
    };
    steps.next("what the shop shows");
    let demo = root.join(DEMO_SHOP);
    let evening = args.sale.map(|opening| {
        let now = OffsetDateTime::now_utc();
        Evening::prepare(&root, &demo, &state, opening.moment(now)?, now)
    });
    let evening = evening.transpose()?;
    let demo = evening.as_ref().map_or(demo.as_path(), Evening::folder);
    let published = with_shop("publish", souk(), args, demo);
    // Also where it failed: that a function is closed may be why.
    server.report_closed(args.port);
    published?;
    if let Some(evening) = &evening {
        evening.schedule(souk())?;
    }
    let outside = format!("{}\n{}", payments.welcome(), mails.welcome());
    print_welcome(args.on, &base, &outside, evening.as_ref(), started)?;
    let _ticker = match args.on {
        Platform::Spin => Some(Ticker::start(souk())?),
        Platform::Workers => None,
    };
    server.wait()
}

/// `souk check` or `souk publish` with the folder or the export of the command line, or with that of the
/// demo shop.
fn with_shop(task: &str, mut souk: Command, args: &DevArgs, demo: &Path) -> Result<()> {
    // The program may run in another directory.
    let absolute = |path: &PathBuf| std::path::absolute(path).context("find what the shop shows");
    match &args.catalogue {
        Some(file) => {
            souk.args(["catalogue", task]).arg(absolute(file)?);
            if let Some(currency) = &args.currency {
                souk.args(["--currency", currency]);
            }
        }
        None => {
            let folder = args.shop.as_ref().map(absolute).transpose()?;
            souk.arg(task)
                .arg(folder.unwrap_or_else(|| demo.to_owned()));
        }
    }
    if let Some(dir) = &args.terms {
        souk.arg("--terms").arg(absolute(dir)?);
    }
    if args.catalogue.is_some() || task == "publish" {
        souk.args(["--stock", &args.stock.to_string()]);
    }
    let status = souk.status().context("start the program souk")?;
    ensure!(status.success(), "souk {task} failed, see above");
    Ok(())
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
    stores::look_at(&paths::repo_root()?, &dir)?;
    dir.canonicalize()
        .with_context(|| format!("find {}", dir.display()))
}

fn print_welcome(
    on: Platform,
    base: &str,
    outside: &str,
    evening: Option<&Evening>,
    started: Instant,
) -> Result<()> {
    let platform = match on {
        Platform::Workers => "Cloudflare Workers (workerd)",
        Platform::Spin => "Spin",
    };
    let (sale, of_sale) = match evening {
        Some(evening) => (evening.welcome(base)?, evening.commands(base)),
        None => Default::default(),
    };
    println!(
        "
Your shop is open, on {platform}, after {:.0} s:

  {base}/                   the shop
  {base}/zh/                the same in Chinese
  {base}/api/v1/products    its catalogue as JSON
  {base}/developers         its API
  {base}/metrics            its counters, for a token of `souk staff token create`{sale}

{outside}

Try, in another terminal:

  cargo souk catalogue versions --shop {base}
  cargo souk init MY-SHOP --from YOUR-EXPORT.csv
  cargo souk diff MY-SHOP --shop {base}
  cargo souk orders list --shop {base}
  cargo souk queues --shop {base}
  cargo souk staff token create NAME --permission metrics --shop {base}{of_sale}

Ctrl-C ends it; what was ordered is kept for the next run.",
        started.elapsed().as_secs_f32()
    );
    Ok(())
}
