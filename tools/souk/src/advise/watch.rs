//! When to speak: before a signal reaches 70 % of what is full.
//!
//! A trend is a line through the values of the last minute (least squares). It counts where it rises by
//! more than three times what the values scatter around it. A signal is spoken of once, when its trend reaches 70 % within
//! five minutes, or when it is at 60 % whatever its trend is; and again after a minute below 50 %.

use std::collections::VecDeque;

/// The part of a capacity before which is spoken.
pub(super) const FULL: f64 = 0.7;
/// The part at which no trend is waited for.
const HIGH: f64 = 0.6;
/// The part below which a trend says nothing yet.
const LOW: f64 = 0.2;
/// The part below which it can be spoken of once more, when it was so long below, in seconds.
const CALM: f64 = 0.5;
const CALM_S: f64 = 60.0;
/// Values that a line goes through: of so many seconds, and so many at least.
const WINDOW_S: f64 = 60.0;
const VALUES_MIN: usize = 20;
/// How far ahead a trend is trusted, in seconds.
const AHEAD_S: f64 = 300.0;
/// How much more a line has to rise than values scatter around it.
const RISE_MIN: f64 = 3.0;

/// A signal that is watched.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    values: VecDeque<(f64, f64)>,
    has_spoken: bool,
    calm_since_s: Option<f64>,
}

/// A reason to speak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reason {
    /// In how many seconds it reaches 70 %; 0 where it has; `None` where it does not rise.
    pub(super) in_s: Option<f64>,
    /// What the value is then, by its trend, five minutes from now at most.
    pub(super) expected: f64,
}

/// A line through values: what it says now, and by how much it rises in a second.
struct Line {
    now: f64,
    slope: f64,
}

impl Watch {
    /// The value of a second; the times of one signal rise.
    pub(super) fn see(&mut self, at_s: f64, value: f64, capacity: f64) -> Option<Reason> {
        self.values.push_back((at_s, value));
        while self
            .values
            .front()
            .is_some_and(|(old_s, _)| *old_s < at_s - WINDOW_S)
        {
            self.values.pop_front();
        }
        if self.has_spoken {
            self.calm_down(at_s, value / capacity);
            return None;
        }
        let reason = self.reason(value, capacity)?;
        self.has_spoken = true;
        self.calm_since_s = None;
        Some(reason)
    }

    fn calm_down(&mut self, at_s: f64, load: f64) {
        if load >= CALM {
            self.calm_since_s = None;
            return;
        }
        let since_s = *self.calm_since_s.get_or_insert(at_s);
        self.has_spoken = at_s - since_s < CALM_S;
    }

    fn reason(&self, value: f64, capacity: f64) -> Option<Reason> {
        let full = FULL * capacity;
        let line = self.line();
        let rising = line.map(|line| {
            let in_s = ((full - line.now) / line.slope).max(0.0);
            let expected = line.now + line.slope * AHEAD_S;
            (in_s, expected)
        });
        if value >= full {
            let expected = rising.map_or(value, |(_, expected)| expected.max(value));
            let in_s = Some(0.0);
            return Some(Reason { in_s, expected });
        }
        match rising.filter(|(in_s, _)| *in_s <= AHEAD_S && value >= LOW * capacity) {
            Some((in_s, expected)) => Some(Reason {
                in_s: Some(in_s),
                expected,
            }),
            None => (value >= HIGH * capacity).then_some(Reason {
                in_s: None,
                expected: value,
            }),
        }
    }

    /// `None` where it does not rise, or scatters too much to tell.
    fn line(&self) -> Option<Line> {
        let count = self.values.len();
        if count < VALUES_MIN {
            return None;
        }
        let number = count as f64;
        let (last_s, _) = *self.values.back()?;
        // Seconds before now, so that the line begins at now.
        let points = || {
            self.values
                .iter()
                .map(|(at_s, value)| (at_s - last_s, *value))
        };
        let mean_s = points().map(|(at, _)| at).sum::<f64>() / number;
        let mean = points().map(|(_, value)| value).sum::<f64>() / number;
        let spread: f64 = points().map(|(at, _)| (at - mean_s).powi(2)).sum();
        let together: f64 = points()
            .map(|(at, value)| (at - mean_s) * (value - mean))
            .sum();
        let slope = together / spread;
        let now = mean - slope * mean_s;
        let off = points().map(|(at, value)| (value - now - slope * at).powi(2));
        let scatter = (off.sum::<f64>() / number).sqrt();
        let (first_s, _) = *self.values.front()?;
        let rise = slope * (last_s - first_s);
        (spread > 0.0 && rise > RISE_MIN * scatter && slope > 0.0).then_some(Line { now, slope })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When is spoken, of a value for each second out of 1,000.
    fn spoken(value: impl Fn(f64) -> f64, seconds: u32) -> Vec<(f64, Reason)> {
        let mut watch = Watch::default();
        let seconds = (0..seconds).map(f64::from);
        let reasons =
            seconds.filter_map(|at_s| Some((at_s, watch.see(at_s, value(at_s), 1_000.0)?)));
        reasons.collect()
    }

    /// Scatter that follows from the moment.
    fn noise(at_s: f64) -> f64 {
        (at_s * 12.9898).sin() * 30.0
    }

    #[test]
    fn a_rise_is_spoken_of_before_70_percent_and_the_moment_is_nearly_right() {
        for per_s in [0.5, 1.0, 2.0, 5.0, 20.0] {
            let reaches_s = 500.0 / per_s;
            let said = spoken(|at_s| 200.0 + per_s * at_s + noise(at_s), 1_500);
            let (at_s, reason) = said.first().unwrap();
            assert!(
                *at_s < reaches_s,
                "{per_s}: {at_s} and not before {reaches_s}"
            );
            if let Some(in_s) = reason.in_s {
                let expected = reaches_s - at_s;
                assert!(
                    (in_s - expected).abs() < 60.0_f64.max(expected / 2.0),
                    "{per_s}: {in_s}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_rise_is_not_spoken_of() {
        assert_eq!(spoken(|at_s| 300.0 + noise(at_s), 3_000), []);
        assert_eq!(spoken(|at_s| 590.0 - at_s / 10.0, 3_000), []);
        // A rise that is far from everything.
        assert_eq!(spoken(|at_s| at_s / 20.0, 3_000), []);
    }

    #[test]
    fn a_high_level_is_spoken_of_once_and_again_after_it_was_calm() {
        let said = spoken(|_| 600.0, 1_000);
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].1.in_s, None);
        let waves = |at_s: f64| if at_s % 400.0 < 200.0 { 300.0 } else { 650.0 };
        assert_eq!(spoken(waves, 1_200).len(), 3);
        let short = |at_s: f64| if at_s % 50.0 < 25.0 { 300.0 } else { 650.0 };
        assert_eq!(spoken(short, 1_200).len(), 1);
        // A jump leaves no time to speak before.
        let jump = spoken(|at_s| if at_s < 20.0 { 100.0 } else { 900.0 }, 30);
        assert_eq!((jump[0].0, jump[0].1.in_s), (20.0, Some(0.0)));
    }
}
