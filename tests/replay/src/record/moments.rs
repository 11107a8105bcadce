//! Moments as logs write them, in milliseconds since 1970.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// `10/Oct/2026:13:55:36 +0200`.
const CLF: &[BorrowedFormatItem<'_>] = format_description!(
    "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);

pub(super) fn clf_ms(text: &str) -> Option<i64> {
    ms(OffsetDateTime::parse(text, CLF).ok()?)
}

pub(super) fn rfc3339_ms(text: &str) -> Option<i64> {
    ms(OffsetDateTime::parse(text, &Rfc3339).ok()?)
}

fn ms(moment: OffsetDateTime) -> Option<i64> {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}
