//! The terms of a shop in its folder: what is wrong with them, and what carts cost by them;
//! and what the origin knows about prices and promotions.
//!
//! - `quote`: carts of the command line and of files; `show`: a quote for people; `answer`: as JSON.
//! - `prior`: what a SKU cost by the origin's ledger; `revoke`: promotions that are revoked.
//!
//! Checks and quotes need no shop: prices come from the folder's own products and files.

mod answer;
mod prior;
mod quote;
mod revoke;
mod show;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use souk_catalogue::{Catalogue, Media, MediaRendition, Product};
use souk_import::ImportOptions;
use souk_pricing::{Facts, Terms, Title};
use souk_shop_folder::settings::{self, SHOP_FILE, Settings};
use souk_shop_folder::terms::{self, FILES, ShopTerms, UsualDelivery};
use souk_shop_folder::{Files, Part, Problem, Resources, Severity};

use super::assemble::{import, utf8};
use super::resources::WithoutPictures;
use super::{FolderArgs, disk, in_json, or_report, packs, publish, report};
use crate::catalogue::publish::now_ms;

/// Arguments of `souk terms`.
#[derive(Args)]
pub(crate) struct TermsArgs {
    #[command(subcommand)]
    task: TermsTask,
}

#[derive(Subcommand)]
enum TermsTask {
    /// Says what is wrong in the files of markets, prices, delivery, tax, promotions and options.
    Check(CheckArgs),
    /// Publishes a folder; the same as `souk publish`.
    Publish(FolderArgs),
    /// Shows what carts would cost, and why.
    Quote(Box<quote::QuoteArgs>),
    /// Shows what a SKU cost by the origin's ledger, and the prior price of its reductions.
    Prior(prior::PriorArgs),
    /// Lets no order use a promotion from now on, or says which ones are revoked.
    Revoke(revoke::RevokeArgs),
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
        TermsTask::Publish(args) => publish(args),
        TermsTask::Quote(args) => quote::run(args),
        TermsTask::Prior(args) => prior::run(args),
        TermsTask::Revoke(args) => revoke::run(args),
    }
}

/// A folder that was read.
struct Read {
    settings: Settings,
    shop: ShopTerms,
    /// Of every variant.
    facts: Vec<Facts>,
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
            "options": terms.options.len(),
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
        println!("  market {id} in {currency}, {}", sold(&read.facts, id));
    }
    let counts = [
        terms.methods.len(),
        terms.rates.len(),
        terms.promotions.len(),
        terms.options.len(),
    ];
    let [methods, rates, promotions, options] = counts;
    println!(
        "  {methods} ways of delivery, {rates} rates of tax and duty, {promotions} promotions, {options} options"
    );
    println!(
        "  {bytes} bytes of {}, stamp {}",
        Terms::BYTES_MAX,
        terms.stamp()
    );
    Ok(())
}

fn sold(facts: &[Facts], market: &str) -> String {
    let has_price = |facts: &&Facts| {
        let mut prices = facts.prices.iter();
        prices.any(|prices| prices.market == market)
    };
    let sold = facts.iter().filter(has_price).count();
    format!("{sold} of {} variants are sold there", facts.len())
}

/// Products of a folder with what its terms say, and what else is read before them.
pub(super) struct Goods {
    pub(super) files: Files,
    pub(super) settings: Settings,
    pub(super) shop: ShopTerms,
    pub(super) products: Vec<Product>,
    /// Warnings, of any file that was read.
    pub(super) warnings: Vec<Problem>,
    /// When they were read, in milliseconds since 1970.
    pub(super) now_ms: i64,
}

/// Reads what prices depend on.
fn read(dir: &Path, json: bool) -> Result<Read> {
    let goods = goods(dir, json)?;
    let files = FILES.into_iter();
    Ok(Read {
        facts: goods.shop.facts(&goods.products, &goods.settings.languages),
        files: files
            .filter(|name| goods.files.contains_key(*name))
            .collect(),
        settings: goods.settings,
        shop: goods.shop,
        warnings: goods.warnings,
    })
}

/// Reads the products of a folder and its terms.
pub(super) fn goods(dir: &Path, json: bool) -> Result<Goods> {
    let files = disk::read(dir)?.files;
    let now_ms = now_ms()?;
    let mut problems = Vec::new();
    let mut resources = WithoutPictures { now_ms };
    let settings = settings_of(&files, &mut resources, &mut problems);
    // No price depends on a picture: each is taken as it is named.
    let mut pictures = |path: &str| {
        let url = format!("/media/{path}");
        Ok(Media {
            renditions: vec![MediaRendition { width: 1, url }],
            ..Media::default()
        })
    };
    let options = ImportOptions::default();
    let imported = import(&files, &settings, options, &mut pictures, &mut problems);
    let (Some(imported), false) = (imported, has_error(&problems)) else {
        return or_report(Err(problems), json);
    };
    let catalogue = imported.catalogue;
    let shop = terms_of(&files, &settings, &catalogue, &[], now_ms, &mut problems);
    if has_error(&problems) {
        return or_report(Err(problems), json);
    }
    souk_shop_folder::sort(&mut problems);
    let mut products = catalogue.products;
    shop.put_on(&mut products);
    Ok(Goods {
        files,
        settings,
        shop,
        products,
        warnings: problems,
        now_ms,
    })
}

/// What the files say about the prices of a catalogue; `kept` are the parts that are as they are
/// published.
pub(super) fn terms_of(
    files: &Files,
    settings: &Settings,
    catalogue: &Catalogue,
    kept: &[Part],
    now_ms: i64,
    problems: &mut Vec<Problem>,
) -> ShopTerms {
    let texts = FILES.into_iter().filter_map(|name| {
        let text = utf8(name, files.get(name)?, problems)?;
        Some((name, text))
    });
    let texts = texts.collect();
    let collections = catalogue.collections.iter();
    let collections: Vec<_> = collections.map(|one| one.slug.clone()).collect();
    let resources = WithoutPictures { now_ms };
    let context = terms::Context {
        languages: &settings.languages,
        currency: &settings.currency,
        time_zone: &settings.shop.time_zone,
        products: &catalogue.products,
        collections: &collections,
        offsets: &|zone| resources.offsets(zone),
        usual_delivery: usual_delivery(files, settings),
        missing: match kept.contains(&Part::Terms) {
            true => Severity::Warning,
            false => Severity::Error,
        },
        now_ms,
    };
    terms::read(&texts, &context, problems)
}

pub(super) fn has_error(problems: &[Problem]) -> bool {
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
