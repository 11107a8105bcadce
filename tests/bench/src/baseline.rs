//! The results of the last run on `main`, stored in the repository with their commit, and what
//! became slower since.
//!
//! Only what a later run is compared with is stored: the ratio of each row, with its value for
//! people, in order of the rows' names and rounded, so that a new run changes the lines that
//! changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::report::Report;

/// Where they are, from the root of the repository.
pub(crate) const FILE: &str = "tests/bench/results/main.json";

/// A ratio below this share of the earlier one is a regression.
const REGRESSION: f64 = 0.9;

/// Results to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    /// What was measured; empty for a tree with changes.
    commit: String,
    /// On what, for people: ratios of different machines or runtimes are compared with care.
    machine: String,
    quick: bool,
    rows: BTreeMap<String, BaselineRow>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct BaselineRow {
    ratio: f64,
    value: f64,
    unit: String,
}

/// A whole report, or what is stored of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Saved {
    Report(Report),
    Baseline(Baseline),
}

impl Baseline {
    /// What is stored of a report.
    pub(crate) fn of(report: &Report) -> Self {
        let rows = report.rows.iter().filter_map(|row| {
            let baseline = BaselineRow {
                ratio: rounded(row.ratio?),
                value: rounded(row.value),
                unit: row.unit.clone(),
            };
            Some((row.id.clone(), baseline))
        });
        Self {
            commit: report.commit.clone(),
            machine: report.machine.describe(),
            quick: report.quick,
            rows: rows.collect(),
        }
    }

    /// Reads what was stored, or a whole report.
    ///
    /// # Errors
    /// When there is neither.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let shown = file.display();
        let text = fs::read(file).with_context(|| {
            format!("there is no {shown} to compare with: `cargo xtask bench --keep` makes {FILE}")
        })?;
        let saved = serde_json::from_slice(&text)
            .with_context(|| format!("{shown} holds no results of `cargo xtask bench`"))?;
        Ok(match saved {
            Saved::Report(report) => Self::of(&report),
            Saved::Baseline(baseline) => baseline,
        })
    }

    /// Keeps these.
    ///
    /// # Errors
    /// When they are not of a whole run on a commit, or the file cannot be written.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        ensure_commit(&self.commit)?;
        ensure!(
            !self.quick,
            "a quick run is not stored: measure without --quick"
        );
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory)?;
        }
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(file, text).with_context(|| format!("write {}", file.display()))
    }

    /// One line: what this is.
    pub(crate) fn describe(&self) -> String {
        let commit = match self.commit.as_str() {
            "" => "a tree with changes",
            commit => commit,
        };
        let quick = if self.quick { ", a quick run" } else { "" };
        format!("{commit}{quick}: {}", self.machine)
    }

    /// A sentence for every ratio that fell by more than 10 % since `before`. Rows that only one of
    /// the two has are not compared.
    pub(crate) fn regressions(&self, before: &Self) -> Vec<String> {
        let compared = self.rows.iter().filter_map(|(id, now)| {
            let then = before.rows.get(id)?.ratio;
            (now.ratio < then * REGRESSION).then(|| {
                let share = 100.0 * (1.0 - now.ratio / then);
                let now = now.ratio;
                format!("{id}: the ratio fell by {share:.0} %, from {then:.2} to {now:.2}")
            })
        });
        compared.collect()
    }

    /// How many rows both have.
    pub(crate) fn in_common(&self, before: &Self) -> usize {
        let common = self.rows.keys().filter(|id| before.rows.contains_key(*id));
        common.count()
    }
}

/// The commit of a tree without changes; empty otherwise, and without git.
pub(crate) fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let output = git.arg("-C").arg(root).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => git(&["rev-parse", "HEAD"]).unwrap_or_default(),
        Some(_) | None => String::new(),
    }
}

/// Refuses results of a tree that is no commit.
///
/// # Errors
/// When `commit` is empty.
pub(crate) fn ensure_commit(commit: &str) -> Result<()> {
    ensure!(
        !commit.is_empty(),
        "the tree has changes that are in no commit: commit them, and measure again"
    );
    Ok(())
}

/// To three decimals below 100, to whole numbers above.
fn rounded(value: f64) -> f64 {
    match value.abs() >= 100.0 {
        true => value.round(),
        false => (value * 1_000.0).round() / 1_000.0,
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::Machine;
    use crate::report::Row;

    use super::*;

    fn report(ratios: &[(&str, Option<f64>)]) -> Report {
        let row = |&(id, ratio): &(&str, Option<f64>)| Row {
            id: id.to_owned(),
            value: 1_234.567,
            ratio,
            ..Row::default()
        };
        Report {
            commit: "c0ffee".to_owned(),
            machine: Machine::default(),
            quick: false,
            rows: ratios.iter().map(row).collect(),
        }
    }

    fn baseline(ratios: &[(&str, Option<f64>)]) -> Baseline {
        Baseline::of(&report(ratios))
    }

    #[test]
    fn a_ratio_that_fell_by_more_than_10_percent_is_named() {
        let before = baseline(&[
            ("a", Some(1.0)),
            ("b", Some(0.8)),
            ("c", Some(0.5)),
            ("d", None),
            ("gone", Some(1.0)),
        ]);
        let after = baseline(&[
            ("a", Some(0.89)),
            ("b", Some(0.73)),
            ("c", Some(0.9)),
            ("d", None),
            ("new", Some(0.1)),
        ]);
        assert_eq!(
            after.regressions(&before),
            ["a: the ratio fell by 11 %, from 1.00 to 0.89"]
        );
        assert_eq!(after.in_common(&before), 3);
    }

    #[test]
    fn kept_results_and_whole_reports_are_both_read() {
        let directory = tempfile::tempdir().unwrap();
        let report = report(&[("b", Some(0.912_345)), ("a", Some(0.8)), ("c", None)]);
        let (whole, file) = (
            directory.path().join("latest.json"),
            directory.path().join("x/main.json"),
        );
        report
            .write(&whole, &directory.path().join("history"))
            .unwrap();
        let baseline = Baseline::of(&report);
        baseline.write(&file).unwrap();
        assert_eq!(Baseline::read(&file).unwrap(), baseline);
        assert_eq!(Baseline::read(&whole).unwrap(), baseline);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.find("\"a\"") < text.find("\"b\""), "{text}");
        assert!(text.contains("0.912,") && text.contains("1235"), "{text}");
        assert!(text.contains("c0ffee") && !text.contains("\"c\""), "{text}");
    }

    #[test]
    fn only_a_whole_run_on_a_commit_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("main.json");
        let mut quick = baseline(&[("a", Some(1.0))]);
        quick.quick = true;
        let mut changed = baseline(&[("a", Some(1.0))]);
        changed.commit.clear();
        assert!(quick.write(&file).is_err() && changed.write(&file).is_err());
        assert!(!file.exists());
    }

    #[test]
    fn without_a_file_the_error_says_how_to_make_one() {
        let error = Baseline::read(Path::new("no/such/file.json")).unwrap_err();
        assert!(format!("{error:#}").contains("--keep"), "{error:#}");
    }
}
