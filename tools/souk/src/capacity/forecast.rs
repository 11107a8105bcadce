//! How many visits are expected in which hour: a CSV with the columns `hour,visits`, or a TOML file with
//! `[[hours]]`.
//!
//! Invariant: there is at least one hour with visits, and no hour twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::toml_file;

/// Seconds of an hour.
pub(super) const HOUR_S: f64 = 3_600.0;

/// An hour.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hour {
    /// As the file calls it.
    pub(super) hour: String,
    pub(super) visits: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hours: Vec<Hour>,
}

/// Reads a file by its ending.
///
/// # Errors
/// With the line of what is wrong.
pub(super) fn read(path: &Path) -> Result<Vec<Hour>> {
    let name = path.display().to_string();
    let hours = match path.extension().and_then(|ending| ending.to_str()) {
        Some("toml") => toml_file::read::<File>(path)?.hours,
        Some("csv") => {
            let text = fs::read_to_string(path).with_context(|| format!("read {name}"))?;
            csv(&name, &text)?
        }
        _ => bail!("{name}: a forecast is a .csv or a .toml file"),
    };
    let mut known = BTreeSet::new();
    for hour in &hours {
        let is_new = known.insert(&hour.hour);
        ensure!(
            is_new,
            "{name}: the hour '{}' stands there twice",
            hour.hour
        );
    }
    let has_visits = hours.iter().any(|hour| hour.visits > 0);
    ensure!(has_visits, "{name}: no hour has visits");
    Ok(hours)
}

fn csv(name: &str, text: &str) -> Result<Vec<Hour>> {
    let mut lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
    let (_, head) = lines.next().unwrap_or_default();
    ensure!(
        head.split(',').map(str::trim).eq(["hour", "visits"]),
        "{name}:1: the first line is hour,visits"
    );
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let hours = lines.map(|(number, line): (u32, &str)| {
        let mut cells = line.split(',').map(str::trim);
        let (hour, visits, more) = (cells.next(), cells.next(), cells.next());
        let visits = visits.and_then(|visits| visits.parse().ok());
        match (hour, visits, more) {
            (Some(hour), Some(visits), None) if !hour.is_empty() => Ok(Hour {
                hour: hour.to_owned(),
                visits,
            }),
            _ => bail!("{name}:{number}: a line is an hour and a number of visits"),
        }
    });
    hours.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_has_an_hour_and_its_visits_in_each_line() {
        let hours = csv("f.csv", "hour,visits\n2026-11-11T00, 120000\n\n01,5\n").unwrap();
        let visits: Vec<_> = hours
            .iter()
            .map(|hour| (hour.hour.as_str(), hour.visits))
            .collect();
        assert_eq!(visits, [("2026-11-11T00", 120_000), ("01", 5)]);
        for (text, place) in [
            ("time,visits\n", "f.csv:1:"),
            ("", "f.csv:1:"),
            ("hour,visits\n1,2\n2,many\n", "f.csv:3:"),
            ("hour,visits\n1,2,3\n", "f.csv:2:"),
            ("hour,visits\n,2\n", "f.csv:2:"),
            ("hour,visits\n1,-2\n", "f.csv:2:"),
        ] {
            let said = csv("f.csv", text).unwrap_err().to_string();
            assert!(said.starts_with(place), "{text}: {said}");
        }
    }

    #[test]
    fn both_kinds_of_files_say_the_same_and_nonsense_is_refused() {
        let dir = std::env::temp_dir().join(format!("souk-forecast-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let of = |name: &str, text: &str| {
            let path = dir.join(name);
            fs::write(&path, text).unwrap();
            read(&path)
        };
        let toml = "[[hours]]\nhour = \"20\"\nvisits = 7\n";
        assert_eq!(
            of("a.toml", toml).unwrap(),
            of("a.csv", "hour,visits\n20,7\n").unwrap()
        );
        let wrong = [
            of("b.toml", &toml.replace("visits", "visit")),
            of("b.csv", "hour,visits\n1,2\n1,3\n"),
            of("c.csv", "hour,visits\n1,0\n"),
            of("c.txt", "hour,visits\n1,2\n"),
        ];
        let words = [
            "b.toml:3:1",
            "twice",
            "no hour has visits",
            ".csv or a .toml",
        ];
        fs::remove_dir_all(&dir).unwrap();
        for (read, words) in wrong.into_iter().zip(words) {
            let said = format!("{:#}", read.unwrap_err());
            assert!(said.contains(words), "{said}");
        }
    }
}
