//! `souk ladder`: which switches levels 1 to 3 move, measured, shown and set.
//!
//! - `events`: visits and orders of trials; `measure`: what follows from them;
//! - `file`: `ladder.toml`, with what is assumed as long as nothing was measured.
//!
//! Not here: what a switch does (`souk switches`), what is fixed at each level (`souk_operations`).

mod events;
pub(crate) mod file;
mod measure;

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use souk_operations::{Ladder, Rung};
use souk_protocol::operations::LadderRung;
use souk_protocol::staff::{self, SetLadder};

use self::events::trials;
use self::file::LadderFile;
use self::measure::{Basis, Known, VISITS_MIN, known, rungs};
use crate::orders::table;
use crate::shop::ShopArgs;

/// Arguments of `souk ladder`.
#[derive(Args)]
pub(crate) struct LadderArgs {
    #[command(subcommand)]
    task: LadderTask,
}

#[derive(Subcommand)]
enum LadderTask {
    /// Shows what each switch costs in orders and saves in processor time, by the events of trials;
    /// needs no shop.
    Measure(MeasureArgs),
    /// Shows which switches levels 1 to 3 move.
    Show {
        #[command(flatten)]
        shop: ShopArgs,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Sets them from a file, in the place of those before.
    Set {
        #[command(flatten)]
        shop: ShopArgs,
        /// The file, such as `measure --save` writes it.
        file: PathBuf,
        #[command(flatten)]
        reason: ReasonArgs,
    },
    /// Sets those that come with the program.
    Reset {
        #[command(flatten)]
        shop: ShopArgs,
        #[command(flatten)]
        reason: ReasonArgs,
    },
}

#[derive(Args)]
struct MeasureArgs {
    /// JSON lines {"switch","off":true|false,"kind":"visit|order","cpu_us"}.
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// The folder of the shop: what its ladder.toml assumes counts where too little was measured.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Writes what levels 1 to 3 should move into a file for `set`.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct ReasonArgs {
    /// Why, for the journal.
    #[arg(long)]
    reason: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
///
/// # Errors
/// When a file cannot be read, or the shop does not answer, or refuses.
pub(crate) fn run(args: &LadderArgs) -> Result<()> {
    match &args.task {
        LadderTask::Measure(args) => measure(args),
        LadderTask::Show { shop, json } => {
            let rungs: Vec<LadderRung> = shop.client()?.get(staff::READ_LADDER)?;
            print_rungs(&rungs, *json)
        }
        LadderTask::Set { shop, file, reason } => {
            let rungs = LadderFile::read(file)?.rungs;
            set(shop, &rungs, reason)
        }
        LadderTask::Reset { shop, reason } => set(shop, Ladder::default().rungs(), reason),
    }
}

fn set(shop: &ShopArgs, rungs: &[Rung], args: &ReasonArgs) -> Result<()> {
    let wish = SetLadder {
        rungs: rungs.iter().map(written).collect(),
        reason: args.reason.clone(),
    };
    let rungs: Vec<LadderRung> = shop.client()?.put_json(staff::SET_LADDER, &wish)?;
    print_rungs(&rungs, args.json)
}

fn measure(args: &MeasureArgs) -> Result<()> {
    let file = LadderFile::of_folder(&args.dir)?;
    let events = File::open(&args.events);
    let events = events.with_context(|| format!("read {}", args.events.display()))?;
    let trials = trials(BufReader::new(events));
    let trials = trials.with_context(|| args.events.display().to_string())?;
    let known = known(&trials, &file.assumptions());
    let rungs = rungs(&known);
    if let Some(path) = &args.save {
        save(path, file, &rungs)?;
    }
    match args.json {
        true => {
            let rungs: Vec<_> = rungs.iter().map(written).collect();
            let all = json!({ "switches": known, "rungs": rungs });
            println!("{}", serde_json::to_string_pretty(&all)?);
        }
        false => print!("{}", shown(&known)),
    }
    Ok(())
}

/// What is assumed stays in the file.
fn save(path: &Path, file: LadderFile, rungs: &[Rung]) -> Result<()> {
    let ladder = LadderFile {
        rungs: Ladder::new(rungs.to_vec())?.rungs().to_vec(),
        ..file
    };
    fs::write(path, ladder.text()).with_context(|| format!("write {}", path.display()))
}

fn written(rung: &Rung) -> LadderRung {
    LadderRung {
        level: rung.level.number(),
        switch: rung.switch.name().to_owned(),
        state: rung.setting.name().to_owned(),
    }
}

fn print_rungs(rungs: &[LadderRung], json: bool) -> Result<()> {
    match json {
        true => println!("{}", serde_json::to_string_pretty(rungs)?),
        false => {
            let rows = rungs.iter().map(|rung| {
                [
                    rung.level.to_string(),
                    rung.switch.clone(),
                    rung.state.clone(),
                ]
            });
            print!("{}", table(["LEVEL", "SWITCH", "STATE"], rows));
        }
    }
    Ok(())
}

fn shown(known: &[Known]) -> String {
    let percent = |share: f64| format!("{:.3} %", share * 100.0);
    let rows = known.iter().map(|one| {
        let interval = one.interval.map(|[low, high]| {
            let [low, high] = [low, high].map(percent);
            format!("{low} to {high}")
        });
        let ratio = one.loss_per_relief.map(|ratio| format!("{ratio:.5}"));
        let basis = match one.basis {
            Basis::Measured => "measured",
            Basis::Assumed => "assumed",
        };
        let level = one
            .level
            .map_or("none".to_owned(), |level| level.to_string());
        [
            level,
            one.switch.to_owned(),
            one.state.to_owned(),
            basis.to_owned(),
            format!("{}/{}", one.on.visits, one.off.visits),
            percent(one.loss),
            interval.unwrap_or_default(),
            format!("{:.1} %", one.relief * 100.0),
            ratio.unwrap_or_default(),
        ]
    });
    let heads = [
        "LEVEL",
        "SWITCH",
        "STATE",
        "BASIS",
        "VISITS ON/OFF",
        "LOSS",
        "95 %",
        "RELIEF",
        "LOSS/RELIEF",
    ];
    let text = table(heads, rows);
    format!(
        "{text}\nassumed: an arm has fewer than {VISITS_MIN} visits; none: moving it saves nothing\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_assumed_is_marked_in_the_table() {
        let text = shown(&known(
            &Default::default(),
            &LadderFile::default().assumptions(),
        ));
        let line = text
            .lines()
            .find(|line| line.contains("suggestions"))
            .unwrap();
        assert!(line.starts_with("1 ") && line.contains("assumed"), "{text}");
        assert!(line.contains("0.010 %") && line.contains("5.0 %"), "{text}");
    }

    #[test]
    fn what_is_saved_is_set_as_it_was_and_keeps_what_is_assumed() {
        let dir = std::env::temp_dir().join(format!("souk-ladder-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join(file::FILE);
        let assumed =
            "[[assumed]]\nswitch = \"content\"\nstate = \"read_only\"\nloss = 0\nrelief = 0.5\n";
        fs::write(&path, assumed).unwrap();
        let file = LadderFile::of_folder(&dir).unwrap();
        let rungs = rungs(&known(&Default::default(), &file.assumptions()));
        save(&path, file, &rungs).unwrap();
        let again = LadderFile::of_folder(&dir).unwrap();
        fs::remove_dir_all(&dir).unwrap();
        assert!(
            again
                .rungs
                .iter()
                .any(|rung| rung.switch.name() == "content")
        );
        assert_eq!(again.rungs.len(), rungs.len());
        assert!(again.text().contains("read_only\"\nloss = 0\n"));
    }
}
