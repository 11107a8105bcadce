//! How well the usher hears: the clock by which silence is measured.
//!
//! A ticket that is silent is judged by the time in which it would have been heard. This clock runs
//! with the real one while nearly all reports arrive that those who are there would send, and slower
//! when fewer do: with a share `a` of them it takes `ln 0.01 / ln (1 - a)` polls until silence is
//! chance in one case of a hundred, to which 2.5 polls over the square of `a / 0.84` come close. It
//! stands while reports are lost altogether. So reports that are lost make no visitor absent.
//!
//! Browsers keep their phase: those that return within eight seconds after the opening poll every ten
//! seconds from then on, so a second without a report says nothing. Only a silence that is longer than
//! the poll of every ticket does. A ticket that polled last one poll before an outage has been silent
//! for 10 + 12 s when the clock stands, which is less than the 25 s after which it counts as absent.
//!
//! The sums of reports that arrived and were expected reach over several polls, so a crowd in phase
//! is worth as much in them as one that is spread. What is expected in a gap is added to the sums with
//! the report that ends it, and not at all once the clock stands: a gap is neither a loss while it
//! lasts nor a reason to take the next burst for more than all. The share counts up to
//! [`NEARLY_ALL`], so no burst makes the clock faster than the real one.

use minicbor::{Decode, Encode};

use crate::view::FRONT_POLL_S;

/// Between two polls of a ticket of the front, in milliseconds.
pub(super) const POLL_MS: i64 = FRONT_POLL_S as i64 * 1_000;

/// How fast it runs at least while anything is heard, in thousandths, so that a crowd that really
/// leaves at once is noticed.
const SPEED_MIN: i64 = 100;
/// What is kept of the sums each second, in thousandths: they reach back about a minute.
const KEPT: i64 = 983;
/// So many reports, in thousandths, may be missing in a row before the clock stands, if the silence is
/// longer than [`SILENT_MS_MAX`].
const MISSING_MAX: i64 = 5_000;
/// How long no report may arrive before the clock stands: one poll, and what networks and steps add.
const SILENT_MS_MAX: i64 = POLL_MS + 2_000;
/// From so many expected reports on, in thousandths, their share says something.
const EXPECTED_MIN: i64 = 5_000;
/// 0.84, in thousandths.
const NEARLY_ALL: i64 = 840;

/// The clock.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
pub(super) struct Hearing {
    #[n(0)]
    heard_ms: i64,
    /// Reports that arrived and that were expected, in thousandths.
    #[n(1)]
    arrived: i64,
    #[n(2)]
    expected: i64,
    /// Expected since one arrived.
    #[n(3)]
    missing: i64,
    /// What this clock has shown since the first report after it stood last, or the process began.
    #[n(4)]
    running_ms: i64,
    /// How long none has arrived.
    #[n(5)]
    silent_ms: i64,
}

impl Hearing {
    /// It is heard for the first time after a silence: who is there is not known.
    pub(super) fn begin_anew(&mut self) {
        self.running_ms = 0;
    }

    /// How long it has run since the first report after it stood last, in milliseconds.
    pub(super) fn running_ms(&self) -> i64 {
        self.running_ms
    }

    /// What the clock shows, in milliseconds.
    pub(super) fn now_ms(&self) -> i64 {
        self.heard_ms
    }

    /// A step passes, in which so many reports arrived. `expected` is in thousandths; `None` while polls
    /// are not due every [`POLL_MS`], when their number says nothing.
    pub(super) fn pass(&mut self, elapsed_ms: i64, arrived: usize, expected: Option<i64>) {
        let arrived = i64::try_from(arrived).unwrap_or(i64::MAX / 2_000) * 1_000;
        // A silence says nothing about the reports that are lost one by one.
        let gap = if self.stands() { 0 } else { self.missing };
        (self.missing, self.silent_ms) = match arrived {
            0 => (
                self.missing + expected.unwrap_or_default(),
                self.silent_ms + elapsed_ms,
            ),
            _ => (0, 0),
        };
        if let Some(expected) = expected.filter(|_| !self.stands()) {
            self.arrived = self.arrived * KEPT / 1_000 + arrived;
            self.expected = self.expected * KEPT / 1_000;
            if arrived > 0 {
                self.expected += gap + expected;
            }
        }
        let passed_ms = elapsed_ms * self.speed() / 1_000;
        self.heard_ms += passed_ms;
        if self.stands() {
            self.running_ms = 0;
        } else if arrived > 0 || self.running_ms > 0 {
            self.running_ms += passed_ms;
        }
    }

    /// Whether reports are lost: more are missing than chance explains, for longer than any ticket
    /// waits between two polls.
    fn stands(&self) -> bool {
        self.missing >= MISSING_MAX && self.silent_ms > SILENT_MS_MAX
    }

    fn speed(&self) -> i64 {
        if self.stands() {
            return 0;
        }
        if self.expected < EXPECTED_MIN {
            return 1_000;
        }
        let share = (self.arrived * 1_000 / self.expected).min(NEARLY_ALL);
        (share * share * 1_000 / (NEARLY_ALL * NEARLY_ALL)).max(SPEED_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(arrived: usize, expected: i64) -> i64 {
        let mut hearing = Hearing::default();
        (0..30).for_each(|_| hearing.pass(1_000, 100, Some(100_000)));
        (0..400).for_each(|_| hearing.pass(1_000, arrived, Some(expected)));
        let before_ms = hearing.now_ms();
        (0..100).for_each(|_| hearing.pass(1_000, arrived, Some(expected)));
        (hearing.now_ms() - before_ms) / 100
    }

    #[test]
    fn the_clock_runs_as_well_as_the_usher_hears() {
        for (arrived, expected, speed) in [
            (100, 100_000, 1_000),
            (90, 100_000, 1_000),
            (70, 100_000, 694),
            (42, 100_000, 250),
            (1, 100_000, SPEED_MIN),
            (0, 100_000, 0),
        ] {
            let found = passed(arrived, expected);
            assert!((found - speed).abs() <= 10, "{arrived} {expected}: {found}");
        }
    }

    #[test]
    fn it_has_run_since_the_first_report() {
        let mut hearing = Hearing::default();
        (0..30).for_each(|_| hearing.pass(1_000, 0, Some(0)));
        assert_eq!((hearing.now_ms(), hearing.running_ms()), (30_000, 0));
        (0..10).for_each(|_| hearing.pass(1_000, 10, Some(10_000)));
        assert_eq!(hearing.running_ms(), 10_000);
        (0..12).for_each(|_| hearing.pass(1_000, 0, Some(10_000)));
        assert_eq!(hearing.running_ms(), 22_000);
        hearing.pass(1_000, 0, Some(10_000));
        assert_eq!((hearing.now_ms(), hearing.running_ms()), (52_000, 0));
        hearing.pass(1_000, 10, Some(10_000));
        assert_eq!((hearing.now_ms(), hearing.running_ms()), (53_000, 1_000));
        hearing.begin_anew();
        assert_eq!(hearing.running_ms(), 0);
    }

    #[test]
    fn one_who_is_alone_and_leaves_is_noticed() {
        let mut hearing = Hearing::default();
        hearing.pass(1_000, 1, Some(100));
        (0..25).for_each(|_| hearing.pass(1_000, 0, Some(100)));
        assert_eq!(hearing.now_ms(), 26_000);
    }

    /// A crowd of so many polls every ten seconds in the first so many of them, and so many of a hundred
    /// reports arrive. How long the clock has run in the last hundred seconds, and
    /// since it stood.
    fn in_phase(crowd: i64, seconds: i64, arriving: i64) -> (i64, i64) {
        let mut hearing = Hearing::default();
        let mut before_ms = 0;
        for second in 0..400 {
            if second == 300 {
                before_ms = hearing.now_ms();
            }
            let polling = if second % 10 < seconds {
                crowd / seconds
            } else {
                0
            };
            let arrived = polling * arriving / 100;
            hearing.pass(1_000, arrived as usize, Some(crowd * 100));
        }
        (hearing.now_ms() - before_ms, hearing.running_ms())
    }

    #[test]
    fn a_crowd_that_polls_in_phase_is_heard_as_one_that_does_not() {
        for (crowd, seconds) in [(6, 1), (600, 1), (600, 8), (600, 10)] {
            let (passed_ms, running_ms) = in_phase(crowd, seconds, 100);
            assert_eq!(
                (passed_ms, running_ms),
                (100_000, 400_000),
                "{crowd} {seconds}"
            );
        }
    }

    #[test]
    fn a_burst_does_not_hide_the_reports_that_are_lost() {
        for seconds in [1, 8, 10] {
            let (passed_ms, _) = in_phase(600, seconds, 70);
            assert!(
                (60_000..=75_000).contains(&passed_ms),
                "{seconds}: {passed_ms}"
            );
        }
    }

    #[test]
    fn while_polls_are_not_due_their_number_says_nothing() {
        let mut hearing = Hearing::default();
        (0..30).for_each(|_| hearing.pass(1_000, 10, Some(10_000)));
        let (arrived, expected) = (hearing.arrived, hearing.expected);
        (0..14).for_each(|_| hearing.pass(1_000, 0, None));
        hearing.pass(1_000, 300, None);
        assert_eq!((hearing.arrived, hearing.expected), (arrived, expected));
        assert_eq!(hearing.running_ms(), 45_000);
        // What began while they were not due is a silence as soon as they are.
        (0..14).for_each(|_| hearing.pass(1_000, 0, None));
        hearing.pass(1_000, 0, Some(10_000));
        assert_eq!(hearing.running_ms(), 0);
    }
}
