//! How fast a goal uses up what it may miss: its burn rate is the share of requests that missed it, in
//! units of the share that may. At 1 a month's budget lasts a month, at 14.4 two days.
//!
//! A goal is *burning* where both windows of a pair are above its factor: the long one says that it
//! matters, the short one that it still goes on.
//! Source: Google, The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".

use souk_protocol::samples::ClassWindow;
use souk_shop_folder::slo::{BOUNDS_MS, Target};

/// The window over which the reached share is shown, the longest one, in seconds.
pub(super) const PERIOD_S: i64 = 6 * 60 * 60;

/// Two windows and the factor for both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) factor: f64,
    pub(super) long_s: i64,
    pub(super) short_s: i64,
    pub(super) name: &'static str,
}

/// The pairs, the fastest first.
pub(super) const PAIRS: [Pair; 2] = [
    Pair {
        factor: 14.4,
        long_s: 60 * 60,
        short_s: 5 * 60,
        name: "14.4 × in 1 h and 5 min",
    },
    Pair {
        factor: 6.0,
        long_s: PERIOD_S,
        short_s: 30 * 60,
        name: "6 × in 6 h and 30 min",
    },
];

/// One of the two things that a target says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Goal {
    pub(super) class: String,
    /// The share of requests that is to be good, 0 to 1.
    pub(super) wanted: f64,
    /// Within which time; `None`: in any, but not with a 5xx.
    pub(super) under_ms: Option<u32>,
}

impl Goal {
    /// Those of targets, in order.
    pub(super) fn of_all(targets: &[Target]) -> impl Iterator<Item = Goal> {
        targets.iter().flat_map(|target| {
            let goal = |percent: f64, under_ms| Goal {
                class: target.class.clone(),
                wanted: percent / 100.0,
                under_ms,
            };
            [
                goal(target.availability, None),
                goal(target.share, Some(target.under_ms)),
            ]
        })
    }

    /// In a few words.
    pub(super) fn what(&self) -> String {
        match self.under_ms {
            None => "available".to_owned(),
            Some(ms) => format!("within {ms} ms"),
        }
    }

    /// Requests of a window, those that missed, and minutes in which edges reported any.
    fn counted(&self, windows: &[ClassWindow], window_s: i64) -> (u64, u64, u32) {
        let is_meant = |one: &&ClassWindow| {
            one.window_s == window_s && (self.class == "all" || one.class == self.class)
        };
        let of_goal = windows.iter().filter(is_meant);
        let count = |(requests, missed, minutes): (u64, u64, u32), one: &ClassWindow| {
            let missed_here = match self.under_ms {
                None => one.errors,
                Some(ms) => {
                    let bound = BOUNDS_MS.iter().position(|bound| *bound == ms);
                    let within = bound.and_then(|bound| one.within.get(bound)).copied();
                    one.requests.saturating_sub(within.unwrap_or_default())
                }
            };
            (
                requests + one.requests,
                missed + missed_here,
                minutes.max(one.minutes),
            )
        };
        of_goal.fold((0, 0, 0), count)
    }

    /// The burn rate of a window; `None` where nothing was reported.
    fn burn(&self, windows: &[ClassWindow], window_s: i64) -> Option<f64> {
        let (requests, missed, _) = self.counted(windows, window_s);
        (requests > 0).then(|| missed as f64 / requests as f64 / (1.0 - self.wanted))
    }
}

/// How a goal was reached.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reached {
    pub(super) class: String,
    pub(super) what: String,
    pub(super) wanted: f64,
    /// `None`: edges reported nothing.
    pub(super) reached: Option<f64>,
    /// How much of what it may miss in the window it has not missed; below 0 it missed more.
    pub(super) left: Option<f64>,
    /// The pair of windows in which it burns.
    pub(super) burning: Option<&'static str>,
    pub(super) minutes: u32,
}

impl Reached {
    pub(super) fn of(goal: &Goal, windows: &[ClassWindow]) -> Self {
        let (requests, missed, minutes) = goal.counted(windows, PERIOD_S);
        let is_above = |window_s, factor| {
            let burn = goal.burn(windows, window_s);
            burn.is_some_and(|burn| burn > factor)
        };
        let mut pairs = PAIRS.iter();
        let burning = pairs
            .find(|pair| is_above(pair.long_s, pair.factor) && is_above(pair.short_s, pair.factor));
        let burn = goal.burn(windows, PERIOD_S);
        Self {
            class: goal.class.clone(),
            what: goal.what(),
            wanted: goal.wanted,
            reached: (requests > 0).then(|| 1.0 - missed as f64 / requests as f64),
            left: burn.map(|burn| 1.0 - burn),
            burning: burning.map(|pair| pair.name),
            minutes,
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_protocol::samples::{BOUNDS_MS as COUNTED_MS, WINDOWS_S};

    use super::*;

    /// Of a thousand requests so many errors, and so many others above 500 ms.
    fn window(class: &str, window_s: i64, errors: u64, slow: u64) -> ClassWindow {
        let within = COUNTED_MS.map(|bound| match bound < 1_000 {
            true => 1_000 - errors - slow,
            false => 1_000 - errors,
        });
        ClassWindow {
            class: class.to_owned(),
            window_s,
            minutes: 5,
            requests: 1_000,
            errors,
            within: within.into(),
        }
    }

    fn goals() -> [Goal; 2] {
        let target = Target {
            class: "read".to_owned(),
            availability: 99.9,
            under_ms: 500,
            share: 99.0,
        };
        let goals: Vec<_> = Goal::of_all(&[target]).collect();
        goals.try_into().expect("two goals of a target")
    }

    #[test]
    fn edges_count_in_the_bounds_that_targets_may_have() {
        assert_eq!(COUNTED_MS, BOUNDS_MS);
        for pair in PAIRS {
            assert!(WINDOWS_S.contains(&pair.long_s) && WINDOWS_S.contains(&pair.short_s));
        }
    }

    #[test]
    fn what_was_reached_counts_an_error_as_too_slow() {
        let windows = [
            window("read", PERIOD_S, 1, 4),
            window("order", PERIOD_S, 900, 0),
        ];
        let [available, quick] = goals().map(|goal| Reached::of(&goal, &windows));
        assert_eq!(available.reached, Some(0.999));
        assert!(available.left.expect("a budget").abs() < 1e-9);
        assert_eq!(quick.reached, Some(0.995));
        assert!((quick.left.expect("a budget") - 0.5).abs() < 1e-9);
        let all = Goal {
            class: "all".to_owned(),
            ..goals()[0].clone()
        };
        assert_eq!(Reached::of(&all, &windows).reached, Some(0.5495));
    }

    #[test]
    fn a_goal_burns_where_both_windows_of_a_pair_are_above_its_factor() {
        let burning = |errors: [u64; 4]| {
            let windows = WINDOWS_S.into_iter().zip(errors);
            let windows: Vec<_> = windows
                .map(|(window_s, errors)| window("read", window_s, errors, 0))
                .collect();
            Reached::of(&goals()[0], &windows).burning
        };
        // Of 5 min, 30 min, 1 h and 6 h, each against one in a thousand that may fail.
        assert_eq!(burning([15, 0, 15, 0]), Some(PAIRS[0].name));
        assert_eq!(burning([14, 0, 15, 0]), None);
        assert_eq!(burning([15, 0, 14, 0]), None);
        assert_eq!(burning([0, 7, 0, 7]), Some(PAIRS[1].name));
        assert_eq!(burning([0, 5, 0, 7]), None);
        assert_eq!(burning([15, 7, 15, 7]), Some(PAIRS[0].name));
    }

    #[test]
    fn what_was_not_reported_is_neither_good_nor_burning() {
        let reached = Reached::of(&goals()[1], &[]);
        assert_eq!((reached.reached, reached.left), (None, None));
        assert_eq!((reached.burning, reached.minutes), (None, 0));
    }
}
