//! The JSON of `POST /api/v1/quotes`, parts of which an order has too.
//!
//! Amounts are minor units of the one currency that a quote names. Unknown members of a request are
//! refused.

use serde::{Deserialize, Serialize};

use crate::options::{ChosenOption, GivenOptions};
use crate::whole;

/// `POST`: [`QuoteRequest`] → [`Quote`].
pub const QUOTES_PATH: &str = "/api/v1/quotes";

/// A cart to price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// Id of the market; absent: the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// 1 to 100 lines.
    pub lines: Vec<QuoteRequestLine>,
    /// The codes that the buyer has, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Points that the buyer wants to spend: 0, because the shop has none.
    #[serde(
        default,
        deserialize_with = "whole::number",
        skip_serializing_if = "is_zero"
    )]
    pub points: i64,
    /// Where the parcel goes; absent: the first country that the market names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<QuotePlace>,
    /// Id of the way of delivery; absent: delivery is not in the total, and promotions of delivery are
    /// not applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// Id of the point where the buyer collects, of those that the way of delivery has. It changes no
    /// price, so a quote may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_point: Option<String>,
}

/// A line of a cart to price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QuoteRequestLine {
    /// What.
    pub sku: String,
    /// How many, 1 to 10,000.
    #[serde(deserialize_with = "whole::number")]
    pub quantity: i64,
    /// Options that the buyer has chosen for its units, by their ids.
    #[serde(default, skip_serializing_if = "GivenOptions::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, serde_json::Value>))]
    pub options: GivenOptions,
}

/// Where a parcel goes, as far as prices depend on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QuotePlace {
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Province or state, by its code where people write one (`CA`); empty where it is not known.
    #[serde(default)]
    pub region: String,
    /// Empty where it is not known.
    #[serde(default)]
    pub postal_code: String,
}

/// What a cart costs, and why.
///
/// `total` = `subtotal` − the amounts of `adjustments` + `shipping` + `duty.total`, and + `tax.total`
/// where tax is not included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    /// The signed text of this quote. An order that names it costs what the quote says, or is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Until when an order may name it, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Id of the market.
    pub market: String,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// In the order of the request.
    pub lines: Vec<QuotedLine>,
    /// Codes and promotions that do nothing, and why.
    pub not_applied: Vec<NotApplied>,
    /// The ways of delivery that there are for this cart and place.
    pub delivery_options: Vec<DeliveryOption>,
    /// The lines before anything is taken off.
    pub subtotal: i64,
    /// The chosen delivery before anything is taken off; 0 where none is chosen.
    pub shipping: i64,
    /// Tax.
    pub tax: Taxes,
    /// Duty, which is always added; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<Taxes>,
    /// What the order costs.
    pub total: i64,
    /// What is left to pay of it; an order of which nothing is left needs no payment.
    pub due: i64,
    /// What is taken off, in the order in which it was computed.
    pub adjustments: Vec<Adjustment>,
}

/// A line with its prices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuotedLine {
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// Price of one unit, with its options.
    pub unit_price: i64,
    /// `unit_price` times `quantity`.
    pub subtotal: i64,
    /// What promotions of lines and of the order take off it.
    pub discount: i64,
    /// `subtotal` − `discount`.
    pub total: i64,
    /// The options that the buyer has chosen, with what is in `unit_price` for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ChosenOption>,
}

/// What a promotion takes off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adjustment {
    /// Id of the promotion.
    pub promotion: String,
    /// As shoppers read it.
    pub title: String,
    /// The code that unlocked it; `null` where it needs none.
    pub code: Option<String>,
    /// What it takes from: `line`, `order` or `delivery`.
    pub class: String,
    /// The sum of the allocations.
    pub amount: i64,
    /// What it takes off each line, or off delivery.
    pub allocations: Vec<Allocation>,
}

/// A part of an adjustment: of the line at a place, counted from 0, or of delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Allocation {
    /// Place of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Whether it is taken off delivery.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delivery: bool,
    /// How much.
    pub amount: i64,
}

/// A promotion or a code that does nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotApplied {
    /// Id of a promotion that needs no code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<String>,
    /// A code, as the buyer has typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `unknown-code`, `not-started`, `ended`, `wrong-market`, `needs-member`, `minimum-not-met`,
    /// `not-eligible`, `not-combinable`, `used-up`, `already-used`,
    /// `revoked` or `suspended`.
    pub reason: String,
}

/// A way of delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryOption {
    /// Name it in a quote or an order.
    pub id: String,
    /// As shoppers read it.
    pub title: String,
    /// What it costs before anything is taken off.
    pub price: i64,
    /// Working days to the buyer, at least and at most, with those that options of lines take; `null`
    /// where that is not said.
    pub days: Option<[u16; 2]>,
    /// Where buyers can collect: an order by this way of delivery names one of them. Absent where there
    /// are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<PickupPoint>,
}

/// A place at which buyers collect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PickupPoint {
    /// Name it as `pickup_point` of an order.
    pub id: String,
    /// As shoppers read it.
    pub title: String,
    /// Postal address, a line each; empty where the shop says none.
    pub address: Vec<String>,
}

/// Tax, or duty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Taxes {
    /// Whether it is in the prices; else it is added to them.
    pub included: bool,
    /// The sum of the parts.
    pub total: i64,
    /// A part for each name and percentage.
    pub parts: Vec<TaxPart>,
}

/// The tax of one rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxPart {
    /// As the merchant calls it.
    pub name: String,
    /// Such as `7.25`.
    pub percent: String,
    /// What it is paid on, without tax.
    pub base: i64,
    /// How much.
    pub amount: i64,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}
