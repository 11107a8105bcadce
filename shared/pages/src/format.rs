//! Amounts and moments as people read them.

use souk_domain::{Currency, Money};
use souk_protocol::origin::StoredOrder;
use time::OffsetDateTime;

use crate::view::Site;

/// An amount in the shop's currency.
pub(super) fn money(site: &Site<'_>, minor: i64) -> String {
    site.words.formats.money(Money::new(minor, site.currency))
}

/// A moment as people read it, by the clocks of the shop, and as `<time datetime>` holds it:
/// `29. November 2026 um 14:05` and `2026-11-29T13:05:45Z`. `None` for a moment beyond the years that
/// dates can name.
pub(super) fn moment(site: &Site<'_>, ms_since_1970: i64) -> Option<(String, String)> {
    let machine = timestamp(ms_since_1970)?;
    let east_s = site.shop.east_s(ms_since_1970);
    let human = site.words.formats.date_time(ms_since_1970, east_s);
    let zone = match site.shop.offsets.is_empty() {
        true => " UTC",
        false => "",
    };
    Some((format!("{human}{zone}"), machine))
}

/// A moment in UTC as RFC 3339 has it: `2026-11-22T08:30:45Z`. `None` for a moment beyond the years
/// that dates can name.
pub fn timestamp(ms_since_1970: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp(ms_since_1970.div_euclid(1000)).ok()?;
    let (hour, minute, second) = at.to_hms();
    let date = format!(
        "{:04}-{:02}-{:02}",
        at.year(),
        u8::from(at.month()),
        at.day()
    );
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// Amounts of an order are in its own currency, whatever the shop sells in today.
pub(super) fn order_money(site: &Site<'_>, order: &StoredOrder, minor: i64) -> String {
    let currency = Currency::parse(&order.currency).unwrap_or(site.currency);
    site.words.formats.money(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use souk_shop::Offset;

    use super::*;
    use crate::sample;

    #[test]
    fn moments_are_in_utc_where_the_shop_has_no_time_zone() {
        let mut site = sample::site(sample::EN);
        let (human, machine) = moment(&site, 1_795_336_245_678).unwrap();
        assert_eq!(human, "2026-11-22 08:30 UTC");
        assert_eq!(machine, "2026-11-22T08:30:45Z");
        assert_eq!(moment(&site, i64::MAX), None);
        let mut shop = site.shop.clone();
        shop.offsets.push(Offset {
            from_s: 0,
            east_s: 3_600,
        });
        site.shop = &shop;
        let (human, machine) = moment(&site, 1_795_336_245_678).unwrap();
        assert_eq!(human, "2026-11-22 09:30");
        assert_eq!(machine, "2026-11-22T08:30:45Z");
    }
}
