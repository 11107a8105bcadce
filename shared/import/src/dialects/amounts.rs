//! Prices as other systems write them, made decimals with a point.
//!
//! Not here: reading the decimal and its bounds (`numbers`).

use souk_domain::Currency;

use crate::Reason;

/// A price of WooCommerce, which writes the shop's decimal separator and never one for thousands:
/// a lone comma is that separator.
pub(super) fn localised(text: &str) -> String {
    let commas = text.matches(',').count();
    match commas == 1 && !text.contains('.') {
        true => text.replace(',', "."),
        false => text.to_owned(),
    }
}

/// A price in minor units, as Medusa 1 keeps it.
///
/// # Errors
/// When it is not a whole number.
pub(super) fn minor(text: &str, currency: Currency) -> Result<String, Reason> {
    let digits = currency.minor_digits() as usize;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(Reason::NotWhole);
    }
    let padded = format!("{text:0>width$}", width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    Ok(match fraction {
        "" => whole.to_owned(),
        _ => format!("{whole}.{fraction}"),
    })
}

/// A price with its currency, as Google's feeds have it: `12.00 USD`.
///
/// # Errors
/// When the currency is another than the shop's.
pub(super) fn with_currency(text: &str, shop: Currency) -> Result<String, Reason> {
    let letters = |c: &char| c.is_ascii_alphabetic();
    let code: String = text.chars().filter(letters).collect();
    let amount: String = text.chars().filter(|c| !letters(c)).collect();
    let amount = amount.trim().to_owned();
    if code.is_empty() || code.eq_ignore_ascii_case(shop.code()) {
        return Ok(amount);
    }
    Err(Reason::OtherCurrency {
        found: code.to_ascii_uppercase(),
        shop,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn a_lone_comma_is_a_decimal_separator() {
        let cases = [("12,50", "12.50"), ("1.299,00", "1.299,00"), ("5", "5")];
        for (text, decimal) in cases {
            assert_eq!(localised(text), decimal, "{text}");
        }
    }

    #[test]
    fn minor_units_follow_the_currency() {
        let minor = |text: &str, code: &str| minor(text, currency(code));
        assert_eq!(minor("1000", "USD"), Ok("10.00".into()));
        assert_eq!(minor("5", "EUR"), Ok("0.05".into()));
        assert_eq!(minor("1000", "JPY"), Ok("1000".into()));
        assert_eq!(minor("1234", "KWD"), Ok("1.234".into()));
        assert_eq!(minor("10.00", "USD"), Err(Reason::NotWhole));
    }

    #[test]
    fn another_currency_is_named() {
        let read = |text: &str| with_currency(text, Currency::USD);
        assert_eq!(read("12.00 USD"), Ok("12.00".into()));
        assert_eq!(read("usd12.00"), Ok("12.00".into()));
        assert_eq!(read("12.00"), Ok("12.00".into()));
        let other = Reason::OtherCurrency {
            found: "EUR".into(),
            shop: Currency::USD,
        };
        assert_eq!(read("12.00 EUR"), Err(other));
    }
}
