//! Units of a sale: they are moved from the SKU of the shop to that of the sale before a session, and
//! back after it.
//!
//! A move is a receipt that takes from one account what it gives to the other, so it is booked as a whole
//! or not at all, and the audit counts it as any other receipt. Before a session its key names the
//! session, so that the same session gets its units once, however often it is scheduled.

use anyhow::{Context, Result, bail};
use clap::Args;
use souk_catalogue::{FORMAT, Hash, Manifest, Sale, SaleItem};
use souk_protocol::origin::{ReceiptLine, StockQuery};
use souk_protocol::staff::{self, Receipt};
use souk_room::Session;

use crate::client::StaffClient;
use crate::shop::ShopArgs;
use crate::stock::new_key;
use crate::switches::rfc3339;

/// Arguments of `souk sale schedule` and `souk sale close`.
#[derive(Args)]
pub(super) struct UnitsArgs {
    /// The id of the sale, as it is published.
    id: String,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Gives the next session its units.
///
/// # Errors
/// When the shop has no such sale or too few units, or does not answer; what was moved stays moved, and
/// the same command goes on from there.
pub(super) fn schedule(args: &UnitsArgs, now_ms: i64) -> Result<()> {
    let client = args.shop.client()?;
    let sale = published(&client, &args.id)?;
    let session = sale.open_sessions(now_ms).next();
    let session = session.with_context(|| format!("every session of '{}' is over", sale.id))?;
    for item in &sale.items {
        let key = format!("sale:{}:{}:{}", sale.id, session.number, item.merchant_sku);
        let units = i64::from(item.units);
        give(&client, &key, &sale, item, units).with_context(|| {
            let SaleItem {
                merchant_sku, sku, ..
            } = item;
            format!("{units} units of '{merchant_sku}' could not be moved to '{sku}'")
        })?;
        println!("{}: {units} units for the sale", item.merchant_sku);
    }
    println!("{} is scheduled: {}", sale.id, when(session));
    Ok(())
}

/// Gives back what is left once a session is over.
///
/// # Errors
/// When the shop has no such sale, the sale is open, or the shop does not answer; the same command goes
/// on from there.
pub(super) fn close(args: &UnitsArgs, now_ms: i64) -> Result<()> {
    let client = args.shop.client()?;
    let sale = published(&client, &args.id)?;
    let mut sessions = sale.sessions.iter();
    let is_open =
        |session: &&Session| (session.opens_at_ms..session.closes_at_ms).contains(&now_ms);
    if let Some(session) = sessions.find(is_open) {
        bail!("'{}' is open: {}", sale.id, when(session));
    }
    let skus = sale.items.iter().map(|item| item.sku.clone()).collect();
    let report = client.post(staff::READ_STOCK, &StockQuery { skus })?;
    for item in &sale.items {
        let mut accounts = report.accounts.iter();
        let account = accounts.find(|account| account.sku == item.sku);
        let left = account.map_or(0, |account| account.available);
        if left > 0 {
            give(&client, &new_key("sale")?, &sale, item, -left)?;
        }
        println!("{}: {left} units back", item.merchant_sku);
    }
    Ok(())
}

/// Moves units of an item to the sale; a negative number back.
fn give(client: &StaffClient, key: &str, sale: &Sale, item: &SaleItem, units: i64) -> Result<()> {
    let line = |sku: &str, units| ReceiptLine {
        sku: sku.to_owned(),
        units,
    };
    let receipt = Receipt {
        lines: vec![line(&item.merchant_sku, -units), line(&item.sku, units)],
        reason: format!("sale {}", sale.id),
    };
    client
        .post_once(staff::RECEIVE_STOCK, key, &receipt)
        .map(drop)
}

/// The sale as the shop has published it.
fn published(client: &StaffClient, id: &str) -> Result<Sale> {
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    let published = known
        .published(FORMAT)
        .with_context(|| format!("nothing is published yet in format {FORMAT}: souk publish"))?;
    let head = Hash::parse(&published.manifest).context("the manifest's name is no hash")?;
    let manifest = Manifest::decode(&client.blob(head)?)?;
    let mut sales = manifest.sales.iter();
    let Some((_, blob)) = sales.find(|(known, _)| known == id) else {
        bail!("the shop has published no sale '{id}': publish its folder first");
    };
    Ok(Sale::decode(&client.blob(*blob)?)?)
}

fn when(session: &Session) -> String {
    let Session {
        opens_at_ms,
        closes_at_ms,
        ..
    } = *session;
    format!(
        "from {} until {}",
        rfc3339(opens_at_ms),
        rfc3339(closes_at_ms)
    )
}
