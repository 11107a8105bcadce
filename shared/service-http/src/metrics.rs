//! Metrics as text: the exposition format of Prometheus, version 0.0.4.
//!
//! A writer of ours, because counters here are cells of one thread: the clients for Prometheus want
//! metrics that threads share, and a registry of them.
//!
//! Not here: what is counted (each function's `metrics`).

use std::fmt::{self, Display, Write};

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::figures::Latency;
use crate::of_type;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Milliseconds, written as seconds.
#[derive(Debug, Clone, Copy)]
pub struct Seconds {
    /// Below 0 counts as 0: two clocks are never quite equal.
    pub ms: i64,
}

impl Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.ms.max(0);
        write!(out, "{}.{:03}", ms / 1_000, ms % 1_000)
    }
}

/// The text, family by family.
#[derive(Debug, Default)]
pub struct MetricsText(String);

impl MetricsText {
    /// A text without any metric.
    pub fn new() -> Self {
        Self(String::with_capacity(4 * 1024))
    }

    /// What only grows, since the instance began.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, help, "counter");
        self.sample(name, &[], value);
    }

    /// What is so at this moment.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.gauge_with(name, help, &[], value);
    }

    /// The same with labels.
    pub fn gauge_with(
        &mut self,
        name: &str,
        help: &str,
        labels: &[(&str, &str)],
        value: impl Display,
    ) {
        self.family(name, help, "gauge");
        self.sample(name, labels, value);
    }

    /// A gauge for each of several things, which a label distinguishes.
    pub fn gauges<'v, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        rows: impl IntoIterator<Item = (&'v str, V)>,
    ) {
        self.family(name, help, "gauge");
        for (of, value) in rows {
            self.sample(name, &[(label, of)], value);
        }
    }

    /// A counter for each of several things, which a label distinguishes.
    pub fn counters<'v>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        rows: impl IntoIterator<Item = (&'v str, u64)>,
    ) {
        self.family(name, help, "counter");
        for (of, value) in rows {
            self.sample(name, &[(label, of)], value);
        }
    }

    /// How long each of several kinds of things took, which a label distinguishes.
    pub fn latencies<'n, 'l>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        rows: impl IntoIterator<Item = (&'n str, &'l Latency)>,
    ) {
        self.family(name, help, "histogram");
        for (of, latency) in rows {
            let mut count = 0;
            for (bound, below) in latency.buckets() {
                let labels = [(label, of), ("le", bound.as_str())];
                self.sample(&format!("{name}_bucket"), &labels, below);
                count = below;
            }
            let ms = i64::try_from(latency.sum_ms()).unwrap_or(i64::MAX);
            self.sample(&format!("{name}_sum"), &[(label, of)], Seconds { ms });
            self.sample(&format!("{name}_count"), &[(label, of)], count);
        }
    }

    /// The text as a scraper wants it.
    pub fn into_response(self) -> Response<Bytes> {
        of_type(StatusCode::OK, CONTENT_TYPE, self.0)
    }

    /// The text so far.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn family(&mut self, name: &str, help: &str, kind: &str) {
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (at, (label, of)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            self.write(format_args!("{open}{label}=\"{}\"", escaped(of)));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        self.write(format_args!("{close} {value}\n"));
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        self.0.write_fmt(text).expect("a String takes all text");
    }
}

/// Escapes a label's value, so that no character in it ends the value.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_says_what_it_is() {
        let mut text = MetricsText::new();
        text.counter("souk_a_total", "How many.", 3);
        text.gauge("souk_b_seconds", "How long.", Seconds { ms: 61_005 });
        text.gauge("souk_c_seconds", "How long.", Seconds { ms: -1 });
        text.gauges("souk_d", "How full.", "queue", [("holds", 1), ("back", 2)]);
        text.gauge_with(
            "souk_e",
            "What.",
            &[("version", "1"), ("commit", "a\"b\\\n")],
            1,
        );
        let expected = "# HELP souk_a_total How many.\n# TYPE souk_a_total counter\n\
            souk_a_total 3\n\
            # HELP souk_b_seconds How long.\n# TYPE souk_b_seconds gauge\n\
            souk_b_seconds 61.005\n\
            # HELP souk_c_seconds How long.\n# TYPE souk_c_seconds gauge\n\
            souk_c_seconds 0.000\n\
            # HELP souk_d How full.\n# TYPE souk_d gauge\n\
            souk_d{queue=\"holds\"} 1\nsouk_d{queue=\"back\"} 2\n\
            # HELP souk_e What.\n# TYPE souk_e gauge\n\
            souk_e{version=\"1\",commit=\"a\\\"b\\\\\\n\"} 1\n";
        assert_eq!(text.as_str(), expected);
        let response = text.into_response();
        assert_eq!(response.headers()["content-type"], CONTENT_TYPE);
    }
}
