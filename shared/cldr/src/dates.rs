//! Derives how a language writes dates from dates that ICU4X has formatted.

use icu_datetime::parts;
use souk_shop::{Calendar, DateFormat, NumberFormat};
use writeable::Part;

use crate::icu4x::{Formatters, Moment, moment};
use crate::sample::Sample;

const KINDS: [Part; 6] = [
    parts::YEAR,
    parts::MONTH,
    parts::DAY,
    parts::HOUR,
    parts::MINUTE,
    parts::DAY_PERIOD,
];

/// How the language writes dates and times.
pub(crate) fn dates(icu4x: &Formatters, numbers: &NumberFormat) -> DateFormat {
    let pattern = Patterns { icu4x, numbers };
    let date = pattern.of(|at| icu4x.date(at));
    let months = match date.contains("{M}") {
        true => months(icu4x),
        false => Vec::new(),
    };
    DateFormat {
        date,
        time: pattern.of(|at| icu4x.time(at)),
        both: pattern.of(|at| icu4x.both(at)),
        months,
        day_parts: day_parts(icu4x),
        calendar: icu4x.calendar,
    }
}

/// Whether dates, with a time and without, name the year, the month and the day. CLDR's of Kikuyu say
/// `29-11-YYYY`.
pub(crate) fn names_a_day(dates: &DateFormat) -> bool {
    [&dates.date, &dates.both].into_iter().all(|pattern| {
        let names = |fields: &[&str]| fields.iter().any(|field| pattern.contains(field));
        names(&["{y}"]) && names(&["{M}", "{m}", "{mm}"]) && names(&["{d}", "{dd}"])
    })
}

/// The names of the months as they stand in a date: one day in each, whatever the calendar calls the
/// first of them.
fn months(icu4x: &Formatters) -> Vec<String> {
    let first_month = match icu4x.calendar {
        Calendar::Persian => 4,
        Calendar::Gregorian | Calendar::Buddhist => 1,
    };
    (0..12)
        .map(|place| {
            let month = (first_month + place - 1) % 12 + 1;
            // On the 3rd of a month of ours, a Persian month is in its second week.
            run(
                &icu4x.date(&moment((2026, month, 3), (12, 0))),
                parts::MONTH,
            )
        })
        .collect()
}

/// The names of the parts of the day, with the hours that they begin at.
fn day_parts(icu4x: &Formatters) -> Vec<(u8, String)> {
    let mut named: Vec<(u8, String)> = Vec::new();
    for hour in 0..24 {
        let name = run(
            &icu4x.time(&moment((2026, 11, 3), (hour, 7))),
            parts::DAY_PERIOD,
        );
        let is_new = named.last().is_none_or(|(_, last)| *last != name);
        if is_new && !(name.is_empty() && named.is_empty()) {
            named.push((hour, name));
        }
    }
    named
}

/// The first run of a kind.
fn run(sample: &Sample, kind: Part) -> String {
    let runs = sample.runs(&KINDS);
    let found = runs.into_iter().find(|(part, _)| *part == Some(kind));
    found.map_or(String::new(), |(_, text)| text)
}

struct Patterns<'a> {
    icu4x: &'a Formatters,
    numbers: &'a NumberFormat,
}

impl Patterns<'_> {
    /// The pattern that a kind of text follows.
    fn of(&self, format: impl Fn(&Moment) -> Sample) -> String {
        // The third day of the third month at 5:07 shows what is padded, midnight and 13:07 how
        // hours are counted.
        let third = match self.icu4x.calendar {
            Calendar::Persian => (2026, 5, 24),
            Calendar::Gregorian | Calendar::Buddhist => (2026, 3, 3),
        };
        let [third, midnight, afternoon] = [5, 0, 13].map(|hour| format(&moment(third, (hour, 7))));
        let hour = |sample: &Sample| self.value(&run(sample, parts::HOUR));
        let (at_midnight, at_one) = (hour(&midnight), hour(&afternoon));
        let mut pattern = String::new();
        for (part, text) in third.runs(&KINDS) {
            let is_padded = text.starts_with(self.digit(0));
            pattern.push_str(match part {
                None => &text,
                Some(parts::YEAR) => "{y}",
                Some(parts::MONTH) if self.value(&text).is_none() => "{M}",
                Some(parts::MONTH) if is_padded => "{mm}",
                Some(parts::MONTH) => "{m}",
                Some(parts::DAY) if is_padded => "{dd}",
                Some(parts::DAY) => "{d}",
                Some(parts::MINUTE) => "{mi}",
                Some(parts::DAY_PERIOD) => "{a}",
                Some(_) => match (at_one, at_midnight, is_padded) {
                    (Some(13), _, true) => "{HH}",
                    (Some(13), _, false) => "{H}",
                    (_, Some(0), _) => "{K}",
                    (_, _, true) => "{hh}",
                    (_, _, false) => "{h}",
                },
            });
        }
        pattern
    }

    fn digit(&self, digit: usize) -> char {
        let digit = self.numbers.digits.chars().nth(digit);
        digit.unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The number that a text is in the language's digits.
    fn value(&self, text: &str) -> Option<u32> {
        let digits = |character| {
            self.numbers
                .digits
                .chars()
                .position(|digit| digit == character)
        };
        let mut value = None;
        for character in text.chars() {
            let digit = u32::try_from(digits(character)?).ok()?;
            value = Some(value.unwrap_or(0) * 10 + digit);
        }
        value
    }
}
