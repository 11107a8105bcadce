//! Amounts and moments as people read them.

use souk_domain::{Currency, Money};
use souk_protocol::origin::StoredOrder;
use time::OffsetDateTime;

use crate::view::Site;

/// An amount in the shop's currency.
pub(super) fn money(site: &Site<'_>, minor: i64) -> String {
    Money::new(minor, site.currency).to_string()
}

/// A moment as people read it and as `<time datetime>` holds it: `2026-11-22 08:30 UTC` and
/// `2026-11-22T08:30:45Z`. `None` for a moment beyond the years that dates can name.
pub fn moment(ms_since_1970: i64) -> Option<(String, String)> {
    let at = OffsetDateTime::from_unix_timestamp(ms_since_1970.div_euclid(1000)).ok()?;
    let (hour, minute, second) = at.to_hms();
    let date = format!(
        "{:04}-{:02}-{:02}",
        at.year(),
        u8::from(at.month()),
        at.day()
    );
    Some((
        format!("{date} {hour:02}:{minute:02} UTC"),
        format!("{date}T{hour:02}:{minute:02}:{second:02}Z"),
    ))
}

/// Amounts of an order are in its own currency, whatever the shop sells in today.
pub(super) fn order_money(site: &Site<'_>, order: &StoredOrder, minor: i64) -> String {
    let currency = Currency::parse(&order.currency).unwrap_or(site.currency);
    Money::new(minor, currency).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_utc() {
        let (human, machine) = moment(1_795_336_245_678).unwrap();
        assert_eq!(human, "2026-11-22 08:30 UTC");
        assert_eq!(machine, "2026-11-22T08:30:45Z");
        assert_eq!(moment(i64::MAX), None);
    }
}
