//! Derives which form a whole number takes in a language.

use souk_shop::{PLURAL_TABLE, Plural, Plurals};

use crate::icu4x::Formatters;

/// The forms of the numbers up to [`PLURAL_TABLE`], and of whole millions.
pub(crate) fn plurals(icu4x: &Formatters) -> Plurals {
    let mut runs: Vec<(Plural, u8)> = Vec::new();
    for number in 0..PLURAL_TABLE {
        let form = icu4x.plural(number);
        match runs.last_mut() {
            Some((last, length)) if *last == form => *length += 1,
            _ => runs.push((form, 1)),
        }
    }
    let million = icu4x.plural(1_000_000);
    Plurals {
        runs,
        millions: (million != icu4x.plural(100)).then_some(million),
    }
}
