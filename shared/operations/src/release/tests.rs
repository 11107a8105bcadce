//! Judgements on releases.

use proptest::prelude::*;

use super::*;

const NOW_MS: i64 = 1_790_000_000_000;

fn release() -> Release {
    Release::new("r1".to_owned(), 100, 600_000, NOW_MS)
}

fn sample(lane: Lane, status: u8, ms: u32, at_ms: i64) -> Sample {
    Sample {
        edge: 1,
        at_ms,
        weight: 1.0,
        class: RouteClass::Read,
        status,
        ms,
        origin: None,
        places: false,
        stamp: 1,
        pulse_age_ms: None,
        lane: Some(lane),
    }
}

/// So many answers of a lane, of which the first ones fail.
fn answers(lane: Lane, errors: usize, all: usize, at_ms: i64) -> Vec<Sample> {
    let status = |at: usize| if at < errors { 5 } else { 2 };
    (0..all)
        .map(|at| sample(lane, status(at), 10, at_ms))
        .collect()
}

fn verdict_of(stable: (usize, usize), next: (usize, usize)) -> Verdict {
    let mut release = release();
    let mut samples = answers(Lane::Stable, stable.0, stable.1, NOW_MS);
    samples.extend(answers(Lane::Forwarded, next.0, next.1, NOW_MS));
    release.observe(&samples, NOW_MS);
    release.verdict(NOW_MS)
}

#[test]
fn a_release_is_bad_by_errors_that_the_stable_build_does_not_have() {
    let cases = [
        // Errors and answers of the stable build, then of the release.
        ((0, 1_000), (0, 0), "gathering"),
        ((0, 1_000), (4, 49), "gathering"),
        ((0, 1_000), (4, 50), "good"),
        ((0, 1_000), (5, 50), "bad"),
        // 2 % of many are enough, and 1.9 % are not.
        ((0, 1_000), (20, 1_000), "bad"),
        ((0, 1_000), (19, 1_000), "good"),
        // Half of ten.
        ((0, 1_000), (5, 10), "bad"),
        ((0, 1_000), (4, 9), "gathering"),
        // An outage of what both need.
        ((500, 1_000), (500, 1_000), "good"),
        ((500, 1_000), (520, 1_000), "bad"),
        // Too little is known of the stable build to excuse anything.
        ((9, 9), (50, 50), "bad"),
        ((10, 10), (50, 50), "good"),
    ];
    for (stable, next, expected) in cases {
        let verdict = verdict_of(stable, next);
        assert_eq!(verdict.name(), expected, "{stable:?} {next:?}: {verdict:?}");
    }
}

#[test]
fn a_release_is_bad_by_answers_that_are_slower_than_the_target() {
    let of = |slow_of_stable: usize, slow_of_next: usize| {
        let mut release = release();
        let all = |lane, slow: usize| {
            let ms = move |at: usize| if at < slow { 501 } else { 500 };
            (0..100).map(move |at| sample(lane, 2, ms(at), NOW_MS))
        };
        let stable = all(Lane::Stable, slow_of_stable);
        let samples: Vec<_> = stable.chain(all(Lane::Forwarded, slow_of_next)).collect();
        release.observe(&samples, NOW_MS);
        release.verdict(NOW_MS)
    };
    let (next, stable) = (60, 10);
    assert_eq!(of(1, 6), Verdict::Bad(Fault::Slow { next, stable }));
    assert_eq!(of(1, 5), Verdict::Good);
    assert_eq!(of(50, 54), Verdict::Good, "both are slow");
}

#[test]
fn a_fault_that_begins_late_is_not_thinned_out_by_what_was_good() {
    let mut release = release();
    for second in 0..300 {
        let at_ms = NOW_MS + second * 1_000;
        let mut samples = answers(Lane::Stable, 0, 90, at_ms);
        samples.extend(answers(Lane::Forwarded, 0, 90, at_ms));
        samples.extend(answers(Lane::Next, 0, 1, at_ms));
        release.observe(&samples, at_ms);
    }
    let later_ms = NOW_MS + 400_000;
    assert_eq!(release.verdict(later_ms), Verdict::Good);
    release.observe(&answers(Lane::Forwarded, 5, 60, later_ms), later_ms);
    let Verdict::Bad(Fault::Errors { next, stable }) = release.verdict(later_ms) else {
        panic!(
            "5 of 60 in the last minute: {:?}",
            release.verdict(later_ms)
        );
    };
    assert_eq!((next, stable), (83, 0));
    assert!(release.recent.len() <= 6 && release.lanes().next.samples == 27_060);
}

#[test]
fn a_lane_that_answers_and_reports_nothing_is_bad() {
    let mut release = release();
    release.observe(&answers(Lane::Forwarded, 0, 60, NOW_MS), NOW_MS);
    let silent_ms = NOW_MS + SILENT_MS;
    assert_eq!(release.verdict(silent_ms - 1), Verdict::Good);
    let for_s = 60;
    assert_eq!(
        release.verdict(silent_ms),
        Verdict::Bad(Fault::Silent { for_s })
    );
    release.observe(&answers(Lane::Next, 0, 1, silent_ms), silent_ms);
    assert_eq!(release.verdict(silent_ms), Verdict::Good);
    // Silence without any traffic is no silence.
    assert_eq!(release.verdict(silent_ms + 10 * SILENT_MS), Verdict::Good);
}

#[test]
fn another_share_begins_anew_and_counts_nothing_of_before() {
    let mut release = release();
    release.observe(&answers(Lane::Forwarded, 50, 60, NOW_MS), NOW_MS);
    let later_ms = NOW_MS + 5_000;
    release.share_anew(200, later_ms);
    assert_eq!(release.verdict(later_ms), Verdict::Gathering);
    release.observe(&answers(Lane::Forwarded, 60, 60, later_ms - 1), later_ms);
    assert_eq!(*release.lanes(), Lanes::default());
    assert_eq!(release.published().salt, NOW_MS, "buckets stay as they are");
    assert_eq!(release.window_ends_at_ms(), later_ms + 600_000);
    assert!(release.is_watched(later_ms + 599_999) && !release.is_watched(later_ms + 600_000));
}

#[test]
fn samples_without_a_lane_say_nothing_of_a_release() {
    let mut release = release();
    let outside = answers(Lane::Stable, 100, 100, NOW_MS);
    let outside = outside.into_iter().map(|one| Sample { lane: None, ..one });
    release.observe(&outside.collect::<Vec<_>>(), NOW_MS);
    assert_eq!(*release.lanes(), Lanes::default());
}

#[test]
fn names_and_numbers() {
    assert!(is_name("2026-11-11.a_B") && is_name(&"x".repeat(NAME_CHARS_MAX)));
    for bad in ["", "a b", "é", "a\n", &"x".repeat(NAME_CHARS_MAX + 1)] {
        assert!(!is_name(bad), "{bad}");
    }
    for lane in Lane::ALL {
        assert_eq!(Lane::of_number(lane.number()), Some(lane));
    }
    assert_eq!((Lane::of_number(0), Lane::of_number(4)), (None, None));
}

proptest! {
    #[test]
    fn a_larger_share_moves_no_shopper_back(bucket in 0..BUCKETS, share in 0..=BUCKETS, more in 0..=BUCKETS) {
        let larger = share.saturating_add(more).min(BUCKETS);
        prop_assert!(!is_next(bucket, share) || is_next(bucket, larger));
        prop_assert!(is_next(bucket, BUCKETS) && !is_next(bucket, 0));
    }

    #[test]
    fn more_errors_of_the_release_never_make_it_better(
        stable in (0_usize..200, 0_usize..200),
        next in (0_usize..100, 0_usize..100),
    ) {
        let (stable, all) = ((stable.0.min(stable.1), stable.1), next.0 + next.1 + 1);
        let is_bad = |errors| matches!(verdict_of(stable, (errors, all)), Verdict::Bad(_));
        prop_assert!(!is_bad(next.0) || is_bad(next.0 + 1));
    }

    #[test]
    fn lanes_with_the_same_answers_are_never_told_apart(errors in 0_usize..=300, all in 10_usize..=300) {
        let errors = errors.min(all);
        let verdict = verdict_of((errors, all), (errors, all));
        prop_assert!(!matches!(verdict, Verdict::Bad(_)), "{verdict:?}");
    }
}
