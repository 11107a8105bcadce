//! The one table, as text and as JSON, and its history.
//!
//! Not here: the comparison with an earlier one (`baseline`).

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// One line of the table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Such as `workers/product-json`.
    pub(crate) id: String,
    pub(crate) value: f64,
    /// Of the value and of the limit.
    pub(crate) unit: String,
    /// The same of the limit, measured in the same run on the same runtime.
    pub(crate) limit: Option<f64>,
    /// What the limit is, such as `hello`.
    pub(crate) limit_is: String,
    /// How near the value is to its limit; more is better whatever the unit is. Absent where
    /// the row only informs.
    pub(crate) ratio: Option<f64>,
    pub(crate) goal: Option<f64>,
    /// Processor time of the shop for each request, in microseconds; absent where it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_us: Option<f64>,
    pub(crate) note: String,
}

/// Everything that one run measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// What was measured; empty for a tree with changes.
    pub(crate) commit: String,
    pub(crate) machine: Machine,
    pub(crate) quick: bool,
    pub(crate) rows: Vec<Row>,
}

impl Row {
    /// Whether there is a goal that is not reached.
    fn misses(&self) -> bool {
        matches!((self.ratio, self.goal), (Some(ratio), Some(goal)) if ratio < goal)
    }

    fn cells(&self) -> [String; 6] {
        let number = |value: f64| match value {
            value if value >= 100.0 => format!("{value:.0}"),
            value => format!("{value:.1}"),
        };
        let limit = self
            .limit
            .map(|limit| format!("{} ({})", number(limit), self.limit_is));
        let goal = self.goal.map(|goal| {
            let outcome = if self.misses() { "MISSED" } else { "met" };
            format!("{goal:.2} {outcome}")
        });
        [
            self.id.clone(),
            format!("{} {}", number(self.value), self.unit),
            limit.unwrap_or_default(),
            self.ratio
                .map(|ratio| format!("{ratio:.2}"))
                .unwrap_or_default(),
            goal.unwrap_or_default(),
            self.note.clone(),
        ]
    }
}

impl Report {
    /// The table.
    pub(crate) fn table(&self) -> String {
        let head = ["what", "measured", "limit", "ratio", "goal", "note"].map(str::to_owned);
        let lines: Vec<_> = std::iter::once(head)
            .chain(self.rows.iter().map(Row::cells))
            .collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
        let widths: Vec<_> = (0..5).map(|column| width(column).unwrap_or(0)).collect();
        let mut text = format!("{}\n\n", self.machine.describe());
        for line in &lines {
            let cells: Vec<_> = line[..5]
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:<width$}"))
                .collect();
            text += format!("{}  {}", cells.join("  "), line[5]).trim_end();
            text.push('\n');
        }
        text
    }

    /// Writes `file`, and one line to the history beside it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn write(&self, file: &Path, history: &Path) -> Result<()> {
        for path in [file, history] {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
        }
        let text = serde_json::to_string_pretty(self)?;
        fs::write(file, text + "\n").with_context(|| format!("write {}", file.display()))?;
        let mut lines = File::options().create(true).append(true).open(history)?;
        writeln!(lines, "{}", serde_json::to_string(self)?)?;
        Ok(())
    }

    /// A report that was written before.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).with_context(|| format!("read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no report", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(ratios: &[(&str, Option<f64>)]) -> Report {
        let row = |&(id, ratio): &(&str, Option<f64>)| Row {
            id: id.to_owned(),
            ratio,
            goal: Some(0.8),
            ..Row::default()
        };
        Report {
            commit: String::new(),
            machine: Machine::default(),
            quick: true,
            rows: ratios.iter().map(row).collect(),
        }
    }

    #[test]
    fn a_row_says_whether_its_goal_is_met() {
        let table = report(&[("a", Some(0.79)), ("b", Some(0.8))]).table();
        assert!(
            table.contains("0.80 MISSED") && table.contains("0.80 met"),
            "{table}"
        );
    }

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let (file, history) = (
            directory.path().join("x/a.json"),
            directory.path().join("h"),
        );
        let report = report(&[("a", Some(0.79))]);
        report.write(&file, &history).unwrap();
        report.write(&file, &history).unwrap();
        assert_eq!(Report::read(&file).unwrap().rows, report.rows);
        assert_eq!(fs::read_to_string(history).unwrap().lines().count(), 2);
    }
}
