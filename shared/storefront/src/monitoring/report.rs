//! What an instance sends to the collector that adds up those of all instances.

use bytes::Bytes;
use http::Request;
use souk_origin_pool::Pool;

use crate::instance::Instance;
use crate::settings::Settings;

/// The name of this function among those that report.
const SERVICE: &str = "souk-storefront";

/// The report that is due after a response, if one is and the deployment has a collector. It is sent
/// after the response: no shopper waits for it.
pub fn report_due(instance: &Instance, settings: &Settings, now_ms: i64) -> Option<Request<Bytes>> {
    let collector = settings.collector.as_ref()?;
    let figures = || {
        let mut figures = instance.metrics.figures();
        let of_pool = instance.origin_pool.get().map(Pool::figures);
        figures.extend(of_pool.into_iter().flatten());
        figures
    };
    instance.reported.due(collector, SERVICE, now_ms, figures)
}
