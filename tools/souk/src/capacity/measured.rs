//! What was measured, as far as it counts here: by `cargo xtask bench --json`, and by an access log of
//! which `cargo xtask replay record --bytes` has the bytes of each route.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The rows of a run.
#[derive(Debug, Deserialize)]
pub(super) struct Measured {
    rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    /// Such as `spin/order-hot`.
    id: String,
    value: f64,
    unit: String,
    cpu_us: Option<f64>,
}

/// What one kind of request costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// So many were answered in a second.
    pub(super) per_second: f64,
    /// Processor time of each, in microseconds.
    pub(super) cpu_us: f64,
}

/// What a log says that was sent, by route.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sent(BTreeMap<String, SentOf>);

#[derive(Debug, Deserialize)]
struct SentOf {
    /// Answers whose size the log has.
    requests: u64,
    /// Of all of them together, with their headers.
    bytes: u64,
}

impl Sent {
    /// Reads a file of `cargo xtask replay record --bytes`.
    ///
    /// # Errors
    /// When the file is none.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let file = File::open(path).with_context(|| format!("read {name}"))?;
        let read = serde_json::from_reader(BufReader::new(file));
        read.with_context(|| format!("{name} is no file of `cargo xtask replay record --bytes`"))
    }

    /// Bytes of an answer of a route on average; `None` where the log has none of it.
    pub(super) fn mean(&self, route: &str) -> Option<f64> {
        let of_route = self.0.get(route).filter(|one| one.requests > 0)?;
        Some(of_route.bytes as f64 / of_route.requests as f64)
    }
}

impl Measured {
    /// Reads a report.
    ///
    /// # Errors
    /// When the file is none.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let file = File::open(path).with_context(|| format!("read {name}"))?;
        let read = serde_json::from_reader(BufReader::new(file));
        read.with_context(|| format!("{name} is no report of `cargo xtask bench --json`"))
    }

    /// A row with a throughput; `None` where the run did not measure it.
    pub(super) fn find(&self, platform: &str, name: &str) -> Option<Cost> {
        let id = format!("{platform}/{name}");
        let row = self.rows.iter().find(|row| row.id == id)?;
        let cpu_us = row.cpu_us.filter(|cpu_us| *cpu_us > 0.0)?;
        (row.unit == "/s" && row.value > 0.0).then_some(Cost {
            per_second: row.value,
            cpu_us,
        })
    }

    /// The same.
    ///
    /// # Errors
    /// When the run did not measure it; says which command does.
    pub(super) fn expect(&self, platform: &str, name: &str) -> Result<Cost> {
        let cost = self.find(platform, name);
        ensure!(
            cost.is_some(),
            "the report has no row {platform}/{name} with its processor time: \
             `cargo xtask bench --only product- order- --json FILE` measures it"
        );
        cost.context("it was there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_has_the_mean_of_its_answers_and_one_without_answers_has_none() {
        let text =
            r#"{"product": {"requests": 4, "bytes": 10}, "cart": {"requests": 0, "bytes": 0}}"#;
        let sent: Sent = serde_json::from_str(text).unwrap();
        assert_eq!(sent.mean("product"), Some(2.5));
        assert_eq!((sent.mean("cart"), sent.mean("home")), (None, None));
    }
}
