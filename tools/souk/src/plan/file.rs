//! `plan.toml` of a folder: read, and looked through for what would go wrong in the night.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use souk_operations::Record;
use souk_operations::plan::{Begin, Plan, plan_hash};
use souk_shop_folder::plan::{self, PLAN_FILE};
use souk_shop_folder::{Problem, Severity};

use crate::folder::{in_json, or_report, report};

/// The plan of a folder.
#[derive(Args)]
pub(super) struct FileArgs {
    /// The folder of the shop, or the file of the plan.
    #[arg(default_value = ".")]
    dir: PathBuf,
}

/// Arguments of `souk plan lint`.
#[derive(Args)]
pub(super) struct LintArgs {
    #[command(flatten)]
    file: FileArgs,
    /// The journal of a drill, as `souk journal export` prints it: every step has to have fired in it.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Prints one line of JSON, with the compiled plan.
    #[arg(long)]
    json: bool,
}

/// A plan that was read.
pub(super) struct Read {
    pub(super) plan: Plan,
    /// As canonical JSON.
    pub(super) canonical: String,
    /// What people approve.
    pub(super) hash: String,
    text: String,
}

impl Read {
    /// What would go wrong in the night.
    ///
    /// # Errors
    /// With all of it.
    pub(super) fn linted(self, json: bool) -> Result<Self> {
        match plan::lint(&self.text, &self.plan) {
            problems if problems.is_empty() => Ok(self),
            problems => or_report(Err(problems), json),
        }
    }
}

/// Reads the plan of a folder.
///
/// # Errors
/// When there is none; with everything that is wrong in it.
pub(super) fn read(args: &FileArgs) -> Result<Read> {
    read_or_report(args, false)
}

fn read_or_report(args: &FileArgs, json: bool) -> Result<Read> {
    let (folder, file) = match args.dir.is_dir() {
        true => (args.dir.clone(), args.dir.join(PLAN_FILE)),
        false => {
            let folder = args.dir.parent().unwrap_or(Path::new("."));
            (folder.to_owned(), args.dir.clone())
        }
    };
    let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    let sales = sales(&folder)?;
    let sales: Vec<_> = sales.iter().map(String::as_str).collect();
    let mut problems = Vec::new();
    let Some(plan) = plan::read(&text, &sales, &mut problems) else {
        return or_report(Err(problems), json);
    };
    let canonical = plan.canonical();
    Ok(Read {
        hash: plan_hash(&canonical),
        canonical,
        plan,
        text,
    })
}

/// The ids of the sales of a folder.
fn sales(folder: &Path) -> Result<Vec<String>> {
    let folder = folder.join("sales");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))? {
        let entry = entry?;
        if entry.path().join("sale.toml").is_file() {
            ids.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(ids)
}

/// Says what is wrong.
///
/// # Errors
/// With everything that keeps the plan from being approved.
pub(super) fn lint(args: &LintArgs) -> Result<()> {
    let read = read_or_report(&args.file, args.json)?;
    let mut problems = plan::lint(&read.text, &read.plan);
    problems.extend(rehearsal(&read, args.journal.as_deref())?);
    let is_refused = problems.iter().any(|one| one.severity == Severity::Error);
    souk_shop_folder::sort(&mut problems);
    if args.json {
        let done = json!({
            "hash": read.hash,
            "plan": read.canonical,
            "problems": problems.iter().map(in_json).collect::<Vec<_>>(),
        });
        println!("{done}");
        if is_refused {
            bail!("the plan is refused");
        }
        return Ok(());
    }
    if is_refused {
        return or_report(Err(problems), false);
    }
    report(&problems, false);
    let steps = read.plan.steps.len();
    println!(
        "{PLAN_FILE}: {steps} steps, needs {} approvals",
        read.plan.approval()
    );
    println!("hash {}", read.hash);
    Ok(())
}

/// A warning where no drill has shown what the steps do.
fn rehearsal(read: &Read, journal: Option<&Path>) -> Result<Option<Problem>> {
    let Some(journal) = journal else {
        let instead = "name the journal of a drill with --journal FILE";
        return Ok(Some(warning(
            "nothing shows that it was rehearsed",
            instead,
        )));
    };
    let text = fs::read_to_string(journal).with_context(|| journal.display().to_string())?;
    let records = text.lines().map(serde_json::from_str);
    let records: Vec<Record> = records
        .collect::<Result<_, _>>()
        .with_context(|| journal.display().to_string())?;
    let steps = never_fired(&read.plan, &read.hash, &records);
    Ok((!steps.is_empty()).then(|| {
        let reason = format!(
            "not rehearsed: {} never fired in the journal",
            steps.join(", ")
        );
        warning(
            &reason,
            "drill the plan as it is now, until every step has fired",
        )
    }))
}

fn warning(reason: &str, instead: &str) -> Problem {
    Problem::of_file(PLAN_FILE, reason, instead).warning()
}

/// The steps that a journal has no firing of, under the plan with this hash.
fn never_fired<'p>(plan: &'p Plan, hash: &str, records: &[Record]) -> Vec<&'p str> {
    let has_fired = |id: &str| {
        let of_step = format!("plan {}, step {id}, episode ", &hash[..12]);
        let mut fired = records.iter().filter(|one| one.what.starts_with(&of_step));
        fired.any(|one| one.what.contains(": fired"))
    };
    let steps = plan.steps.iter();
    let steps = steps.filter(|step| !matches!(step.begin, Begin::Task(_)));
    let ids = steps.map(|step| step.id.as_str());
    ids.filter(|id| !has_fired(id)).collect()
}
