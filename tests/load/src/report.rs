//! What the records of a run come to.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::record::{Outcome, Record, Step};

/// A run in which one of a hundred requests was sent later than this says nothing about the server.
pub const LATENESS_MAX: Duration = Duration::from_millis(5);

/// A run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Requests that were sent.
    pub sent: u64,
    /// Those with an answer.
    pub answered: u64,
    /// Those without, by what was wrong.
    pub errors: BTreeMap<&'static str, u64>,
    /// From the planned moment to the whole answer: what a visitor waits for. A request that was given
    /// up counts with the time until then.
    pub response_ms: Percentiles,
    /// From sending to the whole answer.
    pub service_ms: Percentiles,
    /// From the planned moment to sending: how late the generator itself was.
    pub lateness_ms: Percentiles,
    /// Whether the generator was in time, so that the figures are about the server.
    pub valid: bool,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// The same by step.
    pub steps: BTreeMap<String, StepReport>,
}

/// The requests of one step.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// Requests that were sent.
    pub sent: u64,
    /// Those without an answer.
    pub errors: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// As [`Report::response_ms`].
    pub response_ms: Percentiles,
    /// As [`Report::service_ms`].
    pub service_ms: Percentiles,
}

/// Milliseconds that so many of a hundred do not exceed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half.
    pub p50: f64,
    /// 90.
    pub p90: f64,
    /// 95.
    pub p95: f64,
    /// 99.
    pub p99: f64,
    /// All.
    pub max: f64,
}

impl Report {
    /// The report of a run; `steps` are the names of its steps.
    pub fn of(records: &[Record], steps: &[String]) -> Self {
        let lateness_ms = percentiles(records.iter().map(Record::lateness));
        let step = |(place, name): (usize, &String)| {
            let of_step: Vec<_> = records
                .iter()
                .filter(|one| one.step == Step(place))
                .collect();
            (!of_step.is_empty()).then(|| (name.clone(), StepReport::of(&of_step)))
        };
        let mut errors = BTreeMap::new();
        for error in records.iter().filter_map(|record| record.outcome.error()) {
            *errors.entry(error).or_default() += 1;
        }
        let all: Vec<_> = records.iter().collect();
        let all = StepReport::of(&all);
        Self {
            sent: all.sent,
            answered: all.sent - all.errors,
            errors,
            response_ms: all.response_ms,
            service_ms: all.service_ms,
            lateness_ms,
            valid: lateness_ms.p99 <= LATENESS_MAX.as_secs_f64() * 1_000.0,
            statuses: all.statuses,
            steps: steps.iter().enumerate().filter_map(step).collect(),
        }
    }
}

impl StepReport {
    fn of(records: &[&Record]) -> Self {
        let timed = || records.iter().filter(|record| record.outcome.is_timed());
        let mut statuses = BTreeMap::new();
        let mut errors = 0;
        for record in records {
            match record.outcome {
                Outcome::Status(status) => *statuses.entry(status).or_default() += 1,
                Outcome::TimedOut | Outcome::NotConnected | Outcome::Broken => errors += 1,
            }
        }
        Self {
            sent: records.len() as u64,
            errors,
            statuses,
            response_ms: percentiles(timed().map(|record| record.response())),
            service_ms: percentiles(timed().map(|record| record.service())),
        }
    }
}

/// An empty histogram of microseconds, exact to a thousandth, which grows as it must.
pub(crate) fn histogram() -> Histogram<u64> {
    let mut histogram = Histogram::new(3).expect("three digits are possible");
    histogram.auto(true);
    histogram
}

/// Counts a time.
pub(crate) fn count(histogram: &mut Histogram<u64>, time: Duration) {
    let us = u64::try_from(time.as_micros()).expect("no run lasts for thousands of years");
    histogram.record(us).expect("it grows as it must");
}

fn percentiles(times: impl Iterator<Item = Duration>) -> Percentiles {
    let mut histogram = histogram();
    times.for_each(|time| count(&mut histogram, time));
    let ms = |us: u64| us as f64 / 1_000.0;
    let at = |quantile| ms(histogram.value_at_quantile(quantile));
    Percentiles {
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        max: ms(histogram.max()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn record(step: usize, planned: u32, sent: u32, ended: u32, outcome: Outcome) -> Record {
        Record {
            step: Step(step),
            place: None,
            planned: planned * MS,
            sent: sent * MS,
            ended: ended * MS,
            outcome,
            bytes: 0,
        }
    }

    fn report(records: &[Record]) -> Report {
        Report::of(records, &["page".to_owned(), "order".to_owned()])
    }

    #[test]
    fn a_response_counts_from_the_planned_moment() {
        let report = report(&[record(0, 100, 103, 150, Outcome::Status(200))]);
        let close = |found: f64, ms: f64| (found - ms).abs() < 0.1;
        assert!(close(report.response_ms.p50, 50.0), "{report:?}");
        assert!(close(report.service_ms.p50, 47.0), "{report:?}");
        assert!(close(report.lateness_ms.p50, 3.0), "{report:?}");
        assert!(report.valid);
    }

    #[test]
    fn a_late_generator_makes_a_run_invalid() {
        let in_time = record(0, 0, 0, 1, Outcome::Status(200));
        let late = record(0, 0, 6, 7, Outcome::Status(200));
        let of = |late_ones: usize| {
            let mut records = vec![in_time; 1_000 - late_ones];
            records.extend(vec![late; late_ones]);
            report(&records).valid
        };
        assert!(of(10) && !of(11));
    }

    #[test]
    fn what_was_given_up_counts_with_its_time_and_what_was_refused_does_not() {
        let report = report(&[
            record(0, 0, 0, 10, Outcome::Status(503)),
            record(1, 0, 0, 60_000, Outcome::TimedOut),
            record(1, 0, 0, 1, Outcome::NotConnected),
        ]);
        assert_eq!((report.sent, report.answered), (3, 1));
        assert_eq!(
            report.errors,
            [("not_connected", 1), ("timed_out", 1)].into()
        );
        assert_eq!(report.statuses, [(503, 1)].into());
        assert!(report.response_ms.max >= 60_000.0);
        let order = &report.steps["order"];
        assert_eq!((order.sent, order.errors), (2, 2));
        assert!(order.response_ms.p50 >= 60_000.0);
    }
}
