//! What `/metrics` says about the origin: whether it answers, how much waits in its queues, and how
//! far this edge is behind what it has published.
//!
//! A scrape never waits for long and never fails because of the origin. However many scrape, an
//! instance asks the origin once in [`TTL_MS`].
//!
//! Not here: orders, which are guarded calls (`origin`), counters of the instance (`metrics`).

use std::cell::{Cell, RefCell};
use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderValue, Request};
use serde::de::DeserializeOwned;
use souk_catalogue::FORMAT;
use souk_ports::Edge;
use souk_protocol::life::{BACKLOG_PATH, QueueDepth};
use souk_protocol::staff::Publications;
use souk_protocol::trade::{PUBLICATIONS_PATH, TRACE_HEADER};

use crate::origin::before;

/// How long an answer is shown; a scraper comes every ten seconds and more.
const TTL_MS: i64 = 5_000;
/// An origin that has not answered a count by then counts as down.
const TIMEOUT_MS: u32 = 1_000;

/// What the origin said last.
#[derive(Debug, Default)]
pub(crate) struct Scrape {
    asked_at_ms: Cell<Option<i64>>,
    /// `None`: it does not answer.
    report: RefCell<Option<Report>>,
}

/// What the origin says about itself.
#[derive(Debug)]
struct Report {
    depths: Vec<QueueDepth>,
    publications: Publications,
}

impl Scrape {
    /// The gauges, as Prometheus text, of an instance that shows this version of the catalogue.
    pub(crate) async fn render<E: Edge>(
        &self,
        edge: &E,
        trace: &HeaderValue,
        shown: Option<u64>,
    ) -> String {
        let now_ms = edge.now_ms();
        let asked = self.asked_at_ms.get();
        if asked.is_none_or(|asked_ms| !(0..TTL_MS).contains(&(now_ms - asked_ms))) {
            // Before the question, so that whoever comes meanwhile does not ask too.
            self.asked_at_ms.set(Some(now_ms));
            let report = before(report(edge, trace), edge.pause_ms(TIMEOUT_MS)).await;
            self.report.replace(report.flatten());
        }
        render(self.report.borrow().as_ref(), shown, now_ms)
    }
}

async fn report<E: Edge>(edge: &E, trace: &HeaderValue) -> Option<Report> {
    Some(Report {
        depths: ask(edge, trace, BACKLOG_PATH).await?,
        publications: ask(edge, trace, PUBLICATIONS_PATH).await?,
    })
}

async fn ask<E: Edge, T: DeserializeOwned>(edge: &E, trace: &HeaderValue, path: &str) -> Option<T> {
    let request = Request::get(path).header(TRACE_HEADER, trace);
    let request = request.body(Bytes::new());
    let send = edge.send(request.expect("a path of the protocol is a URI"));
    let response = send.await.ok()?;
    let body = response
        .status()
        .is_success()
        .then(|| response.into_body())?;
    serde_json::from_slice(&body).ok()
}

/// For how long another version of this build's format has been the published one than the one that
/// is shown.
fn behind_ms(publications: &Publications, shown: Option<u64>, now_ms: i64) -> Option<i64> {
    let published = publications.published(FORMAT)?;
    if shown == Some(published.version) {
        return Some(0);
    }
    Some((now_ms - published.activated_at_ms?).max(0))
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

fn render(report: Option<&Report>, shown: Option<u64>, now_ms: i64) -> String {
    let mut text = String::with_capacity(1024);
    let mut head = |name: &str, help: &str, rows: &[(String, String)]| {
        writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge").expect("a String takes all");
        for (labels, value) in rows {
            writeln!(text, "{name}{labels} {value}").expect("a String takes all text");
        }
    };
    let up = u8::from(report.is_some()).to_string();
    head(
        "souk_origin_up",
        "Whether the origin answers.",
        &[(String::new(), up)],
    );
    let Some(Report {
        depths,
        publications,
    }) = report
    else {
        return text;
    };
    if let Some(behind_ms) = behind_ms(publications, shown, now_ms) {
        head(
            "souk_catalogue_behind_seconds",
            "For how long another version is published than the one shown here.",
            &[(String::new(), seconds(behind_ms))],
        );
    }
    let rows = |value: fn(&QueueDepth) -> String| -> Vec<(String, String)> {
        let rows = depths.iter();
        rows.map(|depth| {
            (
                format!("{{queue=\"{}\"}}", depth.queue.name()),
                value(depth),
            )
        })
        .collect()
    };
    head(
        "souk_queue_waiting",
        "Messages that are due, or claimed and not settled.",
        &rows(|depth| depth.waiting.to_string()),
    );
    head(
        "souk_queue_oldest_age_seconds",
        "For how long the oldest message has been due.",
        &rows(|depth| seconds(depth.oldest_age_ms.max(0))),
    );
    head(
        "souk_queue_dead",
        "Messages that wait for a person.",
        &rows(|depth| depth.dead.to_string()),
    );
    text
}

#[cfg(test)]
mod tests {
    use souk_protocol::life::Queue;

    use super::*;

    #[test]
    fn gauges_of_every_queue_are_shown_and_none_of_an_origin_that_is_down() {
        let depth = |queue| QueueDepth {
            queue,
            waiting: 7,
            oldest_age_ms: 61_005,
            next_due_ms: None,
            dead: 2,
        };
        let report = Report {
            depths: Queue::ALL.map(depth).into(),
            publications: Publications::default(),
        };
        let text = render(Some(&report), None, 0);
        assert!(!text.contains("souk_catalogue_behind"), "{text}");
        for line in [
            "souk_origin_up 1",
            "souk_queue_waiting{queue=\"back_office\"} 7",
            "souk_queue_oldest_age_seconds{queue=\"payments\"} 61.005",
            "souk_queue_dead{queue=\"holds\"} 2",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}: {text}");
        }
        let text = render(None, None, 0);
        assert!(text.contains("souk_origin_up 0\n"));
        assert!(!text.contains("souk_queue"), "{text}");
    }
}
