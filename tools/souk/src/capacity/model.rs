//! What is taken for what: routes as rows of the benchmark, bytes as a log measured them or as the budgets
//! of pages, and prices.
//!
//! A budget is the most that a page may be, so what follows from one is an upper bound and no mean.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use souk_shop_folder::assumed::{CAPACITY as MODEL, PAGE_BUDGETS as BUDGETS, PRICES};

use super::measured::{Cost, Measured, Sent};
use crate::toml_file;

/// What comes with the program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    other_bytes: u64,
    header_bytes: u64,
    pub(super) store_reads_percent: f64,
    pub(super) signal_reads_per_s: f64,
    pub(super) object_requests_per_s: f64,
    route: Vec<Route>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    name: String,
    like: String,
    bytes: Option<String>,
    #[serde(default)]
    per_visit: f64,
}

#[derive(Deserialize)]
struct Budget {
    gzip: u64,
}

/// Requests of one route in a visit, and what one costs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Requests {
    pub(super) route: String,
    pub(super) per_visit: f64,
    /// Of an answer on average, with its headers.
    pub(super) bytes: f64,
    pub(super) cpu_us: f64,
}

/// What a platform takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    pub(super) currency: String,
    pub(super) requests: f64,
    pub(super) cpu_ms: f64,
    pub(super) object_requests: f64,
    pub(super) kv_reads: f64,
    pub(super) egress_gb: f64,
    pub(super) core_hour: f64,
}

impl Model {
    pub(super) fn built_in() -> Self {
        toml_file::parse("model.toml", MODEL).expect("it comes with the program")
    }

    /// The requests of a visit, by how often a report says, or the journey of the model does; what each
    /// sends by what a log measured, or by the budgets.
    ///
    /// # Errors
    /// When the bench did not measure a row that is needed.
    pub(super) fn requests(
        &self,
        measured: &Measured,
        platform: &str,
        counted: Option<&BTreeMap<String, f64>>,
        sent: &Sent,
    ) -> Result<Vec<Requests>> {
        let budgets = budgets();
        let journey = self
            .route
            .iter()
            .map(|route| (route.name.clone(), route.per_visit));
        let all = counted.cloned().unwrap_or_else(|| journey.collect());
        let used = all.into_iter().filter(|(_, per_visit)| *per_visit > 0.0);
        let requests = used.map(|(name, per_visit)| {
            let route = self.route(&name);
            let named = route.bytes.as_ref().and_then(|page| budgets.get(page));
            let body = named.map_or(self.other_bytes, |budget| budget.gzip);
            let budgeted = (body + self.header_bytes) as f64;
            let Cost { cpu_us, .. } = measured.expect(platform, &route.like)?;
            Ok(Requests {
                bytes: sent.mean(&name).unwrap_or(budgeted),
                route: name,
                per_visit,
                cpu_us,
            })
        });
        requests.collect()
    }

    /// Of the answer to an order, with its headers.
    pub(super) fn order_bytes(&self) -> f64 {
        (self.other_bytes + self.header_bytes) as f64
    }

    /// A route that the model does not know is like the last one of it.
    fn route(&self, name: &str) -> &Route {
        let known = self.route.iter().find(|route| route.name == name);
        known.unwrap_or_else(|| self.route.last().expect("the model has routes"))
    }
}

/// The largest a page may be, by its name.
fn budgets() -> BTreeMap<String, Budget> {
    serde_json::from_str(BUDGETS).expect("it comes with the program")
}

impl Prices {
    /// Those of a file, else those that come with the program.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(path: Option<&Path>) -> Result<Self> {
        match path {
            Some(path) => toml_file::read(path).context("a file of prices"),
            None => toml_file::parse("prices.toml", PRICES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_names_budgets_that_there_are() {
        let (model, budgets) = (Model::built_in(), budgets());
        for route in &model.route {
            let page = route.bytes.as_deref();
            assert!(
                page.is_none_or(|page| budgets.contains_key(page)),
                "{route:?}"
            );
        }
        assert_eq!(model.route("no such route").name, "other");
        assert_eq!(Prices::read(None).unwrap().currency, "USD");
    }
}
