//! How a language writes numbers and amounts, by tables of CLDR, and the writing itself.
//!
//! The tool (`souk-cldr`) derives the tables at publish, for the languages and the currency of the
//! shop, so that the function has neither the library nor its data.
//!
//! Not here: dates (`dates`), plural forms (`plurals`).

use minicbor::{Decode, Encode};
use souk_domain::Money;

use crate::{DateFormat, Plurals};

/// How a language writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Formats {
    /// Numbers.
    #[n(0)]
    pub numbers: NumberFormat,
    /// Amounts in the shop's currency.
    #[n(1)]
    pub money: MoneyFormat,
    /// Dates.
    #[n(2)]
    pub dates: DateFormat,
    /// Which form a number takes.
    #[n(3)]
    pub plurals: Plurals,
}

/// How numbers are written.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NumberFormat {
    /// The digits from zero to nine: ten characters.
    #[n(0)]
    pub digits: String,
    /// Before the decimals.
    #[n(1)]
    pub decimal: String,
    /// Between groups of digits.
    #[n(2)]
    pub group: String,
    /// Digits in the group before the decimals; 0 for no groups.
    #[n(3)]
    pub first_group: u8,
    /// Digits in every further group.
    #[n(4)]
    pub further_groups: u8,
    /// Digits that must stand before the first separator for groups to be made at all.
    #[n(5)]
    pub least_before_group: u8,
    /// Before the digits of a negative number.
    #[n(6)]
    pub minus: String,
}

impl Default for NumberFormat {
    /// As programs write them: `1234.5`.
    fn default() -> Self {
        Self {
            digits: "0123456789".to_owned(),
            decimal: ".".to_owned(),
            group: String::new(),
            first_group: 0,
            further_groups: 0,
            least_before_group: 1,
            minus: "-".to_owned(),
        }
    }
}

/// How amounts in one currency are written. What stands around the digits holds the symbol, the
/// spaces and the minus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct MoneyFormat {
    /// ISO 4217 code of the currency; empty where none is known, and amounts show their codes then.
    #[n(0)]
    pub currency: String,
    /// Before the decimals.
    #[n(1)]
    pub decimal: String,
    /// Between groups of digits: Austria has `1 234,5` and `€ 1.234,50`.
    #[n(2)]
    pub group: String,
    /// What stands before and behind the digits of an amount of zero or more.
    #[n(3)]
    pub around: (String, String),
    /// What stands before and behind the digits of a negative amount.
    #[n(4)]
    pub around_negative: (String, String),
}

impl Formats {
    /// A whole number: `1,234`.
    pub fn number(&self, value: i64) -> String {
        let mut out = String::new();
        if value < 0 {
            out.push_str(&self.numbers.minus);
        }
        self.numbers
            .write_amount(&mut out, value.unsigned_abs(), 0, None);
        out
    }

    /// An amount: in the shop's currency as the language writes it (`12,99 €`), in another, as in old
    /// orders, with its code behind it (`12,99 USD`). Every minor unit is shown.
    pub fn money(&self, amount: Money) -> String {
        let (units, decimals) = (
            amount.amount.unsigned_abs(),
            amount.currency.minor_digits() as usize,
        );
        let code = amount.currency.code();
        let mut out = String::new();
        if self.money.currency == code {
            let (before, behind) = match amount.amount < 0 {
                true => &self.money.around_negative,
                false => &self.money.around,
            };
            out.push_str(before);
            self.numbers
                .write_amount(&mut out, units, decimals, Some(&self.money));
            out.push_str(behind);
        } else {
            if amount.amount < 0 {
                out.push_str(&self.numbers.minus);
            }
            self.numbers.write_amount(&mut out, units, decimals, None);
            // Without a break, so that the code stays with its amount.
            out.push('\u{a0}');
            out.push_str(code);
        }
        out
    }
}

impl NumberFormat {
    /// Writes `units / 10^decimals`, with the separators of a currency where it has one.
    fn write_amount(
        &self,
        out: &mut String,
        units: u64,
        decimals: usize,
        money: Option<&MoneyFormat>,
    ) {
        let (decimal, group) = match money {
            Some(money) => (&money.decimal, &money.group),
            None => (&self.decimal, &self.group),
        };
        // The last digit first: a number of 64 bits has 20 digits at most, and at least one digit
        // stands before the decimals, of which a currency has 4 at most.
        let mut digits = [0_u8; 20];
        let (mut length, mut rest) = (0, units);
        while rest > 0 || length <= decimals {
            digits[length] = (rest % 10) as u8;
            (length, rest) = (length + 1, rest / 10);
        }
        let (first, further) = (
            usize::from(self.first_group),
            usize::from(self.further_groups.max(1)),
        );
        let whole = length - decimals;
        let is_grouped = first > 0 && whole >= first + usize::from(self.least_before_group.max(1));
        for place in (0..length).rev() {
            self.write_digit(out, digits[place]);
            match place.checked_sub(decimals) {
                Some(0) if decimals > 0 => out.push_str(decimal),
                Some(behind)
                    if is_grouped
                        && behind >= first
                        && (behind - first).is_multiple_of(further) =>
                {
                    out.push_str(group);
                }
                _ => {}
            }
        }
    }

    /// Writes a number without separators, with zeros before it up to `digits_min` digits.
    pub(crate) fn write_plain(&self, out: &mut String, value: u32, digits_min: u32) {
        let mut scale = 10_u32.pow(digits_min.saturating_sub(1));
        while value / scale >= 10 {
            scale *= 10;
        }
        while scale > 0 {
            self.write_digit(out, (value / scale % 10) as u8);
            scale /= 10;
        }
    }

    fn write_digit(&self, out: &mut String, digit: u8) {
        let digit = self.digits.chars().nth(usize::from(digit));
        out.push(digit.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

#[cfg(test)]
mod tests {
    use souk_domain::Currency;

    use super::*;

    fn formats(group: (u8, u8, u8), separators: (&str, &str)) -> Formats {
        let euro = "\u{a0}€";
        Formats {
            numbers: NumberFormat {
                decimal: separators.1.into(),
                group: separators.0.into(),
                first_group: group.0,
                further_groups: group.1,
                least_before_group: group.2,
                minus: "−".into(),
                ..NumberFormat::default()
            },
            money: MoneyFormat {
                currency: "EUR".into(),
                decimal: separators.1.into(),
                group: separators.0.into(),
                around: (String::new(), euro.into()),
                around_negative: ("−".into(), euro.into()),
            },
            ..Formats::default()
        }
    }

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::parse(code).unwrap())
    }

    #[test]
    fn digits_are_grouped_as_the_language_says() {
        let german = formats((3, 3, 1), (".", ","));
        assert_eq!(german.number(0), "0");
        assert_eq!(german.number(999), "999");
        assert_eq!(german.number(-1_234_567), "−1.234.567");
        let spanish = formats((3, 3, 2), (".", ","));
        assert_eq!(spanish.number(1_234), "1234");
        assert_eq!(spanish.number(12_345), "12.345");
        let indian = formats((3, 2, 1), (",", "."));
        assert_eq!(indian.number(123_456_789), "12,34,56,789");
        assert_eq!(
            german.number(i64::MIN),
            "−9.223.372.036.854.775.808",
            "every digit of the largest number"
        );
    }

    #[test]
    fn amounts_stand_as_the_language_says() {
        let german = formats((3, 3, 1), (".", ","));
        assert_eq!(german.money(money(123_456, "EUR")), "1.234,56\u{a0}€");
        assert_eq!(german.money(money(-5, "EUR")), "−0,05\u{a0}€");
        assert_eq!(german.money(money(0, "EUR")), "0,00\u{a0}€");
    }

    #[test]
    fn an_amount_in_another_currency_shows_its_code() {
        let german = formats((3, 3, 1), (".", ","));
        assert_eq!(german.money(money(123_456, "USD")), "1.234,56\u{a0}USD");
        assert_eq!(german.money(money(-1_200, "JPY")), "−1.200\u{a0}JPY");
        assert_eq!(german.money(money(1_234, "KWD")), "1,234\u{a0}KWD");
        assert_eq!(
            Formats::default().money(money(1_299, "EUR")),
            "12.99\u{a0}EUR"
        );
    }

    #[test]
    fn digits_are_those_of_the_language() {
        let mut arabic = formats((3, 3, 1), ("٬", "٫"));
        arabic.numbers.digits = "٠١٢٣٤٥٦٧٨٩".into();
        assert_eq!(arabic.money(money(123_456, "EUR")), "١٬٢٣٤٫٥٦\u{a0}€");
    }
}
