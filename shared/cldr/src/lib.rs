//! Tables of CLDR for the languages of a shop: how each writes numbers, amounts, dates and plurals,
//! what it calls countries, and the offsets of the shop's time zone.
//!
//! The data of CLDR comes with ICU4X and that of IANA's time zones with jiff. Both are some MiB, so
//! only the tool has them: it publishes small tables (`souk_shop::Formats`), and the function has only
//! their interpreter. The tables are derived from texts that ICU4X formats, and compared with it over
//! many more; a language whose texts differ is refused.
//!
//! - **Architecture Invariant:** no function depends on this crate.
//!
//! Not here: the texts of the pages (`souk-pages`), the tables and their interpreter (`souk-shop`).

mod check;
mod countries;
mod dates;
mod errors;
mod icu4x;
mod languages;
mod numbers;
mod plurals;
mod sample;
#[cfg(test)]
mod tests;
mod time_zones;

use souk_domain::Currency;
use souk_shop::{CountryNames, DateFormat, Formats, Language};

use crate::icu4x::{Amounts, Formatters};

pub use errors::LanguageError;
pub use languages::LANGUAGES;
pub use time_zones::{TimeZoneError, offsets};

/// What CLDR has for a language of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageData {
    /// The language, without the blob of its pack.
    pub language: Language,
    /// How it writes.
    pub formats: Formats,
    /// What it calls countries.
    pub countries: CountryNames,
    /// What the pages do otherwise than people of the language may expect, a sentence each: for
    /// `souk check`.
    pub notes: Vec<String>,
}

/// What CLDR has for the language with this code (lower case, such as `de`, `pt-br` or `zh-hant`) in
/// a shop with this currency.
///
/// # Errors
/// When there is no such language, CLDR has too little for it, or it writes in a way that the tables
/// cannot hold.
pub fn language(code: &str, currency: Currency) -> Result<LanguageData, LanguageError> {
    let locale = languages::parse(code)?;
    let incomplete = |missing| LanguageError::Incomplete {
        code: code.to_owned(),
        missing,
    };
    let icu4x = Formatters::new(&locale).map_err(incomplete)?;
    let amounts = Amounts::new(&locale, currency).map_err(incomplete)?;
    let (countries, english) = countries::names(&locale).map_err(incomplete)?;
    let (mut formats, decimals) = formats(&icu4x, &amounts);
    if let Some(difference) = check::difference(&formats, &icu4x, &amounts, decimals) {
        return Err(LanguageError::Beyond {
            code: code.to_owned(),
            of: difference.of,
            tables: difference.tables,
            icu4x: difference.icu4x,
        });
    }
    numbers::separate(&mut formats.money, code);
    let mut notes = Vec::new();
    if let Some(calendar) = icu4x.other_calendar {
        notes.push(format!(
            "dates in '{code}' are in the Gregorian calendar, not in {calendar}"
        ));
    }
    if !dates::names_a_day(&formats.dates) {
        formats.dates = DateFormat::default();
        notes.push(format!(
            "CLDR has no dates in '{code}' that name year, month and day: they are as 2026-11-29"
        ));
    }
    if english > 0 {
        notes.push(format!(
            "'{code}' has no names for {english} countries: they are English"
        ));
    }
    if decimals != currency.minor_digits() {
        notes.push(format!(
            "CLDR writes amounts in {currency} with {decimals} decimals; the shop shows the {} of ISO \
             4217",
            currency.minor_digits()
        ));
    }
    Ok(LanguageData {
        language: languages::language(code, &locale),
        formats,
        countries,
        notes,
    })
}

/// The tables, and the decimals that CLDR gives amounts in the currency.
fn formats(icu4x: &Formatters, amounts: &Amounts) -> (Formats, u32) {
    let numbers = numbers::numbers(icu4x);
    let (money, decimals) = numbers::money(amounts, &numbers);
    let formats = Formats {
        money,
        dates: dates::dates(icu4x, &numbers),
        plurals: plurals::plurals(icu4x),
        numbers,
        further: Vec::new(),
    };
    (formats, decimals)
}
