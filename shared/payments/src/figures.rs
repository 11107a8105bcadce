//! What an instance of the payments function counts. Nothing here is scraped: the function has no
//! public address but its webhooks, so its figures are sent to the collector alone.

use std::cell::Cell;

use bytes::Bytes;
use http::Request;
use souk_service_http::{Collector, Counter, Figure, Reported};

use crate::webhook::WebhookError;

/// The name of this function among those that report.
const SERVICE: &str = "souk-payments";
const REFUSED: &str = "souk_webhooks_refused_total";

/// The log gets a line about refused deliveries this often at most: any client can send forged ones.
pub(crate) const REFUSALS_LOG_MS: i64 = 60_000;

/// Counters of an instance.
#[derive(Debug, Default)]
pub struct Figures {
    /// Deliveries that were believed.
    pub(crate) webhooks_accepted: Counter,
    webhooks_forged: Counter,
    webhooks_other_mode: Counter,
    webhooks_unreadable: Counter,
    webhooks_without_secret: Counter,
    /// Work on an order's payment that did not come to its end.
    pub(crate) failures: Counter,
    reported: Reported,
    /// Refused deliveries that no line of the log has told yet.
    untold: Cell<u64>,
    /// When the last such line was written.
    told_at_ms: Cell<Option<i64>>,
}

impl Figures {
    pub(crate) fn count_refused(&self, error: &WebhookError) {
        let of_reason = match error {
            WebhookError::NoSecret => &self.webhooks_without_secret,
            WebhookError::Forged(_) => &self.webhooks_forged,
            WebhookError::OtherMode => &self.webhooks_other_mode,
            WebhookError::NoEvent => &self.webhooks_unreadable,
        };
        of_reason.add_one();
        self.untold.set(self.untold.get() + 1);
    }

    /// How many deliveries were refused since the last line of the log about them, where a line is
    /// due; it counts as written.
    pub(crate) fn refusals_to_log(&self, now_ms: i64) -> Option<u64> {
        let told_at_ms = self.told_at_ms.get();
        // A clock that went back silences no line.
        if told_at_ms.is_some_and(|at_ms| (0..REFUSALS_LOG_MS).contains(&(now_ms - at_ms))) {
            return None;
        }
        self.told_at_ms.set(Some(now_ms));
        Some(self.untold.take())
    }

    fn all(&self) -> Vec<Figure> {
        let refused =
            |reason, count: &Counter| Figure::with(REFUSED, ("reason", reason), count.get());
        vec![
            Figure::new("souk_webhooks_accepted_total", self.webhooks_accepted.get()),
            refused("forged", &self.webhooks_forged),
            refused("other_mode", &self.webhooks_other_mode),
            refused("unreadable", &self.webhooks_unreadable),
            refused("no_secret", &self.webhooks_without_secret),
            Figure::new("souk_payment_failures_total", self.failures.get()),
        ]
    }

    /// The report that is due after a response, if one is.
    pub fn report_due(&self, collector: &Collector, now_ms: i64) -> Option<Request<Bytes>> {
        self.reported.due(collector, SERVICE, now_ms, || self.all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_deliveries_have_a_line_a_minute_with_their_count() {
        let figures = Figures::default();
        let refuse = |now_ms| {
            figures.count_refused(&WebhookError::Forged("no signature".to_owned()));
            figures.refusals_to_log(now_ms)
        };
        assert_eq!(refuse(1_000_000), Some(1));
        for later in 0..5 {
            assert_eq!(refuse(1_000_000 + later), None);
        }
        assert_eq!(refuse(1_000_000 + REFUSALS_LOG_MS - 1), None);
        assert_eq!(refuse(1_000_000 + REFUSALS_LOG_MS), Some(7));
        assert_eq!(refuse(1_000_000 + REFUSALS_LOG_MS), None);
        // A clock that goes back.
        assert_eq!(refuse(1_000), Some(2));
        assert_eq!(figures.webhooks_forged.get(), 10);
    }
}
