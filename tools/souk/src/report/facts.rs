//! What a report is made of: facts of a shop and of load reports, as they were read.
//!
//! Not here: what they come to (`totals`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use souk_operations::Record;
use souk_protocol::origin::{AuditReport, StockAccount};
use souk_protocol::staff::{StaffSale, WorklistEntry};

/// Everything.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// In milliseconds since 1970.
    pub(super) since_ms: i64,
    /// The first millisecond that does not belong to it.
    pub(super) until_ms: i64,
    /// All records of the journal, from the first one on.
    pub(super) journal: Vec<Record>,
    /// What is wrong with the journal, if anything.
    pub(super) journal_error: Option<String>,
    /// Orders that were placed in this time, as the order index has them.
    pub(super) orders: Vec<WorklistEntry>,
    /// Messages about orders that the order index does not have yet.
    pub(super) under_way: i64,
    /// The recount of the books.
    pub(super) audit: AuditReport,
    /// What the audit names, in words.
    pub(super) drift: Vec<String>,
    /// The sale that the report is about.
    pub(super) sale: Option<SaleFacts>,
    /// Reports of load generators.
    pub(super) loads: Vec<Load>,
}

/// A sale.
#[derive(Debug, Clone)]
pub(super) struct SaleFacts {
    /// Its id.
    pub(super) id: String,
    /// Units that its sessions had, of all items, up to the end of the report.
    pub(super) planned: i64,
    /// Its stock accounts.
    pub(super) accounts: Vec<StockAccount>,
    /// How its waiting room stands; none where it has none.
    pub(super) room: Option<StaffSale>,
    /// Its orders since its first session that count, by the origin's records.
    pub(super) orders: u64,
    /// Units of the sale in them.
    pub(super) units: i64,
}

/// What a load generator has written, as far as a report needs it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Load {
    /// The file's name.
    #[serde(skip)]
    pub(super) name: String,
    /// Requests that were sent.
    pub(super) sent: u64,
    /// Whether the generator was in time.
    #[serde(default)]
    pub(super) valid: Option<bool>,
    /// Answers by status.
    #[serde(default)]
    pub(super) statuses: BTreeMap<String, u64>,
    /// Requests without an answer, by what was wrong.
    #[serde(default)]
    pub(super) errors: BTreeMap<String, u64>,
    /// Milliseconds from the planned moment to the answer.
    #[serde(default)]
    pub(super) response_ms: BTreeMap<String, f64>,
    /// Orders that the shop has acknowledged to these clients.
    #[serde(default)]
    pub(super) orders: Option<u64>,
}

/// Reads load reports; a folder stands for every `*.json` in it.
pub(super) fn loads(paths: &[PathBuf]) -> Result<Vec<Load>> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            false => files.push(path.clone()),
            true => files.extend(reports_in(path)?),
        }
    }
    files.sort();
    files.iter().map(|file| load(file)).collect()
}

fn reports_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let paths = paths.collect::<Result<Vec<_>>>()?;
    let is_json = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "json");
    Ok(paths.into_iter().filter(is_json).collect())
}

fn load(file: &Path) -> Result<Load> {
    let shown = || file.display().to_string();
    let text = fs::read_to_string(file).with_context(shown)?;
    let load: Load = serde_json::from_str(&text)
        .with_context(|| format!("{} is no report of a load generator", shown()))?;
    let name = file.file_stem().and_then(|name| name.to_str());
    let name = name.unwrap_or_default().to_owned();
    Ok(Load { name, ..load })
}
