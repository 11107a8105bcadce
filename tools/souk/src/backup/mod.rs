//! `souk backup` and `souk restore`: everything that a shop cannot do without, in a folder.
//!
//! A backup is the catalogue store (every version that was published) and the origin (orders with
//! their histories, stock, funds, receipts, versions), cut at one moment. The order index is filled
//! anew from the origin. Personal fields are copied as they are stored, sealed: without the data keys
//! a backup shows no name, and opens none.
//!
//! Both are done in steps with a bound, and may be stopped anywhere: a backup goes on behind its last
//! whole chunk, a restore behind the last batch that the origin has.
//!
//! Not here: secrets and settings, which the deployment has; carts, which shoppers have; the cut and
//! the batches (the origin).

mod accounts;
mod copying;
mod folder;
mod restoring;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::shop::ShopArgs;

/// Arguments of `souk backup`.
#[derive(Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// The folder; one that was begun is continued.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Arguments of `souk restore`.
#[derive(Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// The folder of a backup that came to its end.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How long to wait at the end for the order index and the payment provider, in seconds.
    #[arg(long, default_value_t = 600)]
    wait: u64,
}

/// Copies a shop into a folder.
///
/// # Errors
/// When the shop does not answer or the folder cannot be written.
pub(crate) fn backup(args: &BackupArgs) -> Result<()> {
    copying::run(&args.shop.client()?, &args.folder)
}

/// Puts a folder back into a shop.
///
/// # Errors
/// When the folder is not whole, the shop refuses, or the books do not add up in the end.
pub(crate) fn restore(args: &RestoreArgs) -> Result<()> {
    restoring::run(&args.shop.client()?, &args.folder, args.wait)
}
