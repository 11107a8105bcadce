//! Money in minor units. It never passes through a float.

use std::fmt;

/// An ISO 4217 alphabetic code with the number of minor digits that the standard gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// Why a text is not a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an ISO 4217 currency code of three capital letters")]
pub struct CurrencyError(pub String);

/// Why a calculation with money was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The two amounts are in different currencies.
    #[error("amounts in {0} and {1} cannot be added")]
    Mixed(Currency, Currency),
    /// The result does not fit into 63 bits.
    #[error("the amount is too large")]
    Overflow,
}

/// Codes whose minor unit is not a hundredth. Source: ISO 4217 list one, 2024.
const ZERO_DIGITS: [&[u8; 3]; 16] = [
    b"BIF", b"CLP", b"DJF", b"GNF", b"ISK", b"JPY", b"KMF", b"KRW", b"PYG", b"RWF", b"UGX", b"UYI",
    b"VND", b"VUV", b"XAF", b"XOF",
];
const THREE_DIGITS: [&[u8; 3]; 7] = [b"BHD", b"IQD", b"JOD", b"KWD", b"LYD", b"OMR", b"TND"];

impl Currency {
    /// United States dollar, the default of a shop that names none.
    pub const USD: Currency = Currency(*b"USD");

    /// Reads a code such as `USD`.
    ///
    /// # Errors
    /// When the text is not three ASCII capital letters.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(CurrencyError(text.chars().take(16).collect())),
        }
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made of three ASCII letters")
    }

    /// Digits after the decimal point: 0, 2 or 3.
    pub fn minor_digits(self) -> u32 {
        if ZERO_DIGITS.contains(&&self.0) {
            0
        } else if THREE_DIGITS.contains(&&self.0) {
            3
        } else {
            2
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
    /// `amount` minor units.
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ or the sum overflows.
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let amount = self
            .amount
            .checked_add(other.amount)
            .ok_or(MoneyError::Overflow)?;
        Ok(Money { amount, ..self })
    }

    /// The amount `count` times.
    ///
    /// # Errors
    /// When the product overflows.
    pub fn times(self, count: u32) -> Result<Money, MoneyError> {
        let amount = self
            .amount
            .checked_mul(i64::from(count))
            .ok_or(MoneyError::Overflow)?;
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
    fn mixed_currencies_and_overflow_are_refused() {
        let dollars = Money::new(i64::MAX, Currency::USD);
        let yen = Money::new(1, Currency::parse("JPY").unwrap());
        assert!(matches!(dollars.plus(yen), Err(MoneyError::Mixed(..))));
        assert_eq!(
            dollars.plus(Money::new(1, Currency::USD)),
            Err(MoneyError::Overflow)
        );
        assert_eq!(dollars.times(2), Err(MoneyError::Overflow));
    }

    #[test]
    fn codes_are_three_capitals() {
        for bad in ["", "us", "usd", "USDT", "U$D", "元"] {
            assert!(Currency::parse(bad).is_err(), "{bad}");
        }
    }
}
