//! Numbers in cells: amounts, weights, quantities. None passes through a float.

use souk_domain::Currency;

use crate::{
    Reason,
    limits::{PRICE_MINOR_MAX, QUANTITY_MAX, WEIGHT_G_MAX},
};

/// Digits of a number that are read; more cannot be a price, and a weight of a machine's making
/// (`226.79618500000002`) has about 17.
const DIGITS_MAX: usize = 40;

/// Decimals of a weight that count. More are below a millionth of the unit.
const WEIGHT_DECIMALS: usize = 6;

/// Units of weight and their millionths of a gram. Source: the international yard and pound
/// agreement, 1 lb = 453.59237 g; 1 oz = 1 lb / 16.
const WEIGHT_UNITS: [(&str, u64); 8] = [
    ("g", 1_000_000),
    ("gram", 1_000_000),
    ("grams", 1_000_000),
    ("kg", 1_000_000_000),
    ("lb", 453_592_370),
    ("lbs", 453_592_370),
    ("oz", 28_349_523),
    ("ounces", 28_349_523),
];

/// A decimal as it is written: digits before the point and after it.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

/// Splits `12`, `12.`, `.5`, `-1.50` and `+3`. Nothing else is a decimal.
fn decimal(text: &str) -> Option<Decimal<'_>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let length = whole.len() + fraction.len();
    ((1..=DIGITS_MAX).contains(&length) && only_digits(whole) && only_digits(fraction)).then_some(
        Decimal {
            negative,
            whole,
            fraction,
        },
    )
}

impl Decimal<'_> {
    fn is_zero(&self) -> bool {
        self.whole
            .bytes()
            .chain(self.fraction.bytes())
            .all(|byte| byte == b'0')
    }

    /// The number times ten to the power of `decimals`; further decimals are dropped. None when
    /// it does not fit.
    fn scaled(&self, decimals: usize) -> Option<u64> {
        let fraction = self
            .fraction
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(decimals);
        self.whole
            .bytes()
            .chain(fraction)
            .try_fold(0_u64, |number, byte| {
                number.checked_mul(10)?.checked_add(u64::from(byte - b'0'))
            })
    }
}

/// A price in minor units.
///
/// # Errors
/// When the text is no decimal, is negative, or has decimals other than zeros that the currency
/// does not have.
pub(crate) fn price(text: &str, currency: Currency) -> Result<i64, Reason> {
    let digits = currency.minor_digits();
    let example = match digits {
        0 => "1299",
        2 => "1299.00",
        3 => "1299.000",
        _ => "1299.0000",
    };
    let decimal = decimal(text).ok_or(Reason::NotAmount(example))?;
    if decimal.negative && !decimal.is_zero() {
        return Err(Reason::Negative);
    }
    let beyond = decimal.fraction.bytes().skip(digits as usize);
    if beyond.into_iter().any(|byte| byte != b'0') {
        return Err(Reason::TooManyDecimals { digits, currency });
    }
    decimal
        .scaled(digits as usize)
        .and_then(|minor| i64::try_from(minor).ok())
        .filter(|&minor| minor <= PRICE_MINOR_MAX)
        .ok_or(Reason::TooLarge(PRICE_MINOR_MAX))
}

/// A weight in whole grams, rounded; `unit` is one of Shopify's (`g`, `kg`, `lb`, `oz`).
///
/// # Errors
/// When the text is no decimal, is negative or too large, or the unit is another.
pub(crate) fn weight_g(text: &str, unit: &str) -> Result<u32, Reason> {
    let known = WEIGHT_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let &(_, micrograms_per_unit) = known.ok_or(Reason::NotOneOf("g, kg, lb, oz"))?;
    let decimal = decimal(text).ok_or(Reason::NotNumber)?;
    if decimal.negative && !decimal.is_zero() {
        return Err(Reason::Negative);
    }
    let grams = decimal.scaled(WEIGHT_DECIMALS).and_then(|scaled| {
        // Millionths of a unit times millionths of a gram; half a gram more, to round.
        let product = u128::from(scaled) * u128::from(micrograms_per_unit);
        u32::try_from((product + 500_000_000_000) / 1_000_000_000_000).ok()
    });
    grams
        .filter(|&grams| grams <= WEIGHT_G_MAX)
        .ok_or(Reason::TooLarge(i64::from(WEIGHT_G_MAX)))
}

/// A number of units; may be negative.
///
/// # Errors
/// When the text is no whole number (`7.0` is one), or too large.
pub(crate) fn quantity(text: &str) -> Result<i64, Reason> {
    let decimal = decimal(text).ok_or(Reason::NotWhole)?;
    if decimal.fraction.bytes().any(|byte| byte != b'0') {
        return Err(Reason::NotWhole);
    }
    let units = decimal
        .scaled(0)
        .and_then(|units| i64::try_from(units).ok())
        .filter(|&units| units <= QUANTITY_MAX)
        .ok_or(Reason::TooLarge(QUANTITY_MAX))?;
    Ok(if decimal.negative { -units } else { units })
}

/// Whether a spreadsheet has written a long number with a power of ten (`1.23457E+11`), and lost the
/// rest of its digits.
pub(crate) fn is_shortened(text: &str) -> bool {
    let Some((digits, power)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = digits.split(['.', ',']);
    parts.clone().count() <= 2 && parts.all(number) && power.strip_prefix('+').is_some_and(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn prices_are_read_exactly() {
        let cases = [
            ("19.9", "USD", 1990),
            ("19.90", "USD", 1990),
            ("19.9000", "USD", 1990),
            ("0.07", "USD", 7),
            (".5", "USD", 50),
            ("0", "USD", 0),
            ("-0.00", "USD", 0),
            ("1500", "JPY", 1500),
            ("1500.00", "JPY", 1500),
            ("1.25", "KWD", 1250),
            ("9007199254.99", "USD", 900_719_925_499),
            ("10000000000.00", "USD", PRICE_MINOR_MAX),
        ];
        for (text, code, minor) in cases {
            assert_eq!(price(text, currency(code)), Ok(minor), "{text} {code}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        let usd = Currency::USD;
        for text in [
            "", ".", "-", "free", "$5", "5 USD", "1,299.00", "1.299,00", "1e3", "NaN", "٣",
            "1.2.3", "--1", "5-",
        ] {
            assert_eq!(
                price(text, usd),
                Err(Reason::NotAmount("1299.00")),
                "{text}"
            );
        }
        assert_eq!(price("-1", usd), Err(Reason::Negative));
        assert_eq!(
            price("1.999", usd),
            Err(Reason::TooManyDecimals {
                digits: 2,
                currency: usd
            })
        );
        for text in ["10000000000.01", "99999999999999999999999999"] {
            assert_eq!(
                price(text, usd),
                Err(Reason::TooLarge(PRICE_MINOR_MAX)),
                "{text}"
            );
        }
    }

    #[test]
    fn weights_become_whole_grams() {
        let cases = [
            ("0.0", "g", 0),
            ("226.79618500000002", "g", 227),
            ("0.5", "g", 1),
            ("0.49", "g", 0),
            ("1.25", "kg", 1250),
            ("1", "lb", 454),
            ("2.5", "LB", 1134),
            ("8", "oz", 227),
        ];
        for (text, unit, grams) in cases {
            assert_eq!(weight_g(text, unit), Ok(grams), "{text} {unit}");
        }
        assert_eq!(
            weight_g("1", "stone"),
            Err(Reason::NotOneOf("g, kg, lb, oz"))
        );
        assert_eq!(weight_g("heavy", "g"), Err(Reason::NotNumber));
        assert_eq!(weight_g("-1", "g"), Err(Reason::Negative));
        let too_large = Err(Reason::TooLarge(i64::from(WEIGHT_G_MAX)));
        assert_eq!(weight_g("2000001", "kg"), too_large);
    }

    #[test]
    fn numbers_that_a_spreadsheet_has_shortened_are_known() {
        for shortened in ["1.23E+12", "1,23457E+11", "4E+15", "1.5e+3"] {
            assert!(is_shortened(shortened), "{shortened}");
        }
        for other in [
            "",
            "E+",
            "12E",
            "E+12",
            "SIZE+1",
            "1.2.3E+4",
            "123456789012",
            "3E-4",
        ] {
            assert!(!is_shortened(other), "{other}");
        }
    }

    #[test]
    fn quantities_are_whole() {
        let cases = [
            ("12", Ok(12)),
            ("-3", Ok(-3)),
            ("7.0", Ok(7)),
            ("7.5", Err(Reason::NotWhole)),
        ];
        for (text, quantity_read) in cases {
            assert_eq!(quantity(text), quantity_read, "{text}");
        }
        assert_eq!(quantity("many"), Err(Reason::NotWhole));
        assert_eq!(quantity("1000000001"), Err(Reason::TooLarge(QUANTITY_MAX)));
    }
}
