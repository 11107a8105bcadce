//! Whatever a merchant writes and however the clocks of the shop are set: sessions do not overlap, lie
//! within their sale, and have numbers of their own.

use std::collections::BTreeSet;

use proptest::prelude::*;
use souk_shop_folder::Severity;

use crate::world::{read_by, sale_with};

const HOUR_S: i64 = 60 * 60;
/// 2026-11-01 00:00 UTC.
const BEGIN_S: i64 = 1_793_491_200;

/// Clocks that are set once: their offsets before and after, in minutes, and when, in hours.
fn clocks() -> impl Strategy<Value = (i32, i32, i64)> {
    (-720..840_i32, -120..120_i32, 0..500_i64)
        .prop_map(|(east, by, at_h)| (east, (east + by).clamp(-720, 840), at_h))
}

/// A moment of November 2026 in UTC.
fn moment(hours: i64) -> String {
    let (day, hour) = (hours / 24, hours % 24);
    format!("2026-11-{:02}T{hour:02}:00:00Z", day + 1)
}

fn file(hours: (i64, i64), times: &BTreeSet<u16>, gathers_m: u16) -> String {
    let times: Vec<_> = times
        .iter()
        .map(|minute| format!("\"{:02}:{:02}\"", minute / 60, minute % 60))
        .collect();
    let opens = format!("opens = {}", moment(hours.0));
    let closes = format!("closes = {}", moment(hours.0 + hours.1));
    let sessions = format!("sessions = [{}]", times.join(", "));
    let gathers = format!("gathers = \"{gathers_m}m\"");
    sale_with(&[&opens, &closes, &sessions, &gathers])
}

proptest! {
    #[test]
    fn sessions_do_not_overlap_and_have_numbers_of_their_own(
        (before_m, after_m, at_h) in clocks(),
        hours in prop::collection::vec((0..300_i64, 30..400_i64), 2),
        times in prop::collection::btree_set(0..1_440_u16, 1..5),
        gathers_m in 1..90_u16,
    ) {
        let set_ms = (BEGIN_S + at_h * HOUR_S) * 1_000;
        let east_s = |at_ms: i64| 60 * if at_ms < set_ms { before_m } else { after_m };
        let files = [0, 1].map(|place: usize| file(hours[place], &times, gathers_m));
        let named = [("one", files[0].as_str()), ("two", files[1].as_str())];
        let (sales, problems) = read_by(&named, Severity::Error, &east_s);
        let refused = problems.iter().filter(|one| one.severity == Severity::Error);
        for problem in refused.clone() {
            prop_assert!(problem.reason.contains("would gather"), "{}", problem);
        }
        prop_assert_eq!(sales.len() + refused.count(), 2);
        let mut numbers = BTreeSet::new();
        for sale in &sales {
            for session in &sale.sessions {
                prop_assert!(numbers.insert(session.number));
                prop_assert!(session.gathers_at_ms < session.opens_at_ms);
                prop_assert!(session.opens_at_ms < session.closes_at_ms);
            }
            for pair in sale.sessions.windows(2) {
                prop_assert!(pair[0].closes_at_ms <= pair[1].gathers_at_ms);
            }
            let place = usize::from(sale.id == "two");
            let (from_h, lasts_h) = hours[place];
            let at_ms = |hours: i64| (BEGIN_S + hours * HOUR_S) * 1_000;
            prop_assert!(sale.sessions[0].opens_at_ms >= at_ms(from_h));
            let last = sale.sessions.last().unwrap();
            prop_assert_eq!(last.closes_at_ms, at_ms(from_h + lasts_h));
        }
    }
}
