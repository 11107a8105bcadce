//! The book's gauges, as Prometheus text. The queues' own are the storefront's to show.

use souk_protocol::desk::BookCondition;
use souk_service_http::{MetricsText, Seconds};

/// The gauges of a book that stands so.
pub(crate) fn text(book: &BookCondition, now_ms: i64) -> MetricsText {
    let mut text = MetricsText::new();
    text.gauge(
        "souk_book_early_events",
        "Events that came before an earlier one of their order.",
        book.early,
    );
    text.gauge(
        "souk_book_dead_letters",
        "Letters that a queue of the platform gave up.",
        book.dead,
    );
    if let Some(last) = book.last {
        text.gauge(
            "souk_book_last_event_age_seconds",
            "Age of the event that the book took in last.",
            Seconds {
                ms: now_ms - last.at_ms,
            },
        );
        text.gauge(
            "souk_book_lag_seconds",
            "Time from that event to the moment in which the book took it in.",
            Seconds {
                ms: last.taken_at_ms - last.at_ms,
            },
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use souk_protocol::desk::LastTaken;

    use super::*;

    #[test]
    fn an_empty_book_has_no_age() {
        let mut book = BookCondition {
            early: 2,
            dead: 0,
            last: None,
        };
        assert!(!text(&book, 9).as_str().contains("seconds"));
        book.last = Some(LastTaken {
            at_ms: 1_000,
            taken_at_ms: 3_250,
        });
        let text = text(&book, 61_005);
        for line in [
            "souk_book_early_events 2",
            "souk_book_last_event_age_seconds 60.005",
            "souk_book_lag_seconds 2.250",
        ] {
            assert!(text.as_str().lines().any(|other| other == line), "{line}");
        }
    }
}
