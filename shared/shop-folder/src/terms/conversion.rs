//! Prices of a market that follow from those of another.

use souk_shop::Offset;

/// How the prices of a market follow from those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversion {
    /// Place of the other market.
    pub(super) from: usize,
    /// 10^-8 units of the market's currency for one of the other's.
    rate: i128,
    /// The step in minor units, 1 at least.
    round_minor: i128,
    /// Digits of the other currency less those of the market's, as powers of ten.
    from_scale: i128,
    to_scale: i128,
}

/// Digits of a rate behind the point.
pub(super) const RATE_DIGITS: usize = 8;

impl Conversion {
    /// With a rate in 10^-8 units, a step in minor units, and the digits of both currencies.
    pub(super) fn new(from: usize, rate: i128, round_minor: i64, digits: [u32; 2]) -> Self {
        let [from_digits, to_digits] = digits;
        Self {
            from,
            rate,
            round_minor: i128::from(round_minor.max(1)),
            from_scale: 10_i128.pow(from_digits),
            to_scale: 10_i128.pow(to_digits),
        }
    }

    /// The price in the market's currency, half up to the step; `None` where it is too large.
    pub(super) fn of(&self, minor: i64) -> Option<i64> {
        let part = i128::from(minor)
            .checked_mul(self.rate)?
            .checked_mul(self.to_scale)?;
        let whole = 10_i128.pow(RATE_DIGITS as u32) * self.from_scale * self.round_minor;
        let steps = (2 * part + whole) / (2 * whole);
        i64::try_from(steps * self.round_minor).ok()
    }
}

/// What only the files know of a market.
#[derive(Debug, Clone, Default)]
pub(super) struct MarketExtra {
    pub(super) conversion: Option<Conversion>,
    pub(super) offsets: Vec<Offset>,
}

/// A decimal as a whole number of its last digits.
pub(super) fn decimal(text: &str, digits: usize) -> Option<i128> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > digits {
        return None;
    }
    format!("{whole}{decimals:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_converted_half_up_to_the_step() {
        let conversion = |rate: &str, round_minor, from_digits, to_digits| {
            let rate = decimal(rate, RATE_DIGITS).unwrap();
            Conversion::new(0, rate, round_minor, [from_digits, to_digits])
        };
        assert_eq!(conversion("0.92", 1, 2, 2).of(1_000), Some(920));
        assert_eq!(conversion("0.925", 5, 2, 2).of(1_000), Some(925));
        assert_eq!(conversion("0.923", 5, 2, 2).of(1_000), Some(925));
        assert_eq!(conversion("150", 10, 2, 0).of(1_999), Some(3_000));
        assert_eq!(conversion("0.307", 1, 2, 3).of(1_000), Some(3_070));
        assert_eq!(conversion("999999999", 1, 0, 4).of(i64::MAX), None);
    }
}
