//! What `/metrics` says about the origin: whether it answers, and how much waits in its queues.
//!
//! A scrape never waits for long and never fails because of the origin. However many scrape, an
//! instance asks the origin once in [`TTL_MS`].
//!
//! Not here: orders, which are guarded calls (`origin`), counters of the instance (`metrics`).

use std::cell::{Cell, RefCell};
use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderValue, Request};
use souk_ports::Edge;
use souk_protocol::life::{BACKLOG_PATH, QueueDepth};
use souk_protocol::trade::TRACE_HEADER;

use crate::origin::before;

/// How long an answer is shown; a scraper comes every ten seconds and more.
const TTL_MS: i64 = 5_000;
/// An origin that has not answered a count by then counts as down.
const TIMEOUT_MS: u32 = 1_000;

/// What the origin said last.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    asked_at_ms: Cell<Option<i64>>,
    /// `None`: it does not answer.
    depths: RefCell<Option<Vec<QueueDepth>>>,
}

impl Backlog {
    /// The gauges, as Prometheus text.
    pub(crate) async fn render<E: Edge>(&self, edge: &E, trace: &HeaderValue) -> String {
        let now_ms = edge.now_ms();
        let asked = self.asked_at_ms.get();
        if asked.is_none_or(|asked_ms| !(0..TTL_MS).contains(&(now_ms - asked_ms))) {
            // Before the question, so that whoever comes meanwhile does not ask too.
            self.asked_at_ms.set(Some(now_ms));
            let depths = ask(edge, trace).await;
            self.depths.replace(depths);
        }
        render(self.depths.borrow().as_deref())
    }
}

async fn ask<E: Edge>(edge: &E, trace: &HeaderValue) -> Option<Vec<QueueDepth>> {
    let request = Request::get(BACKLOG_PATH).header(TRACE_HEADER, trace);
    let request = request.body(Bytes::new());
    let send = edge.send(request.expect("a path of the protocol is a URI"));
    let response = before(send, edge.pause_ms(TIMEOUT_MS)).await?.ok()?;
    let depths = response
        .status()
        .is_success()
        .then(|| response.into_body())?;
    serde_json::from_slice(&depths).ok()
}

fn render(depths: Option<&[QueueDepth]>) -> String {
    let mut text = String::with_capacity(1024);
    let mut head = |name: &str, help: &str, rows: &[(String, String)]| {
        writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge").expect("a String takes all");
        for (labels, value) in rows {
            writeln!(text, "{name}{labels} {value}").expect("a String takes all text");
        }
    };
    let up = u8::from(depths.is_some()).to_string();
    head(
        "souk_origin_up",
        "Whether the origin answers.",
        &[(String::new(), up)],
    );
    let Some(depths) = depths else {
        return text;
    };
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
        &rows(|depth| {
            let age_ms = depth.oldest_age_ms.max(0);
            format!("{}.{:03}", age_ms / 1_000, age_ms % 1_000)
        }),
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
        let text = render(Some(&Queue::ALL.map(depth)));
        for line in [
            "souk_origin_up 1",
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
