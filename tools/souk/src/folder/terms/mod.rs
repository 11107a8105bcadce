//! The terms of a shop in its folder: what is wrong with them, and what carts cost by them.
//!
//! - `quote`: carts of the command line and of files; `show`: a quote for people; `answer`: as JSON.
//!
//! Nothing here needs a shop: prices come from the folder's own products and files.

mod answer;
mod quote;
mod show;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use souk_catalogue::{Media, MediaRendition};
use souk_import::ImportOptions;
use souk_pricing::{Terms, Title};
use souk_shop_folder::settings::{self, SHOP_FILE, Settings};
use souk_shop_folder::terms::{self, FILES, ShopTerms, UsualDelivery};
use souk_shop_folder::{Files, Problem, Resources, Severity};

use super::assemble::{import, utf8};
use super::resources::WithoutPictures;
use super::{disk, in_json, or_report, packs, report};
use crate::catalogue::publish::now_ms;

/// Arguments of `souk terms`.
#[derive(Args)]
pub(crate) struct TermsArgs {
    #[command(subcommand)]
    task: TermsTask,
}

#[derive(Subcommand)]
enum TermsTask {
    /// Says what is wrong in the files of markets, prices, delivery, tax and promotions.
    Check(CheckArgs),
    /// Shows what carts would cost, and why.
    Quote(Box<quote::QuoteArgs>),
}

#[derive(Args)]
struct CheckArgs {
    /// The folder of the shop.
    dir: PathBuf,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Checks the files, or prices carts.
///
/// # Errors
/// With everything that is wrong in the files, or why a cart cannot be priced.
pub(crate) fn run(args: &TermsArgs) -> Result<()> {
    match &args.task {
        TermsTask::Check(args) => check(args),
        TermsTask::Quote(args) => quote::run(args),
    }
}

/// A folder that was read.
struct Read {
    settings: Settings,
    shop: ShopTerms,
    warnings: Vec<Problem>,
    /// Names of the files that the folder has.
    files: Vec<&'static str>,
}

fn check(args: &CheckArgs) -> Result<()> {
    let read = read(&args.dir, args.json)?;
    let mut warnings = read.warnings;
    warnings.retain(|one| FILES.contains(&one.file.as_str()));
    report(&warnings, args.json);
    let terms = &read.shop.terms;
    let bytes = terms.encode()?.len();
    if args.json {
        let done = json!({
            "files": read.files,
            "markets": terms.markets.iter().map(|market| &market.id).collect::<Vec<_>>(),
            "methods": terms.methods.len(),
            "rates": terms.rates.len(),
            "promotions": terms.promotions.len(),
            "bytes": bytes,
            "stamp": terms.stamp().to_string(),
            "warnings": warnings.iter().map(in_json).collect::<Vec<_>>(),
        });
        println!("{done}");
        return Ok(());
    }
    let files = match read.files.as_slice() {
        [] => "none of its files, so every shop's own terms".to_owned(),
        files => files.join(", "),
    };
    println!("{}: {files}", args.dir.display());
    for market in &terms.markets {
        let (id, currency) = (&market.id, market.currency);
        println!("  market {id} in {currency}, {}", sold(&read.shop, id));
    }
    let counts = [
        terms.methods.len(),
        terms.rates.len(),
        terms.promotions.len(),
    ];
    let [methods, rates, promotions] = counts;
    println!(
        "  {methods} ways of delivery, {rates} rates of tax and duty, {promotions} promotions"
    );
    println!(
        "  {bytes} bytes of {}, stamp {}",
        Terms::BYTES_MAX,
        terms.stamp()
    );
    println!("  the shop does not publish these files yet: `souk terms quote` shows what they do");
    Ok(())
}

fn sold(shop: &ShopTerms, market: &str) -> String {
    let has_price = |facts: &&souk_pricing::Facts| {
        let mut prices = facts.prices.iter();
        prices.any(|prices| prices.market == market)
    };
    let sold = shop.facts.iter().filter(has_price).count();
    format!("{sold} of {} variants are sold there", shop.facts.len())
}

/// Reads what prices depend on.
fn read(dir: &Path, json: bool) -> Result<Read> {
    let on_disk = disk::read(dir)?;
    let now_ms = now_ms()?;
    let mut problems = Vec::new();
    let mut resources = WithoutPictures { now_ms };
    let settings = settings_of(&on_disk.files, &mut resources, &mut problems);
    // No price depends on a picture: each is taken as it is named.
    let mut pictures = |path: &str| {
        let url = format!("/media/{path}");
        Ok(Media {
            renditions: vec![MediaRendition { width: 1, url }],
            ..Media::default()
        })
    };
    let options = ImportOptions::default();
    let imported = import(
        &on_disk.files,
        &settings,
        options,
        &mut pictures,
        &mut problems,
    );
    let (Some(imported), false) = (imported, has_error(&problems)) else {
        return or_report(Err(problems), json);
    };
    let contents = contents(dir)?;
    let texts = contents.iter().filter_map(|(name, content)| {
        let text = utf8(name, content, &mut problems)?;
        Some((*name, text))
    });
    let texts = texts.collect();
    let collections: Vec<_> = imported
        .catalogue
        .collections
        .iter()
        .map(|one| one.slug.clone())
        .collect();
    let context = terms::Context {
        languages: &settings.languages,
        currency: &settings.currency,
        time_zone: &settings.shop.time_zone,
        products: &imported.catalogue.products,
        collections: &collections,
        offsets: &|zone| resources.offsets(zone),
        usual_delivery: usual_delivery(&on_disk.files, &settings),
    };
    let shop = terms::read(&texts, &context, &mut problems);
    if has_error(&problems) {
        return or_report(Err(problems), json);
    }
    souk_shop_folder::sort(&mut problems);
    Ok(Read {
        settings,
        shop,
        warnings: problems,
        files: contents.into_keys().collect(),
    })
}

fn has_error(problems: &[Problem]) -> bool {
    problems.iter().any(|one| one.severity == Severity::Error)
}

fn settings_of(
    files: &Files,
    resources: &mut WithoutPictures,
    problems: &mut Vec<Problem>,
) -> Settings {
    let text = files
        .get(SHOP_FILE)
        .and_then(|content| utf8(SHOP_FILE, content, problems));
    match text {
        Some(text) => settings::read(text, resources, problems),
        None => {
            let instead = "`souk init` writes one with every setting explained";
            problems.push(Problem::of_file(SHOP_FILE, "the file is missing", instead));
            Settings::default()
        }
    }
}

/// The files of the terms that the folder has.
fn contents(dir: &Path) -> Result<BTreeMap<&'static str, Vec<u8>>> {
    let mut contents = BTreeMap::new();
    for name in FILES {
        let file = dir.join(name);
        if file.exists() {
            let content = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
            contents.insert(name, content);
        }
    }
    Ok(contents)
}

/// What is offered without `delivery.toml`, in the shop's words.
fn usual_delivery(files: &Files, settings: &Settings) -> UsualDelivery {
    let title = |key: &str| {
        let mut texts = settings.languages.iter();
        let own = texts.next().and_then(|code| packs::word(files, code, key));
        let others = texts.filter_map(|code| Some((code.clone(), packs::word(files, code, key)?)));
        Title {
            own: own.unwrap_or_default(),
            others: others.collect(),
        }
    };
    UsualDelivery {
        standard: title("delivery_standard"),
        express: title("delivery_express"),
        express_fee_minor: settings.shop.express_fee_minor,
    }
}
