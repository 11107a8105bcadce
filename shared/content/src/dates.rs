//! Moments: those that front matter writes, and when a document last changed.
//!
//! Not here: clocks.

use souk_domain::days_since_1970;
use souk_shop::{ContentIndex, Entry};
use toml::value::Datetime;

/// The moment of a date or date-time, in milliseconds since 1970. `east_s` says how many seconds the
/// clocks of the shop are ahead of UTC at a moment; a date-time without an offset, and the
/// beginning of a day, are by these clocks. `None` for a time without a date.
pub(crate) fn moment_ms(written: &Datetime, east_s: &dyn Fn(i64) -> i32) -> Option<i64> {
    let date = written.date?;
    let days = days_since_1970(date.year.into(), date.month.into(), date.day.into());
    let time_ms = written.time.map_or(0, |time| {
        let seconds = i64::from(time.hour) * 3_600
            + i64::from(time.minute) * 60
            + i64::from(time.second.unwrap_or_default());
        seconds * 1_000 + i64::from(time.nanosecond.unwrap_or_default() / 1_000_000)
    });
    let local_ms = days * 86_400_000 + time_ms;
    Some(match written.offset {
        Some(toml::value::Offset::Z) => local_ms,
        Some(toml::value::Offset::Custom { minutes }) => local_ms - i64::from(minutes) * 60_000,
        None => {
            // The offset of a moment that is off by the offset: right but for the hour in which
            // clocks are changed.
            let guess = local_ms - i64::from(east_s(local_ms)) * 1_000;
            local_ms - i64::from(east_s(guess)) * 1_000
        }
    })
}

/// Dates every document: as it is published already, or `now_ms` where it is new or differs.
/// The text of the file is no part of that: what shoppers see is.
pub(crate) fn date(index: &mut ContentIndex, published: Option<&ContentIndex>, now_ms: i64) {
    for entry in &mut index.entries {
        let known = published.and_then(|index| index.find(entry.kind, &entry.slug));
        entry.modified_at_ms = match known {
            Some(known) if shown(known) == shown(entry) => known.modified_at_ms,
            _ => now_ms,
        };
    }
}

/// What shoppers see of a document.
fn shown(entry: &Entry) -> Entry {
    Entry {
        modified_at_ms: 0,
        ..entry.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_by_the_clocks_of_the_shop_and_offsets_by_themselves() {
        let ms = |text: &str, east_s: i32| moment_ms(&text.parse().unwrap(), &|_| east_s);
        assert_eq!(ms("1970-01-01", 0), Some(0));
        assert_eq!(ms("2026-11-29", 0), Some(1_795_910_400_000));
        assert_eq!(ms("2026-11-29", 3_600), Some(1_795_906_800_000));
        assert_eq!(
            ms("2026-11-29T01:00:00+01:00", 7_200),
            Some(1_795_910_400_000)
        );
        assert_eq!(ms("2026-11-29T00:00:01Z", 7_200), Some(1_795_910_401_000));
        assert_eq!(ms("2000-02-29", 0), Some(951_782_400_000));
        assert_eq!(ms("12:00:00", 0), None);
    }
}
