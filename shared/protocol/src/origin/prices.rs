//! The ledger of prices: what publishes have said that SKUs cost. It is appended and never changed, and
//! prior prices follow from it (`souk_pricing::PriceHistory`).

use serde::{Deserialize, Serialize};

/// `POST`: [`ReadPrices`] → [`PriceLedger`].
pub const PRICES_PATH: &str = "/trade/v1/prices";

/// Most records of a page: with a few prices in a few markets each has some 300 bytes.
pub const PRICE_RECORDS_MAX: u32 = 500;

/// Most prices that an offer has in all markets together: as many moments as a version may have ahead,
/// and some that are over.
pub const OFFER_PRICES_MAX: usize = 10_000;

/// What a SKU costs in a market, over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferPrices {
    /// Id of the market.
    pub market: String,
    /// ISO 4217 code of its amounts.
    pub currency: String,
    /// In ascending order of their beginnings.
    pub timeline: Vec<OfferPrice>,
}

/// A price from a moment on, until the next one begins: milliseconds since 1970; minor units for one
/// unit, absent where it is not sold; the price that it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferPrice(pub i64, pub Option<i64>, pub Option<i64>);

/// Asks for a page of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadPrices {
    /// Of which SKUs. At most [`crate::limits::OFFERS_PER_MESSAGE_MAX`].
    pub skus: Vec<String>,
    /// Where the page before ended: [`PriceLedger::after`]; empty at the beginning.
    #[serde(default)]
    pub after: String,
}

/// A page of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLedger {
    /// The origin's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// In the order in which a store appended them; several stores one after the other.
    pub records: Vec<PriceRecord>,
    /// Where the next page begins; absent after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What a publish has said about a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRecord {
    /// Its number in the store that has it, ascending.
    pub number: i64,
    /// About which SKU.
    pub sku: String,
    /// When the origin accepted it, in milliseconds since 1970.
    pub recorded_ms: i64,
    /// In each market that sells it; empty where the SKU is no longer sold.
    pub prices: Vec<OfferPrices>,
}
