//! Counters of one instance, as Prometheus text.

use std::cell::Cell;
use std::fmt::Write;

/// The version of the workspace that this was built from.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that this was built from, where the build knew one.
const COMMIT: Option<&str> = option_env!("SOUK_COMMIT");

/// A counter.
#[derive(Debug, Default)]
pub struct Counter(Cell<u64>);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.0.set(self.0.get() + 1);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// What an instance counts.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Requests that arrived.
    pub requests: Counter,
    /// Finished responses answered from memory.
    pub response_hits: Counter,
    /// Finished responses that had to be made.
    pub response_misses: Counter,
    /// Blobs found in instance memory.
    pub memory_hits: Counter,
    /// Blobs found in the shared cache.
    pub shared_hits: Counter,
    /// Blobs read from the key-value store.
    pub store_reads: Counter,
    /// Reads of the store that found nothing.
    pub store_misses: Counter,
    /// Reads of the pointer to the published version.
    pub pointer_reads: Counter,
    /// Reads of the availability board.
    pub board_reads: Counter,
    /// Waits for another request's read of the same blob.
    pub coalesced: Counter,
    /// Requests to the origin, retries among them.
    pub origin_calls: Counter,
    /// Requests to the origin that were sent again.
    pub origin_retries: Counter,
    /// Calls that were not sent, because the origin is down or cannot answer them in time.
    pub origin_shed: Counter,
    /// Orders accepted.
    pub orders_accepted: Counter,
    /// Order requests that named an order which exists.
    pub orders_replayed: Counter,
    /// Order requests refused for stock, price or content.
    pub orders_refused: Counter,
    /// Orders among them that were refused by a latch, without asking the origin.
    pub latched_refusals: Counter,
    /// Reads of the latches.
    pub latch_reads: Counter,
    /// Responses with a status of 500 and above.
    pub failures: Counter,
}

impl Metrics {
    /// The text exposition format, version 0.0.4.
    pub(crate) fn render(&self, bytes_kept: (usize, usize), version: Option<u64>) -> String {
        let mut text = String::with_capacity(2048);
        let rows: [(&str, &str, &Counter); 19] = [
            (
                "souk_requests_total",
                "Requests that arrived.",
                &self.requests,
            ),
            (
                "souk_response_cache_hits_total",
                "Responses from memory.",
                &self.response_hits,
            ),
            (
                "souk_response_cache_misses_total",
                "Responses made.",
                &self.response_misses,
            ),
            (
                "souk_tier_memory_hits_total",
                "Blobs from instance memory.",
                &self.memory_hits,
            ),
            (
                "souk_tier_shared_hits_total",
                "Blobs from the shared cache.",
                &self.shared_hits,
            ),
            (
                "souk_tier_store_reads_total",
                "Blobs from the key-value store.",
                &self.store_reads,
            ),
            (
                "souk_tier_store_misses_total",
                "Keys that the store lacks.",
                &self.store_misses,
            ),
            (
                "souk_pointer_reads_total",
                "Reads of the version pointer.",
                &self.pointer_reads,
            ),
            (
                "souk_board_reads_total",
                "Reads of the availability board.",
                &self.board_reads,
            ),
            (
                "souk_coalesced_reads_total",
                "Waits for another's read.",
                &self.coalesced,
            ),
            (
                "souk_origin_calls_total",
                "Requests to the origin.",
                &self.origin_calls,
            ),
            (
                "souk_origin_retries_total",
                "Repeated origin requests.",
                &self.origin_retries,
            ),
            (
                "souk_origin_shed_total",
                "Origin requests that were not sent, because it is down or overloaded.",
                &self.origin_shed,
            ),
            (
                "souk_orders_accepted_total",
                "Orders placed.",
                &self.orders_accepted,
            ),
            (
                "souk_orders_replayed_total",
                "Orders answered again.",
                &self.orders_replayed,
            ),
            (
                "souk_orders_refused_total",
                "Orders refused.",
                &self.orders_refused,
            ),
            (
                "souk_latched_refusals_total",
                "Orders refused by a sold-out latch, without asking the origin.",
                &self.latched_refusals,
            ),
            (
                "souk_latch_reads_total",
                "Reads of the sold-out latches.",
                &self.latch_reads,
            ),
            (
                "souk_failures_total",
                "Responses with status 5xx.",
                &self.failures,
            ),
        ];
        for (name, help, counter) in rows {
            let value = counter.get();
            write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n"
            )
            .expect("a String takes all text");
        }
        text.push_str(&build_info(VERSION, COMMIT));
        let gauges = [
            (
                "souk_memory_blob_bytes",
                "Bytes of blobs in memory.",
                bytes_kept.0 as u64,
            ),
            (
                "souk_memory_response_bytes",
                "Bytes of responses in memory.",
                bytes_kept.1 as u64,
            ),
            (
                "souk_catalogue_version",
                "Published version seen last.",
                version.unwrap_or(0),
            ),
        ];
        for (name, help, value) in gauges {
            write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"
            )
            .expect("a String takes all text");
        }
        text
    }
}

/// A gauge that is always 1; what it says stands in its labels.
fn build_info(version: &str, commit: Option<&str>) -> String {
    let name = "souk_build_info";
    // A label must stay one, whatever the build was told.
    let plain = |c: &char| c.is_ascii_alphanumeric() || ".-_+".contains(*c);
    let commit: String = commit.unwrap_or_default().chars().filter(plain).collect();
    let commit = if commit.is_empty() {
        "unknown"
    } else {
        &commit
    };
    format!(
        "# HELP {name} What is running.\n# TYPE {name} gauge\n\
         {name}{{version=\"{version}\",commit=\"{commit}\"}} 1\n"
    )
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
            let text = build_info("1.2.3", commit);
            let line = format!("souk_build_info{{version=\"1.2.3\",{label}}} 1\n");
            assert!(text.ends_with(&line), "{text}");
            assert_eq!(text.lines().count(), 3, "{text}");
        }
    }

    #[test]
    fn metrics_name_the_version_of_the_workspace() {
        let text = Metrics::default().render((0, 0), None);
        assert!(text.contains(&format!("souk_build_info{{version=\"{VERSION}\",")));
    }
}
