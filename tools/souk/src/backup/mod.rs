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
//! Not here: secrets and settings, which the deployment has; staff tokens, which the secret makes anew; carts, which shoppers have; the cut and
//! the batches (the origin).

mod accounts;
mod copying;
mod folder;
mod private;
mod restoring;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use souk_protocol::staff::{self, Permission};

use crate::client::StaffClient;
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
    let client = args.shop.client()?;
    require(&client, &[Permission::Backup])?;
    copying::run(&client, &args.folder)
}

/// Puts a folder back into a shop.
///
/// # Errors
/// When the folder is not whole, the shop refuses, or the books do not add up in the end.
pub(crate) fn restore(args: &RestoreArgs) -> Result<()> {
    let client = args.shop.client()?;
    require(&client, &OF_RESTORE)?;
    restoring::run(&client, &args.folder, args.wait)
}

/// What a restore does: the origin, the catalogue, payments since the backup, the order index and the
/// audit, what is due.
const OF_RESTORE: [Permission; 5] = [
    Permission::Backup,
    Permission::Catalogue,
    Permission::Money,
    Permission::Operations,
    Permission::Tick,
];

/// Refuses a token before anything is done that it could not bring to its end.
fn require(client: &StaffClient, wanted: &[Permission]) -> Result<()> {
    let token = client.get(staff::READ_OWN_TOKEN)?;
    let lacks: Vec<_> = wanted
        .iter()
        .filter(|permission| !token.permissions.contains(permission))
        .map(|permission| permission.name())
        .collect();
    ensure!(
        lacks.is_empty(),
        "the token {} lacks the permissions {}: make one with `souk staff token create`",
        token.name,
        lacks.join(", ")
    );
    Ok(())
}
