//! What an order says about its price: what the buyer was shown, and what became of it.
//!
//! The edge sends the facts of each line and what the quote was made for. The origin hashes the facts,
//! prices them itself by the terms that it has stored, and refuses an order whose total is another
//! one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::options::ChosenOption;

/// What the quote that the buyer was shown was made for, and its total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderQuote {
    /// Stamp of the terms of prices (`souk_pricing::Terms::stamp`), 16 hexadecimal digits.
    pub terms: String,
    /// The moment whose prices were shown, in milliseconds since 1970.
    pub at_ms: i64,
    /// Id of the market.
    pub market: String,
    /// Where the parcel goes.
    pub place: QuotePlace,
    /// Id of the point where the buyer collects, where the delivery has points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_point: Option<String>,
    /// The codes that the buyer has given, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Promotions that were left out because an order was told that they cannot be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<PromotionLeftOut>,
    /// What the buyer was shown as the price of the order, in minor units.
    pub total: i64,
    /// Whether a promotion takes something off that may be used so often only, by all orders or by those
    /// of one buyer: such an order is placed where uses are counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
}

/// A promotion that is left out of a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionLeftOut {
    /// Its id.
    pub promotion: String,
    /// Why.
    pub reason: PromotionRefusal,
}

/// Why a promotion cannot be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PromotionRefusal {
    /// Every use is taken.
    UsedUp,
    /// The buyer has had every use that one buyer may have.
    AlreadyUsed,
    /// The shop has taken it back.
    Revoked,
    /// The shop does without it for a while.
    Suspended,
}

impl PromotionRefusal {
    /// As the API names it.
    pub fn name(self) -> &'static str {
        match self {
            PromotionRefusal::UsedUp => "used-up",
            PromotionRefusal::AlreadyUsed => "already-used",
            PromotionRefusal::Revoked => "revoked",
            PromotionRefusal::Suspended => "suspended",
        }
    }
}

/// Where a parcel goes, as far as prices depend on it. It is not stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotePlace {
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Code of the region, as addresses have it; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
}

/// What the total of an order consists of, where that is more than lines and delivery, lines have options,
/// or the market is not the first one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// Id of the market.
    pub market: String,
    /// What is taken off, in the order in which it was computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<OrderAdjustment>,
    /// Tax.
    #[serde(default)]
    pub tax: OrderTax,
    /// Duty, which is always added.
    #[serde(default)]
    pub duty: OrderTax,
    /// The options that are chosen for lines, in the order of the lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OrderOption>,
}

/// An option that is chosen for a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderOption {
    /// Place of the line.
    pub line: usize,
    /// Which, without the text that the buyer typed; named in the language of the order.
    pub option: ChosenOption,
}

/// A [`Breakdown`] as an order carries it, in JSON: functions that pass orders on do not read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackedBreakdown(Value);

impl PackedBreakdown {
    /// What it says; `None` for what no origin has written.
    pub fn open(&self) -> Option<Breakdown> {
        serde_json::from_value(self.0.clone()).ok()
    }

    /// Whether tax is added to the prices, and not in them.
    pub fn adds_tax(&self) -> bool {
        let included = self.0.pointer("/tax/included");
        included.and_then(Value::as_bool) == Some(false)
    }
}

impl From<&Breakdown> for PackedBreakdown {
    fn from(breakdown: &Breakdown) -> Self {
        Self(serde_json::to_value(breakdown).expect("plain structs become JSON"))
    }
}

/// What a promotion takes off an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAdjustment {
    /// Id of the promotion.
    pub promotion: String,
    /// Its name in the language of the order.
    pub title: String,
    /// The code that unlocked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `line`, `order` or `delivery`.
    pub class: String,
    /// The sum of the allocations, in minor units.
    pub amount: i64,
    /// What it takes off each line, or off delivery.
    pub allocations: Vec<OrderAllocation>,
}

/// A part of an adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAllocation {
    /// Place of the line; absent: it is taken off delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u16>,
    /// How much, in minor units.
    pub amount: i64,
}

/// Tax, or duty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTax {
    /// Whether it is in the prices; else it is added to them.
    #[serde(default)]
    pub included: bool,
    /// The sum of the parts, in minor units.
    #[serde(default)]
    pub total: i64,
    /// The tax of the delivery, in minor units.
    #[serde(default)]
    pub delivery: i64,
    /// A part for each name and percentage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<OrderTaxPart>,
    /// Of each line the places of its parts, where there are several parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Vec<u16>>,
}

/// The tax of one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTaxPart {
    /// As the merchant calls it.
    pub name: String,
    /// Such as `7.25`.
    pub percent: String,
    /// What it is paid on, without tax, in minor units.
    pub base: i64,
    /// How much, in minor units.
    pub amount: i64,
}
