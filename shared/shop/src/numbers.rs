//! How a language writes numbers and amounts, by tables of CLDR, and the writing of their digits.

use minicbor::{Decode, Encode};

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

impl NumberFormat {
    /// Writes `units / 10^decimals`, with the separators of a currency where it has one.
    pub(crate) fn write_amount(
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
