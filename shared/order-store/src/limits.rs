//! What a deployment allows one order, buyer and client, and the accounts that count it.
//!
//! The rule is `souk_domain::decide_lines`. Here is which allowances an order takes from: their
//! names, how much of each, and the bound. So a further limit (units of a sale per buyer, uses of a
//! code) is one more [`Wanted`].
//!
//! Invariant: an account's name has no e-mail address and no client's address in it. The edge has
//! made keyed hashes of both.

use serde::Serialize;
use souk_domain::{Allowance, Bound, Limit, OrderLimits, Sku};

use crate::NewOrder;

/// Most units of a limit that is set: more than an order may have of a hundred lines.
const UNITS_MAX: u32 = 1_000_000;

/// The limits of a deployment; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of one SKU in one order.
    pub units_per_line: u32,
    /// Units in one order.
    pub units_per_order: u32,
    /// Units in the unpaid orders of one buyer.
    pub unpaid_units_per_buyer: u32,
    /// Whether it is the default, and so not for clients on the machine of the shop itself.
    pub is_buyer_default: bool,
    /// Units in the unpaid orders of one client.
    pub unpaid_units_per_client: u32,
    /// Percent of a SKU's units that may be in unpaid orders; 0 and 100: all.
    pub unpaid_percent_per_sku: u8,
}

/// A setting that is none of the limits that there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("limits.{name} is '{text}': it has to be a whole number from 0 (no limit) to {most}")]
pub struct LimitsError {
    name: &'static str,
    text: String,
    most: u32,
}

/// The limits as a deployment writes them; empty is the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct LimitTexts<'a> {
    /// [`Limits::units_per_line`]
    pub units_per_line: &'a str,
    /// [`Limits::units_per_order`]
    pub units_per_order: &'a str,
    /// [`Limits::unpaid_units_per_buyer`]
    pub unpaid_units_per_buyer: &'a str,
    /// [`Limits::unpaid_units_per_client`]
    pub unpaid_units_per_client: &'a str,
    /// [`Limits::unpaid_percent_per_sku`]
    pub unpaid_percent_per_sku: &'a str,
}

impl Limits {
    /// No limits.
    pub const NONE: Limits = Limits {
        units_per_line: 0,
        units_per_order: 0,
        unpaid_units_per_buyer: 0,
        is_buyer_default: false,
        unpaid_units_per_client: 0,
        unpaid_percent_per_sku: 0,
    };

    /// More than a household buys of anything, and less than a small shop has. An address is
    /// perhaps that of an office or of a mobile network, so a client may have more than a buyer.
    /// All units of a SKU may be in unpaid orders: the last ones sell as fast as the first.
    pub const DEFAULT: Limits = Limits {
        units_per_line: 20,
        units_per_order: 100,
        unpaid_units_per_buyer: 30,
        is_buyer_default: true,
        unpaid_units_per_client: 60,
        unpaid_percent_per_sku: 100,
    };

    /// Reads the settings as a deployment writes them.
    ///
    /// # Errors
    /// When one is no number of its range: a limit must not be lifted by a slip.
    pub fn read(texts: LimitTexts<'_>) -> Result<Self, LimitsError> {
        let number = |limit: Limit, text: &str, default: u32, most: u32| match text.trim() {
            "" => Ok(default),
            text => match text.parse::<u32>() {
                Ok(number) if number <= most => Ok(number),
                Ok(_) | Err(_) => Err(LimitsError {
                    name: limit.name(),
                    text: text.to_owned(),
                    most,
                }),
            },
        };
        let default = Self::DEFAULT;
        let units = |limit, text, default| number(limit, text, default, UNITS_MAX);
        let percent = number(
            Limit::UnpaidPercentPerSku,
            texts.unpaid_percent_per_sku,
            default.unpaid_percent_per_sku.into(),
            100,
        )?;
        Ok(Self {
            units_per_line: units(
                Limit::UnitsPerLine,
                texts.units_per_line,
                default.units_per_line,
            )?,
            units_per_order: units(
                Limit::UnitsPerOrder,
                texts.units_per_order,
                default.units_per_order,
            )?,
            unpaid_units_per_buyer: units(
                Limit::UnpaidUnitsPerBuyer,
                texts.unpaid_units_per_buyer,
                default.unpaid_units_per_buyer,
            )?,
            is_buyer_default: texts.unpaid_units_per_buyer.trim().is_empty(),
            unpaid_units_per_client: units(
                Limit::UnpaidUnitsPerClient,
                texts.unpaid_units_per_client,
                default.unpaid_units_per_client,
            )?,
            unpaid_percent_per_sku: u8::try_from(percent).expect("at most 100"),
        })
    }

    /// What they say of an order by itself.
    pub fn of_order(&self) -> OrderLimits {
        let some = |units: u32| (units > 0).then_some(units);
        OrderLimits {
            units_per_line: some(self.units_per_line),
            units_per_order: some(self.units_per_order),
        }
    }
}

/// What an order would take from an allowance, as it is written with the order: `taken + units` must
/// be at most `max`, or at most `percent` of what the SKU has and the account counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Wanted {
    /// The name of the account.
    pub account: String,
    /// How much.
    pub units: i64,
    /// The bound in units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The bound in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// Of which SKU, with `percent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(skip)]
    limit: Limit,
}

impl Wanted {
    /// As the rule takes it, with what others have taken.
    pub(crate) fn allowance(&self, taken: i64) -> Option<Allowance> {
        let bound = match (self.max, self.percent, &self.sku) {
            (Some(max), ..) => Bound::Units(max),
            (None, Some(percent), Some(sku)) => Bound::Share {
                sku: Sku::parse(sku).ok()?,
                percent,
            },
            (None, ..) => return None,
        };
        Some(Allowance {
            limit: self.limit,
            account: self.account.clone(),
            units: self.units,
            taken,
            bound,
        })
    }
}

/// What an order would take from allowances, each account once, in the order of their names. It
/// follows from the request alone, but for `can_backorder`: a SKU that is sold without being there
/// has no units to keep back.
pub fn wanted(new: NewOrder<'_>, can_backorder: impl Fn(&str) -> bool) -> Vec<Wanted> {
    let (limits, by) = (&new.terms.limits, &new.submit.asked_by);
    let lines = || new.submit.lines.iter();
    let units: i64 = lines().map(|line| i64::from(line.quantity)).sum();
    let mut wanted = Vec::new();
    let mut of_all = |limit: Limit, kind: &str, name: Option<&String>, max: u32| {
        if let Some(name) = name.filter(|_| max > 0) {
            wanted.push(Wanted {
                account: format!("{kind}:{name}"),
                units,
                max: Some(max.into()),
                percent: None,
                sku: None,
                limit,
            });
        }
    };
    let buyer = by.buyer.as_ref();
    let buyer = buyer.filter(|_| !(by.is_local && limits.is_buyer_default));
    let max = limits.unpaid_units_per_buyer;
    of_all(Limit::UnpaidUnitsPerBuyer, "buyer", buyer, max);
    let max = limits.unpaid_units_per_client;
    of_all(
        Limit::UnpaidUnitsPerClient,
        "client",
        by.client.as_ref(),
        max,
    );
    let percent = limits.unpaid_percent_per_sku;
    if (1..100).contains(&percent) {
        let mut of_sku = std::collections::BTreeMap::new();
        for line in lines().filter(|line| !can_backorder(&line.sku)) {
            *of_sku.entry(&line.sku).or_insert(0) += i64::from(line.quantity);
        }
        wanted.extend(of_sku.into_iter().map(|(sku, units)| Wanted {
            account: format!("sku:{sku}"),
            units,
            max: None,
            percent: Some(percent),
            sku: Some(sku.clone()),
            limit: Limit::UnpaidPercentPerSku,
        }));
    }
    wanted
}

/// The names of all accounts that an order may take from, whatever its offers say.
pub fn accounts(new: NewOrder<'_>) -> Vec<String> {
    let wanted = wanted(new, |_| false);
    wanted.into_iter().map(|one| one.account).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_the_default_and_what_is_no_number_is_an_error() {
        assert_eq!(Limits::read(LimitTexts::default()), Ok(Limits::DEFAULT));
        let texts = LimitTexts {
            units_per_line: " 7 ",
            units_per_order: "0",
            unpaid_units_per_buyer: "30",
            unpaid_percent_per_sku: "20",
            ..LimitTexts::default()
        };
        let read = Limits::read(texts).unwrap();
        assert_eq!(read.of_order().units_per_line, Some(7));
        assert_eq!(read.of_order().units_per_order, None);
        assert!(!read.is_buyer_default);
        assert_eq!(read.unpaid_percent_per_sku, 20);
        for text in ["-1", "x", "1.5", "1000001", "99999999999999"] {
            let texts = LimitTexts {
                units_per_line: text,
                ..LimitTexts::default()
            };
            let error = Limits::read(texts).unwrap_err().to_string();
            assert!(error.contains("limits.units_per_line"), "{error}");
            assert!(error.contains(text), "{error}");
        }
        let texts = LimitTexts {
            unpaid_percent_per_sku: "101",
            ..LimitTexts::default()
        };
        assert!(Limits::read(texts).is_err());
    }
}
