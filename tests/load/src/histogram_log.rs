//! The log of a run in the format of HdrHistogram, which the libraries of other languages read: a line
//! for each second, by planned moments, with the tags `response`, `service` and `lateness`.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::record::Record;
use crate::report::{count, histogram};

const INTERVAL: Duration = Duration::from_secs(1);
/// Values are microseconds; the column with the largest one of a line is in milliseconds.
const US_IN_MS: f64 = 1_000.0;

const TAGS: [&str; 3] = ["response", "service", "lateness"];

/// Writes the log of a run that began then.
///
/// # Errors
/// When it cannot be written.
pub fn write(into: &mut impl Write, began: SystemTime, records: &[Record]) -> Result<()> {
    let mut seconds: BTreeMap<u64, [Histogram<u64>; 3]> = BTreeMap::new();
    for record in records {
        let second = seconds.entry(record.planned.as_secs());
        let [response, service, lateness] = second.or_insert_with(|| TAGS.map(|_| histogram()));
        if record.outcome.is_timed() {
            count(response, record.response());
            count(service, record.service());
        }
        count(lateness, record.lateness());
    }
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .with_start_time(began)
        .with_base_time(began)
        .with_max_value_divisor(US_IN_MS)
        .begin_log_with(into, &mut serializer)
        .context("begin the log")?;
    for (second, histograms) in &seconds {
        for (name, histogram) in TAGS.iter().zip(histograms) {
            let tag = Tag::new(name).context("a tag")?;
            let begins = Duration::from_secs(*second);
            let written = log.write_histogram(histogram, begins, INTERVAL, Some(tag));
            written.map_err(|error| anyhow::anyhow!("write the log: {error:?}"))?;
        }
    }
    Ok(())
}
