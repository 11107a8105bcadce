//! `souk catalogue`: what the shop's staff do with the catalogue of a running shop.
//!
//! Everything goes through the staff API with a bearer token; nothing writes to the shop's stores
//! behind its back.

pub(crate) mod changes;
mod collect;
pub(crate) mod copies;
pub(crate) mod load;
pub(crate) mod parallel;
pub(crate) mod pictures;
pub(crate) mod publish;
pub(crate) mod published;
mod shop_changes;
pub(crate) mod standing;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use souk_import::ImportOptions;

use self::load::{Source, load};
use self::publish::publish;
use self::standing::Standing;
use crate::shop::ShopArgs;

/// Arguments of `souk catalogue`.
#[derive(Args)]
pub(crate) struct CatalogueArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: CatalogueTask,
}

#[derive(Subcommand)]
enum CatalogueTask {
    /// Reads a product file and its pictures and names what is wrong; needs no shop.
    Check {
        #[command(flatten)]
        source: SourceArgs,
    },
    /// Reads a product file and publishes it.
    Import(PublishArgs),
    /// The same as `import`: reads a product file and publishes it.
    Publish(PublishArgs),
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
struct PublishArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Checks the file and shows how it differs from what is published; changes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// The files of a catalogue.
#[derive(Args)]
pub(crate) struct SourceArgs {
    /// The product file: of Shopify, WooCommerce, Medusa, Vendure or Google Merchant Center, as its
    /// header tells. `FILE.LANGUAGE.csv` (translations), `collections.csv` and `redirects.csv`
    /// beside it are read too; where one is absent, what is published stays.
    file: PathBuf,
    /// ISO 4217 code of the prices, which the file does not name; without it that of what is
    /// published, and USD where nothing is.
    #[arg(long)]
    currency: Option<String>,
    /// Refuses the whole file when anything in it is wrong; else a product with a fault is left out,
    /// whole and with its reason.
    #[arg(long)]
    strict: bool,
    /// Variants of several products with the same SKU, price and backorder share one stock; else each
    /// has its own.
    #[arg(long)]
    shared_skus: bool,
    /// Units for variants whose file names no quantity.
    #[arg(long, default_value_t = 0)]
    stock: i64,
    /// Shopify's export of URL redirects, `Redirect from,Redirect to`; without it `redirects.csv`
    /// beside the product CSV. It replaces the whole list: one without rows removes every redirect.
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
        CatalogueTask::Check { source } => {
            load(&source.source()?, &Standing::default())?.print_report();
            Ok(())
        }
        CatalogueTask::Import(args) | CatalogueTask::Publish(args) => {
            let source = args.source.source()?;
            let shop = client().and_then(|client| Ok((Standing::read(&client)?, client)));
            let (standing, client) = match shop {
                Ok(shop) => shop,
                Err(error) => {
                    // What is wrong with the file can be said without the shop.
                    load(&source, &Standing::default())?.print_report();
                    return Err(error);
                }
            };
            let loaded = load(&source, &standing)?;
            loaded.print_report();
            if args.dry_run {
                return publish::preview(&loaded, &standing);
            }
            publish(&client, &loaded, &standing)?.print();
            Ok(())
        }
        CatalogueTask::Rollback { to } => publish::rollback(&client()?, *to),
        CatalogueTask::Versions => publish::print_versions(&client()?),
        CatalogueTask::Gc { keep, grace_hours } => collect::run(&client()?, *keep, *grace_hours),
    }
}

impl SourceArgs {
    /// The source that the arguments name.
    ///
    /// # Errors
    /// When the currency is not one or the number of units is negative.
    pub(crate) fn source(&self) -> Result<Source> {
        let options = ImportOptions {
            default_quantity: self.stock,
            strict: self.strict,
            shared_skus: self.shared_skus,
            ..ImportOptions::default()
        };
        let source = Source::new(self.file.clone(), self.currency.as_deref(), options)?;
        Ok(source.with_redirects(self.redirects.clone()))
    }
}
