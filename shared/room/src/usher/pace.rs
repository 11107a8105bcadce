//! How many may be called in a second while the origin is well.
//!
//! The gradient of Envoy's adaptive concurrency: the latency when the origin is idle, with a tolerance,
//! over the latency now. Below 1 the pace falls by that factor, and it always grows by its square
//! root, so it finds a bound that moves and never stands still at a low one.
//! Source: <https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/adaptive_concurrency_filter>.
//!
//! Not here: how latency is measured.

use minicbor::{Decode, Encode};

/// How the origin is, over the second before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// The latency that nine of ten calls were within, in milliseconds; `None` without calls.
    pub p90_ms: Option<u32>,
    /// Whether it did not answer, or refused work for want of capacity.
    pub is_failing: bool,
}

/// Calls in a second, at the beginning.
const START: u32 = 100;
/// Calls in a second, at least and at most.
const MIN: u32 = 1;
const MAX: u32 = 2_000;
/// What latency may grow by before the pace falls, in milliseconds and in tenths of the idle one.
const TOLERANCE_MS: u32 = 20;
const TOLERANCE_TENTHS: u32 = 5;
/// Seconds after which the idle latency is measured anew.
const IDLE_WINDOW_S: u32 = 60;

/// The pace, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Pace {
    #[n(0)]
    per_second: u32,
    /// The least latency of the last whole window, and of the one that is going on.
    #[n(1)]
    idle_ms: [Option<u32>; 2],
    #[n(2)]
    seconds: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            per_second: START,
            idle_ms: [None; 2],
            seconds: 0,
        }
    }

    /// Calls in the next second.
    pub(super) fn step(&mut self, health: Health) -> u32 {
        self.seconds += 1;
        if self.seconds == IDLE_WINDOW_S {
            self.seconds = 0;
            self.idle_ms = [self.idle_ms[1].or(self.idle_ms[0]), None];
        }
        if let Some(p90_ms) = health.p90_ms {
            let lowest = self.idle_ms[1].map_or(p90_ms, |idle| idle.min(p90_ms));
            self.idle_ms[1] = Some(lowest);
        }
        let permille = gradient_permille(health, self.idle_ms.into_iter().flatten().min());
        let kept = u64::from(self.per_second) * u64::from(permille) / 1_000;
        let kept = u32::try_from(kept).unwrap_or(MAX);
        let growth = if health.is_failing { 0 } else { kept.isqrt() };
        self.per_second = (kept + growth).clamp(MIN, MAX);
        self.per_second
    }
}

/// Between a half and one.
fn gradient_permille(health: Health, idle_ms: Option<u32>) -> u32 {
    if health.is_failing {
        return 500;
    }
    let (Some(p90_ms), Some(idle_ms)) = (health.p90_ms, idle_ms) else {
        return 1_000;
    };
    let allowed_ms = idle_ms + idle_ms * TOLERANCE_TENTHS / 10 + TOLERANCE_MS;
    let permille = u64::from(allowed_ms) * 1_000 / u64::from(p90_ms.max(1));
    u32::try_from(permille).unwrap_or(1_000).clamp(500, 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(pace: &mut Pace, seconds: u32, p90_ms: u32) -> u32 {
        let health = Health {
            p90_ms: Some(p90_ms),
            is_failing: false,
        };
        (0..seconds).map(|_| pace.step(health)).last().unwrap()
    }

    #[test]
    fn the_pace_grows_while_the_origin_is_well_and_falls_while_it_is_slow() {
        let mut pace = Pace::new();
        let well = after(&mut pace, 10, 20);
        assert!(well > START);
        let slow = after(&mut pace, 10, 500);
        assert!(slow < START / 5, "{slow}");
        assert!(after(&mut pace, 60, 30) > well);
        assert!(after(&mut pace, 1_000, 20) == MAX);
    }

    #[test]
    fn an_origin_that_fails_is_left_alone_but_for_one_call_a_second() {
        let mut pace = Pace::new();
        let failing = Health {
            p90_ms: None,
            is_failing: true,
        };
        let last = (0..20).map(|_| pace.step(failing)).last();
        assert_eq!(last, Some(MIN));
    }

    #[test]
    fn an_origin_that_became_slower_for_good_is_measured_anew() {
        let mut pace = Pace::new();
        after(&mut pace, 60, 20);
        let slow = after(&mut pace, 30, 200);
        assert!(after(&mut pace, 200, 200) > slow * 10);
    }
}
