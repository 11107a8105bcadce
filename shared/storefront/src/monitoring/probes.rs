//! The addresses that monitoring reads: whether the instance answers, whether a shopper can be
//! served, and the metrics.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_ports::Edge;
use souk_service_http::{MetricsText, Seconds, before};

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::monitoring::metrics_access::Denied;

/// A scrape waits no longer for the catalogue.
const LOOK_MS_MAX: u32 = 1_000;

/// Whether this instance answers.
pub(crate) fn health() -> Response<Bytes> {
    text("ok\n")
}

fn text(text: impl Into<Bytes>) -> Response<Bytes> {
    reply::body(
        StatusCode::OK,
        "text/plain; charset=utf-8",
        CachePolicy::Private,
        text,
    )
}

impl<E: Edge> Shop<'_, E> {
    /// Whether a shopper can be served: a catalogue is published and can be read.
    pub(crate) async fn ready(&self) -> Outcome {
        let reader = self.reader().await?;
        let version = reader.version.number;
        Ok(text(format!("ready, catalogue version {version}\n")))
    }

    /// Counters of the instance and what it knows of the origin, for a caller that may read them.
    pub(crate) async fn metrics(&self) -> Outcome {
        if !self.settings.metrics_are_public {
            let headers = self.incoming.request.headers();
            let access = &self.instance.metrics_access;
            if let Err(refused) = access.check(self.edge, headers).await {
                self.instance.metrics.metrics_refused.add_one();
                return Err(match refused {
                    Denied::Refused(problem) => Failure::Problem(problem),
                    Denied::Unknown(text) => Failure::Unavailable(text),
                });
            }
        }
        // A scrape reads the pointer as a page does, so that the version it names is the current one.
        let look = before(self.reader(), self.edge.pause_ms(LOOK_MS_MAX)).await;
        let shown = look
            .and_then(Result::ok)
            .map(|reader| reader.version.number);
        let version = shown.or(self.instance.published.number());
        let metrics = &self.instance.metrics;
        let mut text = metrics.text(self.instance.bytes_kept(), version);
        self.write_pulse(&mut text).await;
        if let Some(pool) = self.instance.origin_pool.get() {
            pool.write(&mut text);
        }
        let trace = self.trace().header();
        let report = &self.instance.origin_report;
        report.write(&mut text, self.edge, &trace, shown).await;
        Ok(CachePolicy::Private.put_on(text.into_response()))
    }

    /// What edges know of the pulse. A scrape reads it as a page does.
    async fn write_pulse(&self, text: &mut MetricsText) {
        let signals = self.signals().await;
        let level = signals.switches.level();
        text.gauge("souk_level", "Level of the shop, 0 to 5.", level);
        if let Some(ms) = signals.pulse_age_ms(self.edge.now_ms()) {
            let help = "Seconds since the last pulse that was read was made.";
            text.gauge("souk_pulse_age_seconds", help, Seconds { ms });
        }
    }
}
