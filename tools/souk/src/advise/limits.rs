//! What counts as full, signal by signal.
//!
//! Invariant: a limit without a capacity gives no advice.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use souk_shop_folder::assumed::LIMITS as BUILT_IN;

use crate::toml_file;

/// A limit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) signal: String,
    pub(super) capacity: Option<f64>,
    pub(super) unit: String,
    /// What to do; `{pace}`, `{times}`, `{tries}` and `{capacity}` stand for numbers.
    pub(super) r#do: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limit: Vec<Limit>,
}

/// What is read of a prediction of `souk capacity --json`.
#[derive(Deserialize)]
struct Prediction {
    peak: Peak,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Peak {
    requests_per_s: f64,
    orders_per_s: f64,
}

#[derive(Deserialize)]
struct Resource {
    resource: String,
    capacity: f64,
    load: f64,
    full_at_factor: Option<f64>,
}

/// The limits of the program, with the capacities of a prediction where there is one.
///
/// # Errors
/// When the file is no prediction.
pub(super) fn limits(prediction: Option<&Path>) -> Result<Vec<Limit>> {
    let File { limit: mut limits } = toml_file::parse("limits.toml", BUILT_IN)?;
    let Some(path) = prediction else {
        return Ok(limits);
    };
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("read {name}"))?;
    let read: Prediction = serde_json::from_str(&text)
        .with_context(|| format!("{name} is no prediction of `souk capacity --json`"))?;
    for limit in &mut limits {
        let capacity = match limit.signal.as_str() {
            "orders.rate" => read.orders(),
            "requests.rate" => read.requests(),
            _ => continue,
        };
        limit.capacity = capacity.or(limit.capacity);
    }
    let is_number = |limit: &Limit| limit.capacity.is_none_or(|capacity| capacity > 0.0);
    ensure!(
        limits.iter().all(is_number),
        "{name} has a capacity that is not above 0"
    );
    Ok(limits)
}

impl Prediction {
    /// Orders in a second at which the origin is full, as a whole or for its hottest SKU.
    fn orders(&self) -> Option<f64> {
        let origin = self.resources.iter().filter(|one| one.resource == "origin");
        let whole = origin.map(|one| one.capacity);
        let hottest = self
            .resources
            .iter()
            .filter(|one| one.resource == "hottest SKU");
        // Its share of the orders stays what it is.
        let hot = hottest
            .filter(|one| one.load > 0.0)
            .map(|one| self.peak.orders_per_s / one.load);
        whole.chain(hot).min_by(f64::total_cmp)
    }

    /// Requests in a second at which the cores are full.
    fn requests(&self) -> Option<f64> {
        let mut cores = self.resources.iter();
        let cores = cores.find(|one| one.resource == "cores of the functions")?;
        Some(self.peak.requests_per_s * cores.full_at_factor?)
    }
}
