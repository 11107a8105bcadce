//! The prior price against a model that looks at every minute.

#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use souk_pricing::{PRIOR_MS, Price, PriceHistory};

const MINUTE_MS: i64 = 60_000;
const DAYS: i64 = 80;
const MINUTES: i64 = DAYS * 24 * 60;

/// What was said at a minute.
type Record = (i64, Vec<Price>);

fn price() -> impl Strategy<Value = Price> {
    let minute = prop_oneof![Just(0), -1_000..MINUTES];
    let minor = prop::option::weighted(0.9, 1_i64..6);
    let compare_at = prop::option::of(2_i64..8);
    (minute, minor, compare_at).prop_map(|(minute, minor, compare_at_minor)| Price {
        from_ms: minute * MINUTE_MS,
        minor,
        compare_at_minor,
        ..Price::default()
    })
}

fn timeline() -> impl Strategy<Value = Vec<Price>> {
    prop::collection::vec(price(), 0..5).prop_map(|mut prices| {
        prices.sort_by_key(|price| price.from_ms);
        prices.dedup_by_key(|price| price.from_ms);
        prices
    })
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (0..MINUTES, timeline());
    prop::collection::vec(record, 1..8).prop_map(|mut records| {
        records.sort_by_key(|(minute, _)| *minute);
        records
    })
}

/// What was in force in each minute: what the last record until then says about it.
fn minutes(records: &[Record]) -> Vec<Price> {
    let in_force = (0..MINUTES).map(|minute| {
        let said = records.iter().rfind(|(recorded, _)| *recorded <= minute);
        let timeline = said.map_or(&[] as &[Price], |(_, timeline)| timeline);
        let price = timeline
            .iter()
            .rfind(|one| one.from_ms <= minute * MINUTE_MS);
        price.copied().unwrap_or_default()
    });
    in_force.collect()
}

fn is_reduction(price: &Price) -> bool {
    matches!((price.minor, price.compare_at_minor), (Some(minor), Some(other)) if minor < other)
}

/// The rule, minute by minute.
fn prior(minutes: &[Price], minute: usize) -> Option<i64> {
    if !is_reduction(&minutes[minute]) {
        return None;
    }
    let mut begin = minute;
    while begin > 0 && is_reduction(&minutes[begin - 1]) {
        begin -= 1;
    }
    let days = usize::try_from(PRIOR_MS / MINUTE_MS).unwrap();
    let before = &minutes[begin.saturating_sub(days)..begin];
    before.iter().filter_map(|price| price.minor).min()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_prior_price_is_that_of_the_model_of_minutes(
        records in records(), looks in prop::collection::vec(0..MINUTES, 8),
    ) {
        let minutes = minutes(&records);
        let mut history = PriceHistory::default();
        for (minute, timeline) in &records {
            history.record(minute * MINUTE_MS, timeline);
        }
        let changes = (1..minutes.len()).filter(|&minute| minutes[minute] != minutes[minute - 1]);
        let looks = looks.iter().map(|&minute| usize::try_from(minute).unwrap());
        for minute in changes.chain(looks) {
            let at_ms = i64::try_from(minute).unwrap() * MINUTE_MS;
            prop_assert_eq!(history.prior_at(at_ms), prior(&minutes, minute), "minute {}", minute);
        }
    }

    #[test]
    fn what_is_published_again_keeps_its_prior_prices(
        records in records(), timeline in timeline(), moments in prop::array::uniform2(0..MINUTES),
    ) {
        let mut history = PriceHistory::default();
        for (minute, timeline) in &records {
            history.record(minute * MINUTE_MS, timeline);
        }
        let [first, second] = moments.map(|minute| (MINUTES + minute) * MINUTE_MS);
        let mut published = timeline.clone();
        history.put_on(&mut published, first.min(second));
        history.record(first.min(second), &timeline);
        let mut again = timeline;
        history.put_on(&mut again, first.max(second));
        prop_assert_eq!(again, published);
    }
}
