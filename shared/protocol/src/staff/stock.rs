//! What staff ask for about stock: units that come in, and accounts that are repaired.

use serde::{Deserialize, Serialize};

use crate::origin::ReceiptLine;

/// Units that come in, or are found to be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// 1 to [`crate::limits::OFFERS_PER_MESSAGE_MAX`], each SKU once.
    pub lines: Vec<ReceiptLine>,
    /// Why, for the ledger.
    pub reason: String,
}

/// Asks for the repair of what the audit names: a SKU, an order or an allowance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairRequest {
    /// The SKU whose account drifts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The number of the order that lacks a message which it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The account of the allowance that differs from what unpaid orders have taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance: Option<String>,
    /// Why, for the ledger.
    pub reason: String,
    /// Only says what would be done.
    #[serde(default)]
    pub preview: bool,
}
