//! `souk insights`: what the shop learns from its orders, for "often bought together".
//!
//! Orders of a file are read here and go nowhere: the shop gets counts of products, in which no pair of
//! fewer than three orders stands.
//!
//! Not here: how lists are made (the back office), how the file is read (`souk_import`).

mod build;
mod import;
mod show;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use souk_catalogue::Hash;
use souk_insights::Root;
use souk_protocol::staff::{self, InsightsPointer};

use crate::client::{StaffClient, is_unreadable};
use crate::shop::ShopArgs;

pub(crate) use build::build;

/// Arguments of `souk insights`.
#[derive(Args)]
pub(crate) struct InsightsArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: InsightsTask,
}

#[derive(Subcommand)]
enum InsightsTask {
    /// Learns now from what the shop has counted since, as it does every hour by itself.
    Build,
    /// Learns from the orders of a file, too, in place of those of the file before.
    Import {
        /// A CSV with the columns order,sku,quantity,date; more columns are passed over.
        #[arg(long)]
        baskets: PathBuf,
    },
    /// Shows what is published.
    Show {
        /// The slug of a product whose list is shown.
        product: Option<String>,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the file is wrong or the shop refuses; the message says what to do.
pub(crate) fn run(args: &InsightsArgs) -> Result<()> {
    match &args.task {
        InsightsTask::Build => build::run(&args.shop.client()?),
        InsightsTask::Import { baskets } => import::run(baskets, || args.shop.client()),
        InsightsTask::Show { product } => show::show(&args.shop.client()?, product.as_deref()),
    }
}

/// A version that is published, as far as it can be read.
pub(crate) struct PublishedInsights {
    pub(crate) pointer: InsightsPointer,
    /// `None` where its blob is lost or damaged.
    pub(crate) root: Option<Root>,
}

impl PublishedInsights {
    /// What is published; `None` where nothing is.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub(crate) fn read(client: &StaffClient) -> Result<Option<Self>> {
        let value = match client.read(&staff::READ_INSIGHTS.into()) {
            Err(error) if is_unreadable(&error) => return Ok(None),
            value => value?,
        };
        // One that is damaged counts as none: the next publish writes it anew.
        let Some(pointer) = InsightsPointer::parse(&value) else {
            return Ok(None);
        };
        let root = show::root(client, &pointer.root)?;
        Ok(Some(Self { pointer, root }))
    }

    /// The names of its blobs that are known, that of the root among them.
    pub(crate) fn blobs(&self) -> Vec<Hash> {
        let own = Hash::parse(&self.pointer.root);
        let others = self.root.iter().flat_map(Root::blobs);
        own.into_iter().chain(others).collect()
    }
}
