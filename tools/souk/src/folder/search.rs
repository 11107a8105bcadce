//! `search.toml` alone: checked against a folder or against what is published, and published with
//! everything else as it is.
//!
//! Invariant: what is published is byte for byte what a publish of the whole folder with this file
//! would give, but no product is read from a file, so nothing of them can change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use souk_catalogue::{Attached, Hash, Manifest, Product};
use souk_import::ImportOptions;
use souk_protocol::staff::Publication;
use souk_shop_folder::search::{self, Names, SEARCH_FILE};
use souk_shop_folder::settings::Known;
use souk_shop_folder::{Problem, Severity, statements};

use super::assemble::{assemble, utf8};
use super::published::PublishedFolder;
use super::{disk, explain, in_json, or_report, report};
use crate::catalogue::publish;
use crate::catalogue::published::Published;
use crate::catalogue::standing::Standing;
use crate::client::StaffClient;
use crate::searches::{self, ReportArgs};
use crate::shop::ShopArgs;

/// Arguments of `souk search`.
#[derive(Args)]
pub(crate) struct SearchArgs {
    #[command(subcommand)]
    task: SearchTask,
}

#[derive(Subcommand)]
enum SearchTask {
    /// Says what is wrong in a `search.toml`. One that lies in the folder of a shop is checked with that
    /// folder and needs no shop, another one with what is published.
    Check(FileArgs),
    /// Publishes a `search.toml`; everything else stays as it is published.
    Publish(FileArgs),
    /// Says why a product stands where it stands in the results of a query, or why not among them.
    Explain(explain::ExplainArgs),
    /// Says what shoppers search for, and what they do not find.
    Report(ReportArgs),
}

/// A file, and the shop that it is for.
#[derive(Args)]
struct FileArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// The file.
    file: PathBuf,
    /// Ends with one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Checks or publishes the file, explains a result, or reports about searches.
///
/// # Errors
/// With everything that is wrong in the file, or when the shop does not answer.
pub(crate) fn run(args: &SearchArgs) -> Result<()> {
    match &args.task {
        SearchTask::Check(args) => check(args),
        SearchTask::Publish(args) => publish(args),
        SearchTask::Explain(args) => explain::run(args),
        SearchTask::Report(args) => searches::run(args),
    }
}

fn check(args: &FileArgs) -> Result<()> {
    let content = read(&args.file)?;
    let folder = match args.file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let has = |name: &str| folder.join(name).exists();
    let (bytes, warnings) = if has("shop.toml") && has("products.csv") {
        let mut on_disk = disk::read(folder)?;
        on_disk
            .files
            .insert(SEARCH_FILE.to_owned(), content.clone());
        let is_of_file = |one: &Problem| one.file == SEARCH_FILE;
        let only_of_file = |mut problems: Vec<Problem>| {
            // Others matter where they are what stops the check.
            if problems.iter().any(|one| is_of_file(one) && is_error(one)) {
                problems.retain(is_of_file);
            }
            problems
        };
        let assembled = assemble(folder, on_disk, None, ImportOptions::default());
        let assembled = or_report(assembled.map_err(only_of_file), args.json)?;
        let mut warnings = assembled.warnings;
        warnings.retain(is_of_file);
        (assembled.rules_bytes, warnings)
    } else {
        let target = Target::read(&args.shop.client()?)?;
        let (rules, warnings) = target.rules(&content, args.json)?;
        (rules.len(), warnings)
    };
    report(&warnings, args.json);
    let statements = statements(SEARCH_FILE, &String::from_utf8_lossy(&content));
    let statements = statements.len();
    match args.json {
        true => {
            let warnings: Vec<_> = warnings.iter().map(in_json).collect();
            println!(
                "{}",
                json!({ "rules": statements, "bytes": bytes, "warnings": warnings })
            );
        }
        false => {
            let file = args.file.display();
            println!("{file}: {statements} rules, {bytes} bytes in the version");
        }
    }
    Ok(())
}

fn publish(args: &FileArgs) -> Result<()> {
    let content = read(&args.file)?;
    let client = args.shop.client()?;
    let target = Target::read(&client)?;
    let (rules, warnings) = target.rules(&content, args.json)?;
    report(&warnings, args.json);
    let next = target.with(&client, &content, rules)?;
    let version = match next.blobs.is_empty() {
        true => target.current.version,
        false => publish::amend(&client, &target.current, &next.manifest, &next.blobs)?,
    };
    let written = next.blobs.len();
    match args.json {
        true => println!(
            "{}",
            json!({
                "version": version,
                "blobs_total": next.blobs_total,
                "blobs_written": written,
                "products": next.manifest.products,
                "warnings": warnings.iter().map(in_json).collect::<Vec<_>>(),
            })
        ),
        false if written == 0 => println!("version {version} is published and is the same"),
        false => println!("version {version} is published ({written} blobs were new)"),
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("read {}", file.display()))
}

fn is_error(problem: &Problem) -> bool {
    problem.severity == Severity::Error
}

/// The published version, which the file becomes a part of.
struct Target {
    current: Publication,
    published: Published,
    folder: PublishedFolder,
    known: Known,
    products: Vec<Product>,
    currency: String,
}

/// A version that differs from the published one in the file alone.
struct Next {
    manifest: Manifest,
    /// Blobs that the published version does not have.
    blobs: BTreeMap<Hash, Vec<u8>>,
    blobs_total: usize,
}

impl Target {
    fn read(client: &StaffClient) -> Result<Self> {
        let nothing = "nothing is published yet: `souk publish DIR` publishes a whole shop";
        let standing = Standing::read(client)?;
        let folder = PublishedFolder::read(client)?;
        let (Some(current), Some(published)) = (standing.current, standing.published) else {
            bail!(nothing);
        };
        let folder = folder.context(nothing)?;
        let content = folder.content.iter().flat_map(|content| &content.entries);
        let known = Known {
            products: standing.products.keys().cloned().collect(),
            collections: {
                let collections = standing.shop.collections.iter();
                collections.map(|one| one.slug.clone()).collect()
            },
            documents: Some(
                content
                    .map(|entry| (entry.kind, entry.slug.clone()))
                    .collect(),
            ),
        };
        Ok(Self {
            currency: published.manifest.currency.clone(),
            current,
            published,
            folder,
            known,
            products: standing.products.into_values().collect(),
        })
    }

    /// The blob of the rules, and warnings.
    fn rules(&self, content: &[u8], json: bool) -> Result<(Vec<u8>, Vec<Problem>)> {
        let mut problems = Vec::new();
        let text = utf8(SEARCH_FILE, content, &mut problems);
        let shop = self.folder.shop.as_ref();
        let languages = shop.into_iter().flat_map(|shop| &shop.languages);
        let languages: Vec<_> = languages.map(|one| one.code.clone()).collect();
        let names = Names::of(&self.known, &self.products);
        let context = search::Context {
            languages: &languages,
            currency: &self.currency,
            names: Some(&names),
            missing: Severity::Error,
        };
        let rules = search::read(text, context, &mut problems).encode();
        souk_shop_folder::sort(&mut problems);
        match problems.iter().any(is_error) {
            true => or_report(Err(problems), json),
            false => Ok((rules, problems)),
        }
    }

    /// The next version.
    fn with(&self, client: &StaffClient, content: &[u8], rules: Vec<u8>) -> Result<Next> {
        let old = &self.published.manifest;
        let (Some(sources), Some(attached)) = (self.folder.sources(), old.attached) else {
            bail!("what is published has no files: publish the folder of the shop");
        };
        let attached = Attached::decode(&client.blob(attached)?)?;
        let (next_sources, mut added) = sources.with(SEARCH_FILE, content);
        let (list, rules_hash) = (next_sources.encode(), Hash::of(&rules));
        let list_hash = Hash::of(&list);
        let gone = sources.pieces().chain(attached.sources());
        let gone: BTreeSet<_> = gone.chain(old.search_rules).collect();
        let stays = attached.blobs().filter(|hash| !gone.contains(hash));
        let mut names: Vec<_> = stays
            .chain(next_sources.pieces())
            .chain([list_hash, rules_hash])
            .collect();
        names.sort_unstable();
        names.dedup();
        let next = Attached::new(names, attached.media().to_vec());
        let next = next.with_sources(Some(list_hash)).encode();
        let manifest = Manifest {
            attached: Some(Hash::of(&next)),
            search_rules: Some(rules_hash),
            ..old.clone()
        };
        added.extend([rules, list, next, manifest.encode()]);
        let added = added.into_iter().map(|blob| (Hash::of(&blob), blob));
        let mut blobs: BTreeMap<_, _> = added.collect();
        let heads = [old.attached, Hash::parse(&self.current.manifest)];
        let all = self.published.segments.union(&self.published.others);
        let all = all.filter(|hash| !gone.contains(hash) && !heads.contains(&Some(**hash)));
        let all: BTreeSet<_> = all
            .copied()
            .chain(next_sources.pieces())
            .chain(blobs.keys().copied())
            .collect();
        blobs.retain(|hash, _| !self.published.has(hash));
        let blobs_total = all.len();
        Ok(Next {
            manifest,
            blobs,
            blobs_total,
        })
    }
}
