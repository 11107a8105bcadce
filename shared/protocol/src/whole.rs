//! Whole numbers as JSON means them: `2.0` is the integer 2 (JSON Schema, 6.1.1), and there are
//! clients whose JSON library writes it so.
//!
//! For `#[serde(deserialize_with)]`. Bounds are not checked here; the use cases have them.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};

/// Reads a whole number, with or without a fraction of zeros.
///
/// # Errors
/// When the value is no number, has a fraction, or does not fit.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_i64(WholeNumber)
}

struct WholeNumber;

impl Visitor<'_> for WholeNumber {
    type Value = i64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a whole number of 64 bits")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        // Both bounds are powers of two, which a float holds exactly.
        const BOUND: f64 = 9_223_372_036_854_775_808.0;
        if number.fract() == 0.0 && (-BOUND..BOUND).contains(&number) {
            return Ok(number as i64);
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }
}

#[cfg(test)]
mod tests {
    fn read(text: &str) -> Option<i64> {
        super::number(&mut serde_json::Deserializer::from_str(text)).ok()
    }

    #[test]
    fn a_fraction_of_zeros_is_no_fraction() {
        let cases = [
            ("2", Some(2)),
            ("-3", Some(-3)),
            ("2.0", Some(2)),
            ("1e3", Some(1000)),
            ("-0.0", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808.0", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("9223372036854775808.0", None),
            ("1e300", None),
            ("2.5", None),
            ("\"2\"", None),
            ("null", None),
            ("true", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
