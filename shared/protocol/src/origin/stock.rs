//! Offers and stock accounts: what is sold, and how many units there are.

use serde::{Deserialize, Serialize};

use super::OfferPrices;
use crate::by_kind::read_by_kind;

/// `POST`: [`DefineOffers`] → 204. At most [`crate::limits::OFFERS_PER_MESSAGE_MAX`] offers.
pub const OFFERS_PATH: &str = "/trade/v1/offers";

/// `POST`: [`StockQuery`] → [`StockReport`].
pub const STOCK_PATH: &str = "/trade/v1/stock";

/// `GET`: → the encoding of an availability snapshot, as `souk_stock_signals` writes it.
pub const AVAILABILITY_PATH: &str = "/trade/v1/availability";

/// `POST`: [`StockReceipt`] → [`ReceiptReply`].
pub const RECEIPTS_PATH: &str = "/trade/v1/stock/receipts";

/// What the shop sells from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefineOffers {
    /// ISO 4217 code of every price.
    pub currency: String,
    /// New or changed offers.
    pub offers: Vec<OfferDefinition>,
    /// SKUs that are no longer sold; their stock stays on the books.
    #[serde(default)]
    pub withdrawn: Vec<String>,
}

/// One offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferDefinition {
    /// What.
    pub sku: String,
    /// What the shopper reads on the order.
    pub title: String,
    /// The product's slug.
    pub slug: String,
    /// Price of one unit in minor units.
    pub unit_price: i64,
    /// Whether orders may exceed the stock.
    pub backorder: bool,
    /// Units to start with; counted only when the SKU is new to the origin.
    pub initial_units: i64,
    /// Stamps of its facts (`souk_pricing::Facts::stamp`): one, or one for each variant that shares the
    /// stock.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// What it costs in each market over time, for the ledger of prices; of variants that share the
    /// stock the lowest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<OfferPrices>,
}

/// Asks for stock accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockQuery {
    /// At most [`crate::limits::OFFERS_PER_MESSAGE_MAX`].
    pub skus: Vec<String>,
}

/// Stock accounts; unknown SKUs are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockReport {
    /// In order of the SKUs.
    pub accounts: Vec<StockAccount>,
}

/// One stock account: `supplied = available + held + sold`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockAccount {
    /// Of which SKU.
    pub sku: String,
    /// Units that ever came in.
    pub supplied: i64,
    /// Units that can be ordered.
    pub available: i64,
    /// Units promised to orders that wait for payment.
    pub held: i64,
    /// Units that belong to orders.
    pub sold: i64,
}

/// Units that come in, or are found to be missing. Never an edit: a movement in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockReceipt {
    /// Idempotency key. At most 255 bytes.
    pub key: String,
    /// The shard that the key belongs to; absent when the origin has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<u16>,
    /// 1 to [`crate::limits::OFFERS_PER_MESSAGE_MAX`], each SKU once.
    pub lines: Vec<ReceiptLine>,
    /// Why, for the ledger.
    pub reason: String,
    /// The name of the staff token that asks, for the ledger. The same message under the same key may
    /// be repeated with another token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
}

/// Units of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// Of which SKU.
    pub sku: String,
    /// How many came in; negative for units that are missing or broken. Not 0.
    pub units: i64,
}

/// What became of a [`StockReceipt`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReceiptReply {
    /// The units are on the books, or were by an earlier message with this key.
    Done {
        /// The accounts of the SKUs as they are now.
        accounts: Vec<StockAccount>,
    },
    /// The key was used before for another receipt.
    KeyUsedForOtherReceipt,
    /// The shop has no account for this.
    UnknownSku {
        /// Which.
        sku: String,
    },
    /// More units are said to be missing than can be ordered; held and sold ones are promised.
    TooFew {
        /// Of which SKU.
        sku: String,
        /// How many can be ordered.
        available: i64,
    },
}

read_by_kind!(ReceiptReply by outcome {
    accounts: Vec<StockAccount>,
    sku: String,
    available: i64,
} {
    "done" => Done { accounts: needed },
    "key_used_for_other_receipt" => KeyUsedForOtherReceipt {},
    "unknown_sku" => UnknownSku { sku: needed },
    "too_few" => TooFew { sku: needed, available: needed },
});
