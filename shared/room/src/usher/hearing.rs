//! How well the usher hears: the clock by which silence is measured.
//!
//! A ticket that is silent is judged by the time in which it would have been heard. This clock runs
//! with the real one while nearly all reports arrive that those who are there would send, and slower
//! when fewer do: with a share `a` of them it takes `ln 0.01 / ln (1 - a)` polls until silence is
//! chance in one case of a hundred, to which 2.5 polls over the square of `a / 0.84` come close. It
//! stands while none arrives. So reports that are lost make no visitor absent.

use minicbor::{Decode, Encode};

/// How fast it runs at least while anything is heard, in thousandths, so that a crowd that really
/// leaves at once is noticed.
const SPEED_MIN: i64 = 100;
/// What is kept of the sums each second, in thousandths: they reach back about a minute.
const KEPT: i64 = 983;
/// So many reports, in thousandths, may be missing at once before the clock stands.
const MISSING_MAX: i64 = 5_000;
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

    /// A step passes, in which so many reports arrived; `expected` in thousandths.
    pub(super) fn pass(&mut self, elapsed_ms: i64, arrived: usize, expected: i64) {
        let arrived = i64::try_from(arrived).unwrap_or(i64::MAX / 2_000) * 1_000;
        self.missing = match arrived {
            0 => self.missing + expected,
            _ => 0,
        };
        // A silence says nothing about the reports that are lost one by one.
        if self.missing < MISSING_MAX {
            self.arrived = self.arrived * KEPT / 1_000 + arrived;
            self.expected = self.expected * KEPT / 1_000 + expected;
        }
        let passed_ms = elapsed_ms * self.speed() / 1_000;
        self.heard_ms += passed_ms;
        if self.missing >= MISSING_MAX {
            self.running_ms = 0;
        } else if arrived > 0 || self.running_ms > 0 {
            self.running_ms += passed_ms;
        }
    }

    fn speed(&self) -> i64 {
        if self.missing >= MISSING_MAX {
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
        (0..30).for_each(|_| hearing.pass(1_000, 100, 100_000));
        (0..400).for_each(|_| hearing.pass(1_000, arrived, expected));
        let before_ms = hearing.now_ms();
        (0..100).for_each(|_| hearing.pass(1_000, arrived, expected));
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
        (0..30).for_each(|_| hearing.pass(1_000, 0, 0));
        assert_eq!((hearing.now_ms(), hearing.running_ms()), (30_000, 0));
        (0..10).for_each(|_| hearing.pass(1_000, 10, 10_000));
        assert_eq!(hearing.running_ms(), 10_000);
        hearing.pass(1_000, 0, 10_000);
        assert_eq!(hearing.running_ms(), 0);
        hearing.pass(1_000, 10, 10_000);
        hearing.begin_anew();
        assert_eq!(hearing.running_ms(), 0);
    }

    #[test]
    fn one_who_is_alone_and_leaves_is_noticed() {
        let mut hearing = Hearing::default();
        hearing.pass(1_000, 1, 100);
        (0..25).for_each(|_| hearing.pass(1_000, 0, 100));
        assert_eq!(hearing.now_ms(), 26_000);
    }
}
