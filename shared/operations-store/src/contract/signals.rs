//! Signals: what a step keeps, what edges have sent, and series of what was measured.

use super::shop::{Fixture, NOW_MS, Shop};
use crate::{
    KeepEntry, KeepSignals, OperationsStore, SAMPLE_BATCHES_MAX, Series, Stored, StoredSignals,
};

fn keep(kept: &[u8], taken: i64) -> KeepSignals {
    KeepSignals {
        kept: kept.to_vec(),
        taken,
        entries: Vec::new(),
    }
}

fn entry(series: Series, at: i64, body: &[u8]) -> KeepSignals {
    let body = body.to_vec();
    KeepSignals {
        entries: vec![KeepEntry { series, at, body }],
        ..KeepSignals::default()
    }
}

fn bodies(signals: &StoredSignals) -> Vec<&str> {
    let batches = signals.batches.iter();
    batches.map(|batch| batch.body.as_str()).collect()
}

pub(super) fn signals_begin_empty_and_are_read_back<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.signals(), StoredSignals::default());
    let every_byte: Vec<u8> = (0..=255).collect();
    shop.keep_signals(&keep(&every_byte, 0));
    assert_eq!(shop.signals().kept, every_byte);
    shop.keep_signals(&keep(b"next", 0));
    assert_eq!(shop.signals().kept, b"next");
}

pub(super) fn a_step_takes_the_samples_that_it_has_read_and_no_others<F: Fixture>(shop: &Shop<F>) {
    assert!(shop.add_samples("one", NOW_MS) && shop.add_samples("two", NOW_MS + 5));
    let read = shop.signals();
    assert_eq!(bodies(&read), ["one", "two"]);
    assert_eq!(read.batches[1].at_ms, NOW_MS + 5);
    // It arrives between the reading and the writing of a step.
    assert!(shop.add_samples("three", NOW_MS));
    let last = read.batches[1].number;
    shop.keep_signals(&keep(b"", last));
    let left = shop.signals();
    assert_eq!(bodies(&left), ["three"]);
    let third = left.batches[0].number;
    shop.keep_signals(&keep(b"", third));
    // A number is not used again.
    assert!(shop.add_samples("four", NOW_MS));
    assert!(shop.signals().batches[0].number > third);
}

pub(super) fn a_step_that_lost_keeps_no_signals<F: Fixture>(shop: &Shop<F>) {
    shop.add_samples("one", NOW_MS);
    let Stored { version, state } = shop.read();
    shop.change(1, "another instance was quicker");
    let store = shop.fixture.open();
    let signals = KeepSignals {
        taken: i64::MAX,
        ..entry(Series::Seconds, 7, b"late")
    };
    let late = store.replace(version, &state, &[], &[], Some(&signals));
    assert_eq!(shop.fixture.block_on(late), Ok(false));
    assert_eq!(bodies(&shop.signals()), ["one"]);
    assert!(shop.series(Series::Seconds, 0).is_empty());
}

pub(super) fn samples_beyond_the_bound_are_refused<F: Fixture>(shop: &Shop<F>) {
    let max = i64::try_from(SAMPLE_BATCHES_MAX).expect("a number of batches");
    let fill = format!(
        "INSERT INTO operations_sample_batch (at_ms, body)
        WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {max})
        SELECT i, i FROM n"
    );
    shop.fixture.run(&fill).expect("valid SQL");
    assert!(shop.add_samples("last", NOW_MS));
    assert!(!shop.add_samples("too many", NOW_MS));
    assert_eq!(shop.signals().batches.len() as u64, SAMPLE_BATCHES_MAX);
}

pub(super) fn a_series_is_read_from_a_place_and_has_its_length<F: Fixture>(shop: &Shop<F>) {
    for (at, body) in [(7, "a"), (8, "b"), (9, "c"), (8, "d")] {
        shop.keep_signals(&entry(Series::Minutes, at, body.as_bytes()));
        shop.keep_signals(&entry(Series::Seconds, at + 100, b""));
    }
    // The last entry of a place stands, and what was later is gone.
    let minutes = [(7, b"a".to_vec()), (8, b"d".to_vec())];
    assert_eq!(shop.series(Series::Minutes, 0), minutes);
    assert_eq!(shop.series(Series::Minutes, 7), minutes[1..]);
    assert_eq!(shop.series(Series::Minutes, 8), []);
    for series in [Series::Seconds, Series::Minutes] {
        let last = 108 + series.length();
        shop.keep_signals(&entry(series, last, b"last"));
        let places: Vec<_> = shop
            .series(series, 0)
            .into_iter()
            .map(|(at, _)| at)
            .collect();
        assert_eq!(places, [last], "{series:?}");
        shop.keep_signals(&entry(series, last + series.length() - 1, b""));
        assert_eq!(shop.series(series, 0).len(), 2, "{series:?}");
    }
}

pub(super) fn a_clock_that_was_set_back_begins_a_series_there<F: Fixture>(shop: &Shop<F>) {
    shop.keep_signals(&entry(Series::Seconds, 1_000, b"ahead"));
    shop.keep_signals(&entry(Series::Seconds, 900, b"now"));
    assert_eq!(shop.series(Series::Seconds, 0), [(900, b"now".to_vec())]);
}
