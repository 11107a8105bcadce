//! The book's gauges, as Prometheus text. The queues' own are the storefront's to show.

use std::fmt::Write;

use souk_protocol::desk::BookCondition;

/// The text exposition format, version 0.0.4.
pub(crate) fn render(book: &BookCondition, now_ms: i64) -> String {
    let seconds = |ms: i64| format!("{}.{:03}", ms.max(0) / 1_000, ms.max(0) % 1_000);
    let mut rows = vec![
        (
            "souk_book_early_events",
            "Events that came before an earlier one of their order.",
            book.early.to_string(),
        ),
        (
            "souk_book_dead_letters",
            "Letters that a queue of the platform gave up.",
            book.dead.to_string(),
        ),
    ];
    if let Some(last) = book.last {
        rows.push((
            "souk_book_last_event_age_seconds",
            "Age of the event that the book took in last.",
            seconds(now_ms - last.at_ms),
        ));
        rows.push((
            "souk_book_lag_seconds",
            "Time from that event to the moment in which the book took it in.",
            seconds(last.taken_at_ms - last.at_ms),
        ));
    }
    let mut text = String::with_capacity(512);
    for (name, help, value) in rows {
        writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
        )
        .expect("a String takes all text");
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
        assert!(!render(&book, 9).contains("seconds"));
        book.last = Some(LastTaken {
            at_ms: 1_000,
            taken_at_ms: 3_250,
        });
        let text = render(&book, 61_005);
        for line in [
            "souk_book_early_events 2",
            "souk_book_last_event_age_seconds 60.005",
            "souk_book_lag_seconds 2.250",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}: {text}");
        }
    }
}
