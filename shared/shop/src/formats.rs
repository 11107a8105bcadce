//! How a language writes, by tables of CLDR.
//!
//! The tool (`souk-cldr`) derives the tables at publish, for the languages and the currencies of the
//! shop, so that the function has neither the library nor its data.
//!
//! Not here: what the tables hold of numbers (`numbers`), dates (`dates`) and plural forms
//! (`plurals`).

use souk_domain::Money;

use crate::dates::Moment;
use crate::{DateFormat, MoneyFormat, NumberFormat, Plurals};

/// How a language writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Formats {
    /// Numbers.
    pub numbers: NumberFormat,
    /// Amounts in the shop's currency.
    pub money: MoneyFormat,
    /// Dates.
    pub dates: DateFormat,
    /// Which form a number takes.
    pub plurals: Plurals,
    /// Amounts in the currencies of further markets.
    pub further: Vec<MoneyFormat>,
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

    /// An amount: in a currency of the shop as the language writes it (`12,99 €`), in another, as in old
    /// orders, with its code behind it (`12,99 USD`). Every minor unit is shown.
    pub fn money(&self, amount: Money) -> String {
        let (units, decimals) = (
            amount.amount.unsigned_abs(),
            amount.currency.minor_digits() as usize,
        );
        let code = amount.currency.code();
        let mut out = String::new();
        let mut known = std::iter::once(&self.money).chain(&self.further);
        if let Some(money) = known.find(|money| money.currency == code) {
            let (before, behind) = match amount.amount < 0 {
                true => &money.around_negative,
                false => &money.around,
            };
            out.push_str(before);
            self.numbers
                .write_amount(&mut out, units, decimals, Some(money));
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

    /// The date of a moment in milliseconds since 1970, `east_s` seconds east of Greenwich:
    /// `29. November 2026`.
    pub fn date(&self, at_ms: i64, east_s: i32) -> String {
        self.moment(&self.dates.date, at_ms, east_s)
    }

    /// The time of a moment: `14:05`.
    pub fn time(&self, at_ms: i64, east_s: i32) -> String {
        self.moment(&self.dates.time, at_ms, east_s)
    }

    /// The date of a moment with its time: `29. November 2026 um 14:05`.
    pub fn date_time(&self, at_ms: i64, east_s: i32) -> String {
        self.moment(&self.dates.both, at_ms, east_s)
    }

    fn moment(&self, pattern: &str, at_ms: i64, east_s: i32) -> String {
        let moment = Moment { at_ms, east_s };
        self.dates.write(&self.numbers, pattern, &moment)
    }
}

#[cfg(test)]
mod tests {
    use souk_domain::Currency;

    use super::*;
    use crate::Calendar;

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
    fn an_amount_in_the_currency_of_a_further_market_has_its_own_symbol() {
        let mut own = formats((3, 3, 1), (",", "."));
        own.further = vec![MoneyFormat {
            currency: "CHF".into(),
            decimal: ".".into(),
            group: "’".into(),
            around: ("CHF ".into(), String::new()),
            around_negative: ("CHF -".into(), String::new()),
        }];
        let francs = Currency::parse("CHF").unwrap();
        assert_eq!(own.money(Money::new(123_456, francs)), "CHF 1’234.56");
        assert_eq!(own.money(Money::new(-50, francs)), "CHF -0.50");
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

    /// 29 November 2026, 14:05:09 UTC.
    const AT_MS: i64 = 1_795_961_109_000;

    fn dated(both: &str) -> Formats {
        let names = [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ];
        let dates = DateFormat {
            both: both.into(),
            months: names.map(str::to_owned).to_vec(),
            day_parts: vec![(0, "AM".into()), (12, "PM".into())],
            ..DateFormat::default()
        };
        Formats {
            dates,
            ..Formats::default()
        }
    }

    #[test]
    fn a_moment_is_written_by_the_pattern() {
        let german = dated("{d}. {M} {y} um {HH}:{mi}");
        let text = german.date_time(AT_MS, 3_600);
        assert_eq!(text, "29. November 2026 um 15:05");
        let english = dated("{m}/{dd}/{y}, {h}:{mi} {a}");
        assert_eq!(english.date_time(AT_MS, 0), "11/29/2026, 2:05 PM");
        let midnight = AT_MS - (14 * 3_600 + 5 * 60) * 1_000;
        assert_eq!(english.date_time(midnight, 0), "11/29/2026, 12:00 AM");
        assert_eq!(english.date_time(midnight, -60), "11/28/2026, 11:59 PM");
    }

    #[test]
    fn without_a_language_dates_are_those_of_iso_8601() {
        let plain = Formats::default();
        assert_eq!(plain.date(AT_MS, 0), "2026-11-29");
        assert_eq!(plain.time(AT_MS, 0), "14:05");
        assert_eq!(plain.date_time(0, 0), "1970-01-01 00:00");
        assert_eq!(plain.date(-1, 0), "1969-12-31");
        // Leap days, and the century that has none.
        assert_eq!(plain.date(951_782_400_000, 0), "2000-02-29");
        assert_eq!(plain.date(4_107_542_400_000, 0), "2100-03-01");
        // No moment panics.
        plain.date_time(i64::MAX, i32::MAX);
        plain.date_time(i64::MIN, i32::MIN);
    }

    #[test]
    fn years_are_those_of_the_calendar() {
        let mut thai = dated("{d} {y}");
        thai.dates.calendar = Calendar::Buddhist;
        assert_eq!(thai.date_time(AT_MS, 0), "29 2569");
        let mut persian = dated("{y}-{m}-{d}");
        persian.dates.calendar = Calendar::Persian;
        assert_eq!(persian.date_time(AT_MS, 0), "1405-9-8");
        // Nowruz of 1404 was on 21 March 2025; 1403 had 366 days.
        assert_eq!(persian.date_time(1_742_515_200_000, 0), "1404-1-1");
        assert_eq!(persian.date_time(1_742_428_800_000, 0), "1403-12-30");
    }
}
