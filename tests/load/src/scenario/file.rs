//! The file of a scenario, as TOML has it: every value with its place in the text.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) choices: BTreeMap<String, Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) journeys: BTreeMap<String, Vec<Spanned<StepEntry>>>,
    #[serde(default)]
    pub(super) arrivals: Vec<Spanned<ArrivalsEntry>>,
    pub(super) sale: Option<SaleEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepEntry {
    pub(super) name: Option<String>,
    pub(super) after: Option<Spanned<String>>,
    pub(super) get: Option<Spanned<String>>,
    pub(super) post: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Spanned<String>>,
    pub(super) body: Option<Spanned<String>>,
}

/// Which keys belong to which kind is checked in `read`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArrivalsEntry {
    pub(super) kind: Spanned<String>,
    pub(super) starts: Option<Spanned<String>>,
    #[serde(rename = "for")]
    pub(super) lasts: Option<Spanned<String>>,
    pub(super) rate: Option<Spanned<f64>>,
    pub(super) from: Option<Spanned<f64>>,
    pub(super) to: Option<Spanned<f64>>,
    pub(super) visitors: Option<Spanned<u32>>,
    pub(super) within: Option<Spanned<String>>,
    pub(super) file: Option<Spanned<String>>,
    pub(super) journeys: BTreeMap<String, Spanned<u32>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SaleEntry {
    pub(super) id: Spanned<String>,
    pub(super) visitors: Spanned<u32>,
    pub(super) early: Spanned<f64>,
    pub(super) leave: Spanned<f64>,
    pub(super) bots: Spanned<u32>,
    pub(super) comes_before: Spanned<String>,
    pub(super) comes_after: Spanned<String>,
    pub(super) stays: Spanned<String>,
    pub(super) buys_after: Spanned<String>,
}
