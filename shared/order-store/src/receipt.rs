//! Checks of receipts and of repairs: both have a key and a reason.

use std::collections::BTreeSet;

use souk_protocol::limits;
use souk_protocol::origin::{RepairBooks, StockReceipt, Subject};
use souk_protocol::staff::TOKEN_NAME_BYTES_MAX;

use crate::StoreError;

/// Most units of one line of a receipt: far beyond any warehouse, far below what would overflow.
const UNITS_MAX: i64 = 1_000_000_000_000;

/// Distinguishes receipts with the same key.
pub fn fingerprint(receipt: &StockReceipt) -> String {
    let lines = souk_sql::json(&receipt.lines);
    blake3::hash(lines.as_bytes()).to_hex().to_string()
}

/// Distinguishes repairs with the same key from each other, and from receipts, which are lists.
pub fn fingerprint_of_repair(asked: &RepairBooks) -> String {
    let subject = souk_sql::json(&asked.subject);
    blake3::hash(subject.as_bytes()).to_hex().to_string()
}

/// Refuses repairs that make no sense by themselves.
pub fn check_repair(asked: &RepairBooks) -> Result<(), StoreError> {
    let (Subject::Sku(name) | Subject::Order(name) | Subject::Allowance(name)) = &asked.subject;
    if name.is_empty() {
        return Err(StoreError::Rejected("a repair of nothing".to_owned()));
    }
    check_name(asked.by_name.as_deref())?;
    check_words(&asked.key, &asked.reason)
}

/// Refuses what can be no name of a token.
pub(crate) fn check_name(by_name: Option<&str>) -> Result<(), StoreError> {
    if by_name.is_some_and(|name| name.len() > TOKEN_NAME_BYTES_MAX) {
        let text = format!("the name of a token has at most {TOKEN_NAME_BYTES_MAX} bytes");
        return Err(StoreError::Rejected(text));
    }
    Ok(())
}

fn check_words(key: &str, reason: &str) -> Result<(), StoreError> {
    let rejected = |text: String| Err(StoreError::Rejected(text));
    let key_max = limits::IDEMPOTENCY_KEY_BYTES_MAX;
    if key.is_empty() || key.len() > key_max {
        return rejected(format!("a key has 1 to {key_max} bytes"));
    }
    let chars_max = limits::NOTE_CHARS_MAX;
    if reason.trim().is_empty() || reason.chars().count() > chars_max {
        return rejected(format!("a reason has 1 to {chars_max} characters"));
    }
    Ok(())
}

/// Refuses receipts that make no sense by themselves.
pub fn check(receipt: &StockReceipt) -> Result<(), StoreError> {
    check_name(receipt.by_name.as_deref())?;
    check_words(&receipt.key, &receipt.reason)?;
    let rejected = |text: String| Err(StoreError::Rejected(text));
    let lines_max = limits::OFFERS_PER_MESSAGE_MAX;
    if receipt.lines.is_empty() || receipt.lines.len() > lines_max {
        return rejected(format!("a receipt has 1 to {lines_max} lines"));
    }
    let mut skus = BTreeSet::new();
    for line in &receipt.lines {
        if line.units == 0 || line.units.abs() > UNITS_MAX {
            return rejected(format!(
                "{}: {} is no number of units",
                line.sku, line.units
            ));
        }
        if !skus.insert(&line.sku) {
            return rejected(format!("{} has two lines", line.sku));
        }
    }
    Ok(())
}
