//! Figures of an instance: counters, latencies, and what has been added to them since they were last
//! sent to the collector that adds up those of all instances.
//!
//! A scrape meets one instance of many, so what counts for a shop is pushed: after a response, at most
//! every [`REPORT_MS`] or [`REPORT_REQUESTS`] requests, as OTLP with the temporality *delta*. A report
//! that is lost is not repeated: a count may be too low, never too high.
//!
//! Not here: what is counted (each function), how a request gets out (the adapters).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use serde_json::{Value, json};

use crate::message::{JSON, json_bytes};

/// How long an instance waits between two reports, in milliseconds.
pub const REPORT_MS: i64 = 10_000;
/// A report goes earlier after so many requests: an instance on Spin may end after 128.
pub const REPORT_REQUESTS: u32 = 100;

/// Upper bounds of the buckets of a latency, in milliseconds; the last bucket has none.
const BOUNDS_MS: [i64; 12] = [
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 3_000, 5_000, 10_000,
];

/// A counter.
#[derive(Debug, Default)]
pub struct Counter(Cell<u64>);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.0.set(self.0.get() + 1);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// How long things took.
#[derive(Debug, Default)]
pub struct Latency {
    buckets: [Counter; BOUNDS_MS.len() + 1],
    sum_ms: Cell<u64>,
}

impl Latency {
    /// One thing took so long. Below 0 counts as 0: a clock may be set back.
    pub fn observe_ms(&self, ms: i64) {
        let ms = ms.max(0);
        let bucket = BOUNDS_MS.iter().position(|&bound| ms <= bound);
        self.buckets[bucket.unwrap_or(BOUNDS_MS.len())].add_one();
        self.sum_ms.set(self.sum_ms.get() + ms.unsigned_abs());
    }

    /// The buckets as Prometheus has them, each with all below it: the bound in seconds, the count.
    pub fn buckets(&self) -> Vec<(String, u64)> {
        let bounds = BOUNDS_MS.iter().map(|ms| format!("{}", Milliseconds(*ms)));
        let bounds = bounds.chain(["+Inf".to_owned()]);
        let mut count = 0;
        let cumulative = self.buckets.iter().map(|bucket| {
            count += bucket.get();
            count
        });
        bounds.zip(cumulative).collect()
    }

    /// All of it together, in milliseconds.
    pub fn sum_ms(&self) -> u64 {
        self.sum_ms.get()
    }

    /// The figures of a latency of this name, one of several that a label distinguishes.
    pub fn figures(&self, name: &str, label: (&str, &str)) -> Vec<Figure> {
        let buckets = self.buckets();
        let count = buckets.last().map_or(0, |(_, count)| *count);
        let bucket = format!("{name}_bucket");
        let buckets = buckets.iter();
        let mut figures: Vec<_> = buckets
            .map(|(le, count)| Figure::with(&bucket, label, *count).and(("le", le)))
            .collect();
        figures.push(Figure::with(&format!("{name}_count"), label, count));
        figures
    }
}

/// Milliseconds as seconds, without zeros behind.
struct Milliseconds(i64);

impl std::fmt::Display for Milliseconds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1_000, self.0 % 1_000);
        out.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The value of a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    name: String,
    labels: Vec<(String, String)>,
    value: u64,
}

impl Figure {
    /// A counter without labels.
    pub fn new(name: &str, value: u64) -> Self {
        Self {
            name: name.to_owned(),
            labels: Vec::new(),
            value,
        }
    }

    /// A counter with a label.
    pub fn with(name: &str, label: (&str, &str), value: u64) -> Self {
        Self {
            name: name.to_owned(),
            labels: vec![(label.0.to_owned(), label.1.to_owned())],
            value,
        }
    }

    /// The same with a further label.
    fn and(mut self, label: (&str, &str)) -> Self {
        self.labels.push((label.0.to_owned(), label.1.to_owned()));
        self
    }
}

/// Where figures of all instances are added up.
#[derive(Clone, PartialEq, Eq)]
pub struct Collector {
    /// The address for metrics of an OTLP receiver, such as `https://otlp.example/v1/metrics`.
    pub url: String,
    /// The value of `Authorization`; empty for none.
    pub authorization: String,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Collector")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// The name of a figure, and its labels.
type Key = (String, Vec<(String, String)>);

/// What an instance has reported.
#[derive(Debug, Default)]
pub struct Reported {
    values: RefCell<BTreeMap<Key, u64>>,
    requests: Cell<u32>,
    last_ms: Cell<Option<i64>>,
}

impl Reported {
    /// A request was answered: the report that is due now, if one is.
    pub fn due(
        &self,
        collector: &Collector,
        service: &str,
        now_ms: i64,
        figures: impl FnOnce() -> Vec<Figure>,
    ) -> Option<Request<Bytes>> {
        let began_ms = self.last_ms.get().unwrap_or(now_ms);
        self.last_ms.set(Some(began_ms));
        self.requests.set(self.requests.get() + 1);
        // A clock that was set back must not silence an instance.
        let waited = (now_ms - began_ms).unsigned_abs() >= REPORT_MS.unsigned_abs();
        if !waited && self.requests.get() < REPORT_REQUESTS {
            return None;
        }
        self.requests.set(0);
        self.last_ms.set(Some(now_ms));
        let added = self.added(figures());
        if added.is_empty() {
            return None;
        }
        let body = json_bytes(&otlp(service, &added, began_ms.min(now_ms), now_ms));
        let mut request = Request::post(&collector.url).header(header::CONTENT_TYPE, JSON);
        if let Ok(value) = HeaderValue::from_str(&collector.authorization)
            && !value.is_empty()
        {
            request = request.header(header::AUTHORIZATION, value);
        }
        request.body(body).ok()
    }

    /// What was added since the last report, which counts as sent.
    fn added(&self, figures: Vec<Figure>) -> Vec<Figure> {
        let mut known = self.values.borrow_mut();
        let added = figures.into_iter().filter_map(|figure| {
            let key = (figure.name.clone(), figure.labels.clone());
            let before = known.insert(key, figure.value).unwrap_or(0);
            let value = figure.value.saturating_sub(before);
            (value > 0).then_some(Figure { value, ..figure })
        });
        added.collect()
    }
}

/// A request of OTLP over HTTP with JSON, `ExportMetricsServiceRequest`.
fn otlp(service: &str, figures: &[Figure], began_ms: i64, now_ms: i64) -> Value {
    // Nanoseconds as text, because JSON's numbers end at 2^53.
    let nanos = |ms: i64| format!("{ms}000000");
    let attribute = |name: &str, value: &str| json!({"key": name, "value": {"stringValue": value}});
    let metrics = figures.iter().map(|figure| {
        let attributes = figure.labels.iter();
        let attributes: Vec<_> = attributes
            .map(|(name, value)| attribute(name, value))
            .collect();
        json!({
            "name": figure.name,
            "sum": {
                // AGGREGATION_TEMPORALITY_DELTA
                "aggregationTemporality": 1,
                "isMonotonic": true,
                "dataPoints": [{
                    "attributes": attributes,
                    "startTimeUnixNano": nanos(began_ms),
                    "timeUnixNano": nanos(now_ms),
                    "asInt": figure.value.to_string(),
                }],
            },
        })
    });
    let metrics: Vec<_> = metrics.collect();
    json!({"resourceMetrics": [{
        "resource": {"attributes": [attribute("service.name", service)]},
        "scopeMetrics": [{"scope": {"name": "souk"}, "metrics": metrics}],
    }]})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collector() -> Collector {
        Collector {
            url: "https://otlp.example/v1/metrics".to_owned(),
            authorization: "Bearer x".to_owned(),
        }
    }

    fn value_of(request: &Request<Bytes>, name: &str) -> Option<String> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let metrics = body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].clone();
        let metrics = metrics.as_array().unwrap().clone();
        let found = metrics.into_iter().find(|metric| metric["name"] == name)?;
        let value = &found["sum"]["dataPoints"][0]["asInt"];
        Some(value.as_str().unwrap().to_owned())
    }

    #[test]
    fn the_reports_of_an_instance_add_up_to_its_counters() {
        let (reported, count) = (Reported::default(), Counter::default());
        let mut sum = 0;
        let mut now_ms = 1_790_000_000_000;
        for step in 0..1_000 {
            count.add_one();
            now_ms += 97 * (step % 7);
            let figures = || vec![Figure::new("souk_x_total", count.get())];
            if let Some(report) = reported.due(&collector(), "s", now_ms, figures) {
                let value = value_of(&report, "souk_x_total").unwrap();
                sum += value.parse::<u64>().unwrap();
                assert_eq!(report.headers()["authorization"], "Bearer x");
            }
        }
        assert!(count.get() - sum < u64::from(REPORT_REQUESTS), "{sum}");
        let figures = || vec![Figure::new("souk_x_total", count.get())];
        let last = reported.due(&collector(), "s", now_ms + REPORT_MS, figures);
        let rest = last.and_then(|last| value_of(&last, "souk_x_total"));
        let rest: u64 = rest.map_or(0, |rest| rest.parse().unwrap());
        assert_eq!(sum + rest, count.get());
    }

    #[test]
    fn reports_are_sent_after_some_time_or_some_requests() {
        let reported = Reported::default();
        let count = Cell::new(0);
        let due = |now_ms| {
            count.set(count.get() + 1);
            let figures = || vec![Figure::new("a", count.get())];
            reported.due(&collector(), "s", now_ms, figures).is_some()
        };
        assert!(!due(1_000) && !due(1_000 + REPORT_MS - 1) && due(1_000 + REPORT_MS));
        // The clock was set back.
        assert!(due(1_000 - REPORT_MS));
        let sent = (0..REPORT_REQUESTS).filter(|_| due(1_000 - REPORT_MS));
        assert_eq!(sent.count(), 1);
    }

    #[test]
    fn nothing_new_is_no_report() {
        let reported = Reported::default();
        let figures = || vec![Figure::new("a", 0)];
        assert!(reported.due(&collector(), "s", 0, figures).is_none());
        let later = reported.due(&collector(), "s", REPORT_MS, figures);
        assert!(later.is_none());
    }

    #[test]
    fn a_latency_is_in_its_bucket_and_those_above() {
        let latency = Latency::default();
        for ms in [-3, 0, 5, 6, 100, 999, 20_000] {
            latency.observe_ms(ms);
        }
        let count = |bound: &str| {
            let buckets = latency.buckets();
            let found = buckets.iter().find(|(le, _)| le == bound);
            found.map(|(_, count)| *count)
        };
        for (bound, expected) in [
            ("0.005", 3),
            ("0.01", 4),
            ("0.1", 5),
            ("0.5", 5),
            ("1", 6),
            ("10", 6),
            ("+Inf", 7),
        ] {
            assert_eq!(count(bound), Some(expected), "{bound}");
        }
    }
}
