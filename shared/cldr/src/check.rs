//! Compares what the function will write with what ICU4X writes: tables that differ are not
//! published.

use souk_domain::Money;
use souk_shop::Formats;

use crate::icu4x::{Amounts, Formatters, Moment, moment};
use crate::sample::Sample;

/// A text that the tables do not give as CLDR has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Of what.
    pub(crate) of: String,
    /// By the tables.
    pub(crate) tables: String,
    /// By ICU4X.
    pub(crate) icu4x: String,
}

/// Amounts in minor units: none, small, around every place where a separator may begin, large.
pub(crate) const AMOUNTS: [i64; 30] = [
    0,
    1,
    5,
    10,
    99,
    100,
    101,
    999,
    1_000,
    1_299,
    9_999,
    10_000,
    12_345,
    99_900,
    99_999,
    100_000,
    123_456,
    999_999,
    1_000_000,
    1_234_567,
    12_345_678,
    99_999_999,
    123_456_789,
    1_234_567_890,
    98_765_432_109,
    -1,
    -1_299,
    -100_000,
    -123_456_789,
    Money::AMOUNT_MAX,
];

/// Whole numbers whose form is compared.
const COUNTED: [u64; 14] = [
    2_001,
    2_111,
    10_000,
    10_001,
    21_000,
    40_000,
    100_000,
    100_002,
    999_999,
    1_000_000,
    1_000_001,
    2_000_000,
    15_000_000,
    1_000_000_000,
];

/// The first text that differs: of numbers, amounts, forms or dates. Amounts are compared where CLDR
/// gives them all `decimals` of the currency.
pub(crate) fn difference(
    formats: &Formats,
    icu4x: &Formatters,
    amounts: &Amounts,
    decimals: u32,
) -> Option<Difference> {
    let written = AMOUNTS.into_iter().map(|amount| {
        number_difference(formats, icu4x, amount)
            .or_else(|| money_difference(formats, amounts, decimals, amount))
    });
    let numbers = (0..=2_000).chain(COUNTED);
    written
        .chain(numbers.map(|number| plural_difference(formats, icu4x, number)))
        .chain(moments().map(|at| date_difference(formats, icu4x, &at)))
        .find_map(|difference| difference)
}

/// Whether a number differs.
pub(crate) fn number_difference(
    formats: &Formats,
    icu4x: &Formatters,
    number: i64,
) -> Option<Difference> {
    differs(
        format!("number {number}"),
        formats.number(number),
        icu4x.whole(number),
    )
}

/// Whether an amount in the shop's currency differs.
pub(crate) fn money_difference(
    formats: &Formats,
    amounts: &Amounts,
    decimals: u32,
    amount: i64,
) -> Option<Difference> {
    if decimals != amounts.currency.minor_digits() {
        return None;
    }
    differs(
        format!("amount {amount}"),
        formats.money(Money::new(amount, amounts.currency)),
        amounts.amount(amount, decimals),
    )
}

/// Whether the form of a number differs.
pub(crate) fn plural_difference(
    formats: &Formats,
    icu4x: &Formatters,
    number: u64,
) -> Option<Difference> {
    differs(
        format!("form of {number}"),
        formats.plurals.of(number).name().to_owned(),
        icu4x.plural(number).name().to_owned(),
    )
}

fn differs(of: String, tables: String, icu4x: String) -> Option<Difference> {
    (tables != icu4x).then_some(Difference { of, tables, icu4x })
}

/// Every hour of a day, and days in every month of some years.
fn moments() -> impl Iterator<Item = Moment> {
    let hours =
        (0..24).flat_map(|hour| [0, 7, 59].map(|minute| moment((2026, 11, 3), (hour, minute))));
    let days = (2024..2030).flat_map(|year| {
        (1..=12).flat_map(move |month| {
            [1, 3, 10, 20, 21, 22, 28].map(|day| moment((year, month, day), (month * 2 - 1, day)))
        })
    });
    hours.chain(days)
}

/// Whether a moment's date, time or both differ.
pub(crate) fn date_difference(
    formats: &Formats,
    icu4x: &Formatters,
    at: &Moment,
) -> Option<Difference> {
    let at_ms = milliseconds(at);
    let text = |sample: Sample| sample.text();
    let pairs = [
        (formats.date(at_ms, 0), text(icu4x.date(at))),
        (formats.time(at_ms, 0), text(icu4x.time(at))),
        (formats.date_time(at_ms, 0), text(icu4x.both(at))),
    ];
    let differs = pairs.into_iter().find(|(tables, icu4x)| tables != icu4x);
    differs.map(|(tables, icu4x)| Difference {
        of: format!("moment {at_ms}"),
        tables,
        icu4x,
    })
}

/// Milliseconds since 1970.
pub(crate) fn milliseconds(at: &Moment) -> i64 {
    // The day 719,163 after the beginning of the calendar was 1 January 1970.
    let days = at.date.to_rata_die().to_i64_date() - 719_163;
    let minutes = i64::from(at.time.hour.number()) * 60 + i64::from(at.time.minute.number());
    (days * 24 * 60 + minutes) * 60_000
}
