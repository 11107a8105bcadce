//! What is counted, and what a report tells of it.

use souk_protocol::tallies::Tally;

use super::shop::{Fixture, Shop, TODAY, row, tally};

pub(super) fn counts_of_a_query_add_up_over_batches_and_days<F: Fixture>(shop: &Shop<F>) {
    let found_once = Tally {
        zero: 3,
        corrected: 1,
        clicks: 2,
        ..tally("cezve", 4)
    };
    // Also twice in one batch.
    shop.add(&[found_once.clone(), tally("cezve", 1)], TODAY);
    shop.add(std::slice::from_ref(&found_once), TODAY);
    shop.add(&[found_once], TODAY - 1);
    let report = shop.report(2);
    assert_eq!(report.top, [row("cezve", 13, Some(6))]);
    assert_eq!(report.zero, [row("cezve", 9, None)]);
}

pub(super) fn languages_are_counted_apart<F: Fixture>(shop: &Shop<F>) {
    let mut german = tally("mug", 4);
    german.locale = "de".to_owned();
    shop.add(&[tally("mug", 5), german], TODAY);
    let report = shop.report(1);
    let top = report.top.iter();
    let top: Vec<_> = top
        .map(|one| (one.locale.as_str(), one.query.as_str(), one.count))
        .collect();
    assert_eq!(top, [("en", "mug", 5), ("de", "mug", 4)]);
}

pub(super) fn a_query_is_told_from_three_counts_on<F: Fixture>(shop: &Shop<F>) {
    let seldom_empty = Tally {
        zero: 2,
        ..tally("three", 3)
    };
    shop.add(&[tally("two", 2), seldom_empty], TODAY);
    let report = shop.report(90);
    assert_eq!(report.top, [row("three", 3, Some(0))]);
    assert_eq!(report.zero, []);
    // Counts of several days are one count.
    shop.add(&[tally("two", 1)], TODAY - 3);
    let queries = shop.report(90).top.into_iter().map(|one| one.query);
    assert_eq!(queries.collect::<Vec<_>>(), ["three", "two"]);
}

pub(super) fn a_report_has_the_most_frequent_hundred<F: Fixture>(shop: &Shop<F>) {
    let tallies: Vec<_> = (3..203)
        .map(|times| Tally {
            zero: times,
            ..tally(&format!("q{times}"), times)
        })
        .collect();
    shop.add(&tallies, TODAY);
    let report = shop.report(1);
    for list in [&report.top, &report.zero] {
        let counts: Vec<_> = list.iter().map(|one| one.count).collect();
        assert_eq!(counts, (103..203).rev().collect::<Vec<_>>());
    }
}

pub(super) fn a_report_covers_its_days_alone<F: Fixture>(shop: &Shop<F>) {
    // Written by an instance whose clock is ahead: not of today yet.
    shop.add(&[tally("mug", 1)], TODAY + 1);
    for ago in 0..90 {
        shop.add(&[tally("mug", 1)], TODAY - ago);
    }
    for days in [3, 7, 90] {
        assert_eq!(shop.report(days).top, [row("mug", days, Some(0))], "{days}");
    }
}

pub(super) fn a_popular_query_was_counted_often_on_three_days_and_found_something<F: Fixture>(
    shop: &Shop<F>,
) {
    // Queries with their counts of each day, the last one's first, and how many found nothing.
    for (query, searches, zero) in [
        ("kettle", [10, 10, 10].as_slice(), 0),
        ("teapot", &[18, 1, 1], 9),
        ("often", &[25, 25], 0),
        ("seldom", &[9, 5, 5], 0),
        ("nothing", &[20, 10, 10], 20),
    ] {
        for (day, &count) in (0..).zip(searches) {
            let of_day = Tally {
                zero: if day == 0 { zero } else { 0 },
                ..tally(query, count)
            };
            shop.add(&[of_day], TODAY - day);
        }
    }
    // The first of its days is too long ago; a click alone is no search.
    for day in [0, 1, 30] {
        shop.add(&[tally("last month", 30)], TODAY - day);
    }
    let click = Tally {
        clicks: 1,
        ..tally("often", 0)
    };
    shop.add(&[click], TODAY - 2);
    assert_eq!(shop.popular(9), ["kettle", "teapot"]);
    assert_eq!(shop.popular(1), ["kettle"]);
}
