//! What an instance remembers between requests: a cache tier, never a place for truth.
//!
//! Everything here may vanish at any moment. Each cache owns its state and says how long it is
//! trusted; an instance only puts them together.

use std::cell::{Cell, OnceCell};

use souk_domain::Locale;
use souk_operations::Switch;
use souk_origin_pool::Pool;
use souk_protocol::tallies::Subject;
use souk_service_http::Reported;

use crate::catalogue::blobs::BlobCache;
use crate::catalogue::version::PublishedVersion;
use crate::checkout::payment_methods::PaymentMethodsCache;
use crate::http::quota::Refusals;
use crate::http::response_cache::ResponseCache;
use crate::insights::InsightsCache;
use crate::monitoring::metrics::Metrics;
use crate::monitoring::metrics_access::MetricsAccess;
use crate::monitoring::origin_report::OriginReport;
use crate::monitoring::samples::Samples;
use crate::origin::guard::Guard;
use crate::origin::sold_out_holds::SoldOutHolds;
use crate::sales::{ReportTask, RoomReports};
use crate::search::{Counts, Searched, Tallies};
use crate::settings::Settings;
use crate::signals::SignalsCache;

/// The memory of an instance.
#[derive(Debug, Default)]
pub struct Instance {
    pub(crate) blobs: BlobCache,
    pub(crate) responses: ResponseCache,
    pub(crate) published: PublishedVersion,
    pub(crate) signals: SignalsCache,
    pub(crate) insights: InsightsCache,
    pub(crate) payment_methods: PaymentMethodsCache,
    pub(crate) guard: Guard,
    /// Set by the first request of a deployment that has a pool.
    pub(crate) origin_pool: OnceCell<Pool>,
    pub(crate) sold_out_holds: SoldOutHolds,
    pub(crate) origin_report: OriginReport,
    pub(crate) refusals: Refusals,
    pub(crate) tallies: Tallies,
    pub(crate) rooms: RoomReports,
    pub(crate) samples: Samples,
    pub(crate) report_task: ReportTask,
    pub(crate) metrics_access: MetricsAccess,
    /// Whether it is one of the build of a release, once it has answered a request.
    pub(crate) is_next_lane: Cell<bool>,
    /// What of its counters was sent to the collector.
    pub(crate) reported: Reported,
    /// Counters since the instance began.
    pub metrics: Metrics,
}

impl Instance {
    /// An instance that remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The origins that are asked in the place of the deployment's own, where there are some.
    pub(crate) fn origin_pool(&self, settings: &Settings) -> Option<&Pool> {
        let origins = settings.origin_pool.as_ref()?;
        Some(self.origin_pool.get_or_init(|| Pool::new(origins.clone())))
    }

    /// Counts a search, or that there was no room for it.
    pub(crate) fn count_search(&self, searched: &Searched, now_ms: i64) {
        if self.counts_searches() && !self.tallies.count(searched, now_ms) {
            self.metrics.tallies_lost.add_one();
        }
    }

    /// Counts what came of a search or of an answer, or that there was no room for it.
    pub(crate) fn count(
        &self,
        subject: Subject,
        locale: Locale,
        query: &str,
        counts: Counts,
        now_ms: i64,
    ) {
        if self.counts_searches() && !self.tallies.add(subject, locale, query, counts, now_ms) {
            self.metrics.tallies_lost.add_one();
        }
    }

    fn counts_searches(&self) -> bool {
        let signals = self.signals.last();
        signals.is_none_or(|signals| signals.switches.is_on(Switch::SearchCounts))
    }

    /// Bytes kept at the moment: blobs and responses.
    pub fn bytes_kept(&self) -> (usize, usize) {
        (self.blobs.bytes_kept(), self.responses.bytes_kept())
    }
}
