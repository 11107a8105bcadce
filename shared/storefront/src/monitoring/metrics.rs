//! Counters of one instance, as Prometheus text.

use souk_domain::Limit;
use souk_operations::RouteClass;
use souk_service_http::{Counter, Figure, Latency, MetricsText};

use crate::origin::criticality::Criticality;

/// The version of the workspace that this was built from.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that this was built from, where the build knew one.
const COMMIT: Option<&str> = option_env!("SOUK_COMMIT");

const LATENCY: &str = "souk_request_duration_seconds";
const FAILURES: &str = "souk_failures_by_class_total";
const ORIGIN_SHED: &str = "souk_origin_shed_total";
const REFUSALS: &str = "souk_orders_refused_by_reason_total";
const LIMIT_REFUSALS: &str = "souk_limit_refusals_total";

/// Orders that were refused, by reason.
#[derive(Debug, Default)]
pub struct Refusals {
    /// Not enough units.
    pub sold_out: Counter,
    /// Another price than the one shown.
    pub price_changed: Counter,
    /// Other terms of payment or delivery than those shown.
    pub terms_changed: Counter,
    /// A promotion that cannot be used any more.
    pub promotion: Counter,
    /// A delivery that is not possible.
    pub delivery: Counter,
    /// A sale that has not opened, or is over.
    pub out_of_time: Counter,
    /// No ticket of a waiting room that is called.
    pub not_your_turn: Counter,
    /// Nothing that the shop sells.
    pub unknown_sku: Counter,
    /// More than one order, buyer or client may have.
    pub limit: Counter,
    /// A key that was used for another order.
    pub key_reused: Counter,
}

impl Refusals {
    fn rows(&self) -> [(&'static str, u64); 10] {
        [
            ("sold_out", self.sold_out.get()),
            ("price_changed", self.price_changed.get()),
            ("terms_changed", self.terms_changed.get()),
            ("promotion", self.promotion.get()),
            ("delivery", self.delivery.get()),
            ("out_of_time", self.out_of_time.get()),
            ("not_your_turn", self.not_your_turn.get()),
            ("unknown_sku", self.unknown_sku.get()),
            ("limit", self.limit.get()),
            ("key_reused", self.key_reused.get()),
        ]
    }
}

/// Calls of the origin that were not sent, by how much they matter.
#[derive(Debug, Default)]
pub struct Shed([Counter; Criticality::ALL.len()]);

impl Shed {
    /// Those of a class.
    pub(crate) fn of(&self, class: Criticality) -> &Counter {
        &self.0[class as usize]
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Criticality::ALL
            .into_iter()
            .map(|class| (class.name(), self.of(class).get()))
    }
}

/// Orders that a limit refused, by the limit.
#[derive(Debug, Default)]
pub struct LimitRefusals([Counter; Limit::ALL.len()]);

impl LimitRefusals {
    /// Counts one, by the name of its limit.
    pub(crate) fn add_one(&self, limit: &str) {
        let limits = Limit::ALL.iter().zip(&self.0);
        for (_, counter) in limits.filter(|(known, _)| known.name() == limit) {
            counter.add_one();
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let limits = Limit::ALL.iter().zip(&self.0);
        limits.map(|(limit, counter)| (limit.name(), counter.get()))
    }
}

/// Something of each class of requests.
#[derive(Debug, Default)]
pub struct ByClass<T>([T; RouteClass::ALL.len() + 1]);

/// What is no work of the shop: files, and what machines ask for.
const OTHER: &str = "other";

impl<T> ByClass<T> {
    /// That of a class; `None`: of what is no work of the shop.
    pub(crate) fn of(&self, class: Option<RouteClass>) -> &T {
        let place = class.map_or(RouteClass::ALL.len(), |class| class.number().into());
        &self.0[place]
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, &T)> {
        let names = RouteClass::ALL.into_iter().map(RouteClass::name);
        names.chain([OTHER]).zip(&self.0)
    }
}

/// Counters with their names and what `/metrics` says of them.
macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident: $name:literal, $help:literal;)+) => {
        /// What an instance counts.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $($(#[$doc])* pub $field: Counter,)+
            /// How long requests took, from their arrival to their response.
            pub latency: ByClass<Latency>,
            /// Responses with a status of 500 and above.
            pub failures_by_class: ByClass<Counter>,
            /// Calls of the origin that were not sent.
            pub origin_shed: Shed,
            /// Why orders were refused.
            pub refusals: Refusals,
            /// Which limits refused orders.
            pub limit_refusals: LimitRefusals,
        }

        impl Metrics {
            /// What all instances together are to count.
            pub(crate) fn figures(&self) -> Vec<Figure> {
                let mut figures = vec![$(Figure::new($name, self.$field.get()),)+];
                let latencies = self.latency.rows();
                figures.extend(latencies.flat_map(|(class, latency)| {
                    latency.figures(LATENCY, ("class", class))
                }));
                figures.extend(self.failures_by_class.rows().map(|(class, count)| {
                    Figure::with(FAILURES, ("class", class), count.get())
                }));
                figures.extend(self.origin_shed.rows().map(|(class, count)| {
                    Figure::with(ORIGIN_SHED, ("class", class), count)
                }));
                let refusals = self.refusals.rows().into_iter();
                figures.extend(refusals.map(|(reason, count)| {
                    Figure::with(REFUSALS, ("reason", reason), count)
                }));
                figures.extend(self.limit_refusals.rows().map(|(limit, count)| {
                    Figure::with(LIMIT_REFUSALS, ("limit", limit), count)
                }));
                figures
            }

            fn write_counters(&self, text: &mut MetricsText) {
                $(text.counter($name, $help, self.$field.get());)+
            }
        }
    };
}

counters! {
    /// Requests that arrived.
    requests: "souk_requests_total", "Requests that arrived.";
    /// Finished responses answered from memory.
    response_hits: "souk_response_cache_hits_total", "Responses from memory.";
    /// Finished responses that had to be made.
    response_misses: "souk_response_cache_misses_total", "Responses made.";
    /// Blobs found in instance memory.
    memory_hits: "souk_tier_memory_hits_total", "Blobs from instance memory.";
    /// Blobs found in the shared cache.
    shared_hits: "souk_tier_shared_hits_total", "Blobs from the shared cache.";
    /// Blobs read from the key-value store.
    store_reads: "souk_tier_store_reads_total", "Blobs from the key-value store.";
    /// Reads of the store that found nothing.
    store_misses: "souk_tier_store_misses_total", "Keys that the store lacks.";
    /// Reads of the pointer to the published version.
    pointer_reads: "souk_pointer_reads_total", "Reads of the version pointer.";
    /// Versions that were set aside for the one before, because they lack a blob.
    versions_set_aside: "souk_versions_set_aside_total", "Times the version before was served, because the published one is broken.";
    /// Reads of the availability snapshot.
    signals_reads: "souk_signals_reads_total", "Reads of what is sold out and switched off.";
    /// Waits for another request's read of the same blob.
    coalesced: "souk_coalesced_reads_total", "Waits for another's read.";
    /// Requests to the origin, retries among them.
    origin_calls: "souk_origin_calls_total", "Requests to the origin.";
    /// Requests to the origin that were sent again.
    origin_retries: "souk_origin_retries_total", "Repeated origin requests.";
    /// Orders accepted.
    orders_accepted: "souk_orders_accepted_total", "Orders placed.";
    /// Order requests that named an order which exists.
    orders_replayed: "souk_orders_replayed_total", "Orders answered again.";
    /// Order requests refused for stock, price or content.
    orders_refused: "souk_orders_refused_total", "Orders refused.";
    /// Orders that the gate in front of them did not let through.
    gate_refusals: "souk_gate_refusals_total", "Orders refused by a rate limit or a challenge.";
    /// Requests that were let in uncounted.
    gate_open: "souk_gate_open_total", "Requests that were let in uncounted, because the gate in front of orders did not answer.";
    /// Tries to order by clients whose address the shop is not told.
    clients_unknown: "souk_clients_unknown_total", "Tries to order by clients whose address is not known: CLIENT_ADDRESS_HEADER is not set, or wrong.";
    /// Orders among them that a sold-out hold refused, without asking the origin.
    sold_out_hold_refusals: "souk_sold_out_hold_refusals_total", "Orders refused by a sold-out hold, without asking the origin.";
    /// Reads of the sold-out holds.
    /// Searches that are in no tally, because an instance had no room for their query.
    tallies_lost: "souk_search_tallies_lost_total", "Searches that were not counted for the report, because there were too many different ones.";
    /// Requests for the metrics that were refused, or not answered.
    metrics_refused: "souk_metrics_refused_total", "Requests for the metrics that were refused.";
    /// Responses with a status of 500 and above.
    failures: "souk_failures_total", "Responses with status 5xx.";
}

impl Metrics {
    /// The counters, and how much the instance has in memory.
    pub(crate) fn text(&self, bytes_kept: (usize, usize), version: Option<u64>) -> MetricsText {
        let mut text = MetricsText::new();
        self.write_counters(&mut text);
        text.counters(
            ORIGIN_SHED,
            "Origin requests that were not sent, because it is down or overloaded, by their class.",
            "class",
            self.origin_shed.rows(),
        );
        text.counters(
            REFUSALS,
            "Orders refused, by reason.",
            "reason",
            self.refusals.rows(),
        );
        text.counters(
            LIMIT_REFUSALS,
            "Orders that a limit refused, by the limit.",
            "limit",
            self.limit_refusals.rows(),
        );
        text.latencies(
            LATENCY,
            "How long requests took, by their class.",
            "class",
            self.latency.rows(),
        );
        let failures = self.failures_by_class.rows();
        text.counters(
            FAILURES,
            "Responses with status 5xx, by the class of the request.",
            "class",
            failures.map(|(class, count)| (class, count.get())),
        );
        write_build(&mut text, VERSION, COMMIT);
        text.gauge(
            "souk_memory_blob_bytes",
            "Bytes of blobs in memory.",
            bytes_kept.0,
        );
        text.gauge(
            "souk_memory_response_bytes",
            "Bytes of responses in memory.",
            bytes_kept.1,
        );
        text.gauge(
            "souk_catalogue_version",
            "Published version seen last.",
            version.unwrap_or(0),
        );
        text
    }
}

/// A gauge that is always 1; what it says stands in its labels.
fn write_build(text: &mut MetricsText, version: &str, commit: Option<&str>) {
    // A commit is alphanumeric; other characters of the build's value are dropped.
    let plain = |c: &char| c.is_ascii_alphanumeric() || ".-_+".contains(*c);
    let commit: String = commit.unwrap_or_default().chars().filter(plain).collect();
    let commit = if commit.is_empty() {
        "unknown"
    } else {
        &commit
    };
    let labels = [("version", version), ("commit", commit)];
    text.gauge_with("souk_build_info", "What is running.", &labels, 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_is_named_with_and_without_a_commit() {
        let cases = [
            (Some("0f3a"), "commit=\"0f3a\""),
            (Some("a\"b\n} c"), "commit=\"abc\""),
            (Some(""), "commit=\"unknown\""),
            (None, "commit=\"unknown\""),
        ];
        for (commit, label) in cases {
            let mut text = MetricsText::new();
            write_build(&mut text, "1.2.3", commit);
            let text = text.as_str();
            let line = format!("souk_build_info{{version=\"1.2.3\",{label}}} 1\n");
            assert!(text.ends_with(&line), "{text}");
            assert_eq!(text.lines().count(), 3, "{text}");
        }
    }

    #[test]
    fn refusals_are_counted_by_the_name_of_each_limit() {
        let metrics = Metrics::default();
        for (at, limit) in Limit::ALL.into_iter().enumerate() {
            (0..=at).for_each(|_| metrics.limit_refusals.add_one(limit.name()));
        }
        metrics.limit_refusals.add_one("no_limit");
        let text = metrics.text((0, 0), None);
        let figures = metrics.figures();
        for (at, limit) in Limit::ALL.into_iter().enumerate() {
            let (name, count) = (limit.name(), at + 1);
            let line = format!("souk_limit_refusals_total{{limit=\"{name}\"}} {count}\n");
            assert!(text.as_str().contains(&line), "{line}");
            let figure = Figure::with(LIMIT_REFUSALS, ("limit", name), count as u64);
            assert!(figures.contains(&figure), "{figure:?}");
        }
    }

    #[test]
    fn metrics_name_the_version_of_the_workspace() {
        let text = Metrics::default().text((0, 0), None);
        assert!(
            text.as_str()
                .contains(&format!("souk_build_info{{version=\"{VERSION}\","))
        );
    }
}
