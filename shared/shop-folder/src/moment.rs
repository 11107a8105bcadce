//! Moments as merchants write them: a date, perhaps with a time, in the time of a place or with an
//! offset.

use souk_domain::days_since_1970;
use souk_shop::Offset;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;
const DAY_S: i64 = 24 * HOUR_S;

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Days since 1970.
    day: i64,
    /// Seconds since midnight; `None` for a date alone.
    time_s: Option<i64>,
    /// Seconds east of Greenwich; `None`: in the time of the place.
    east_s: Option<i64>,
}

/// Which end of an interval a moment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A date alone is its first second.
    From,
    /// A date alone is the first second after it.
    Until,
}

impl Moment {
    /// Reads `2026-11-27`, with a time such as `T09:00` or ` 09:00:30` and an offset such as `Z` or
    /// `+08:00`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let day = parse_date(date)?;
        let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
            let moment = Self {
                day,
                time_s: None,
                east_s: None,
            };
            return rest.is_empty().then_some(moment);
        };
        let (time, east_s) = match rest.find(['Z', 'z', '+', '-']) {
            Some(at) => (&rest[..at], Some(parse_offset(&rest[at..])?)),
            None => (rest, None),
        };
        Some(Self {
            day,
            time_s: Some(parse_time(time)?),
            east_s,
        })
    }

    /// Whether it is the same moment in every place.
    pub(crate) fn has_offset(self) -> bool {
        self.east_s.is_some()
    }

    /// Milliseconds since 1970, in a place with these offsets from UTC, in ascending order of their
    /// beginnings. A time that clocks show twice is the first; one that they skip is as much later.
    pub(crate) fn at_ms(self, offsets: &[Offset], end: End) -> i64 {
        let after = match (self.time_s, end) {
            (None, End::Until) => DAY_S,
            _ => self.time_s.unwrap_or(0),
        };
        let local_s = self.day * DAY_S + after;
        let east_s = self.east_s.unwrap_or_else(|| east_of(local_s, offsets));
        (local_s - east_s) * 1_000
    }
}

/// Minutes since midnight of a time such as `09:30`.
pub(crate) fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let is_shaped = (hour.len(), minute.len()) == (2, 2);
    let minute = number(hour, 0, 23)? * 60 + number(minute, 0, 59)?;
    u16::try_from(minute).ok().filter(|_| is_shaped)
}

/// Milliseconds of a duration such as `30m`: a whole number of seconds, minutes or hours.
pub(crate) fn duration_ms(text: &str) -> Option<i64> {
    const DIGITS_MAX: usize = 6;
    let unit_s = match text.chars().last()? {
        's' => 1,
        'm' => MINUTE_S,
        'h' => HOUR_S,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let count = number(digits, 0, i64::MAX).filter(|_| digits.len() <= DIGITS_MAX)?;
    Some(count * unit_s * 1_000)
}

/// The offset that is meant by a local time.
fn east_of(local_s: i64, offsets: &[Offset]) -> i64 {
    // The last that had begun, by the clocks before its own beginning; else the first that is known.
    let mut east_s = offsets.first().map_or(0, |offset| i64::from(offset.east_s));
    for offset in offsets.iter().skip(1) {
        if local_s < offset.from_s + i64::from(offset.east_s).max(east_s) {
            break;
        }
        east_s = i64::from(offset.east_s);
    }
    east_s
}

fn number(text: &str, min: i64, max: i64) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number)?;
    (min..=max).contains(&number).then_some(number)
}

fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_shaped = (year.len(), month.len(), day.len()) == (4, 2, 2) && parts.next().is_none();
    let (year, month) = (number(year, 1970, 9999)?, number(month, 1, 12)?);
    let days = days_since_1970(year, month + 1, 1) - days_since_1970(year, month, 1);
    let days = match month {
        12 => 31,
        _ => days,
    };
    let day = number(day, 1, days)?;
    is_shaped.then(|| days_since_1970(year, month, day))
}

fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hour = number(parts.next()?, 0, 23)?;
    let minute = number(parts.next()?, 0, 59)?;
    let second = parts.next().map_or(Some(0), |text| number(text, 0, 59))?;
    let is_over = parts.next().is_none();
    is_over.then_some(hour * HOUR_S + minute * MINUTE_S + second)
}

fn parse_offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    Some(sign * parse_time(rest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1970-01-01 00:00 UTC is hour 0; summer time begins at hour 1,000 and ends at hour 2,000.
    fn berlin() -> Vec<Offset> {
        let offset = |from_h: i64, east_h: i32| Offset {
            from_s: from_h * HOUR_S,
            east_s: east_h * 3_600,
        };
        vec![offset(0, 1), offset(1_000, 2), offset(2_000, 1)]
    }

    fn hours(text: &str, end: End) -> i64 {
        Moment::parse(text).unwrap().at_ms(&berlin(), end) / HOUR_S / 1_000
    }

    #[test]
    fn dates_and_times_are_read_in_the_usual_forms() {
        assert_eq!(hours("1970-01-02", End::From), 23);
        assert_eq!(hours("1970-01-02", End::Until), 47);
        assert_eq!(hours("1970-01-02 09:00", End::Until), 32);
        assert_eq!(hours("1970-01-02T09:00:00", End::From), 32);
        assert_eq!(hours("1970-01-02T09:00Z", End::From), 33);
        assert_eq!(hours("1970-01-02T09:00+08:00", End::From), 25);
        let bad = [
            "",
            "1970",
            "1970-13-01",
            "1970-02-29",
            "1970-1-2",
            "1970-01-02x",
            "1970-01-02 9",
            "1970-01-02 24:00",
            "1970-01-02T09:00+",
            "27.11.2026",
            "äöüäöüäöü",
        ];
        for text in bad {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert!(Moment::parse("2024-02-29").is_some());
        assert!(Moment::parse("2024-12-31").is_some());
    }

    #[test]
    fn times_of_the_day_and_durations_are_read() {
        let minutes = ["00:00", "09:30", "23:59"].map(minute_of_day);
        assert_eq!(minutes, [0, 570, 1_439].map(Some));
        for text in [
            "", "9:30", "24:00", "09:60", "09:30:00", "0930", "-1:00", "+9:30",
        ] {
            assert_eq!(minute_of_day(text), None, "{text}");
        }
        let durations = ["90s", "30m", "2h", "0s"].map(duration_ms);
        assert_eq!(durations, [90_000, 1_800_000, 7_200_000, 0].map(Some));
        for text in ["", "30", "m", "-1m", "1.5h", "2d", "1234567s", "茶"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
    }

    #[test]
    fn times_that_clocks_skip_or_show_twice_have_one_meaning() {
        // Hour 1,000 is 1970-02-11 16:00 UTC: clocks go from 17:00 to 18:00.
        assert_eq!(hours("1970-02-11 16:00", End::From), 999);
        assert_eq!(hours("1970-02-11 17:00", End::From), 1_000);
        assert_eq!(hours("1970-02-11 18:00", End::From), 1_000);
        // Hour 2,000 is 1970-03-25 08:00 UTC: clocks go from 10:00 back to 09:00.
        assert_eq!(hours("1970-03-25 09:00", End::From), 1_999);
        assert_eq!(
            hours("1970-03-25 09:00", End::From),
            hours("1970-03-25 07:00Z", End::From)
        );
        assert_eq!(hours("1970-03-25 10:00", End::From), 2_001);
    }
}
