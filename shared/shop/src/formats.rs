//! How a language writes numbers, amounts, dates and plurals: patterns of CLDR, as far as the pages
//! need them.
//!
//! The tool takes them from CLDR at publish, for the languages and the currency of the shop, so that
//! the function has neither the library nor its data.

use minicbor::{Decode, Encode};

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

/// How amounts in one currency are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct MoneyFormat {
    /// ISO 4217 code of the currency.
    #[n(0)]
    pub currency: String,
    /// Before the digits, with its space.
    #[n(1)]
    pub before: String,
    /// Behind the digits, with its space.
    #[n(2)]
    pub behind: String,
    /// Whether the minus stands before everything (`-$5`), and not before the digits (`$-5`).
    #[n(3)]
    pub minus_first: bool,
}

/// How dates are written: literal text with `{y}`, `{M}` (name of the month), `{m}` and `{mm}`
/// (its number), `{d}` and `{dd}`; times with `{H}`, `{HH}`, `{h}`, `{mi}`, `{a}`; `{date}` and
/// `{time}` joined.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct DateFormat {
    /// A date, such as `{d}. {M} {y}`; empty for `2026-11-29`.
    #[n(0)]
    pub date: String,
    /// A time, such as `{HH}:{mi}`; empty for `14:05`.
    #[n(1)]
    pub time: String,
    /// A date with a time, such as `{date}, {time}`; empty for `{date} {time}`.
    #[n(2)]
    pub both: String,
    /// Names of the twelve months as they stand in a date.
    #[n(3)]
    pub months: Vec<String>,
    /// What `{a}` says before and after noon.
    #[n(4)]
    pub halves: Vec<String>,
}

/// The plural forms of CLDR.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Plural {
    /// As for 0 in Arabic.
    #[n(0)]
    Zero,
    /// As for 1 in English.
    #[n(1)]
    One,
    /// As for 2 in Arabic.
    #[n(2)]
    Two,
    /// As for 3 in Polish.
    #[n(3)]
    Few,
    /// As for 5 in Polish.
    #[n(4)]
    Many,
    /// Every language has it.
    #[default]
    #[n(5)]
    Other,
}

impl Plural {
    /// As keys of words have it.
    pub fn name(self) -> &'static str {
        match self {
            Plural::Zero => "zero",
            Plural::One => "one",
            Plural::Two => "two",
            Plural::Few => "few",
            Plural::Many => "many",
            Plural::Other => "other",
        }
    }
}

/// Whole numbers that [`Plurals`] lists one by one.
pub const PLURAL_TABLE: u64 = 200;

/// Which form a whole number takes. Rules of CLDR for whole numbers look at the number itself where
/// it is small, at its last two digits, and at whole millions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Plurals {
    /// The form of 0, 1, 2 … up to [`PLURAL_TABLE`], as runs: a form, and how many numbers take it.
    #[n(0)]
    pub runs: Vec<(Plural, u8)>,
    /// The form of whole millions, where they have their own.
    #[n(1)]
    pub millions: Option<Plural>,
}

impl Plurals {
    /// The form of a whole number; [`Plural::Other`] where nothing is known.
    pub fn of(&self, number: u64) -> Plural {
        const MILLION: u64 = 1_000_000;
        if let Some(form) = self
            .millions
            .filter(|_| number > 0 && number % MILLION == 0)
        {
            return form;
        }
        let mut place = if number < PLURAL_TABLE {
            number
        } else {
            100 + number % 100
        };
        for &(form, length) in &self.runs {
            match place.checked_sub(u64::from(length)) {
                Some(rest) => place = rest,
                None => return form,
            }
        }
        Plural::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_the_table_takes_the_form_of_its_last_two_digits() {
        let english = Plurals {
            runs: vec![(Plural::Other, 1), (Plural::One, 1), (Plural::Other, 198)],
            millions: None,
        };
        let forms = [0, 1, 2, 101, 1_001].map(|number| english.of(number));
        let other = Plural::Other;
        assert_eq!(forms, [other, Plural::One, other, other, other]);
        let french = Plurals {
            runs: vec![(Plural::One, 2), (Plural::Other, 198)],
            millions: Some(Plural::Many),
        };
        assert_eq!(french.of(0), Plural::One);
        assert_eq!(french.of(2_000_000), Plural::Many);
        assert_eq!(french.of(2_000_001), Plural::Other);
    }
}
