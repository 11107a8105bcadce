//! Plural forms: which text of several a number takes.

use minicbor::{Decode, Encode};

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
/// it is small, at its last two digits, and at whole millions; the tool compares the table with them
/// and refuses a language that looks further, as Cornish would.
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
            .filter(|_| number > 0 && number.is_multiple_of(MILLION))
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
