//! Units of a sale: they are moved from the SKU of the shop to that of the sale before a session, and
//! back after it.
//!
//! A move is a receipt that takes from one account what it gives to the other, so it is booked as a whole
//! or not at all, and the audit counts it as any other receipt. Before a session its key names the
//! session, so that the same session gets its units once, however often it is scheduled.
//!
//! Not here: when units are moved (`control`).

use anyhow::{Context, Result};
use souk_catalogue::{Sale, SaleItem};
use souk_protocol::origin::{ReceiptLine, StockAccount, StockQuery};
use souk_protocol::staff::{self, Receipt};
use souk_room::Session;

use crate::client::StaffClient;
use crate::stock::new_key;

/// Gives a session its units, at a moment in milliseconds since 1970. What another session has left, or one
/// whose opening was moved, goes back, so that the session has its units and no more.
///
/// # Errors
/// When the shop has too few units, or does not answer; what was moved stays moved, and the same call
/// goes on from there.
pub(super) fn give(
    client: &StaffClient,
    sale: &Sale,
    session: &Session,
    now_ms: i64,
) -> Result<()> {
    let before = accounts(client, sale)?;
    for item in &sale.items {
        let key = format!("sale:{}:{}:{}", sale.id, session.number, item.merchant_sku);
        let units = i64::from(item.units);
        let after = shift(client, &key, sale, item, units).with_context(|| {
            let SaleItem {
                merchant_sku, sku, ..
            } = item;
            format!("{units} units of '{merchant_sku}' could not be moved to '{sku}'")
        })?;
        println!("{}: {units} units for the sale", item.merchant_sku);
        let (before, after) = (available(&before, item), available(&after, item));
        // Before the opening there are no orders, so these are units that the key has moved just now.
        let is_new = now_ms < session.opens_at_ms && after == before + units;
        if is_new && before > 0 {
            shift(client, &new_key("sale")?, sale, item, -before)?;
            println!("{}: {before} units of before back", item.merchant_sku);
        }
    }
    Ok(())
}

fn accounts(client: &StaffClient, sale: &Sale) -> Result<Vec<StockAccount>> {
    let skus = sale.items.iter().map(|item| item.sku.clone()).collect();
    let report = client.post(staff::READ_STOCK, &StockQuery { skus })?;
    Ok(report.accounts)
}

/// What the sale has left of an item; 0 where it has no account yet.
fn available(accounts: &[StockAccount], item: &SaleItem) -> i64 {
    let account = accounts.iter().find(|account| account.sku == item.sku);
    account.map_or(0, |account| account.available)
}

/// Takes back what the sale has left.
///
/// # Errors
/// When the shop does not answer; the same call goes on from there.
pub(super) fn take_back(client: &StaffClient, sale: &Sale) -> Result<()> {
    let accounts = accounts(client, sale)?;
    let held: i64 = accounts.iter().map(|account| account.held).sum();
    for item in &sale.items {
        let left = available(&accounts, item);
        if left > 0 {
            shift(client, &new_key("sale")?, sale, item, -left)?;
        }
        println!("{}: {left} units back", item.merchant_sku);
    }
    if held > 0 {
        println!(
            "{held} units are held by orders that wait for their payment: close the sale once more when \
             they are paid or have expired"
        );
    }
    Ok(())
}

/// Moves units of an item to the sale; a negative number back. Returns both accounts as they are then.
fn shift(
    client: &StaffClient,
    key: &str,
    sale: &Sale,
    item: &SaleItem,
    units: i64,
) -> Result<Vec<StockAccount>> {
    let line = |sku: &str, units| ReceiptLine {
        sku: sku.to_owned(),
        units,
    };
    let receipt = Receipt {
        lines: vec![line(&item.merchant_sku, -units), line(&item.sku, units)],
        reason: format!("sale {}", sale.id),
    };
    client.post_once(staff::RECEIVE_STOCK, key, &receipt)
}
