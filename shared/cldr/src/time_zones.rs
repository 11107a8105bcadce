//! Offsets of time zones from UTC.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use souk_shop::Offset;

use crate::languages::distance;

/// Why a text is not a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' is not a time zone{}", .nearest.as_ref().map(|name| format!("; did you mean '{name}'?")).unwrap_or_default())]
pub struct TimeZoneError {
    /// What was given.
    pub name: String,
    /// The zone that is most like it.
    pub nearest: Option<String>,
}

/// Years before now that offsets are listed for.
const YEARS_BEFORE: i64 = 5;

/// Years after now that offsets are listed for: a version may stay published that long.
const YEARS_AFTER: i64 = 15;

const YEAR_S: i64 = 366 * 24 * 60 * 60;

/// The offsets of a zone of IANA's database such as `Europe/Berlin`, from 5 years before `now_s`
/// (seconds since 1970) until 15 years after it. The first begins where the list does.
///
/// # Errors
/// When there is no such zone, or it is written in another way.
pub fn offsets(name: &str, now_s: i64) -> Result<Vec<Offset>, TimeZoneError> {
    let zones = TimeZoneDatabase::bundled();
    let unknown = || TimeZoneError {
        name: name.chars().take(60).collect(),
        nearest: nearest(&zones, name),
    };
    let zone = zones.get(name).map_err(|_| unknown())?;
    if zone.iana_name() != Some(name) {
        return Err(unknown());
    }
    let second = |at_s| Timestamp::from_second(at_s).map_err(|_| unknown());
    let first = second(now_s - YEARS_BEFORE * YEAR_S)?;
    let last = second(now_s + YEARS_AFTER * YEAR_S)?;
    let mut offsets = vec![offset(&zone, first)];
    for transition in zone.following(first) {
        if transition.timestamp() > last {
            break;
        }
        // Only the name of the time may change.
        let next = offset(&zone, transition.timestamp());
        if offsets
            .last()
            .is_some_and(|before| before.east_s != next.east_s)
        {
            offsets.push(next);
        }
    }
    Ok(offsets)
}

fn offset(zone: &TimeZone, at: Timestamp) -> Offset {
    Offset {
        from_s: at.as_second(),
        east_s: zone.to_offset(at).seconds(),
    }
}

fn nearest(zones: &TimeZoneDatabase, name: &str) -> Option<String> {
    let wanted = name.trim().to_lowercase().replace(' ', "_");
    let known: Vec<_> = zones.available().map(|zone| zone.to_string()).collect();
    let city = |zone: &String| zone.to_lowercase().rsplit('/').next() == Some(wanted.as_str());
    let near = || {
        let distances = known
            .iter()
            .map(|zone| (distance(&zone.to_lowercase(), &wanted), zone));
        let (distance, zone) = distances.min()?;
        (distance <= 3).then_some(zone)
    };
    known.iter().find(|zone| city(zone)).or_else(near).cloned()
}
