//! Protects an origin in trouble from the edge: how many calls may be repeated, when not to call at
//! all, and how many calls may wait. Pure: the caller passes the time in and sends the requests.
//!
//! Every instance guards its own calls. Instances do not coordinate, so what they do together is
//! bounded by what each of them does: it repeats a share of its own calls, and now and then sends
//! one call to an origin that is down.
//!
//! Invariant: whenever a call is refused, one that matters less would be refused too. Which matters how
//! much is in `criticality`.

use std::cell::{Cell, RefCell};

use souk_ports::is_within;
use souk_protocol::limits;

use crate::origin::criticality::Criticality;

/// A call is given up after this long, all its attempts together: as long as clients commonly wait.
/// A crowd of thousands at a local origin of some hundred orders a second is served within it.
pub(crate) const DEADLINE_MS: i64 = limits::ORIGIN_CALL_MS_MAX;

/// Of a repetition's price, what every call pays in, in hundredths: with it at most 9 of 100 calls
/// are repeated. The first repetition of an instance is free, so that a quiet shop has one; over
/// the 128 requests that a Spin instance lives for, both together stay below 1.1 attempts a call.
const PAID_IN: u32 = 9;
const REPETITION_PRICE: u32 = 100;
/// Repetitions that can be saved up.
const SAVED_MAX: u32 = 10 * REPETITION_PRICE;

/// The breaker looks at this many attempts, the last ones.
const WINDOW: u32 = 32;
/// It opens when so many of them failed, and three quarters of all of them.
const FAILURES_MIN: u32 = 8;
/// How long it stays open the first time, and at most; doubled for each time in a row.
const OPEN_MS: i64 = 1_000;
const OPEN_MS_MAX: i64 = 16_000;

/// Calls that may wait in any case: a crowd at the opening of a sale is no reason to refuse it.
const WAITING_MIN: u32 = 6_144;
/// Calls that may wait at most, whatever the pace: each holds its request in memory.
const WAITING_MAX: u32 = 8_192;
/// When a client in a crowd should retry: the pace has changed by then.
const CROWD_RETRY_AFTER_S: u32 = 2;
/// The pace is measured over this long.
const PACE_MS: i64 = 1_000;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The origin answered, with any status.
    Answered,
    /// It was busy, or nothing came back.
    Failed,
}

/// Guards the calls of one instance.
#[derive(Debug, Default, Clone)]
pub(crate) struct Guard {
    saved: Cell<Option<u32>>,
    breaker: RefCell<Breaker>,
    waiting: Cell<u32>,
    pace: RefCell<Pace>,
}

/// A call that was admitted; dropped when it is over, or abandoned with its request.
#[derive(Debug)]
pub(crate) struct Admitted<'a>(&'a Guard);

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.waiting.set(self.0.waiting.get() - 1);
    }
}

impl Guard {
    /// Admits a call, or says after how many seconds to retry: nothing was sent then.
    pub(crate) fn admit(&self, class: Criticality, now_ms: i64) -> Result<Admitted<'_>, u32> {
        if self.waiting.get() >= self.waiting_max(class, now_ms) {
            return Err(CROWD_RETRY_AFTER_S);
        }
        self.breaker.borrow_mut().admit(now_ms)?;
        self.waiting.update(|waiting| waiting + 1);
        let saved = self.saved.get().unwrap_or(REPETITION_PRICE) + PAID_IN;
        self.saved.set(Some(saved.min(SAVED_MAX)));
        Ok(Admitted(self))
    }

    /// Whether an attempt of a call that failed may be repeated; it is paid for when it may. One of a
    /// class of which no more calls are admitted may not.
    pub(crate) fn may_repeat(&self, class: Criticality, now_ms: i64) -> bool {
        // The call itself is one of those that wait.
        if self.is_open() || self.waiting.get() > self.waiting_max(class, now_ms) {
            return false;
        }
        let saved = self.saved.get().unwrap_or(REPETITION_PRICE);
        let Some(rest) = saved.checked_sub(REPETITION_PRICE) else {
            return false;
        };
        self.saved.set(Some(rest));
        true
    }

    /// Records how an attempt ended.
    pub(crate) fn ended(&self, attempt: Attempt, now_ms: i64) {
        self.breaker.borrow_mut().ended(attempt, now_ms);
        if attempt == Attempt::Answered {
            self.pace.borrow_mut().answered(now_ms);
        }
    }

    /// How many calls may wait when one of a class is admitted.
    fn waiting_max(&self, class: Criticality, now_ms: i64) -> u32 {
        class.waiting_max(self.pace.borrow_mut().waiting_max(now_ms))
    }

    /// Whether calls are refused without being sent.
    fn is_open(&self) -> bool {
        !self.breaker.borrow().is_closed()
    }
}

/// Stops asking an origin that fails, and tries with one call at a time whether it is back.
#[derive(Debug, Default, Clone)]
struct Breaker {
    /// A bit for each of the last attempts, the newest lowest; 1: failed.
    failed: u32,
    seen: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    since_ms: i64,
    lasts_ms: i64,
    probe_since_ms: Option<i64>,
}

impl Breaker {
    fn is_closed(&self) -> bool {
        self.open.is_none()
    }

    fn admit(&mut self, now_ms: i64) -> Result<(), u32> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let probed = open
            .probe_since_ms
            .is_some_and(|since_ms| is_within(DEADLINE_MS, since_ms, now_ms));
        let waits = is_within(open.lasts_ms, open.since_ms, now_ms);
        if !waits && !probed {
            open.probe_since_ms = Some(now_ms);
            return Ok(());
        }
        let rest_ms = match waits {
            true => open.since_ms + open.lasts_ms - now_ms,
            false => 0,
        };
        Err(u32::try_from(rest_ms / 1_000 + 1).unwrap_or(u32::MAX))
    }

    fn ended(&mut self, attempt: Attempt, now_ms: i64) {
        match (self.open, attempt) {
            // Any answer proves that the origin is up, whether the call was a probe or not.
            (Some(_), Attempt::Answered) => *self = Self::default(),
            (Some(open), Attempt::Failed) if open.probe_since_ms.is_some() => {
                self.trip(now_ms, (open.lasts_ms * 2).min(OPEN_MS_MAX));
            }
            // A call that was under way when the breaker opened.
            (Some(_), Attempt::Failed) => {}
            (None, attempt) => {
                self.failed = self.failed << 1 | u32::from(attempt == Attempt::Failed);
                self.seen = (self.seen + 1).min(WINDOW);
                let failures = self.failed.count_ones();
                if failures >= FAILURES_MIN && failures * 4 >= self.seen * 3 {
                    self.trip(now_ms, OPEN_MS);
                }
            }
        }
    }

    fn trip(&mut self, now_ms: i64, lasts_ms: i64) {
        self.open = Some(Open {
            since_ms: now_ms,
            lasts_ms,
            probe_since_ms: None,
        });
    }
}

/// How fast the origin answers, to know which calls would wait in vain.
#[derive(Debug, Default, Clone)]
struct Pace {
    since_ms: i64,
    answers: u32,
    /// Answers in the last whole period; `None` before the first one was over.
    known: Option<u32>,
}

impl Pace {
    fn answered(&mut self, now_ms: i64) {
        self.turn(now_ms);
        self.answers += 1;
    }

    /// Calls that are answered before their deadline at the pace of now, less a fifth for safety.
    fn waiting_max(&mut self, now_ms: i64) -> u32 {
        self.turn(now_ms);
        let Some(known) = self.known else {
            return WAITING_MAX;
        };
        let periods = u32::try_from(DEADLINE_MS / PACE_MS).unwrap_or(1);
        let in_time = known.max(self.answers) * periods / 5 * 4;
        in_time.clamp(WAITING_MIN, WAITING_MAX)
    }

    fn turn(&mut self, now_ms: i64) {
        if is_within(PACE_MS, self.since_ms, now_ms) {
            return;
        }
        // After a pause without calls nothing is known: silence is not slowness.
        let recent = is_within(2 * PACE_MS, self.since_ms, now_ms) && self.answers > 0;
        self.known = recent.then_some(self.answers);
        self.answers = 0;
        self.since_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUYER: Criticality = Criticality::CalledBuyer;

    /// Calls with attempts that fail by chance; gives calls, attempts and refusals.
    fn simulate(calls: u32, failing_percent: u64, seed: u64) -> (u32, u32, u32) {
        let guard = Guard::default();
        let (mut attempts, mut refused, mut random) = (0, 0, seed);
        for call in 0..calls {
            let now_ms = i64::from(call) * 5;
            let Ok(_admitted) = guard.admit(BUYER, now_ms) else {
                refused += 1;
                continue;
            };
            loop {
                attempts += 1;
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                if (random >> 33) % 100 >= failing_percent {
                    guard.ended(Attempt::Answered, now_ms);
                    break;
                }
                guard.ended(Attempt::Failed, now_ms);
                if !guard.may_repeat(BUYER, now_ms) {
                    break;
                }
            }
        }
        (calls - refused, attempts, refused)
    }

    #[test]
    fn with_three_of_ten_attempts_failing_at_most_a_tenth_is_repeated() {
        for calls in [128, 1_000, 100_000] {
            for seed in 1..40 {
                let (sent, attempts, _) = simulate(calls, 30, seed);
                assert!(
                    f64::from(attempts) <= 1.1 * f64::from(sent),
                    "{attempts} attempts for {sent} calls, seed {seed}"
                );
            }
        }
    }

    #[test]
    fn few_failures_are_all_repeated() {
        let (sent, attempts, refused) = simulate(10_000, 3, 7);
        assert_eq!(refused, 0);
        assert!(
            attempts > sent + 200,
            "{attempts} attempts for {sent} calls"
        );
    }

    #[test]
    fn an_origin_that_is_down_is_hardly_asked() {
        let (sent, _, refused) = simulate(10_000, 100, 3);
        assert!(sent < 30, "{sent} calls were sent");
        assert_eq!(sent + refused, 10_000);
    }

    #[test]
    fn one_probe_at_a_time_finds_out_whether_the_origin_is_back() {
        let guard = Guard::default();
        for _ in 0..FAILURES_MIN {
            let _admitted = guard.admit(BUYER, 0).expect("closed");
            guard.ended(Attempt::Failed, 0);
        }
        assert!(guard.is_open());
        assert_eq!(guard.admit(BUYER, OPEN_MS - 1).err(), Some(1));
        let probe = guard.admit(BUYER, OPEN_MS).expect("half open");
        assert!(guard.admit(BUYER, OPEN_MS).is_err(), "a second probe");
        guard.ended(Attempt::Failed, OPEN_MS);
        drop(probe);
        assert_eq!(
            guard.admit(BUYER, OPEN_MS + 1).err(),
            Some(2),
            "twice as long"
        );
        let _probe = guard.admit(BUYER, 3 * OPEN_MS).expect("half open again");
        guard.ended(Attempt::Answered, 3 * OPEN_MS);
        assert!(!guard.is_open());
        assert!(guard.admit(BUYER, 3 * OPEN_MS).is_ok() && guard.admit(BUYER, 3 * OPEN_MS).is_ok());
    }

    #[test]
    fn a_probe_that_never_ends_does_not_keep_the_breaker_open() {
        let guard = Guard::default();
        for _ in 0..FAILURES_MIN {
            guard.ended(Attempt::Failed, 0);
        }
        drop(
            guard
                .admit(BUYER, OPEN_MS)
                .expect("a probe, whose client goes away"),
        );
        assert!(guard.admit(BUYER, OPEN_MS + DEADLINE_MS - 1).is_err());
        assert!(guard.admit(BUYER, OPEN_MS + DEADLINE_MS).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_the_breaker_open() {
        const HOUR_MS: i64 = 3_600_000;
        let guard = Guard::default();
        for _ in 0..FAILURES_MIN {
            guard.ended(Attempt::Failed, HOUR_MS);
        }
        assert!(guard.admit(BUYER, HOUR_MS + 1).is_err());
        drop(guard.admit(BUYER, 1).expect("a probe"));
        // It was sent at a moment that is still to come once the clock is set back again.
        assert!(guard.admit(BUYER, 2).is_err());
        assert!(guard.admit(BUYER, 0).is_ok());
    }

    #[test]
    fn no_more_may_wait_than_are_answered_in_time() {
        let guard = Guard::default();
        let crowd_at = |now_ms| {
            let crowd: Vec<_> = (0..10_000)
                .map_while(|_| guard.admit(BUYER, now_ms).ok())
                .collect();
            assert_eq!(guard.waiting.get() as usize, crowd.len());
            crowd.len()
        };
        assert_eq!(crowd_at(0), 8_192, "before anything is known");
        (0..300).for_each(|_| guard.ended(Attempt::Answered, 10));
        // Three hundred in a second: 7,200 are answered within eight tenths of thirty seconds.
        assert_eq!(crowd_at(1_050), 7_200);
        guard.ended(Attempt::Answered, 1_060);
        assert_eq!(crowd_at(2_100), 6_144, "a crowd is served in any case");
        assert!(guard.admit(BUYER, 2_100).is_ok());
    }

    #[test]
    fn silence_is_not_slowness() {
        let guard = Guard::default();
        guard.ended(Attempt::Answered, 0);
        let crowd: Vec<_> = (0..3_000)
            .map_while(|_| guard.admit(BUYER, 60_000).ok())
            .collect();
        assert_eq!(crowd.len(), 3_000);
    }

    /// Which classes are admitted as the guard stands; the guard stays as it is.
    fn admitted(guard: &Guard, now_ms: i64) -> Vec<Criticality> {
        let is_admitted = |class: &Criticality| guard.clone().admit(*class, now_ms).is_ok();
        Criticality::ALL.into_iter().filter(is_admitted).collect()
    }

    #[test]
    fn whenever_a_class_is_refused_no_lower_one_is_admitted_whatever_happened_before() {
        let mut some_are_refused = [0; Criticality::ALL.len() + 1];
        for seed in 1..=20_u64 {
            let guard = Guard::default();
            let (mut now_ms, mut random) = (0, seed);
            let mut draw = |below: u64| {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (random >> 33) % below
            };
            let mut under_way = Vec::new();
            for _ in 0..400 {
                now_ms += draw(200) as i64;
                match draw(4) {
                    0 => {
                        let class = Criticality::ALL[draw(3) as usize];
                        let crowd = (0..draw(3_000)).map_while(|_| guard.admit(class, now_ms).ok());
                        under_way.extend(crowd);
                    }
                    1 => under_way.truncate(draw(under_way.len() as u64 + 1) as usize),
                    2 => (0..draw(500)).for_each(|_| guard.ended(Attempt::Answered, now_ms)),
                    _ => (0..draw(12)).for_each(|_| guard.ended(Attempt::Failed, now_ms)),
                }
                let admitted = admitted(&guard, now_ms);
                let refused = Criticality::ALL.len() - admitted.len();
                assert_eq!(admitted, Criticality::ALL[refused..], "seed {seed}");
                some_are_refused[refused] += 1;
            }
        }
        assert!(
            some_are_refused.iter().all(|&times| times > 0),
            "{some_are_refused:?}"
        );
    }

    #[test]
    fn a_crowd_of_one_class_leaves_room_for_those_above_it() {
        let guard = Guard::default();
        let fill = |class| {
            let crowd: Vec<_> = (0..10_000)
                .map_while(|_| guard.admit(class, 0).ok())
                .collect();
            crowd
        };
        let crowds = Criticality::ALL.map(fill);
        assert_eq!(crowds.each_ref().map(Vec::len), [4_096, 3_072, 1_024]);
        assert!(admitted(&guard, 0).is_empty());
    }

    #[test]
    fn a_class_of_which_none_is_admitted_any_more_is_not_repeated() {
        let guard = Guard::default();
        let half: Vec<_> = (0..4_096)
            .map(|_| guard.admit(BUYER, 0).expect("room"))
            .collect();
        assert!(
            guard.clone().may_repeat(Criticality::Comfort, 0),
            "it is one of them"
        );
        let _another = guard.admit(BUYER, 0).expect("room");
        assert!(!guard.clone().may_repeat(Criticality::Comfort, 0));
        assert!(guard.may_repeat(Criticality::Other, 0));
        drop(half);
        assert!(guard.may_repeat(Criticality::Comfort, 0));
    }
}
