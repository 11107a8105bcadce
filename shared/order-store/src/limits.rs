//! What a deployment allows one order, buyer and client.
//!
//! Not here: the rule (`souk_domain::decide_lines`), the accounts that count (`allowances`).

use souk_domain::{Limit, OrderLimits};

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
