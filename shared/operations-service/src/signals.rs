//! The signals: once a second what edges have reported becomes the values of that second, the shares for
//! the next ones, and the records of changes that are applied everywhere.
//!
//! What edges send is stored until a step has taken it. A step that comes late also stands for the
//! seconds that it missed, at most [`MISSED_S`], so that a condition over every second holds while an
//! alarm drifts.
//!
//! Not here: what a value is made of (`souk_operations::samples`), which share is reported
//! (`souk_operations::shares`), how it is shown (the staff API).

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use souk_operations::samples::{Known, second};
use souk_operations::shares::{self, WHOLE};
use souk_operations::{Lane, OriginCall, RouteClass, Sample, Second, Signal, Window};
use souk_operations_store::{KeepEntry, KeepSignals, Series, StoredSignals};
use souk_protocol::samples::{
    ApplyingChange, BOUNDS_MS, ClassWindow, SAMPLES_MAX, SampleBatch, SignalStanding,
    SignalsSecond, SignalsStanding, WINDOWS_S,
};

use crate::draft::{Draft, Sales};

/// Seconds that a step stands for besides its own one.
const MISSED_S: i64 = 3;
/// What took longer to get here says nothing of now, in milliseconds; also an instance that was heard
/// longer ago.
const HEARD_MS: i64 = 3_000;
/// Steps over which rates are averaged.
const STEPS: usize = 3;
/// A value that is older is not that of now, in seconds.
const NOW_S: i64 = 5;
const MINUTE_MS: i64 = 60_000;
const CLASSES: usize = RouteClass::ALL.len();

/// What is kept with a step.
#[derive(Debug, Default, Encode, Decode)]
struct Kept {
    /// The last sample of each instance: its moment, in milliseconds since 1970, and its stamp.
    #[n(0)]
    edges: BTreeMap<u64, (i64, u64)>,
    /// Requests in a second of each class, at the last steps.
    #[n(1)]
    rates: Vec<[f64; CLASSES]>,
    #[n(2)]
    stepped_at_ms: Option<i64>,
    #[n(3)]
    minute: Minute,
}

/// The requests of a minute.
#[derive(Debug, Default, Encode, Decode)]
struct Minute {
    /// Which one since 1970.
    #[n(0)]
    at: i64,
    /// Of each class.
    #[n(1)]
    tallies: [Tally; CLASSES],
}

/// The requests of a class.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
struct Tally {
    #[n(0)]
    requests: f64,
    #[n(1)]
    errors: f64,
    /// Of those without an error, within each bound.
    #[n(2)]
    within: [f64; BOUNDS_MS.len()],
}

impl Tally {
    fn add(&mut self, sample: &Sample) {
        self.requests += sample.weight;
        if sample.status >= 5 {
            self.errors += sample.weight;
            return;
        }
        let bounds = self.within.iter_mut().zip(BOUNDS_MS);
        for (count, _) in bounds.filter(|(_, bound)| sample.ms <= *bound) {
            *count += sample.weight;
        }
    }

    fn add_all(&mut self, other: &Tally) {
        self.requests += other.requests;
        self.errors += other.errors;
        let counts = self.within.iter_mut().zip(other.within);
        counts.for_each(|(count, more)| *count += more);
    }
}

/// The step of a second, if one is due at `now_ms`, in milliseconds since 1970.
pub(crate) fn step(
    stored: StoredSignals,
    draft: &mut Draft,
    sales: &Sales,
    now_ms: i64,
) -> Option<KeepSignals> {
    let mut kept: Kept = minicbor::decode(&stored.kept).unwrap_or_default();
    let at_s = now_ms.div_euclid(1_000);
    let last_ms = kept.stepped_at_ms;
    // A clock that was set back by more than a step begins anew there.
    let last_s = last_ms.map(|ms| ms.div_euclid(1_000));
    let last_s = last_s.filter(|last_s| (at_s - MISSED_S - 1..=at_s + 1).contains(last_s));
    if last_s.is_some_and(|last_s| last_s >= at_s) {
        return None;
    }
    let reported = samples(&stored, now_ms);
    // What was forwarded counts once: the build that has answered it reports it too.
    let own = reported
        .iter()
        .filter(|one| one.lane != Some(Lane::Forwarded));
    let samples: Vec<_> = own.copied().collect();
    let length_ms = match (last_s, last_ms) {
        (Some(_), Some(last_ms)) => now_ms - last_ms,
        _ => 1_000,
    };
    kept.hear(&samples, now_ms);
    let known = Known {
        length_ms,
        origin: sales.origin.clone(),
        sales: sales.now,
        edges: kept.edges_with(draft.state.watched().changed_stamp),
    };
    let values = second(at_s, &samples, &known).values;
    let first_s = last_s.map_or(at_s, |last_s| last_s + 1);
    let seconds = (first_s..=at_s).map(|at_s| {
        let values = values.clone();
        entry(Series::Seconds, at_s, &Second { at_s, values })
    });
    let mut entries: Vec<_> = seconds.collect();
    entries.extend(kept.count(&samples, now_ms));
    let rates = kept.rates(&samples, length_ms);
    let shares = shares::next(&draft.state.watched().shares, rates);
    draft.state.share(shares);
    let records = draft.state.observe(&reported, now_ms);
    draft.records.extend(records);
    kept.stepped_at_ms = Some(now_ms);
    Some(KeepSignals {
        kept: encoded(&kept),
        taken: stored.batches.last().map_or(0, |batch| batch.number),
        entries,
    })
}

impl Kept {
    fn hear(&mut self, samples: &[Sample], now_ms: i64) {
        for sample in samples {
            let last = self.edges.entry(sample.edge).or_default();
            // Of two with the same moment the later stamp is the later one.
            *last = (*last).max((sample.at_ms, sample.stamp));
        }
        let heard = now_ms - HEARD_MS..=now_ms + HEARD_MS;
        self.edges.retain(|_, (at_ms, _)| heard.contains(at_ms));
    }

    /// How many instances there are, and how many of them have this stamp or a later one.
    fn edges_with(&self, stamp: u64) -> (u32, u32) {
        let with = self.edges.values().filter(|(_, last)| *last >= stamp);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (count(self.edges.len()), count(with.count()))
    }

    /// Requests in a second of each class, with those of this step.
    fn rates(&mut self, samples: &[Sample], length_ms: i64) -> [f64; CLASSES] {
        let mut now = [0.0; CLASSES];
        for sample in samples {
            now[usize::from(sample.class.number())] += sample.weight;
        }
        let seconds = length_ms.max(1) as f64 / 1_000.0;
        self.rates.push(now.map(|count| count / seconds));
        let surplus = self.rates.len().saturating_sub(STEPS);
        self.rates.drain(..surplus);
        let steps = self.rates.len() as f64;
        std::array::from_fn(|class| {
            let all: f64 = self.rates.iter().map(|rates| rates[class]).sum();
            all / steps
        })
    }

    /// Counts for the minute; the one before, once it is over.
    fn count(&mut self, samples: &[Sample], now_ms: i64) -> Option<KeepEntry> {
        let at = now_ms.div_euclid(MINUTE_MS);
        let over = (self.minute.at != at).then(|| std::mem::take(&mut self.minute));
        self.minute.at = at;
        for sample in samples {
            self.minute.tallies[usize::from(sample.class.number())].add(sample);
        }
        let over = over.filter(|minute| minute.at != 0);
        over.map(|minute| entry(Series::Minutes, minute.at, &minute))
    }
}

fn entry<T: Encode<()>>(series: Series, at: i64, body: &T) -> KeepEntry {
    KeepEntry {
        series,
        at,
        body: encoded(body),
    }
}

fn encoded<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("a Vec takes all bytes")
}

/// What was sent lately. A batch that cannot be read is left out.
fn samples(stored: &StoredSignals, now_ms: i64) -> Vec<Sample> {
    let mut samples = Vec::new();
    for stored in &stored.batches {
        let Ok(batch) = souk_json::read::<SampleBatch>(stored.body.as_bytes()) else {
            continue;
        };
        let kept = batch.samples.len() as f64;
        let lost = (kept + batch.lost as f64) / kept.max(1.0);
        for sent in &batch.samples {
            let at_ms = stored.at_ms - i64::from(sent.ago_ms);
            let Some(class) = RouteClass::of_number(sent.class) else {
                continue;
            };
            if !(now_ms - HEARD_MS..=now_ms + HEARD_MS).contains(&at_ms) {
                continue;
            }
            samples.push(Sample {
                edge: batch.edge,
                at_ms,
                weight: f64::from(WHOLE) / f64::from(sent.per_million.clamp(1, WHOLE)) * lost,
                class,
                status: sent.status,
                ms: sent.ms,
                origin: sent.origin_ms.map(|ms| OriginCall {
                    ms,
                    has_failed: sent.origin_failed,
                }),
                places: sent.places,
                stamp: sent.stamp,
                pulse_age_ms: sent.pulse_age_ms,
                lane: Lane::of_number(sent.lane),
            });
        }
    }
    samples
}

/// The seconds that are stored, and those that a step has made. One that cannot be read has no values.
pub(crate) fn window(known: &[(i64, Vec<u8>)], made: Option<&KeepSignals>) -> Window {
    let made = made.into_iter().flat_map(|kept| &kept.entries);
    let made = made.filter(|entry| entry.series == Series::Seconds);
    let known = known.iter().map(|(_, body)| body);
    let bodies = known.chain(made.map(|entry| &entry.body));
    let seconds = bodies.filter_map(|body| minicbor::decode::<Second>(body).ok());
    seconds.collect()
}

/// Whether a body is a batch of an edge.
pub(crate) fn is_batch(body: &[u8]) -> bool {
    let batch = souk_json::read::<SampleBatch>(body).ok();
    batch.is_some_and(|batch| (1..=SAMPLES_MAX).contains(&batch.samples.len()))
}

/// What the staff see, without windows.
pub(crate) fn standing(
    state: &souk_operations::Operations,
    entries: &[(i64, Vec<u8>)],
    now_ms: i64,
) -> SignalsStanding {
    let seconds = entries
        .iter()
        .filter_map(|(_, body)| minicbor::decode::<Second>(body).ok());
    let seconds: Vec<_> = seconds.collect();
    let now_s = now_ms.div_euclid(1_000);
    let recent = now_s - NOW_S..=now_s + 1;
    let signals = Signal::ALL.iter().map(|signal| {
        let mut latest = seconds.iter().rev();
        let value = latest
            .by_ref()
            .take_while(|second| recent.contains(&second.at_s))
            .find_map(|second| second.values.get(signal).copied());
        SignalStanding {
            signal: signal.name().to_owned(),
            unit: signal.unit().name().to_owned(),
            meaning: signal.meaning().to_owned(),
            value,
        }
    });
    let applying = state.watched().applying.iter();
    let until_ms = state.watched().looked_on_until_ms;
    SignalsStanding {
        now_ms,
        watched_until_ms: until_ms.filter(|&until_ms| now_ms < until_ms),
        signals: signals.collect(),
        applying: applying
            .map(|change| ApplyingChange {
                record: change.record,
                changed_at_ms: change.changed_at_ms,
            })
            .collect(),
        seconds: seconds
            .iter()
            .map(|second| SignalsSecond {
                at_s: second.at_s,
                values: second.by_name(),
            })
            .collect(),
        windows: Vec::new(),
    }
}

/// The requests of each class in windows that end with this minute.
pub(crate) fn windows(
    entries: &[(i64, Vec<u8>)],
    stored: &StoredSignals,
    now_ms: i64,
) -> Vec<ClassWindow> {
    let kept: Kept = minicbor::decode(&stored.kept).unwrap_or_default();
    let minutes = entries
        .iter()
        .filter_map(|(_, body)| minicbor::decode::<Minute>(body).ok());
    let minutes: Vec<_> = minutes.chain([kept.minute]).collect();
    let now = now_ms.div_euclid(MINUTE_MS);
    let mut windows = Vec::new();
    for window_s in WINDOWS_S {
        let within = now - window_s * 1_000 / MINUTE_MS + 1..=now;
        for (at, class) in RouteClass::ALL.into_iter().enumerate() {
            let counted = minutes.iter().filter(|minute| within.contains(&minute.at));
            let counted = counted.filter(|minute| minute.tallies[at].requests > 0.0);
            let (mut all, mut count) = (Tally::default(), 0);
            for minute in counted {
                all.add_all(&minute.tallies[at]);
                count += 1;
            }
            windows.push(ClassWindow {
                class: class.name().to_owned(),
                window_s,
                minutes: count,
                requests: whole(all.requests),
                errors: whole(all.errors),
                within: all.within.map(whole).into(),
            });
        }
    }
    windows
}

/// A count that is not negative, rounded.
fn whole(count: f64) -> u64 {
    count.round() as u64
}
