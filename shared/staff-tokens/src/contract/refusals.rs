//! Requests that were refused.

use souk_protocol::staff::Refusal;

use super::shop::{Fixture, NOW_MS, Shop, refused};
use crate::{LOG_PAUSE_MS, REFUSAL_WINDOW_MS};

pub(super) fn refusals_add_up_by_their_reasons<F: Fixture>(shop: &Shop<F>) {
    let all = |counts: [i64; 4]| {
        let pairs = Refusal::ALL.into_iter().zip(counts);
        pairs
            .map(|(reason, count)| refused(reason, count))
            .collect::<Vec<_>>()
    };
    assert_eq!(shop.refusals(), all([0, 0, 0, 0]));
    assert_eq!(shop.refuse(&[], NOW_MS), []);
    shop.refuse(
        &[refused(Refusal::Unknown, 3), refused(Refusal::Missing, 1)],
        NOW_MS,
    );
    shop.refuse(
        &[refused(Refusal::Unknown, 4), refused(Refusal::Expired, 2)],
        NOW_MS,
    );
    assert_eq!(shop.refusals(), all([1, 7, 2, 0]));
}

pub(super) fn a_line_is_due_at_once_and_then_once_a_minute<F: Fixture>(shop: &Shop<F>) {
    let unknown = |count| [refused(Refusal::Unknown, count)];
    assert_eq!(shop.refuse(&unknown(3), NOW_MS), unknown(3));
    assert_eq!(shop.refuse(&unknown(4), NOW_MS), []);
    let later = [refused(Refusal::Permission, 1)];
    assert_eq!(shop.refuse(&later, NOW_MS + LOG_PAUSE_MS - 1), []);
    let both = [
        refused(Refusal::Unknown, 9),
        refused(Refusal::Permission, 1),
    ];
    assert_eq!(shop.refuse(&unknown(5), NOW_MS + LOG_PAUSE_MS), both);
    assert_eq!(shop.refuse(&unknown(1), NOW_MS + LOG_PAUSE_MS), []);
}

pub(super) fn a_clock_that_goes_back_silences_no_line<F: Fixture>(shop: &Shop<F>) {
    let unknown = |count| [refused(Refusal::Unknown, count)];
    assert_eq!(shop.refuse(&unknown(1), NOW_MS), unknown(1));
    assert_eq!(shop.refuse(&unknown(1), NOW_MS - 3_600_000), unknown(1));
    assert_eq!(shop.refuse(&unknown(1), NOW_MS - 3_600_000), []);
}

pub(super) fn guesses_of_all_instances_are_counted_in_windows<F: Fixture>(shop: &Shop<F>) {
    let window = |reason, count, now_ms| {
        let window = shop.recount(&[refused(reason, count)], now_ms).window;
        (window.begun_at_ms, window.refused)
    };
    assert_eq!(window(Refusal::Unknown, 3, NOW_MS), (NOW_MS, 3));
    assert_eq!(window(Refusal::Missing, 4, NOW_MS + 1), (NOW_MS, 7));
    // A valid token that lacks a permission guesses nothing.
    assert_eq!(window(Refusal::Permission, 9, NOW_MS + 1), (NOW_MS, 7));
    let end_ms = NOW_MS + REFUSAL_WINDOW_MS;
    assert_eq!(window(Refusal::Expired, 1, end_ms - 1), (NOW_MS, 8));
    assert_eq!(window(Refusal::Unknown, 2, end_ms), (end_ms, 2));
    // A clock that goes back begins another one.
    assert_eq!(window(Refusal::Unknown, 5, NOW_MS), (NOW_MS, 5));
}

pub(super) fn a_reason_of_another_version_is_left_out<F: Fixture>(shop: &Shop<F>) {
    shop.fixture
        .run("INSERT INTO staff_refusal (reason, count, untold) VALUES ('to_come', 5, 5)");
    let unknown = [refused(Refusal::Unknown, 3)];
    assert_eq!(shop.refuse(&unknown, NOW_MS), unknown);
    let counts = shop.refusals();
    assert_eq!(counts.len(), Refusal::ALL.len());
    assert_eq!(counts.iter().map(|count| count.count).sum::<i64>(), 3);
}
