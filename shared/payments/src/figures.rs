//! What an instance of the payments function counts. Nothing here is scraped: the function has no
//! public address but its webhooks, so its figures are sent to the collector alone.

use bytes::Bytes;
use http::Request;
use souk_service_http::{Collector, Counter, Figure, Reported};

use crate::webhook::WebhookError;

/// The name of this function among those that report.
const SERVICE: &str = "souk-payments";
const REFUSED: &str = "souk_webhooks_refused_total";

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
