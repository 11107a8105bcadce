//! The metrics of the back office's own store, as Prometheus text: the order index, staff tokens, and
//! requests that were refused. They are the same whichever instance answers. The queues' own are the
//! storefront's to show.

use souk_protocol::mail::MailStatus;
use souk_protocol::staff::{OrderIndexCondition, RefusalCount};
use souk_service_http::{MetricsText, Seconds};
use souk_staff_tokens::KeptToken;

/// How the back office's own store stands.
pub(crate) struct Store<'a> {
    pub(crate) index: &'a OrderIndexCondition,
    /// How long ago the last build of insights ended; `None` before the first one.
    pub(crate) insights_age_ms: Option<i64>,
    pub(crate) tokens: &'a [KeptToken],
    pub(crate) refused: &'a [RefusalCount],
}

/// The metrics of a store that stands so.
pub(crate) fn text(store: &Store<'_>, mail: Option<&MailStatus>, now_ms: i64) -> MetricsText {
    let Store {
        index,
        insights_age_ms,
        tokens,
        refused,
    } = *store;
    let mut text = MetricsText::new();
    text.counters(
        "souk_staff_refused_total",
        "Requests to the staff API that were refused for their token.",
        "reason",
        refused.iter().map(|refused| {
            let count = u64::try_from(refused.count).unwrap_or_default();
            (refused.reason.name(), count)
        }),
    );
    let ends = tokens.iter().filter_map(|kept| {
        let ms = kept.about.expires_at_ms? - now_ms;
        Some((kept.about.name.as_str(), Seconds { ms }))
    });
    text.gauges(
        "souk_staff_token_left_seconds",
        "For how long a staff token is still valid; 0 when it has expired.",
        "token",
        ends,
    );
    text.gauge(
        "souk_order_index_early_events",
        "Events that came before an earlier one of their order.",
        index.early,
    );
    text.gauge(
        "souk_order_index_dead_letters",
        "Event messages that a queue of the platform dead-lettered.",
        index.dead,
    );
    text.counter(
        "souk_mails_failed_total",
        "Mails that did not get to their buyers: refused, bounced, complained about.",
        u64::try_from(index.mails_failed).unwrap_or_default(),
    );
    if let Some(ms) = insights_age_ms {
        text.gauge(
            "souk_insights_age_seconds",
            "Time since the shop last learnt from its orders.",
            Seconds { ms },
        );
    }
    if let Some(status) = mail {
        text.gauge(
            "souk_mail_on",
            "Whether mails are sent at all; 0 with MAIL_PROVIDER off.",
            u8::from(status.on),
        );
    }
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
                ms: last.ingested_at_ms - last.at_ms,
            },
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use souk_protocol::staff::{LastIngested, Permission, Refusal, StaffToken};

    use super::*;

    #[test]
    fn an_empty_index_has_no_age() {
        let mut index = OrderIndexCondition {
            early: 2,
            dead: 0,
            mails_failed: 4,
            last: None,
        };
        let empty = Store {
            index: &index,
            insights_age_ms: None,
            tokens: &[],
            refused: &[],
        };
        let about_empty = text(&empty, None, 9);
        for absent in ["index_lag", "insights_age"] {
            assert!(!about_empty.as_str().contains(absent), "{absent}");
        }
        index.last = Some(LastIngested {
            at_ms: 1_000,
            ingested_at_ms: 3_250,
        });
        let token = KeptToken {
            hash: "h".to_owned(),
            about: StaffToken {
                name: "cron".to_owned(),
                permissions: vec![Permission::Tick],
                created_at_ms: 0,
                created_by: "boss".to_owned(),
                expires_at_ms: Some(62_005),
                last_used_at_ms: None,
            },
        };
        let refused = RefusalCount {
            reason: Refusal::Unknown,
            count: 7,
        };
        let status = MailStatus {
            on: false,
            provider: "off".to_owned(),
        };
        let store = Store {
            index: &index,
            insights_age_ms: Some(7_250),
            tokens: &[token],
            refused: &[refused],
        };
        let text = text(&store, Some(&status), 61_005);
        for line in [
            "souk_staff_refused_total{reason=\"unknown\"} 7",
            "souk_staff_token_left_seconds{token=\"cron\"} 1.000",
            "souk_order_index_early_events 2",
            "souk_mails_failed_total 4",
            "souk_insights_age_seconds 7.250",
            "souk_mail_on 0",
            "souk_order_index_last_event_age_seconds 60.005",
            "souk_order_index_lag_seconds 2.250",
        ] {
            assert!(text.as_str().lines().any(|other| other == line), "{line}");
        }
    }
}
