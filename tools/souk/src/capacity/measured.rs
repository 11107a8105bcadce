//! What `cargo xtask bench --json` measured, as far as it counts here.

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
