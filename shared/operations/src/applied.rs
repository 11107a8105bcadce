//! When a change of switches has arrived everywhere, and why edges report at all.
//!
//! A change is *applied* once all samples of [`SETTLED_MS`] carry its stamp or a later one. It took until
//! the first of these samples. An edge that is silent does not count: it answers no request.
//!
//! Invariant: each change gets at most one record that it is late, and at most one that it is applied.
//!
//! Not here: what samples say besides ([`crate::samples`]), how many there are ([`crate::shares`]).

use minicbor::{Decode, Encode};

use crate::pulse::Sampling;
use crate::samples::Sample;
use crate::shares;

/// For so long all samples carry the stamp, in milliseconds.
pub const SETTLED_MS: i64 = 3_000;
/// Then a change that is not applied gets a record, in milliseconds.
pub const LATE_MS: i64 = 30_000;
/// Edges report for so long after a change of a switch, in milliseconds; a change that is not applied by
/// then is given up.
pub const REPORTED_MS: i64 = 120_000;
/// Changes that are followed at the same time; the oldest one is given up for a further one.
const FOLLOWED_MAX: usize = 16;

/// What is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Watched {
    /// Changes that are on their way, the oldest first.
    #[n(0)]
    pub applying: Vec<Applying>,
    /// The stamp of the last change of a switch; 0 before the first.
    #[n(1)]
    pub changed_stamp: u64,
    /// When a switch was moved last, in milliseconds since 1970.
    #[n(2)]
    pub moved_at_ms: Option<i64>,
    /// Until when a person looks on, in milliseconds since 1970.
    #[n(3)]
    pub looked_on_until_ms: Option<i64>,
    /// The shares that edges report while anything wants them; empty before the first.
    #[n(4)]
    pub shares: Vec<Sampling>,
    /// Whether the last pulse had them: edges report until one has none.
    #[n(5)]
    pub is_reported: bool,
}

/// A change that is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Applying {
    /// The number of its record.
    #[n(0)]
    pub record: u64,
    /// The stamp of the first pulse that has it; 0: it has not been stored yet.
    #[n(1)]
    pub stamp: u64,
    /// When it was made, in milliseconds since 1970.
    #[n(2)]
    pub changed_at_ms: i64,
    /// The last sample since then that lacked it.
    #[n(3)]
    lacked_at_ms: Option<i64>,
    /// The first sample after that one.
    #[n(4)]
    since_ms: Option<i64>,
    /// Whether it has its record that it is late.
    #[n(5)]
    is_late: bool,
}

/// What becomes of a change on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Applied { took_ms: i64 },
    Late { was_heard: bool },
    GivenUp,
    Goes,
}

impl Watched {
    /// A switch was moved, with the record of this number.
    pub(crate) fn moved(&mut self, record: u64, now_ms: i64) {
        self.moved_at_ms = Some(now_ms);
        if self.applying.len() >= FOLLOWED_MAX {
            self.applying.remove(0);
        }
        self.applying.push(Applying {
            record,
            stamp: 0,
            changed_at_ms: now_ms,
            lacked_at_ms: None,
            since_ms: None,
            is_late: false,
        });
    }

    /// A pulse with this stamp is the first that has what was changed.
    pub(crate) fn stamped(&mut self, stamp: u64) {
        for change in self.applying.iter_mut().filter(|change| change.stamp == 0) {
            change.stamp = stamp;
            self.changed_stamp = stamp;
        }
    }

    /// Whether a switch was moved lately or a person looks on.
    pub fn is_on(&self, now_ms: i64) -> bool {
        let moved = self.moved_at_ms;
        let is_new = moved.is_some_and(|ms| (ms - REPORTED_MS..ms + REPORTED_MS).contains(&now_ms));
        is_new || self.looked_on_until_ms.is_some_and(|ms| now_ms < ms)
    }

    /// The shares that edges are to report.
    pub(crate) fn shares(&self) -> Vec<Sampling> {
        match self.shares.is_empty() {
            true => shares::first(),
            false => self.shares.clone(),
        }
    }

    /// Takes samples, and says what the journal gets.
    pub(crate) fn observe(&mut self, samples: &[Sample], now_ms: i64) -> Vec<String> {
        let mut samples: Vec<_> = samples.iter().collect();
        samples.sort_by_key(|sample| sample.at_ms);
        let mut records = Vec::new();
        self.applying.retain_mut(|change| {
            for sample in &samples {
                change.see(sample);
            }
            let record = change.record;
            match change.progress(now_ms) {
                Progress::Applied { took_ms } => {
                    let took = Tenths(took_ms);
                    records.push(format!(
                        "record {record} is applied everywhere after {took} s"
                    ));
                    false
                }
                Progress::Late { was_heard } => {
                    change.is_late = true;
                    let why = match was_heard {
                        true => "instances still answer without it",
                        false => "no instance was heard",
                    };
                    let after_s = LATE_MS / 1_000;
                    records.push(format!(
                        "record {record} is not applied after {after_s} s: {why}"
                    ));
                    true
                }
                Progress::GivenUp => false,
                Progress::Goes => true,
            }
        });
        records
    }
}

impl Applying {
    fn see(&mut self, sample: &Sample) {
        let at_ms = sample.at_ms;
        if self.stamp == 0 || at_ms < self.changed_at_ms {
            return;
        }
        if sample.stamp < self.stamp {
            self.lacked_at_ms = self.lacked_at_ms.max(Some(at_ms));
            self.since_ms = self.since_ms.filter(|&since_ms| since_ms > at_ms);
            return;
        }
        let is_after = self.lacked_at_ms.is_none_or(|lacked_ms| at_ms > lacked_ms);
        if is_after && self.since_ms.is_none_or(|since_ms| at_ms < since_ms) {
            self.since_ms = Some(at_ms);
        }
    }

    fn progress(&self, now_ms: i64) -> Progress {
        let since_ms = self.since_ms.filter(|ms| ms + SETTLED_MS <= now_ms);
        if let Some(since_ms) = since_ms {
            let took_ms = since_ms - self.changed_at_ms;
            return Progress::Applied { took_ms };
        }
        match now_ms - self.changed_at_ms {
            REPORTED_MS.. => Progress::GivenUp,
            LATE_MS.. if !self.is_late => Progress::Late {
                was_heard: self.lacked_at_ms.is_some(),
            },
            _ => Progress::Goes,
        }
    }
}

/// Milliseconds as seconds with one digit behind the point, rounded up.
struct Tenths(i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 + 99) / 100;
        write!(out, "{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pulse::RouteClass;

    fn sample(edge: u64, at_ms: i64, stamp: u64) -> Sample {
        Sample {
            edge,
            at_ms,
            weight: 1.0,
            class: RouteClass::Read,
            status: 2,
            ms: 1,
            origin: None,
            places: false,
            stamp,
            pulse_age_ms: None,
            lane: None,
        }
    }

    /// A change at 1,000 ms with the record 4 and the stamp 9.
    fn changed() -> Watched {
        let mut watched = Watched::default();
        watched.moved(4, 1_000);
        watched.stamped(9);
        watched
    }

    #[test]
    fn a_change_is_applied_once_all_samples_of_three_seconds_carry_it() {
        let mut watched = changed();
        // Before the change nothing can carry it.
        let early = [sample(1, 900, 8), sample(2, 1_500, 8), sample(1, 1_600, 9)];
        assert!(watched.observe(&early, 2_000).is_empty());
        // They come in any order.
        let late = [
            sample(2, 2_850, 9),
            sample(2, 2_700, 8),
            sample(1, 2_780, 10),
        ];
        assert!(watched.observe(&late, 3_000).is_empty());
        assert!(watched.observe(&[], 5_779).is_empty());
        let records = watched.observe(&[sample(1, 5_700, 9)], 5_780);
        assert_eq!(records, ["record 4 is applied everywhere after 1.8 s"]);
        assert!(watched.applying.is_empty());
        assert!(watched.observe(&[], 9_000).is_empty(), "it is said once");
    }

    #[test]
    fn one_instance_that_lacks_it_begins_the_three_seconds_anew() {
        let mut watched = changed();
        watched.observe(&[sample(1, 1_100, 9)], 2_000);
        watched.observe(&[sample(2, 4_050, 8)], 4_090);
        assert!(watched.observe(&[sample(1, 4_200, 9)], 7_199).is_empty());
        let records = watched.observe(&[], 7_200);
        assert_eq!(records, ["record 4 is applied everywhere after 3.2 s"]);
    }

    #[test]
    fn a_change_that_does_not_arrive_has_a_record_that_says_so() {
        let mut watched = changed();
        for second in 2..31 {
            let now_ms = second * 1_000;
            let samples = [sample(1, now_ms - 10, 9), sample(2, now_ms - 5, 8)];
            assert!(watched.observe(&samples, now_ms).is_empty(), "{second}");
        }
        let late = "record 4 is not applied after 30 s: instances still answer without it";
        assert_eq!(watched.observe(&[], 31_000), [late]);
        assert!(watched.observe(&[], 32_000).is_empty(), "it is said once");
        let records = watched.observe(&[sample(2, 40_000, 9)], 43_000);
        assert_eq!(records, ["record 4 is applied everywhere after 39.0 s"]);
    }

    #[test]
    fn where_no_instance_is_heard_that_is_said_and_the_change_is_given_up() {
        let mut watched = changed();
        let late = "record 4 is not applied after 30 s: no instance was heard";
        assert_eq!(watched.observe(&[], 31_000), [late]);
        assert!(watched.observe(&[], 1_000 + REPORTED_MS).is_empty());
        assert!(watched.applying.is_empty());
    }

    #[test]
    fn a_later_change_carries_the_earlier_ones() {
        let mut watched = changed();
        watched.moved(5, 2_000);
        watched.stamped(12);
        watched.observe(&[sample(1, 1_500, 9), sample(1, 2_500, 12)], 3_000);
        let records = watched.observe(&[], 5_500);
        let both = [
            "record 4 is applied everywhere after 0.5 s",
            "record 5 is applied everywhere after 0.5 s",
        ];
        assert_eq!(records, both);
        for record in 0..20 {
            watched.moved(record, 6_000);
        }
        assert_eq!(watched.applying.len(), FOLLOWED_MAX);
        assert_eq!(watched.applying[0].record, 4);
    }

    #[test]
    fn edges_report_for_a_while_after_a_change_and_while_a_person_looks_on() {
        let mut watched = Watched::default();
        assert!(!watched.is_on(5_000));
        watched.moved(1, 5_000);
        assert!(watched.is_on(5_000) && watched.is_on(5_000 + REPORTED_MS - 1));
        assert!(!watched.is_on(5_000 + REPORTED_MS));
        watched.looked_on_until_ms = Some(900_000);
        assert!(watched.is_on(899_999) && !watched.is_on(900_000));
    }
}
