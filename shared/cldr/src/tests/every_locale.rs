//! The interpreter gives what ICU4X gives, in every locale.

use icu_locale::Locale;
use proptest::prelude::*;
use proptest::sample::Index;
use souk_domain::{Currency, Money};
use souk_shop::Formats;

use super::locales::{CODES, languages};
use crate::check;
use crate::icu4x::{Amounts, Formatters, moment};
use crate::languages::parse;
use crate::{LANGUAGES, formats, language, numbers};

/// Currencies with 0, 2 and 3 decimals, with symbols before, behind, and of letters.
const CURRENCIES: [&str; 9] = [
    "EUR", "USD", "JPY", "CNY", "KWD", "XPF", "INR", "CHF", "GBP",
];

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

#[test]
fn every_locale_is_a_language_of_a_shop() {
    let refused: Vec<_> = CODES
        .iter()
        .filter(|code| language(code, currency("EUR")).is_err())
        .collect();
    // No language, and the older spelling of one.
    assert_eq!(refused, ["el-polyton", "und"]);
}

#[test]
fn the_list_of_languages_is_complete() {
    let listed: Vec<_> = LANGUAGES.split_whitespace().collect();
    let known = languages().into_iter().filter(|code| parse(code).is_ok());
    assert_eq!(listed, known.collect::<Vec<_>>());
}

/// The tables of a locale, and what they are derived from.
struct Case {
    code: String,
    icu4x: Formatters,
    /// The tables with each currency, and the decimals that CLDR gives it.
    currencies: Vec<(Formats, Amounts, u32)>,
}

thread_local! {
    static EVERY: Vec<Case> = every();
}

fn every() -> Vec<Case> {
    let locales = CODES
        .iter()
        .filter_map(|code| Some((code, parse(code).ok()?)));
    let case = |(code, locale): (&String, Locale)| {
        let icu4x = Formatters::new(&locale).unwrap();
        let amounts = CURRENCIES.map(|code| Amounts::new(&locale, currency(code)).unwrap());
        let (tables, _) = formats(&icu4x, &amounts[0]);
        let with_currency = |amounts| {
            let (money, decimals) = numbers::money(&amounts, &tables.numbers);
            let formats = Formats {
                money,
                ..tables.clone()
            };
            (formats, amounts, decimals)
        };
        Case {
            code: code.clone(),
            currencies: amounts.into_iter().map(with_currency).collect(),
            icu4x,
        }
    };
    locales.map(case).collect()
}

#[test]
fn amounts_are_those_of_cldr_in_every_currency() {
    let every = every();
    assert!(every.len() > 440, "{}", every.len());
    for case in every {
        for (formats, amounts, decimals) in case.currencies {
            let (code, currency) = (&case.code, amounts.currency);
            assert_eq!(decimals, currency.minor_digits(), "{code} {currency}");
            for amount in check::AMOUNTS {
                let difference = check::money_difference(&formats, &amounts, decimals, amount);
                assert_eq!(difference, None, "{code} {currency}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn random_numbers_and_moments_are_those_of_cldr(
        place in any::<Index>(),
        currency in any::<Index>(),
        number in -Money::AMOUNT_MAX..=Money::AMOUNT_MAX,
        digits in 0_u32..16,
        counted in 0_u64..=1_000_000_000,
        date in (1990_i32..2100, 1_u8..=12, 1_u8..=28),
        time in (0_u8..24, 0_u8..60),
    ) {
        // As many short numbers as long ones.
        let number = number / 10_i64.pow(digits);
        let counted = counted / 10_u64.pow(digits % 9);
        let (code, differences) = EVERY.with(|every| {
            let Case { code, icu4x, currencies } = place.get(every);
            let (formats, amounts, decimals) = currency.get(currencies);
            let differences = [
                check::number_difference(formats, icu4x, number),
                check::money_difference(formats, amounts, *decimals, number),
                check::plural_difference(formats, icu4x, counted),
                check::date_difference(formats, icu4x, &moment(date, time)),
            ];
            (code.clone(), differences)
        });
        for difference in differences {
            prop_assert_eq!(difference, None, "{}", code);
        }
    }
}

#[test]
fn a_table_that_differs_is_found() {
    let german = parse("de").unwrap();
    let icu4x = Formatters::new(&german).unwrap();
    let amounts = Amounts::new(&german, currency("EUR")).unwrap();
    let (right, decimals) = formats(&icu4x, &amounts);
    let difference = |formats: &Formats| check::difference(formats, &icu4x, &amounts, decimals);
    assert_eq!(difference(&right), None);
    let wrong: [fn(&mut Formats); 6] = [
        |formats| formats.numbers.group = " ".into(),
        |formats| formats.numbers.least_before_group = 2,
        |formats| formats.money.around.1 = "€".into(),
        |formats| formats.plurals.runs.clear(),
        |formats| formats.dates.months.swap(1, 2),
        |formats| formats.dates.both = "{d}. {M} {y}, {HH}:{mi}".into(),
    ];
    for change in wrong {
        let mut formats = right.clone();
        change(&mut formats);
        assert!(difference(&formats).is_some());
    }
}
