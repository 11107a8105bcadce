//! Whether one more request is allowed: the generic cell rate algorithm (GCRA), of which the state of a
//! client is one number.
//!
//! A client may send its whole quota at once, and then as much as flows back evenly over the window. The
//! number is the moment at which all of it has flowed back, in microseconds since 1970; a client that was
//! never seen has 0.
//! Source of the rule: ITU-T I.371, Annex A, the virtual scheduling algorithm.
//!
//! Invariant: whatever the clock does, no client is kept out for longer than one window.
//!
//! Not here: where the numbers are kept (`souk-operations-store`), and the answer to a client (the
//! storefront).

const US_IN_MS: i64 = 1_000;
const MS_IN_S: i64 = 1_000;

/// How many requests are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many,
    pub quota: u32,
    /// in so many seconds.
    pub window_s: u32,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// It is answered.
    Yes {
        /// The client's number from now on.
        state: i64,
        /// How many more are allowed at this moment.
        remaining: u32,
        /// In how many seconds the whole quota is there again, rounded up.
        reset_s: u32,
    },
    /// It is refused, and the client's number stays.
    No {
        /// In how many seconds one is allowed, rounded up.
        retry_after_s: u32,
    },
}

impl Rate {
    /// Whether a request is allowed at a moment, in milliseconds since 1970, to a client with this
    /// number. A quota of 0 allows none.
    pub fn allow(&self, state: i64, now_ms: i64) -> Allowed {
        let now = now_ms.saturating_mul(US_IN_MS);
        let window = i64::from(self.window_s.max(1)) * MS_IN_S * US_IN_MS;
        if self.quota == 0 {
            return Allowed::No {
                retry_after_s: seconds(window),
            };
        }
        let one = (window / i64::from(self.quota)).max(1);
        // A clock that was set back would keep the client out until it is where it was.
        let full = state.clamp(now, now.saturating_add(window));
        let next = full + one;
        let over = next - now - window;
        if over > 0 {
            return Allowed::No {
                retry_after_s: seconds(over),
            };
        }
        Allowed::Yes {
            state: next,
            remaining: u32::try_from(-over / one).unwrap_or(u32::MAX),
            reset_s: seconds(next - now),
        }
    }
}

/// Rounded up, and at least 1.
fn seconds(microseconds: i64) -> u32 {
    let second = MS_IN_S * US_IN_MS;
    u32::try_from((microseconds + second - 1) / second)
        .unwrap_or(u32::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limit(quota: u32, window_s: u32) -> Rate {
        Rate { quota, window_s }
    }

    const NOW_MS: i64 = 1_800_000_000_000;

    #[test]
    fn the_quota_may_come_at_once_and_flows_back_evenly() {
        let limit = limit(3, 60);
        let mut state = 0;
        for left in [2, 1, 0] {
            let Allowed::Yes {
                state: next,
                remaining,
                reset_s,
            } = limit.allow(state, NOW_MS)
            else {
                panic!("{left}");
            };
            assert_eq!((remaining, reset_s), (left, (3 - left) * 20));
            state = next;
        }
        let refused = Allowed::No { retry_after_s: 20 };
        assert_eq!(limit.allow(state, NOW_MS), refused);
        let soon = Allowed::No { retry_after_s: 1 };
        assert_eq!(limit.allow(state, NOW_MS + 19_999), soon);
        assert!(matches!(
            limit.allow(state, NOW_MS + 20_000),
            Allowed::Yes { remaining: 0, .. }
        ));
    }

    #[test]
    fn a_quota_of_nothing_allows_nothing() {
        assert_eq!(
            limit(0, 60).allow(0, NOW_MS),
            Allowed::No { retry_after_s: 60 }
        );
    }

    proptest! {
        /// In no window are more than twice the quota allowed (what is there at its beginning, and what
        /// flows back in it), and one who keeps to the quota is never refused.
        #[test]
        fn no_window_has_more_than_twice_the_quota(
            quota in 1..50_u32, window_s in 1..120_u32, gaps in proptest::collection::vec(0..5_000_i64, 1..300),
        ) {
            let limit = limit(quota, window_s);
            let (mut state, mut now_ms) = (0, NOW_MS);
            let mut allowed = Vec::new();
            for gap in gaps {
                now_ms += gap;
                if let Allowed::Yes { state: next, .. } = limit.allow(state, now_ms) {
                    state = next;
                    allowed.push(now_ms);
                }
            }
            let window_ms = i64::from(window_s) * 1_000;
            for (at, from) in allowed.iter().enumerate() {
                let within = allowed[at..].iter().take_while(|ms| **ms < from + window_ms);
                prop_assert!(within.count() <= 2 * quota as usize);
            }
        }

        #[test]
        fn one_who_keeps_to_the_quota_is_never_refused(quota in 1..50_u32, window_s in 1..120_u32) {
            let limit = limit(quota, window_s);
            let gap_ms = (i64::from(window_s) * 1_000 + i64::from(quota) - 1) / i64::from(quota);
            let (mut state, mut now_ms) = (0, NOW_MS);
            for _ in 0..200 {
                let Allowed::Yes { state: next, .. } = limit.allow(state, now_ms) else {
                    return Err(TestCaseError::fail("refused"));
                };
                state = next;
                now_ms += gap_ms;
            }
        }

        #[test]
        fn a_clock_that_steps_keeps_no_client_out_for_longer_than_a_window(
            state in any::<i64>(), now_ms in 0..i64::MAX / 10_000, quota in 1..50_u32, window_s in 1..120_u32,
        ) {
            match limit(quota, window_s).allow(state, now_ms) {
                Allowed::Yes { .. } => {}
                Allowed::No { retry_after_s } => prop_assert!(retry_after_s <= window_s),
            }
        }
    }
}
