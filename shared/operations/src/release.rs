//! A release: a second build of the storefront beside the stable one, the lane `next`, which a share of
//! the shoppers gets; and the judgement on it.
//!
//! A shopper has a bucket from 0 to 9,999, drawn once for a release. Whose bucket is below the share is
//! in the lane `next`, so a larger share moves no shopper back. Both lanes are judged by what the stable
//! lane has seen: its own answers, and those of the other lane that it has passed on. So a build is
//! judged too that crashes or does not answer. Requests that could not have got into the other lane
//! (programs without a cookie) are left out, so that like is compared with like.
//!
//! Invariant: a judgement is a function of what was observed since the share was last set, and of a
//! moment. With too few samples it is neither good nor bad.
//!
//! Not here: changes of a release and their records ([`crate::control`]), cookies and forwarding (the
//! storefront).

use std::fmt;
use std::ops::RangeInclusive;

use minicbor::{Decode, Encode};

use crate::pulse::{PulseRelease, RouteClass};
use crate::samples::{Lane, Sample};

/// Buckets of shoppers; a share is so many of them.
pub const BUCKETS: u16 = 10_000;
/// How long operations may watch a release, in milliseconds: a minute to a day.
pub const WINDOW_MS: RangeInclusive<i64> = 60_000..=24 * 60 * 60 * 1_000;
/// Characters of a name, at most.
pub const NAME_CHARS_MAX: usize = 40;

/// Samples of the lane `next` below which nothing is said of it.
pub const SAMPLES_MIN: u32 = 50;
/// So many failed or slow answers have to be among them.
pub const FAULTS_MIN: u32 = 5;
/// By how much a larger share of the answers of `next` is errors, so that it is bad: 2 %.
pub const ERRORS_MARGIN_PERMILLE: u64 = 20;
/// By how much a larger share of them is slow: 5 %.
pub const SLOW_MARGIN_PERMILLE: u64 = 50;
/// So few samples are enough where at least half of them are errors; also so many have to be of the
/// stable lane for its shares to count.
pub const COLLAPSE_SAMPLES_MIN: u32 = 10;
/// What counts as now, in milliseconds: a fault that begins late is not thinned out by a good hour.
pub const RECENT_MS: i64 = 60_000;
/// A lane that answers for so long without having reported anything cannot be watched, in milliseconds.
pub const SILENT_MS: i64 = 60_000;
/// So many answers that were passed on have to be known for that.
pub const SILENT_SAMPLES_MIN: u32 = 20;

/// Milliseconds of a slice of the recent past.
const SLICE_MS: i64 = 10_000;

/// Which of the two builds a shopper's bucket is for.
pub fn is_next(bucket: u16, share: u16) -> bool {
    bucket < share
}

/// An answer that takes longer is slow, in milliseconds: the targets of a shop without an `slo.toml`.
pub fn target_ms(class: RouteClass) -> u32 {
    match class {
        RouteClass::Read => 500,
        RouteClass::Search => 1_000,
        RouteClass::Order => 2_500,
        RouteClass::Cart | RouteClass::Room | RouteClass::Secret => 3_000,
    }
}

/// Answers of a lane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Tally {
    /// How many of them were reported.
    #[n(0)]
    pub samples: u32,
    /// Of those, the errors.
    #[n(1)]
    pub error_samples: u32,
    /// Of those, the slow ones.
    #[n(2)]
    pub slow_samples: u32,
    /// For how many requests they stand.
    #[n(3)]
    pub requests: u64,
    /// Those with a 5xx, or without any answer.
    #[n(4)]
    pub errors: u64,
    /// Those without an error that took longer than [`target_ms`].
    #[n(5)]
    pub slow: u64,
}

impl Tally {
    fn add(&mut self, sample: &Sample) {
        let requests = sample.weight.round() as u64;
        let is_error = sample.status >= 5;
        let is_slow = !is_error && sample.ms > target_ms(sample.class);
        self.samples += 1;
        self.error_samples += u32::from(is_error);
        self.slow_samples += u32::from(is_slow);
        self.requests += requests;
        self.errors += requests * u64::from(is_error);
        self.slow += requests * u64::from(is_slow);
    }

    fn add_all(&mut self, other: &Tally) {
        self.samples += other.samples;
        self.error_samples += other.error_samples;
        self.slow_samples += other.slow_samples;
        self.requests += other.requests;
        self.errors += other.errors;
        self.slow += other.slow;
    }

    /// A thousandth of its requests, as many times as these.
    fn permille(&self, of: u64) -> u64 {
        (of * 1_000).checked_div(self.requests).unwrap_or_default()
    }
}

/// As people read it.
impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requests,
            errors,
            slow,
            ..
        } = self;
        write!(out, "{requests} requests, {errors} errors, {slow} slow")
    }
}

/// Both lanes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Lanes {
    /// What the stable build has answered.
    #[n(0)]
    pub stable: Tally,
    /// What the build of the release has answered, as the stable one has seen it.
    #[n(1)]
    pub next: Tally,
}

/// Some seconds of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Slice {
    /// Which one since 1970.
    #[n(0)]
    at: i64,
    #[n(1)]
    lanes: Lanes,
}

/// A release that is out.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Release {
    #[n(0)]
    name: String,
    #[n(1)]
    share: u16,
    #[n(2)]
    began_at_ms: i64,
    #[n(3)]
    window_ms: i64,
    /// When the share was last set: the window and the figures begin there.
    #[n(4)]
    shared_at_ms: i64,
    #[n(5)]
    whole: Lanes,
    /// Of [`RECENT_MS`], the oldest first.
    #[n(6)]
    recent: Vec<Slice>,
    /// Answers that were passed on since the lane has last reported something itself.
    #[n(7)]
    unheard: u32,
    /// When the first of them was given, in milliseconds since 1970.
    #[n(8)]
    unheard_since_ms: Option<i64>,
}

/// What can be done with releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseChange {
    /// The second build is given to a share of the shoppers.
    Next {
        /// What people call it.
        name: String,
        /// Of [`BUCKETS`].
        share: u16,
        /// For how long operations watches it after each change of the share, in milliseconds.
        window_ms: i64,
    },
    /// To another share, of [`BUCKETS`].
    Share(u16),
    /// It ends: its build is the stable one now.
    Promote,
    /// It ends: shoppers get the stable build again.
    Rollback,
}

/// A release that is over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PastRelease {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// When it ended, in milliseconds since 1970.
    #[n(1)]
    pub ended_at_ms: i64,
    /// Whether its build became the stable one.
    #[n(2)]
    pub is_promoted: bool,
    /// Which person or process ended it.
    #[n(3)]
    pub who: String,
    /// What was wrong with it, where operations has ended it; else empty.
    #[n(4)]
    pub why: String,
}

/// How a release does beside the stable build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There are too few samples.
    Gathering,
    /// Nothing is known against it.
    Good,
    /// It is worse than the stable build.
    Bad(Fault),
}

/// What is wrong with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Too many errors, in thousandths of the answers.
    Errors {
        /// Of the release.
        next: u64,
        /// Of the stable build.
        stable: u64,
    },
    /// Too many slow answers, in thousandths.
    Slow {
        /// Of the release.
        next: u64,
        /// Of the stable build.
        stable: u64,
    },
    /// It answers, and reports nothing: what operations says does not reach it either.
    Silent {
        /// For so many seconds.
        for_s: i64,
    },
}

impl Verdict {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Gathering => "gathering",
            Verdict::Good => "good",
            Verdict::Bad(_) => "bad",
        }
    }
}

/// As people read it.
impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |permille: u64| format!("{}.{} %", permille / 10, permille % 10);
        match *self {
            Fault::Errors { next, stable } => {
                let (next, stable) = (percent(next), percent(stable));
                write!(out, "{next} errors, the stable build {stable}")
            }
            Fault::Slow { next, stable } => {
                let (next, stable) = (percent(next), percent(stable));
                write!(out, "{next} slow answers, the stable build {stable}")
            }
            Fault::Silent { for_s } => {
                write!(out, "it answers and has reported nothing for {for_s} s")
            }
        }
    }
}

/// What names may be, for those who are refused.
pub(crate) fn name_rule() -> String {
    format!("the name of a release is 1 to {NAME_CHARS_MAX} letters, digits, '.', '_' and '-'")
}

/// Whether it is a name of a release: letters, digits, `.`, `_` and `-`.
pub fn is_name(name: &str) -> bool {
    let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_character)
}

impl Release {
    /// One that begins at a moment, in milliseconds since 1970. `share`: of [`BUCKETS`].
    pub(crate) fn new(name: String, share: u16, window_ms: i64, now_ms: i64) -> Self {
        Self {
            name,
            share,
            began_at_ms: now_ms,
            window_ms,
            shared_at_ms: now_ms,
            whole: Lanes::default(),
            recent: Vec::new(),
            unheard: 0,
            unheard_since_ms: None,
        }
    }

    /// Another share, of [`BUCKETS`]: window and figures begin anew.
    pub(crate) fn share_anew(&mut self, share: u16, now_ms: i64) {
        let began_at_ms = self.began_at_ms;
        let name = std::mem::take(&mut self.name);
        *self = Self {
            began_at_ms,
            ..Self::new(name, share, self.window_ms, now_ms)
        };
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of [`BUCKETS`].
    pub fn share(&self) -> u16 {
        self.share
    }

    /// In milliseconds since 1970.
    pub fn began_at_ms(&self) -> i64 {
        self.began_at_ms
    }

    /// Until when operations takes it back by itself, in milliseconds since 1970.
    pub fn window_ends_at_ms(&self) -> i64 {
        self.shared_at_ms + self.window_ms
    }

    /// What was seen since the share was last set, while it was watched.
    pub fn lanes(&self) -> &Lanes {
        &self.whole
    }

    /// What edges have to know.
    pub fn published(&self) -> PulseRelease {
        PulseRelease {
            salt: self.began_at_ms,
            share: self.share,
        }
    }

    /// Whether operations watches it at a moment, in milliseconds since 1970. A clock that was set back
    /// does not end that.
    pub fn is_watched(&self, now_ms: i64) -> bool {
        now_ms < self.window_ends_at_ms()
    }

    /// Takes what edges have reported.
    pub(crate) fn observe(&mut self, samples: &[Sample], now_ms: i64) {
        let at = now_ms.div_euclid(SLICE_MS);
        let mut lanes = Lanes::default();
        // What was answered by the share before says nothing of this one.
        let samples = samples.iter().filter(|one| one.at_ms >= self.shared_at_ms);
        for sample in samples {
            match sample.lane {
                None => {}
                Some(Lane::Stable) => lanes.stable.add(sample),
                Some(Lane::Next) => (self.unheard, self.unheard_since_ms) = (0, None),
                Some(Lane::Forwarded) => {
                    lanes.next.add(sample);
                    if sample.status < 5 {
                        self.unheard += 1;
                        self.unheard_since_ms.get_or_insert(sample.at_ms);
                    }
                }
            }
        }
        self.whole.stable.add_all(&lanes.stable);
        self.whole.next.add_all(&lanes.next);
        match self.recent.last_mut().filter(|slice| slice.at == at) {
            Some(slice) => {
                slice.lanes.stable.add_all(&lanes.stable);
                slice.lanes.next.add_all(&lanes.next);
            }
            None => self.recent.push(Slice { at, lanes }),
        }
        let kept = at - RECENT_MS / SLICE_MS + 1..=at;
        self.recent.retain(|slice| kept.contains(&slice.at));
    }

    /// What is to be said of it at a moment, in milliseconds since 1970: by the last minute, and by
    /// everything since the share was last set.
    pub fn verdict(&self, now_ms: i64) -> Verdict {
        let mut recent = Lanes::default();
        for slice in &self.recent {
            recent.stable.add_all(&slice.lanes.stable);
            recent.next.add_all(&slice.lanes.next);
        }
        let fault = fault(&recent).or_else(|| fault(&self.whole));
        match fault.or_else(|| self.silence(now_ms)) {
            Some(fault) => Verdict::Bad(fault),
            None if self.whole.next.samples < SAMPLES_MIN => Verdict::Gathering,
            None => Verdict::Good,
        }
    }

    fn silence(&self, now_ms: i64) -> Option<Fault> {
        let silent_ms = now_ms - self.unheard_since_ms?;
        let is_silent = silent_ms >= SILENT_MS && self.unheard >= SILENT_SAMPLES_MIN;
        is_silent.then_some(Fault::Silent {
            for_s: silent_ms / 1_000,
        })
    }
}

/// What these figures say against the lane `next`.
fn fault(lanes: &Lanes) -> Option<Fault> {
    let Lanes { stable, next } = lanes;
    let is_known = stable.samples >= COLLAPSE_SAMPLES_MIN;
    let of_stable = |count: u64| match is_known {
        true => stable.permille(count),
        false => 0,
    };
    let (errors, stable_errors) = (next.permille(next.errors), of_stable(stable.errors));
    let is_enough = next.samples >= SAMPLES_MIN;
    let has_collapsed =
        next.samples >= COLLAPSE_SAMPLES_MIN && next.error_samples * 2 >= next.samples;
    let has_errors = is_enough && next.error_samples >= FAULTS_MIN;
    if (has_errors || has_collapsed) && errors >= stable_errors + ERRORS_MARGIN_PERMILLE {
        return Some(Fault::Errors {
            next: errors,
            stable: stable_errors,
        });
    }
    let (slow, stable_slow) = (next.permille(next.slow), of_stable(stable.slow));
    let is_slow = is_enough && next.slow_samples >= FAULTS_MIN;
    let is_worse = slow >= stable_slow + SLOW_MARGIN_PERMILLE;
    (is_slow && is_worse).then_some(Fault::Slow {
        next: slow,
        stable: stable_slow,
    })
}

#[cfg(test)]
mod tests;
