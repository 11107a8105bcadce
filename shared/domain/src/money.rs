//! Money in minor units. It never passes through a float.

use std::fmt;

/// A currency of ISO 4217 that has a minor unit. Which there are and how many digits each has is
/// the `iso_currency` crate's to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// Why a text is not a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    /// No currency has this code, and none is known by it.
    #[error("'{0}' is not a currency of ISO 4217 such as USD")]
    Unknown(String),
    /// A name in use for a currency whose code is another one.
    #[error("'{text}' is not a currency of ISO 4217; did you mean {meant}?")]
    Meant {
        /// What was written.
        text: String,
        /// The code, or two of them.
        meant: &'static str,
    },
}

/// What people write for a currency, in upper case, with its code: names and signs in daily use, and
/// codes that ISO 4217 has withdrawn (list three) with their successor.
const MEANT: [(&str, &str); 60] = [
    ("RMB", "CNY"),
    ("CNH", "CNY"),
    ("YUAN", "CNY"),
    ("元", "CNY"),
    ("¥", "CNY or JPY"),
    ("YEN", "JPY"),
    ("円", "JPY"),
    ("NTD", "TWD"),
    ("NT$", "TWD"),
    ("WON", "KRW"),
    ("₩", "KRW"),
    ("$", "USD"),
    ("US$", "USD"),
    ("DOLLAR", "USD"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("HK$", "HKD"),
    ("S$", "SGD"),
    ("R$", "BRL"),
    ("€", "EUR"),
    ("EURO", "EUR"),
    ("£", "GBP"),
    ("UKP", "GBP"),
    ("STG", "GBP"),
    ("POUND", "GBP"),
    ("SFR", "CHF"),
    ("FR.", "CHF"),
    ("DKR", "DKK"),
    ("NIS", "ILS"),
    ("₹", "INR"),
    ("₽", "RUB"),
    ("RUR", "RUB"),
    ("DHS", "AED"),
    ("CFP", "XPF"),
    ("FCFP", "XPF"),
    ("CFA", "XOF or XAF"),
    ("FCFA", "XOF or XAF"),
    ("TL", "TRY"),
    ("TRL", "TRY"),
    ("ZL", "PLN"),
    ("PLZ", "PLN"),
    ("ROL", "RON"),
    ("BYR", "BYN"),
    ("GHC", "GHS"),
    ("ZMK", "ZMW"),
    ("MRO", "MRU"),
    ("VEF", "VES"),
    ("DEM", "EUR"),
    ("FRF", "EUR"),
    ("ITL", "EUR"),
    ("ESP", "EUR"),
    ("NLG", "EUR"),
    ("ATS", "EUR"),
    ("BEF", "EUR"),
    ("FIM", "EUR"),
    ("PTE", "EUR"),
    ("IEP", "EUR"),
    ("GRD", "EUR"),
    ("LTL", "EUR"),
    ("HRK", "EUR"),
];

/// Why a calculation with money was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The two amounts are in different currencies.
    #[error("amounts in {0} and {1} cannot be added")]
    Mixed(Currency, Currency),
    /// The result is beyond [`Money::AMOUNT_MAX`].
    #[error("the amount is beyond {} minor units", Money::AMOUNT_MAX)]
    TooLarge,
}

impl Currency {
    /// United States dollar, the default of a shop that names none.
    pub const USD: Currency = Currency(iso_currency::Currency::USD);

    /// Reads a code such as `USD`.
    ///
    /// # Errors
    /// When no currency has this code, or nothing can be priced in it: gold (XAU) and the codes for
    /// tests have no minor unit.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        Self::parse_exact(text).ok_or_else(|| CurrencyError::of(text))
    }

    fn parse_exact(code: &str) -> Option<Self> {
        let withdrawn = MEANT.iter().any(|(name, _)| *name == code);
        let currency = iso_currency::Currency::from_code(code).filter(|_| !withdrawn)?;
        currency.exponent().map(|_| Self(currency))
    }

    /// The three letters.
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// Digits after the decimal point: 0, 2, 3 or 4.
    pub fn minor_digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl CurrencyError {
    fn of(text: &str) -> Self {
        let code = text.trim().to_ascii_uppercase();
        let known = MEANT.iter().find(|(name, _)| *name == code);
        let meant = match known {
            Some((_, meant)) => Some(*meant),
            None => Currency::parse_exact(&code).map(|currency| currency.0.code()),
        };
        let text = text.chars().take(16).collect();
        match meant {
            Some(meant) => Self::Meant { text, meant },
            None => Self::Unknown(text),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// An amount in minor units (cents, fen, yen) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Minor units.
    pub amount: i64,
    /// What the units are of.
    pub currency: Currency,
}

impl Money {
    /// The largest amount of anything, in minor units: 2^53 - 1, which every store and every client
    /// that reads JSON numbers as doubles holds exactly (RFC 8259, section 6).
    pub const AMOUNT_MAX: i64 = (1 << 53) - 1;

    /// `amount` minor units.
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ or the sum is beyond [`Money::AMOUNT_MAX`].
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        self.bounded(self.amount.checked_add(other.amount))
    }

    /// The amount `count` times.
    ///
    /// # Errors
    /// When the product is beyond [`Money::AMOUNT_MAX`].
    pub fn times(self, count: u32) -> Result<Money, MoneyError> {
        self.bounded(self.amount.checked_mul(i64::from(count)))
    }

    fn bounded(self, amount: Option<i64>) -> Result<Money, MoneyError> {
        let amount =
            amount.filter(|amount| amount.unsigned_abs() <= Self::AMOUNT_MAX.unsigned_abs());
        let amount = amount.ok_or(MoneyError::TooLarge)?;
        Ok(Money { amount, ..self })
    }

    /// Digits with the decimal point of the currency and no sign of it: `1299` in USD is `12.99`.
    pub fn decimal(self) -> String {
        let digits = self.currency.minor_digits();
        let scale = 10_u64.pow(digits);
        let sign = if self.amount < 0 { "-" } else { "" };
        let units = self.amount.unsigned_abs();
        match digits {
            0 => format!("{sign}{units}"),
            _ => format!(
                "{sign}{}.{:0width$}",
                units / scale,
                units % scale,
                width = digits as usize
            ),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol = match self.currency.code() {
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            "CNY" | "JPY" => "¥",
            other => return write!(out, "{other} {}", self.decimal()),
        };
        write!(out, "{symbol}{}", self.decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_currency() {
        let cases = [
            (1299, "USD", "12.99"),
            (5, "USD", "0.05"),
            (-1205, "EUR", "-12.05"),
            (1299, "JPY", "1299"),
            (1299, "KWD", "1.299"),
            (1299, "XPF", "1299"),
            (-12_345, "CLF", "-1.2345"),
        ];
        for (amount, code, text) in cases {
            let currency = Currency::parse(code).unwrap();
            assert_eq!(
                Money::new(amount, currency).decimal(),
                text,
                "{amount} {code}"
            );
        }
    }

    #[test]
    fn mixed_currencies_and_amounts_beyond_the_largest_are_refused() {
        let dollars = Money::new(Money::AMOUNT_MAX, Currency::USD);
        let yen = Money::new(1, Currency::parse("JPY").unwrap());
        assert!(matches!(dollars.plus(yen), Err(MoneyError::Mixed(..))));
        assert_eq!(
            dollars.plus(Money::new(1, Currency::USD)),
            Err(MoneyError::TooLarge)
        );
        assert_eq!(dollars.plus(Money::new(0, Currency::USD)), Ok(dollars));
        let all = Money::new(i64::MAX, Currency::USD);
        for (amount, count) in [(dollars, 2), (all, 1), (all, u32::MAX)] {
            assert_eq!(amount.times(count), Err(MoneyError::TooLarge));
        }
    }

    #[test]
    fn what_people_write_for_a_currency_is_answered_with_its_code() {
        let meant = |text: &str| Currency::parse(text).unwrap_err().to_string();
        assert_eq!(
            meant("RMB"),
            "'RMB' is not a currency of ISO 4217; did you mean CNY?"
        );
        for (text, code) in [
            ("rmb", "CNY"),
            ("€", "EUR"),
            ("eur", "EUR"),
            (" USD", "USD"),
        ] {
            assert!(
                meant(text).ends_with(&format!("did you mean {code}?")),
                "{text}"
            );
        }
        assert_eq!(
            meant("ABC"),
            "'ABC' is not a currency of ISO 4217 such as USD"
        );
        for (_, codes) in MEANT {
            for code in codes.split(" or ") {
                assert!(Currency::parse(code).is_ok(), "{code}");
            }
        }
    }

    #[test]
    fn only_currencies_that_can_be_priced_in_are_read() {
        for bad in ["", "us", "usd", "USDT", "U$D", "元", "ABC", "XAU", "XXX"] {
            assert!(Currency::parse(bad).is_err(), "{bad}");
        }
        for (code, digits) in [("XPF", 0), ("EUR", 2), ("TND", 3), ("CLF", 4), ("UYW", 4)] {
            let currency = Currency::parse(code).map(|found| (found.code(), found.minor_digits()));
            assert_eq!(currency, Ok((code, digits)));
        }
    }
}
