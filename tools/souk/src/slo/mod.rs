//! `souk slo`: how well the shop means to serve (`slo.toml`), and how well it does.
//!
//! - [`burn`]: how fast a target uses up what it may miss.
//! - [`rules`]: the alerts for Prometheus.
//!
//! Not here: the file (`souk_shop_folder::slo`), what edges report (`souk_protocol::samples`).

mod burn;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use souk_protocol::samples::SignalsStanding;
use souk_protocol::staff;
use souk_shop_folder::slo::{DEFAULT, SLO_FILE, Target, read};

use self::burn::{Goal, PERIOD_S, Reached};
use crate::folder::or_report;
use crate::orders::table;
use crate::shop::ShopArgs;

/// Arguments of `souk slo`.
#[derive(Args)]
pub(crate) struct SloArgs {
    #[command(subcommand)]
    task: Option<SloTask>,
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    shop: ShopArgs,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum SloTask {
    /// Says what is wrong in slo.toml; needs no shop.
    Check,
    /// Prints alerting rules for Prometheus, on figures of all instances together; needs no shop.
    Rules,
}

#[derive(Args)]
struct FolderArgs {
    /// The folder of the shop; the shipped targets hold where it has no slo.toml.
    #[arg(long, global = true, default_value = ".")]
    dir: PathBuf,
}

/// Runs the subcommand.
///
/// # Errors
/// With everything that is wrong in the file, or when the shop does not answer.
pub(crate) fn run(args: &SloArgs) -> Result<()> {
    let targets = targets(&args.folder.dir, args.json)?;
    match args.task {
        Some(SloTask::Check) => {
            println!("{} targets", targets.len());
            return Ok(());
        }
        Some(SloTask::Rules) => {
            print!("{}", rules::rules(&targets));
            return Ok(());
        }
        None => {}
    }
    let standing: SignalsStanding = args.shop.client()?.get(staff::READ_SIGNALS)?;
    let reached: Vec<_> = Goal::of_all(&targets)
        .map(|goal| Reached::of(&goal, &standing.windows))
        .collect();
    match args.json {
        true => println!("{}", serde_json::to_string(&in_json(&reached))?),
        false => print!("{}", shown(&reached)),
    }
    Ok(())
}

fn targets(dir: &Path, json: bool) -> Result<Vec<Target>> {
    let file = dir.join(SLO_FILE);
    let text = match file.exists() {
        true => fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?,
        false => DEFAULT.to_owned(),
    };
    let mut problems = Vec::new();
    let targets = read(&text, &mut problems);
    or_report(
        match problems.is_empty() {
            true => Ok(targets),
            false => Err(problems),
        },
        json,
    )
}

fn shown(reached: &[Reached]) -> String {
    let rows = reached.iter().map(|one| {
        [
            one.class.clone(),
            one.what.clone(),
            percent(one.wanted),
            one.reached.map_or_else(unknown, percent),
            one.left
                .map_or_else(unknown, |left| format!("{:.0} %", left * 100.0)),
            match one.burning {
                Some(pair) => format!("burning: {pair}"),
                None if one.reached.is_none() => "not reported".to_owned(),
                None => "fine".to_owned(),
            },
            format!("{} min", one.minutes),
        ]
    });
    let titles = [
        "CLASS", "GOAL", "TARGET", "REACHED", "LEFT", "STATE", "REPORTED",
    ];
    let hours = PERIOD_S / 3_600;
    format!(
        "{}\nof the last {hours} hours, as far as edges reported: they do while something wants it \
         (docs/operating.md)\n",
        table(titles, rows)
    )
}

fn unknown() -> String {
    "-".to_owned()
}

fn percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

fn in_json(reached: &[Reached]) -> serde_json::Value {
    let rows = reached.iter().map(|one| {
        json!({
            "class": one.class,
            "goal": one.what,
            "target": one.wanted,
            "reached": one.reached,
            "budget_left": one.left,
            "burning": one.burning.is_some(),
            "minutes": one.minutes,
        })
    });
    json!({"targets": rows.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_was_reached_and_what_is_left() {
        let one = |reached, left, burning| Reached {
            class: "read".to_owned(),
            what: "within 500 ms".to_owned(),
            wanted: 0.999,
            reached,
            left,
            burning,
            minutes: 7,
        };
        let all = [
            one(Some(0.9995), Some(0.5), None),
            one(Some(0.9), Some(-99.0), Some("14.4 × in 1 h and 5 min")),
            one(None, None, None),
        ];
        let text = shown(&all);
        let lines: Vec<_> = text.lines().collect();
        let wanted = [
            "CLASS  GOAL           TARGET  REACHED  LEFT     STATE                             REPORTED",
            "read   within 500 ms  99.9 %  99.95 %  50 %     fine                              7 min",
            "read   within 500 ms  99.9 %  90 %     -9900 %  burning: 14.4 × in 1 h and 5 min  7 min",
            "read   within 500 ms  99.9 %  -        -        not reported                      7 min",
        ];
        assert_eq!(lines[..4], wanted);
    }

    #[test]
    fn a_folder_without_a_file_has_the_shipped_targets() {
        let folder = Path::new("/no/such/folder");
        assert_eq!(targets(folder, false).expect("targets").len(), 4);
    }
}
