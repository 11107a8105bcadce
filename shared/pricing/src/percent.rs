//! Percentages, and the two formulas that are made with them.

use std::fmt;

use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode};
use souk_domain::Money;

/// A percentage with up to four decimals: 0 to 1000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Encode)]
#[cbor(transparent)]
pub struct Percent(#[n(0)] u32);

/// Why a text is no percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a percentage is a number from 0 to 1000 with up to four decimals")]
pub struct PercentError;

/// Decimals of a percentage.
const DECIMALS: usize = 4;
/// 1 % as a [`Percent`] has it: `10^DECIMALS`.
const ONE: u32 = 10_000;
/// 1000 %.
const MAX: u32 = 1_000 * ONE;

impl Percent {
    /// All of it.
    pub const HUNDRED: Percent = Percent(100 * ONE);

    /// Reads a decimal such as `7.25`.
    ///
    /// # Errors
    /// When it is no number, has more than four decimals or is above 1000.
    pub fn parse(text: &str) -> Result<Self, PercentError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS {
            return Err(PercentError);
        }
        let whole: u32 = whole.parse().map_err(|_| PercentError)?;
        let decimals: u32 = format!("{decimals:0<DECIMALS$}")
            .parse()
            .map_err(|_| PercentError)?;
        let units = whole.checked_mul(ONE).and_then(|w| w.checked_add(decimals));
        let units = units.filter(|&units| units <= MAX).ok_or(PercentError)?;
        Ok(Self(units))
    }

    /// So much of an amount, `amount · p / 100`, half up.
    pub fn of(self, amount: i64) -> i64 {
        half_up(amount, i64::from(self.0), i64::from(Self::HUNDRED.0))
    }

    /// What is in an amount to which it was added, `amount · p / (100 + p)`, half up.
    pub fn within(self, amount: i64) -> i64 {
        let part = i64::from(self.0);
        half_up(amount, part, i64::from(Self::HUNDRED.0) + part)
    }

    /// The sum, 1000 at most.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0).min(MAX))
    }

    /// How it counts beside others: proportional to it.
    pub(crate) fn weight(self) -> i64 {
        i64::from(self.0)
    }
}

/// `amount · part / whole`, half up. The amount is divided first, so nothing is beyond 64 bits: `part`
/// and `whole` are below 2^24, and an amount below 2^53.
fn half_up(amount: i64, part: i64, whole: i64) -> i64 {
    let amount = amount.clamp(0, Money::AMOUNT_MAX);
    let (times, rest) = (amount / whole, amount % whole);
    times * part + (2 * rest * part + whole) / (2 * whole)
}

impl<'b, C> Decode<'b, C> for Percent {
    fn decode(input: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let units = input.u32()?;
        match units <= MAX {
            true => Ok(Self(units)),
            false => Err(Error::message("a percentage above 1000")),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / ONE, self.0 % ONE);
        if decimals == 0 {
            return write!(out, "{whole}");
        }
        let decimals = format!("{decimals:0DECIMALS$}");
        write!(out, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_and_written_alike() {
        for text in ["0", "7", "7.25", "8.875", "19", "0.0001", "100", "1000"] {
            assert_eq!(Percent::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Percent::parse("7.50"), Percent::parse("7.5"));
        let bad = [
            "", "-1", "+1", "7,5", ".5", "5.", "1e2", "7.00001", "1000.1",
        ];
        for text in bad {
            assert_eq!(Percent::parse(text), Err(PercentError), "{text}");
        }
        let more = format!("1{}", "0".repeat(30));
        assert_eq!(Percent::parse(&more), Err(PercentError));
    }

    #[test]
    fn both_formulas_round_half_up() {
        let percent = |text| Percent::parse(text).unwrap();
        assert_eq!(percent("10").of(1_005), 101);
        assert_eq!(percent("10").of(1_004), 100);
        assert_eq!(percent("7.25").of(1_000), 73);
        assert_eq!(percent("19").within(11_900), 1_900);
        assert_eq!(percent("20").within(3), 1);
        assert_eq!(percent("100").within(1), 1);
    }

    #[test]
    fn the_largest_amounts_stay_within_their_type() {
        for amount in [Money::AMOUNT_MAX, i64::MAX] {
            assert_eq!(Percent::HUNDRED.of(amount), Money::AMOUNT_MAX);
            assert_eq!(Percent(MAX).of(amount), 10 * Money::AMOUNT_MAX);
            let exact = i128::from(Money::AMOUNT_MAX) * 2 * 1_000 + 1_100;
            let exact = i64::try_from(exact / 2_200).unwrap();
            assert_eq!(Percent(MAX).within(amount), exact);
        }
        assert_eq!(Percent::HUNDRED.of(-5), 0);
    }
}
