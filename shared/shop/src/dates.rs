//! How a language writes dates and times, by patterns of CLDR, and the writing itself.

use minicbor::{Decode, Encode};

use crate::NumberFormat;

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

/// A moment on the clocks of the shop.
pub(crate) struct Moment {
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// Seconds that the clocks are ahead of UTC.
    pub(crate) east_s: i32,
}

impl DateFormat {
    /// Writes a moment by one of the patterns.
    pub(crate) fn write(&self, numbers: &NumberFormat, pattern: &str, moment: &Moment) -> String {
        const DAY_S: i64 = 24 * 60 * 60;
        let at_s = moment.at_ms.div_euclid(1000) + i64::from(moment.east_s);
        let day = self.calendar.day(at_s.div_euclid(DAY_S));
        let minutes = (at_s.rem_euclid(DAY_S) / 60) as u32;
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((literal, behind)) = rest.split_once('{') {
            out.push_str(literal);
            let (field, behind) = behind.split_once('}').unwrap_or((behind, ""));
            self.write_field(&mut out, numbers, field, &day, minutes);
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    fn write_field(
        &self,
        out: &mut String,
        numbers: &NumberFormat,
        field: &str,
        day: &Day,
        minutes: u32,
    ) {
        let (hour, minute) = (minutes / 60, minutes % 60);
        let half = match hour % 12 {
            0 => 12,
            hour => hour,
        };
        let (value, digits_min) = match field {
            // The moments of a shop lie in years that have four digits.
            "y" => (day.year.unsigned_abs() as u32, 1),
            "M" => {
                let name = self.months.get(day.month as usize - 1);
                return out.push_str(name.map_or("", String::as_str));
            }
            "a" => {
                let mut parts = self.day_parts.iter().rev();
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
        numbers.write_plain(out, value, digits_min);
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
