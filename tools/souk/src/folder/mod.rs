//! The folder of a shop: a new one, its check, what a publish of it would change, the publish, and
//! what is published as a folder again.
//!
//! - `disk`: files in and out; `resources`: what the reader needs and only this program has;
//! - `assemble`: from all files to a catalogue with its shop; `packs`: words of the languages;
//!   `labels`: names of links;
//!   `mails`: the templates of mails;
//! - `published`: the files that the published version comes from;
//! - `export`: an export without a folder, with the files that are published;
//! - `difference`: for people and for programs;
//! - `search`: `search.toml` alone; `explain`: a product in the results of a query;
//! - `terms`: what carts cost by the folder's files; `sales`: its sales.
//!
//! Not here: what the files mean (`souk-shop-folder`, `souk-import`, `souk-content`), how a version is
//! sent ([`crate::catalogue`]).

mod assemble;
mod difference;
mod disk;
mod explain;
pub(crate) mod export;
mod init;
mod labels;
mod mails;
mod packs;
mod published;
mod resources;
pub(crate) mod sales;
pub(crate) mod search;
pub(crate) mod terms;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};
use souk_import::ImportOptions;
use souk_shop_folder::{Files, Part, Problem, SCHEMAS, Severity, effective, schema};

use self::assemble::{Assembled, assemble};
use self::published::PublishedFolder;
use crate::catalogue::publish::{self, Outcome};
use crate::catalogue::standing::Standing;
use crate::client::StaffClient;
use crate::shop::ShopArgs;

pub(crate) use self::init::{InitArgs, run as init};

/// Terms from elsewhere.
#[derive(Args)]
pub(crate) struct OtherTerms {
    /// A folder whose markets.toml, prices.csv, delivery.toml, tax.toml, promotions.toml and options.toml take the
    /// places of the shop's.
    #[arg(long = "terms", value_name = "DIR")]
    terms_dir: Option<PathBuf>,
}

impl OtherTerms {
    /// Puts them among the files of a shop.
    fn put_on(&self, files: &mut Files) -> Result<()> {
        if let Some(dir) = &self.terms_dir {
            let terms = disk::terms(dir)?;
            files.retain(|path, _| Part::of(path) != Some(Part::Terms));
            files.extend(terms);
        }
        Ok(())
    }
}

/// A folder.
#[derive(Args)]
pub(crate) struct CheckArgs {
    /// The folder of the shop.
    dir: PathBuf,
    #[command(flatten)]
    terms: OtherTerms,
}

/// A folder, and the shop that it is compared with or published to.
#[derive(Args)]
pub(crate) struct FolderArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// The folder of the shop.
    dir: PathBuf,
    #[command(flatten)]
    terms: OtherTerms,
    /// Ends with one line of JSON.
    #[arg(long)]
    json: bool,
    /// Units for variants whose file names no quantity.
    #[arg(long, default_value_t = 0)]
    stock: i64,
}

/// Where what is published is written.
#[derive(Args)]
pub(crate) struct PullArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// The folder, which is made.
    dir: PathBuf,
    /// Replaces files that differ.
    #[arg(long)]
    force: bool,
}

/// A file of the folder.
#[derive(Args)]
pub(crate) struct SchemaArgs {
    /// Which file.
    #[arg(value_parser = SCHEMAS)]
    name: String,
}

/// Prints the JSON Schema of a file.
///
/// # Errors
/// When there is none of this name.
pub(crate) fn print_schema(args: &SchemaArgs) -> Result<()> {
    let schema = schema(&args.name, &packs::keys()).context("no such file")?;
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(())
}

/// Says what is wrong in a folder; needs no shop.
///
/// # Errors
/// With everything that is wrong.
pub(crate) fn check(args: &CheckArgs) -> Result<()> {
    let mut on_disk = disk::read(&args.dir)?;
    args.terms.put_on(&mut on_disk.files)?;
    let assembled = assemble(&args.dir, on_disk, None, ImportOptions::default());
    let assembled = or_report(assembled, false)?;
    report(&assembled.warnings, false);
    assembled.print();
    Ok(())
}

/// Shows what a publish would change.
///
/// # Errors
/// With everything that is wrong in the folder, or when the shop does not answer.
pub(crate) fn diff(args: &FolderArgs) -> Result<()> {
    let client = args.shop.client()?;
    let (assembled, published) = read(args, &client)?;
    report(&assembled.warnings, args.json);
    let standing = Standing::read(&client)?;
    let comparison = publish::compare(&client, &assembled.loaded, &standing)?;
    let difference = difference::between(
        &client,
        &assembled,
        published.as_ref(),
        &standing.shop,
        &comparison,
    )?;
    match args.json {
        true => println!("{}", difference.json()),
        false => difference.print(),
    }
    Ok(())
}

/// Publishes a folder.
///
/// # Errors
/// With everything that is wrong in the folder, or when the shop refuses.
pub(crate) fn publish(args: &FolderArgs) -> Result<()> {
    let client = args.shop.client()?;
    let (assembled, _) = read(args, &client)?;
    report(&assembled.warnings, args.json);
    if !assembled.kept.is_empty() && !args.json {
        println!("{}", kept(&assembled.kept));
    }
    let standing = Standing::read(&client)?;
    let outcome = publish::publish(&client, &assembled.loaded, &standing)?;
    print_outcome(&outcome, &assembled, args.json);
    Ok(())
}

/// Prints what a publish did; as JSON in one line, which is the last one.
fn print_outcome(outcome: &Outcome, assembled: &Assembled, json: bool) {
    if !json {
        return outcome.print();
    }
    let (version, blobs_total, blobs_written) = match outcome {
        Outcome::Same {
            version,
            blobs_total,
        } => (version, blobs_total, 0),
        Outcome::Published {
            version,
            blobs,
            blobs_total,
            ..
        } => (version, blobs_total, *blobs),
    };
    let done = json!({
        "version": version,
        "blobs_total": blobs_total,
        "blobs_written": blobs_written,
        "products": assembled.loaded.catalogue.products.len(),
        "warnings": assembled.warnings.iter().map(in_json).collect::<Vec<_>>(),
    });
    println!("{done}");
}

/// Writes what is published as a folder.
///
/// # Errors
/// When nothing is published, or files of the folder would be lost.
pub(crate) fn pull(args: &PullArgs) -> Result<()> {
    let client = args.shop.client()?;
    let published = PublishedFolder::read(&client)?.context("nothing is published yet")?;
    let files = published.files(&client, |_| true)?;
    if !args.force {
        let lost = disk::differing(&args.dir, &files)?;
        ensure!(
            lost.is_empty(),
            "{} has files that differ from what is published: {}. Nothing was written; --force \
             replaces them",
            args.dir.display(),
            lost.join(", ")
        );
    }
    disk::write(&args.dir, &files)?;
    let (dir, version) = (args.dir.display(), published.version);
    println!("{dir}: {} files of version {version}", files.len());
    Ok(())
}

/// Reads a folder, with what is published where it has nothing to say.
fn read(args: &FolderArgs, client: &StaffClient) -> Result<(Assembled, Option<PublishedFolder>)> {
    ensure!(args.stock >= 0, "--stock must not be negative");
    let mut on_disk = disk::read(&args.dir)?;
    args.terms.put_on(&mut on_disk.files)?;
    let has = |part| {
        on_disk
            .files
            .keys()
            .any(|path| Part::of(path) == Some(part))
    };
    let absent: Vec<_> = Part::ALL.into_iter().filter(|&part| !has(part)).collect();
    // Pictures are needed where anything is kept that may show them.
    let needed = |path: &str| match Part::of(path) {
        Some(Part::Pictures) => !absent.is_empty(),
        Some(part) => absent.contains(&part),
        None => false,
    };
    let published = PublishedFolder::with_files(client, needed)?;
    let published = published.map(|(files, published)| {
        let (all, kept) = effective(std::mem::take(&mut on_disk.files), &files);
        on_disk.files = all;
        on_disk.kept = kept;
        published
    });
    let options = ImportOptions {
        default_quantity: args.stock,
        ..ImportOptions::default()
    };
    let assembled = assemble(&args.dir, on_disk, published.as_ref(), options);
    Ok((or_report(assembled, args.json)?, published))
}

/// What was read, or every problem printed.
pub(crate) fn or_report<T>(read: Result<T, Vec<Problem>>, json: bool) -> Result<T> {
    let mut problems = match read {
        Ok(read) => return Ok(read),
        Err(problems) => problems,
    };
    souk_shop_folder::sort(&mut problems);
    report(&problems, json);
    let errors = problems
        .iter()
        .filter(|one| one.severity == Severity::Error);
    let count = errors.count();
    let word = if count == 1 { "error" } else { "errors" };
    bail!("{count} {word}: correct them and run the command again");
}

/// Prints problems, a line each; with JSON on the other stream, so that the last line stays last.
fn report(problems: &[Problem], json: bool) {
    for problem in problems {
        let line = match problem.severity {
            Severity::Error => format!("error: {problem}"),
            Severity::Warning => format!("warning: {problem}"),
        };
        match json {
            true => eprintln!("{line}"),
            false => println!("{line}"),
        }
    }
}

fn in_json(problem: &Problem) -> Value {
    json!({
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "reason": problem.sentence(),
    })
}

fn kept(parts: &[Part]) -> String {
    let names: Vec<_> = parts.iter().map(|part| part.place()).collect();
    format!(
        "not in the folder, so it stays as it is published: {}",
        names.join(", ")
    )
}
