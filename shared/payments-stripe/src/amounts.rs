//! What Stripe counts in.
//!
//! The shop counts in the minor unit of ISO 4217, Stripe mostly too; where they differ an amount is
//! converted, or refused where it cannot be. Source: <https://docs.stripe.com/currencies>.

use souk_domain::Currency;

/// Currencies that Stripe counts in whole units.
const WHOLE: [&str; 15] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
];
/// Currencies that Stripe counts in thousandths, of which the last digit must be 0.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];
/// Currencies without a minor unit that Stripe counts in hundredths, of which both digits must
/// be 0, for the sake of older programs.
const WHOLE_IN_HUNDREDTHS: [&str; 2] = ["ISK", "UGX"];

/// The least that a charge may be, in Stripe's units.
/// Source: <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>.
const MINIMUMS: [(&str, u64); 24] = [
    ("AED", 200),
    ("AUD", 50),
    ("BGN", 100),
    ("BRL", 50),
    ("CAD", 50),
    ("CHF", 50),
    ("CZK", 1_500),
    ("DKK", 250),
    ("EUR", 50),
    ("GBP", 30),
    ("HKD", 400),
    ("HUF", 17_500),
    ("INR", 50),
    ("JPY", 50),
    ("MXN", 1_000),
    ("MYR", 200),
    ("NOK", 300),
    ("NZD", 50),
    ("PLN", 200),
    ("RON", 200),
    ("SEK", 300),
    ("SGD", 50),
    ("THB", 1_000),
    ("USD", 50),
];
/// For every other currency, in Stripe's units. Stripe converts such a charge into the currency of
/// the account and applies the minimum of that one, so it may still refuse what is above.
const OTHER_MINIMUM: u64 = 50;

/// The least that a charge may be, in our units.
pub(crate) fn amount_min(currency: &str) -> i64 {
    let known = MINIMUMS.iter().find(|(code, _)| *code == currency);
    let min = known.map_or(OTHER_MINIMUM, |(_, min)| *min);
    // A whole number of our units, rounded up.
    let ours = Currency::parse(currency).map_or(0, Currency::minor_digits);
    let amount = match digits(currency).checked_sub(ours) {
        Some(more) => min.div_ceil(10_u64.pow(more)),
        None => min * 10_u64.pow(ours - digits(currency)),
    };
    amount.cast_signed()
}

/// An amount of ours in Stripe's units; `None` when Stripe cannot take it.
pub(crate) fn to_stripe(amount: i64, currency: &str) -> Option<i64> {
    let ours = Currency::parse(currency).ok()?.minor_digits();
    let converted = scale(amount, ours, digits(currency))?;
    (converted % step(currency) == 0).then_some(converted)
}

/// An amount of Stripe's in our units; `None` when we cannot count it.
pub(crate) fn from_stripe(amount: i64, currency: &str) -> Option<i64> {
    let ours = Currency::parse(currency).ok()?.minor_digits();
    scale(amount, digits(currency), ours)
}

fn digits(currency: &str) -> u32 {
    if WHOLE.contains(&currency) {
        0
    } else if THOUSANDTHS.contains(&currency) {
        3
    } else {
        2
    }
}

fn step(currency: &str) -> i64 {
    if THOUSANDTHS.contains(&currency) {
        10
    } else if WHOLE_IN_HUNDREDTHS.contains(&currency) {
        100
    } else {
        1
    }
}

fn scale(amount: i64, from: u32, to: u32) -> Option<i64> {
    let factor = 10_i64.pow(from.abs_diff(to));
    if from <= to {
        return amount.checked_mul(factor);
    }
    (amount % factor == 0).then_some(amount / factor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_counted_as_stripe_counts_them() {
        let cases = [
            ("USD", 1299, Some(1299)),
            ("CNY", 1, Some(1)),
            ("JPY", 500, Some(500)),
            // No minor unit by ISO 4217, hundredths at Stripe.
            ("ISK", 500, Some(50_000)),
            ("UGX", 1, Some(100)),
            // Hundredths by ISO 4217, whole at Stripe.
            ("MGA", 500, Some(5)),
            ("MGA", 501, None),
            // Thousandths of which the last must be 0.
            ("KWD", 5_120, Some(5_120)),
            ("KWD", 5_123, None),
            // Thousandths by ISO 4217 that Stripe does not know as such.
            ("IQD", 5_120, Some(512)),
            ("IQD", 5_123, None),
            ("USD", i64::MAX, Some(i64::MAX)),
            ("ISK", i64::MAX, None),
            ("usd", 1, None),
        ];
        for (currency, amount, expected) in cases {
            assert_eq!(to_stripe(amount, currency), expected, "{amount} {currency}");
        }
    }

    #[test]
    fn the_least_amount_is_in_our_units_and_one_that_stripe_counts() {
        for (currency, min) in [
            ("USD", 50),
            ("GBP", 30),
            ("JPY", 50),
            ("CZK", 1_500),
            ("CNY", 50),
            // Whole units by ISO 4217, hundredths at Stripe.
            ("ISK", 1),
            // Hundredths by ISO 4217, whole at Stripe.
            ("MGA", 5_000),
            ("KWD", 50),
            // Thousandths by ISO 4217 that Stripe counts in hundredths.
            ("IQD", 500),
        ] {
            assert_eq!(amount_min(currency), min, "{currency}");
        }
        assert!(MINIMUMS.is_sorted());
        for (currency, _) in MINIMUMS {
            let min = amount_min(currency);
            assert!(to_stripe(min, currency).is_some(), "{currency}");
        }
    }

    #[test]
    fn no_currency_is_in_two_lists() {
        for currency in THOUSANDTHS.iter().chain(&WHOLE_IN_HUNDREDTHS) {
            assert!(!WHOLE.contains(currency), "{currency}");
        }
    }

    proptest! {
        #[test]
        fn what_stripe_takes_comes_back_the_same(
            amount in 0..=99_999_999_i64,
            currency in prop::sample::select(vec![
                "USD", "EUR", "CNY", "JPY", "KRW", "ISK", "UGX", "MGA", "XPF", "KWD", "TND", "IQD",
            ]),
        ) {
            if let Some(converted) = to_stripe(amount, currency) {
                prop_assert_eq!(from_stripe(converted, currency), Some(amount));
            }
        }
    }
}
