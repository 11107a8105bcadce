//! What an instance of the mail function counts. Nothing here is scraped: the function has no public
//! address but the one for events, so its figures are sent to the collector alone.

use bytes::Bytes;
use http::Request;
use souk_service_http::{Collector, Counter, Figure, Reported};

/// The name of this function among those that report.
const SERVICE: &str = "souk-mail";

/// Counters of an instance.
#[derive(Debug, Default)]
pub struct Figures {
    /// Mails that the provider has accepted.
    pub(crate) sent: Counter,
    /// Tries after which the mail is tried again.
    pub(crate) retried: Counter,
    /// Mails that were given up.
    pub(crate) given_up: Counter,
    /// Events that were believed.
    pub(crate) events_accepted: Counter,
    /// Events that were not.
    pub(crate) events_refused: Counter,
    reported: Reported,
}

impl Figures {
    fn all(&self) -> Vec<Figure> {
        vec![
            Figure::new("souk_mails_sent_total", self.sent.get()),
            Figure::new("souk_mails_retried_total", self.retried.get()),
            Figure::new("souk_mails_given_up_total", self.given_up.get()),
            Figure::new(
                "souk_mail_events_accepted_total",
                self.events_accepted.get(),
            ),
            Figure::new("souk_mail_events_refused_total", self.events_refused.get()),
        ]
    }

    /// The report that is due after a response, if one is.
    pub fn report_due(&self, collector: &Collector, now_ms: i64) -> Option<Request<Bytes>> {
        self.reported.due(collector, SERVICE, now_ms, || self.all())
    }
}
