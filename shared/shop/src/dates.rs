//! How a language writes dates and times, by patterns of CLDR, and the writing itself.

use minicbor::{Decode, Encode};

use crate::{Formats, NumberFormat};

/// How dates are written: patterns of literal text with `{y}`, `{M}` (name of the month), `{m}` and
/// `{mm}` (its number), `{d}` and `{dd}`; times with `{H}` and `{HH}` (0 to 23), `{h}` and `{hh}`
/// (1 to 12), `{K}` (0 to 11), `{mi}`, and `{a}` (part of the day).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DateFormat {
    /// A date, such as `{d}. {M} {y}`.
    #[n(0)]
    pub date: String,
    /// A time, such as `{HH}:{mi}`.
    #[n(1)]
    pub time: String,
    /// A date with a time, such as `{d}. {M} {y} um {HH}:{mi}`.
    #[n(2)]
    pub both: String,
    /// Names of the twelve months as they stand in a date.
    #[n(3)]
    pub months: Vec<String>,
    /// Names of parts of the day, each with the hour that it begins at; the first begins at 0.
    #[n(4)]
    pub day_parts: Vec<(u8, String)>,
    /// How years and months are counted.
    #[n(5)]
    pub calendar: Calendar,
}

impl Default for DateFormat {
    /// ISO 8601 without its `T`: `2026-11-29 14:05`.
    fn default() -> Self {
        Self {
            date: "{y}-{mm}-{dd}".to_owned(),
            time: "{HH}:{mi}".to_owned(),
            both: "{y}-{mm}-{dd} {HH}:{mi}".to_owned(),
            months: Vec::new(),
            day_parts: Vec::new(),
            calendar: Calendar::Gregorian,
        }
    }
}

/// How years and months are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Calendar {
    /// As nearly everywhere.
    #[default]
    #[n(0)]
    Gregorian,
    /// The months of the Gregorian calendar with the years of the Thai one, which are 543 ahead.
    #[n(1)]
    Buddhist,
    /// The solar calendar of Iran and Afghanistan.
    #[n(2)]
    Persian,
}

/// A day in a calendar.
struct Day {
    year: i64,
    /// From 1.
    month: u32,
    /// From 1.
    day: u32,
}

impl Formats {
    /// The date of a moment in milliseconds since 1970, `east_s` seconds east of Greenwich:
    /// `29. November 2026`.
    pub fn date(&self, at_ms: i64, east_s: i32) -> String {
        self.write_moment(&self.dates.date, at_ms, east_s)
    }

    /// The time of a moment: `14:05`.
    pub fn time(&self, at_ms: i64, east_s: i32) -> String {
        self.write_moment(&self.dates.time, at_ms, east_s)
    }

    /// The date of a moment with its time: `29. November 2026 um 14:05`.
    pub fn date_time(&self, at_ms: i64, east_s: i32) -> String {
        self.write_moment(&self.dates.both, at_ms, east_s)
    }

    fn write_moment(&self, pattern: &str, at_ms: i64, east_s: i32) -> String {
        const DAY_S: i64 = 24 * 60 * 60;
        let at_s = at_ms.div_euclid(1000) + i64::from(east_s);
        let day = self.dates.calendar.day(at_s.div_euclid(DAY_S));
        let minutes = (at_s.rem_euclid(DAY_S) / 60) as u32;
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((literal, behind)) = rest.split_once('{') {
            out.push_str(literal);
            let (field, behind) = behind.split_once('}').unwrap_or((behind, ""));
            self.write_field(&mut out, field, &day, minutes);
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    fn write_field(&self, out: &mut String, field: &str, day: &Day, minutes: u32) {
        let (hour, minute) = (minutes / 60, minutes % 60);
        let half = match hour % 12 {
            0 => 12,
            hour => hour,
        };
        let dates = &self.dates;
        let (value, digits_min) = match field {
            // The moments of a shop lie in years that have four digits.
            "y" => (day.year.unsigned_abs() as u32, 1),
            "M" => {
                let name = dates.months.get(day.month as usize - 1);
                return out.push_str(name.map_or("", String::as_str));
            }
            "a" => {
                let mut parts = dates.day_parts.iter().rev();
                let part = parts.find(|(from, _)| u32::from(*from) <= hour);
                return out.push_str(part.map_or("", |(_, name)| name));
            }
            "m" => (day.month, 1),
            "mm" => (day.month, 2),
            "d" => (day.day, 1),
            "dd" => (day.day, 2),
            "H" => (hour, 1),
            "HH" => (hour, 2),
            "h" => (half, 1),
            "hh" => (half, 2),
            "K" => (hour % 12, 1),
            "mi" => (minute, 2),
            _ => return,
        };
        NumberFormat::write_plain(&self.numbers, out, value, digits_min);
    }
}

impl Calendar {
    /// The day that is `days` days after 1 January 1970.
    fn day(self, days: i64) -> Day {
        match self {
            Calendar::Gregorian => gregorian(days),
            Calendar::Buddhist => {
                let day = gregorian(days);
                Day {
                    year: day.year + 543,
                    ..day
                }
            }
            Calendar::Persian => persian(days),
        }
    }
}

/// By the algorithm of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years that
/// begin in March, in cycles of 400 years.
fn gregorian(days: i64) -> Day {
    const CYCLE: i64 = 400 * 365 + 97;
    // From 1 March of the year 0.
    let days = days + 719_468;
    let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    Day {
        year: cycle * 400 + year + i64::from(month <= 2),
        month: month as u32,
        day: (day - (153 * march + 2) / 5 + 1) as u32,
    }
}

/// By the rule of 33 years, which agrees with the equinox in Iran from 1800 until 2122.
fn persian(days: i64) -> Day {
    // From 22 March 622, the epoch of the calendar.
    let days = days + 492_267;
    let year = 1 + (33 * (days + 1) + 3).div_euclid(12_053);
    // From 0.
    let of_year = days - (365 * (year - 1) + (8 * year + 21).div_euclid(33) - 1);
    // Six months of 31 days come before those of 30.
    let month = match of_year {
        ..186 => of_year / 31,
        _ => (of_year - 6) / 30,
    };
    let before = if month <= 6 {
        31 * month
    } else {
        30 * month + 6
    };
    Day {
        year,
        month: (month + 1) as u32,
        day: (of_year - before + 1) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 29 November 2026, 14:05:09 UTC.
    const AT_MS: i64 = 1_795_961_109_000;

    fn formats(both: &str) -> Formats {
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
        let german = formats("{d}. {M} {y} um {HH}:{mi}");
        let text = german.date_time(AT_MS, 3_600);
        assert_eq!(text, "29. November 2026 um 15:05");
        let english = formats("{m}/{dd}/{y}, {h}:{mi} {a}");
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
        let mut thai = formats("{d} {y}");
        thai.dates.calendar = Calendar::Buddhist;
        assert_eq!(thai.date_time(AT_MS, 0), "29 2569");
        let mut persian = formats("{y}-{m}-{d}");
        persian.dates.calendar = Calendar::Persian;
        assert_eq!(persian.date_time(AT_MS, 0), "1405-9-8");
        // Nowruz of 1404 was on 21 March 2025; 1403 had 366 days.
        assert_eq!(persian.date_time(1_742_515_200_000, 0), "1404-1-1");
        assert_eq!(persian.date_time(1_742_428_800_000, 0), "1403-12-30");
    }
}
