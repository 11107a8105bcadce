//! `cargo xtask catalogue`: what the shop's staff do with the catalogue of a running shop.
//!
//! Everything goes through the staff API with a bearer token; nothing writes to the shop's stores
//! behind its back.

mod changes;
mod client;
mod collect;
mod load;
mod parallel;
mod pictures;
mod publish;
mod published;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

pub(crate) use client::StaffClient;
pub(crate) use load::{Source, load};
pub(crate) use publish::publish;

/// Arguments of `cargo xtask catalogue`.
#[derive(Args)]
pub(crate) struct CatalogueArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: CatalogueTask,
}

/// Which shop, and how it is opened.
#[derive(Args)]
pub(crate) struct ShopArgs {
    /// Address of the shop.
    #[arg(long, global = true, default_value = "http://127.0.0.1:8787")]
    shop: String,
    /// The staff token; without it the environment's SOUK_STAFF_TOKEN, then that of `.dev.vars`.
    #[arg(long, global = true)]
    token: Option<String>,
}

impl ShopArgs {
    /// A client of the shop.
    ///
    /// # Errors
    /// When there is no token, or the address is none.
    pub(crate) fn client(&self) -> Result<StaffClient> {
        StaffClient::new(&self.shop, &token(self.token.as_deref())?)
    }
}

#[derive(Subcommand)]
enum CatalogueTask {
    /// Reads a Shopify product CSV and publishes it.
    Import {
        #[command(flatten)]
        source: SourceArgs,
        /// Checks the file and shows how it differs from what is published; changes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// The same as `import`: reads a Shopify product CSV and publishes it.
    Publish {
        #[command(flatten)]
        source: SourceArgs,
    },
    /// Makes an earlier version the published one.
    Rollback {
        /// Which; without it the one that was published before.
        #[arg(long)]
        to: Option<u64>,
    },
    /// Lists the versions.
    Versions,
    /// Deletes what only versions need that were retired long ago.
    Gc {
        /// Retired versions that are kept all the same.
        #[arg(long, default_value_t = 3)]
        keep: usize,
        /// How long a version must have been retired, in hours: readers may still page through it.
        #[arg(long, default_value_t = 24)]
        grace_hours: u32,
    },
}

#[derive(Args)]
struct SourceArgs {
    /// The product CSV; the demo catalogue when there is none. `FILE.zh-CN.csv` (translations),
    /// `collections.csv` and `redirects.csv` beside it are read too.
    file: Option<PathBuf>,
    /// ISO 4217 code of the prices: the file does not name it.
    #[arg(long, default_value = "USD")]
    currency: String,
    /// Units for variants whose file names no quantity.
    #[arg(long, default_value_t = 0)]
    stock: i64,
    /// Shopify's export of URL redirects, `Redirect from,Redirect to`; without it `redirects.csv`
    /// beside the product CSV. The list is part of the version: none is kept from the one before.
    #[arg(long)]
    redirects: Option<PathBuf>,
}

/// Runs the subcommand.
///
/// # Errors
/// When the file is wrong or the shop refuses; the message says what to do.
pub(crate) fn run(args: &CatalogueArgs) -> Result<()> {
    let client = || args.shop.client();
    match &args.task {
        CatalogueTask::Import {
            source,
            dry_run: true,
        } => {
            let loaded = load(&source.source()?)?;
            loaded.print_report();
            publish::preview(&client()?, &loaded)
        }
        CatalogueTask::Import {
            source,
            dry_run: false,
        }
        | CatalogueTask::Publish { source } => {
            let loaded = load(&source.source()?)?;
            loaded.print_report();
            publish(&client()?, &loaded)?.print();
            Ok(())
        }
        CatalogueTask::Rollback { to } => publish::rollback(&client()?, *to),
        CatalogueTask::Versions => publish::print_versions(&client()?),
        CatalogueTask::Gc { keep, grace_hours } => collect::run(&client()?, *keep, *grace_hours),
    }
}

impl SourceArgs {
    fn source(&self) -> Result<Source> {
        let source = Source::new(self.file.clone(), &self.currency, self.stock)?;
        Ok(source.with_redirects(self.redirects.clone()))
    }
}

fn token(given: Option<&str>) -> Result<String> {
    if let Some(token) = given {
        return Ok(token.to_owned());
    }
    if let Ok(token) = std::env::var("SOUK_STAFF_TOKEN") {
        return Ok(token);
    }
    crate::dev::secrets::read(&crate::paths::repo_root()?)
        .map(|secrets| secrets.staff_token)
        .context("give the staff token with --token or in SOUK_STAFF_TOKEN")
}
