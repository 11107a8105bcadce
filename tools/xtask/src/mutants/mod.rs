//! `cargo xtask mutants`: plants bugs in a copy of the tree and reports which suite finds each.
//!
//! A mutant is a search and a replacement in one file; the search must be found exactly once, so
//! that a mutant that no longer applies is an error and not a silent success. The copy and its
//! build output are in the cache, so that a run compiles only what a mutant changes.
//!
//! `--generated PACKAGE` leaves the choice of the changes to `cargo-mutants` ([`generated`]): that
//! is enough for pure crates, whose own tests decide. The list has what no tool would think of:
//! rules in SQL, and mistakes that only a suite over several processes notices.
//!
//! Not here: the mutants of the list ([`list`]), how a suite is run ([`suites`]).

mod copy;
mod generated;
mod list;
mod suites;

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::paths;
use copy::Copy;
use list::Mutant;
use suites::{Suite, Verdict};

/// Arguments of `cargo xtask mutants`.
#[derive(Debug, Args)]
pub(crate) struct MutantsArgs {
    /// Only mutants whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Only mutants of files whose path contains this, such as `shared/search`.
    #[arg(long = "in", value_name = "PATH", default_value = "")]
    within: String,
    /// Begins with this mutant, counted from 1: continues where an earlier run was stopped.
    #[arg(long, default_value_t = 1)]
    from: usize,
    /// Runs every suite against a mutant, also after one has found it.
    #[arg(long)]
    all: bool,
    /// Instead of the list: every small change that `cargo-mutants` knows in a package, against
    /// that package's own tests. May be given several times.
    #[arg(long, value_name = "PACKAGE", conflicts_with_all = ["only", "within", "from", "all"])]
    generated: Vec<String>,
}

/// The outcome of a mutant.
struct Fate {
    name: &'static str,
    found_by: Vec<String>,
    seconds: f32,
}

/// Runs the subcommand.
///
/// # Errors
/// When a mutant survives or does not apply, or the tree fails without any.
pub(crate) fn run(args: &MutantsArgs) -> Result<()> {
    if !args.generated.is_empty() {
        return generated::run(&args.generated);
    }
    let chosen: Vec<_> = list::mutants()
        .filter(|mutant| mutant.name.contains(&args.only) && mutant.file.contains(&args.within))
        .collect();
    ensure!(!chosen.is_empty(), "no mutant is called so, or is there");
    let copy = Copy::of(&paths::repo_root()?)?;
    for mutant in &chosen {
        copy.mutated(mutant)?;
    }
    println!("{} mutants; first the tree as it is", chosen.len());
    as_it_is(&copy, &chosen)?;
    let mut fates = Vec::new();
    let mut senseless = 0;
    for (number, mutant) in (1..).zip(&chosen).skip(args.from.saturating_sub(1)) {
        let fate = match try_one(&copy, mutant, args.all) {
            Ok(fate) => fate,
            Err(error) => {
                println!("{number:>3} {:<52} {error:#}", mutant.name);
                senseless += 1;
                continue;
            }
        };
        let by = match fate.found_by.first() {
            Some(first) => first.as_str(),
            None => "SURVIVES",
        };
        println!(
            "{number:>3} {:<52} {:>5.1} s  {by}",
            fate.name, fate.seconds
        );
        fates.push(fate);
    }
    report(&fates)?;
    ensure!(senseless == 0, "{senseless} mutants make no sense any more");
    Ok(())
}

/// Without a mutant every suite must pass; otherwise its failures prove nothing.
fn as_it_is(copy: &Copy, chosen: &[&Mutant]) -> Result<()> {
    for suite in Suite::ALL {
        if !chosen.iter().any(|mutant| suite.is_for(mutant.place)) {
            continue;
        }
        let started = Instant::now();
        match suites::run(copy, suite)? {
            Ok(Verdict::Fine) => {}
            Ok(Verdict::Found(by)) => bail!("{} fails without any mutant: {by}", suite.name()),
            Err(words) => bail!("the tree does not compile:\n{}", words.0),
        }
        println!(
            "    {} passes, {:.1} s",
            suite.name(),
            started.elapsed().as_secs_f32()
        );
    }
    Ok(())
}

fn try_one(copy: &Copy, mutant: &'static Mutant, all: bool) -> Result<Fate> {
    let started = Instant::now();
    let planted = copy.plant(mutant)?;
    let found = hunt(copy, mutant, all);
    // Also after a failure: the next run begins with the tree as it is.
    planted.undo()?;
    Ok(Fate {
        name: mutant.name,
        found_by: found?,
        seconds: started.elapsed().as_secs_f32(),
    })
}

/// Which suites find a mutant; without `all` only the first one.
fn hunt(copy: &Copy, mutant: &Mutant, all: bool) -> Result<Vec<String>> {
    let mut found_by = Vec::new();
    for suite in Suite::ALL
        .into_iter()
        .filter(|suite| suite.is_for(mutant.place))
    {
        match suites::run(copy, suite)? {
            Ok(Verdict::Fine) => {}
            Ok(Verdict::Found(by)) => found_by.push(format!("{}: {by}", suite.name())),
            Err(words) => bail!("does not compile: {}", words.0),
        }
        if !all && !found_by.is_empty() {
            break;
        }
    }
    Ok(found_by)
}

fn report(fates: &[Fate]) -> Result<()> {
    if fates.iter().any(|fate| fate.found_by.len() > 1) {
        println!("\nwho finds what:");
        for fate in fates {
            println!("{}\n    {}", fate.name, fate.found_by.join("\n    "));
        }
    }
    let survivors: Vec<_> = fates
        .iter()
        .filter(|fate| fate.found_by.is_empty())
        .collect();
    if survivors.is_empty() {
        println!("\nall {} mutants are found", fates.len());
        return Ok(());
    }
    for survivor in &survivors {
        println!("survives: {}", survivor.name);
    }
    bail!("{} of {} mutants survive", survivors.len(), fates.len());
}
