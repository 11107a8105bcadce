//! What `/metrics` says about the origin: whether it answers, how much waits in its queues, how
//! large its stores are and whether they are sealed, and how far this edge is behind what it has
//! published.
//!
//! A scrape never waits for long and never fails because of the origin. However many scrape, an
//! instance asks the origin once in [`TTL_MS`].
//!
//! Not here: orders, which are guarded calls (`origin`), counters of the instance (`metrics`).

use std::cell::{Cell, RefCell};

use http::HeaderValue;
use serde::de::DeserializeOwned;
use souk_catalogue::FORMAT;
use souk_ports::{Edge, is_within};
use souk_protocol::origin::{
    BACKLOG_PATH, PUBLICATIONS_PATH, QueueDepth, STORE_PATH, StoreReport, TRACE_HEADER,
};
use souk_protocol::staff::Publications;
use souk_service_http::{MetricsText, Seconds, before, get};

/// How long an answer is shown; a scraper comes every ten seconds and more.
const TTL_MS: i64 = 5_000;
/// An origin that has not answered a count by then counts as down.
const TIMEOUT_MS: u32 = 1_000;

/// What the origin said last.
#[derive(Debug, Default)]
pub(crate) struct OriginReport {
    asked_at_ms: Cell<Option<i64>>,
    /// `None`: it does not answer.
    report: RefCell<Option<Report>>,
}

/// What the origin says about itself.
#[derive(Debug)]
struct Report {
    depths: Vec<QueueDepth>,
    publications: Publications,
    store: StoreReport,
}

impl OriginReport {
    /// Writes the gauges of an instance that shows this version of the catalogue.
    pub(crate) async fn write<E: Edge>(
        &self,
        text: &mut MetricsText,
        edge: &E,
        trace: &HeaderValue,
        shown: Option<u64>,
    ) {
        let now_ms = edge.now_ms();
        let asked = self.asked_at_ms.get();
        if asked.is_none_or(|asked_ms| !is_within(TTL_MS, asked_ms, now_ms)) {
            // Before the call, so that a request that arrives meanwhile does not call too.
            self.asked_at_ms.set(Some(now_ms));
            let report = before(report(edge, trace), edge.pause_ms(TIMEOUT_MS)).await;
            self.report.replace(report.flatten());
        }
        write(text, self.report.borrow().as_ref(), shown, now_ms);
    }
}

async fn report<E: Edge>(edge: &E, trace: &HeaderValue) -> Option<Report> {
    Some(Report {
        depths: ask(edge, trace, BACKLOG_PATH).await?,
        publications: ask(edge, trace, PUBLICATIONS_PATH).await?,
        store: ask(edge, trace, STORE_PATH).await?,
    })
}

async fn ask<E: Edge, T: DeserializeOwned>(edge: &E, trace: &HeaderValue, path: &str) -> Option<T> {
    let mut request = get(path);
    request.headers_mut().insert(TRACE_HEADER, trace.clone());
    let response = edge.send(request).await.ok()?;
    let body = response
        .status()
        .is_success()
        .then(|| response.into_body())?;
    souk_json::read(&body).ok()
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

fn write(text: &mut MetricsText, report: Option<&Report>, shown: Option<u64>, now_ms: i64) {
    let is_up = u8::from(report.is_some());
    text.gauge("souk_origin_up", "Whether the origin answers.", is_up);
    let Some(Report {
        depths,
        publications,
        store,
    }) = report
    else {
        return;
    };
    if let Some(ms) = behind_ms(publications, shown, now_ms) {
        text.gauge(
            "souk_catalogue_behind_seconds",
            "For how long another version is published than the one shown here.",
            Seconds { ms },
        );
    }
    text.gauge(
        "souk_store_bytes",
        "Bytes of the origin's stores.",
        store.bytes,
    );
    text.gauge(
        "souk_store_largest_bytes",
        "Bytes of the largest one of them.",
        store.largest_bytes,
    );
    text.gauge(
        "souk_open_storage",
        "Whether names and addresses of new orders are stored unsealed.",
        u8::from(store.is_open),
    );
    let queues = || depths.iter().map(|depth| (depth.queue.name(), depth));
    text.gauges(
        "souk_queue_waiting",
        "Messages that are due, or claimed and not settled.",
        "queue",
        queues().map(|(name, depth)| (name, depth.waiting)),
    );
    text.gauges(
        "souk_queue_oldest_age_seconds",
        "For how long the oldest message has been due.",
        "queue",
        queues().map(|(name, depth)| {
            let age = Seconds {
                ms: depth.oldest_age_ms,
            };
            (name, age)
        }),
    );
    text.gauges(
        "souk_queue_dead",
        "Messages that wait for a person.",
        "queue",
        queues().map(|(name, depth)| (name, depth.dead)),
    );
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::Queue;

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
            store: StoreReport {
                bytes: 900,
                largest_bytes: 700,
                is_open: true,
            },
        };
        let render = |report: Option<&Report>| {
            let mut text = MetricsText::new();
            write(&mut text, report, None, 0);
            text.as_str().to_owned()
        };
        let text = render(Some(&report));
        assert!(!text.contains("souk_catalogue_behind"), "{text}");
        for line in [
            "souk_origin_up 1",
            "souk_store_bytes 900",
            "souk_store_largest_bytes 700",
            "souk_open_storage 1",
            "souk_queue_waiting{queue=\"back_office\"} 7",
            "souk_queue_oldest_age_seconds{queue=\"payments\"} 61.005",
            "souk_queue_dead{queue=\"holds\"} 2",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}: {text}");
        }
        let text = render(None);
        assert!(text.contains("souk_origin_up 0\n"));
        assert!(!text.contains("souk_queue"), "{text}");
    }
}
