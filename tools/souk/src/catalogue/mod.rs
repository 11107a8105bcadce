//! `souk catalogue`: what the shop's staff do with the catalogue of a running shop.
//!
//! Everything goes through the staff API with a bearer token; nothing writes to the shop's stores
//! behind its back.

pub(crate) mod changes;
mod collect;
pub(crate) mod copies;
pub(crate) mod load;
pub(crate) mod offers;
pub(crate) mod parallel;
pub(crate) mod pictures;
pub(crate) mod price_ledger;
pub(crate) mod publish;
pub(crate) mod published;
mod rollback;
pub(crate) mod search_index;
mod shop_changes;
pub(crate) mod standing;

use crate::folder::export::{self, ExportArgs, PublishExportArgs};
use crate::shop::ShopArgs;
use anyhow::Result;
use clap::{Args, Subcommand};

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
    /// Reads a product export and its pictures and names what is wrong; needs no shop.
    Check {
        #[command(flatten)]
        export: ExportArgs,
    },
    /// Reads a product export and publishes it; what it does not say stays as it is published.
    Import(PublishExportArgs),
    /// The same as `import`.
    Publish(PublishExportArgs),
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

/// Runs the subcommand.
///
/// # Errors
/// When the file is wrong or the shop refuses; the message says what to do.
pub(crate) fn run(args: &CatalogueArgs) -> Result<()> {
    let client = || args.shop.client();
    match &args.task {
        CatalogueTask::Check { export } => export::check(export),
        CatalogueTask::Import(export) | CatalogueTask::Publish(export) => {
            export::publish(export, client)
        }
        CatalogueTask::Rollback { to } => rollback::rollback(&client()?, *to),
        CatalogueTask::Versions => publish::print_versions(&client()?),
        CatalogueTask::Gc { keep, grace_hours } => collect::run(&client()?, *keep, *grace_hours),
    }
}
