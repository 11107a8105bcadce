//! The order index's gauges, as Prometheus text. The queues' own are the storefront's to show.

use souk_protocol::back_office::OrderIndexCondition;
use souk_service_http::{MetricsText, Seconds};

/// The gauges of an order index that stands so.
pub(crate) fn text(index: &OrderIndexCondition, now_ms: i64) -> MetricsText {
    let mut text = MetricsText::new();
    text.gauge(
        "souk_order_index_early_events",
        "Events that came before an earlier one of their order.",
        index.early,
    );
    text.gauge(
        "souk_order_index_dead_letters",
        "Event messages that a queue of the platform gave up.",
        index.dead,
    );
    if let Some(last) = index.last {
        text.gauge(
            "souk_order_index_last_event_age_seconds",
            "Age of the event that the order index ingested last.",
            Seconds {
                ms: now_ms - last.at_ms,
            },
        );
        text.gauge(
            "souk_order_index_lag_seconds",
            "Time from that event to the moment in which the order index ingested it.",
            Seconds {
                ms: last.taken_at_ms - last.at_ms,
            },
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use souk_protocol::back_office::LastTaken;

    use super::*;

    #[test]
    fn an_empty_index_has_no_age() {
        let mut index = OrderIndexCondition {
            early: 2,
            dead: 0,
            last: None,
        };
        assert!(!text(&index, 9).as_str().contains("seconds"));
        index.last = Some(LastTaken {
            at_ms: 1_000,
            taken_at_ms: 3_250,
        });
        let text = text(&index, 61_005);
        for line in [
            "souk_order_index_early_events 2",
            "souk_order_index_last_event_age_seconds 60.005",
            "souk_order_index_lag_seconds 2.250",
        ] {
            assert!(text.as_str().lines().any(|other| other == line), "{line}");
        }
    }
}
