//! Checks of what comes into the shelves.

use std::collections::BTreeSet;

use souk_protocol::life::StockReceipt;
use souk_protocol::limits;

use crate::StoreError;

/// Most units of one line of a receipt: far beyond any warehouse, far below what would overflow.
const UNITS_MAX: i64 = 1_000_000_000_000;

/// Tells receipts with one key apart.
pub(crate) fn fingerprint(receipt: &StockReceipt) -> String {
    let lines = souk_sql::json(&receipt.lines);
    blake3::hash(lines.as_bytes()).to_hex().to_string()
}

/// Refuses receipts that make no sense by themselves.
pub(crate) fn check(receipt: &StockReceipt) -> Result<(), StoreError> {
    let rejected = |text: String| Err(StoreError::Rejected(text));
    let key_max = limits::IDEMPOTENCY_KEY_BYTES_MAX;
    if receipt.key.is_empty() || receipt.key.len() > key_max {
        return rejected(format!("a key has 1 to {key_max} bytes"));
    }
    if receipt.reason.trim().is_empty() || receipt.reason.chars().count() > limits::NOTE_CHARS_MAX {
        return rejected(format!(
            "a reason has 1 to {} characters",
            limits::NOTE_CHARS_MAX
        ));
    }
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
