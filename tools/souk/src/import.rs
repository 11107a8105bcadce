//! `souk import`: what is understood of a product file, before anything is written.
//!
//! Owns the two forms of the answer, for people and as JSON: which system wrote the file, what each
//! column becomes, every product with its variants, every warning and every fault with its place.
//!
//! Not here: publishing (`catalogue`).

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};
use souk_catalogue::{Catalogue, Product, Text, Variant};
use souk_domain::{Currency, Money};
use souk_import::{
    Files, ImportError, ImportErrors, ImportOptions, Place, Report, Source, StockLine,
};

use crate::catalogue::pictures::Gallery;
use crate::folder::export::companions;

/// Arguments of `souk import`.
#[derive(Args)]
pub(crate) struct ImportArgs {
    /// The product file: of Shopify, WooCommerce, Medusa, Vendure or Google Merchant Center, as its
    /// header tells. `FILE.LANGUAGE.csv` (translations), `collections.csv` and `redirects.csv` beside
    /// it are read too.
    file: PathBuf,
    /// ISO 4217 code of the prices, which most files do not name.
    #[arg(long, default_value = "USD")]
    currency: String,
    /// Refuses the whole file when anything in it is wrong; else a product with a fault is left out,
    /// whole and with its reason.
    #[arg(long)]
    strict: bool,
    /// Variants of several products with the same SKU, price and backorder share one stock; else each
    /// has its own.
    #[arg(long)]
    shared_skus: bool,
    /// The answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Shows what is understood of a file.
///
/// # Errors
/// When the file cannot be read, or with every line that is wrong.
pub(crate) fn run(args: &ImportArgs) -> Result<()> {
    let loaded = match read(args) {
        Ok(loaded) => loaded,
        Err(error) => {
            if let Some(errors) = error.downcast_ref::<ImportErrors>().filter(|_| args.json) {
                println!("{:#}", refused(errors));
            }
            return Err(error);
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.json {
        true => writeln!(out, "{:#}", understood(&loaded))?,
        false => print(&loaded, &mut out)?,
    }
    out.flush()?;
    Ok(())
}

/// What a file gives.
struct Loaded {
    catalogue: Catalogue,
    stock: HashMap<String, StockLine>,
    report: Report,
    products: PathBuf,
}

fn read(args: &ImportArgs) -> Result<Loaded> {
    let file = &args.file;
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let companions = companions(file, folder)?;
    let mut languages = souk_import::languages_of(&mut open(file)?);
    languages.extend(companions.iter().map(|(code, _)| *code));
    languages.sort();
    languages.dedup();
    let options = ImportOptions {
        currency: Currency::parse(&args.currency).context("--currency")?,
        languages,
        strict: args.strict,
        shared_skus: args.shared_skus,
        ..ImportOptions::default()
    };
    let mut products = open(file)?;
    let translations: Result<Vec<_>> = companions.iter().map(|(_, path)| open(path)).collect();
    let mut translations = translations?;
    let beside = |name: &str| {
        let path = folder.join(name);
        let is_there = path.exists() && path != *file;
        is_there.then(|| open(&path)).transpose()
    };
    let mut collections = beside("collections.csv")?;
    let mut redirects = beside("redirects.csv")?;
    let mut gallery = Gallery::new(folder, &souk_machine::cache_dir()?.join("pictures"));
    let mut pictures = |path: &str| gallery.resolve(path);
    let files = Files {
        translations: translations
            .iter_mut()
            .map(|file| file as &mut dyn Read)
            .collect(),
        collections: collections.as_mut().map(|file| file as &mut dyn Read),
        redirects: redirects.as_mut().map(|file| file as &mut dyn Read),
        ..Files::products(&mut products)
    };
    let imported = souk_import::import(files, options, &mut pictures);
    gallery.finish(if imported.is_ok() { "done" } else { "failed" });
    let imported = imported.with_context(|| format!("{}", file.display()))?;
    let stock = imported.stock.into_iter();
    Ok(Loaded {
        catalogue: imported.catalogue,
        stock: stock.map(|line| (line.sku.to_string(), line)).collect(),
        report: imported.report,
        products: file.clone(),
    })
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(BufReader::new(file))
}

/// A product with the lines of its variants.
struct Lines<'a> {
    product: &'a Product,
    first: u64,
    variants: Vec<(&'a Variant, u64, i64)>,
}

fn lines(loaded: &Loaded) -> impl Iterator<Item = Lines<'_>> {
    loaded.catalogue.products.iter().map(|product| {
        let variants = product.variants.iter().map(|variant| {
            let stock = loaded.stock.get(&variant.sku);
            let (line, units) = stock.map_or((0, 0), |stock| (stock.line, stock.quantity));
            (variant, line, units)
        });
        let variants: Vec<_> = variants.collect();
        let first = variants.iter().map(|(_, line, _)| *line).min();
        Lines {
            product,
            first: first.unwrap_or_default(),
            variants,
        }
    })
}

fn print(loaded: &Loaded, out: &mut dyn Write) -> io::Result<()> {
    let report = &loaded.report;
    writeln!(
        out,
        "{}: {}",
        loaded.products.display(),
        report.dialect.name()
    )?;
    writeln!(out, "columns")?;
    let width = report
        .columns
        .iter()
        .map(|meaning| meaning.column.chars().count());
    let width = width.max().unwrap_or_default();
    for meaning in &report.columns {
        writeln!(out, "  {:<width$}  {}", meaning.column, meaning.becomes)?;
    }
    let nothing = report.ignored_columns.iter().chain(&report.unknown_columns);
    for column in nothing {
        writeln!(out, "  {column:<width$}  nothing")?;
    }
    let currency = Currency::parse(&loaded.catalogue.currency).unwrap_or(Currency::USD);
    for Lines {
        product,
        first,
        variants,
    } in lines(loaded)
    {
        let collections = match product.collections.as_slice() {
            [] => "in no collection".to_owned(),
            slugs => format!("in {}", slugs.join(", ")),
        };
        let (title, pictures) = (&product.title.base, product.media.len());
        writeln!(
            out,
            "line {first:<5} {} \"{title}\", {collections}, {pictures} pictures",
            product.slug
        )?;
        for (variant, line, units) in variants {
            let choice: Vec<_> = variant
                .option_values
                .iter()
                .map(|text| text.base.as_str())
                .collect();
            let price = Money::new(variant.price_minor, currency);
            let more = if variant.backorder { " and more" } else { "" };
            writeln!(
                out,
                "line {line:<5}   {} {} {price}, {units} units{more}",
                variant.shown_sku(),
                choice.join(" / ")
            )?;
        }
    }
    for fault in &report.faults {
        writeln!(out, "left out: {fault}")?;
    }
    if report.faults_left_out > 0 {
        writeln!(out, "left out: {} more", report.faults_left_out)?;
    }
    for warning in &report.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    if report.warnings_left_out > 0 {
        writeln!(out, "… and {} more warnings", report.warnings_left_out)?;
    }
    writeln!(
        out,
        "{} products with {} variants are understood, {} are left out; nothing was written",
        report.products,
        report.variants,
        report.skipped.total()
    )
}

fn understood(loaded: &Loaded) -> Value {
    let Report {
        dialect,
        columns,
        ignored_columns,
        unknown_columns,
        faults,
        faults_left_out,
        warnings,
        skipped,
        ..
    } = &loaded.report;
    let columns = columns
        .iter()
        .map(|meaning| json!({"column": meaning.column, "becomes": meaning.becomes}));
    let warnings = warnings
        .iter()
        .map(|warning| problem(&loaded.products, &warning.place, warning.note.to_string()));
    let errors = faults.iter().map(|fault| error(&loaded.products, fault));
    let products = lines(loaded).map(|lines| product(&lines));
    let without_meaning = [ignored_columns.as_slice(), unknown_columns.as_slice()].concat();
    json!({
        "dialect": dialect.name(),
        "currency": loaded.catalogue.currency,
        "columns": columns.collect::<Vec<_>>(),
        "columns_without_meaning": without_meaning,
        "products": products.collect::<Vec<_>>(),
        "left_out": skipped.total(),
        "warnings": warnings.collect::<Vec<_>>(),
        "errors": errors.collect::<Vec<_>>(),
        "errors_left_out": *faults_left_out > 0,
    })
}

fn product(lines: &Lines<'_>) -> Value {
    let product = lines.product;
    let variants = lines.variants.iter().map(|(variant, line, units)| {
        let names = product
            .options
            .iter()
            .map(|option| option.name.base.clone());
        let values = variant.option_values.iter().map(|value| json!(value.base));
        let options: serde_json::Map<_, _> = names.zip(values).collect();
        json!({
            "line": line,
            "sku": variant.sku,
            "merchant_sku": variant.merchant_sku,
            "options": options,
            "price_minor": variant.price_minor,
            "compare_at_minor": variant.compare_at_minor,
            "weight_g": variant.weight_g,
            "barcode": variant.barcode,
            "quantity": units,
            "backorder": variant.backorder,
        })
    });
    let base = |text: &Text| text.base.clone();
    json!({
        "line": lines.first,
        "slug": product.slug,
        "title": base(&product.title),
        "vendor": product.vendor,
        "type": base(&product.product_type),
        "tags": product.tags,
        "collections": product.collections,
        "pictures": product.media.len(),
        "description_bytes": product.description_html.base.len(),
        "variants": variants.collect::<Vec<_>>(),
    })
}

/// The answer for a file that was refused.
fn refused(errors: &ImportErrors) -> Value {
    let all = errors
        .errors
        .iter()
        .map(|refused| error(Path::new(""), refused));
    json!({
        "products": [],
        "warnings": [],
        "errors": all.collect::<Vec<_>>(),
        "errors_left_out": errors.stopped,
    })
}

fn error(products: &Path, error: &ImportError) -> Value {
    problem(products, &error.place, error.reason.to_string())
}

/// A warning or an error as `publish --json` writes it too.
fn problem(products: &Path, place: &Place, reason: String) -> Value {
    let named = products
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let file = match (place.source, named) {
        (Source::Products, Some(name)) => name,
        (source, _) => source.name().to_owned(),
    };
    let fields = BTreeMap::from([
        ("file", json!(file)),
        ("line", json!(place.line)),
        ("column", json!(place.column)),
        ("value", json!(place.value)),
        ("reason", json!(reason)),
    ]);
    json!(fields)
}
