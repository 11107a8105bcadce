//! Says on standard error how a run stands, each second from the first one on.

use std::sync::Arc;
use std::time::Duration;

use crate::generator::Generator;
use crate::record::{Outcome, Record};

const EVERY: Duration = Duration::from_secs(1);

/// Writes a line each second, until it is dropped.
pub async fn show(generator: Arc<Generator>) {
    let mut second = tokio::time::interval(EVERY);
    let mut shown = 0;
    loop {
        second.tick().await;
        let records = generator.records_from(shown);
        shown += records.len();
        eprintln!(
            "{}",
            line(generator.now(), &records, shown, generator.under_way())
        );
    }
}

/// What came of the last second.
fn line(now: Duration, last: &[Record], ended: usize, under_way: usize) -> String {
    let is_failure = |record: &&Record| match record.outcome {
        Outcome::Status(status) => status >= 500,
        Outcome::TimedOut | Outcome::NotConnected | Outcome::Broken => true,
    };
    let failures = last.iter().filter(is_failure).count();
    let slowest = last.iter().map(Record::response).max().unwrap_or_default();
    format!(
        "{:>5.0} s  {ended} answered, {under_way} under way; in the last second {}, slowest {:.1} ms, {failures} failed",
        now.as_secs_f64(),
        last.len(),
        slowest.as_secs_f64() * 1_000.0,
    )
}
