//! Reads a catalogue and its pictures from files.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use souk_catalogue::Catalogue;
use souk_domain::{Currency, LanguageCode, LanguageCodeError};
use souk_import::{Files, ImportOptions, Report, StockLine};

use super::pictures::Gallery;
use super::standing::Standing;

/// Where a catalogue comes from.
pub(crate) struct Source {
    products: PathBuf,
    redirects: Option<PathBuf>,
    /// None: that of what is published.
    currency: Option<Currency>,
    options: ImportOptions,
}

/// A catalogue, its stock and its picture files.
pub(crate) struct Loaded {
    pub(crate) catalogue: Catalogue,
    pub(crate) stock: HashMap<String, StockLine>,
    /// Path of each picture file by its media name.
    pub(crate) media: BTreeMap<String, PathBuf>,
    pub(crate) report: Report,
    pub(crate) products: PathBuf,
    /// What stays as it is published, in sentences.
    pub(crate) kept: Vec<String>,
}

impl Source {
    /// The product CSV `products`. Its currency is `currency`, else that of what is published.
    ///
    /// # Errors
    /// When the currency is not one or the number of units is negative.
    pub(crate) fn new(
        products: PathBuf,
        currency: Option<&str>,
        options: ImportOptions,
    ) -> Result<Self> {
        let currency = currency.map(Currency::parse).transpose();
        if options.default_quantity < 0 {
            return Err(anyhow!("--stock must not be negative"));
        }
        Ok(Self {
            products,
            redirects: None,
            currency: currency.context("--currency")?,
            options,
        })
    }

    /// The same with a list of addresses that moved, instead of `redirects.csv` beside the file.
    pub(crate) fn with_redirects(self, file: Option<PathBuf>) -> Self {
        Self {
            redirects: file,
            ..self
        }
    }
}

/// Reads the files. What they do not say stays as the shop shows it now.
///
/// # Errors
/// When a file cannot be read, or with every line that is wrong where nothing is imported.
pub(crate) fn load(source: &Source, standing: &Standing) -> Result<Loaded> {
    let mut kept = Vec::new();
    let folder = source.products.parent().unwrap_or(Path::new("."));
    let mut translations = translations(&source.products)?;
    let mut own = souk_import::languages_of(&mut open(&source.products)?);
    own.extend(translations.iter().map(|(code, _)| *code));
    let mut products = open(&source.products)?;
    let options = ImportOptions {
        currency: currency(source, standing, &mut kept)?,
        languages: languages(own, standing, &mut kept),
        ..source.options.clone()
    };
    let collections = folder.join("collections.csv");
    // The list of collections is not read as a companion of itself.
    let mut collections = if collections == source.products {
        None
    } else {
        open_optional(&collections)?
    };
    let mut gallery = Gallery::new(folder, &souk_machine::cache_dir()?.join("pictures"));
    let mut pictures = |path: &str| gallery.resolve(path);
    let mut redirects = match &source.redirects {
        Some(file) => open(file).map(Some)?,
        None => open_optional(&folder.join("redirects.csv"))?,
    };
    let files = Files {
        products: &mut products,
        translations: translations
            .iter_mut()
            .map(|(_, file)| file as &mut dyn Read)
            .collect(),
        collections: collections.as_mut().map(|file| file as &mut dyn Read),
        redirects: redirects.as_mut().map(|file| file as &mut dyn Read),
        kept: standing.kept(),
    };
    let has_file = [
        !files.translations.is_empty(),
        files.collections.is_some(),
        files.redirects.is_some(),
    ];
    let imported = souk_import::import(files, options, &mut pictures);
    gallery.finish(if imported.is_ok() { "done" } else { "failed" });
    let mut imported = imported.with_context(|| format!("{}", source.products.display()))?;
    gallery.draw_previews(&mut imported.catalogue)?;
    let [has_translations, has_collections, has_redirects] = has_file;
    if !has_translations {
        let translations = standing.keep_translations(&mut imported.catalogue);
        note(&mut kept, translations, "translations");
    }
    if !has_collections {
        let titles = standing.kept().collections.len();
        note(&mut kept, titles, "collections");
    }
    if !has_redirects {
        note(&mut kept, imported.catalogue.redirects.len(), "redirects");
    }
    let stock = imported
        .stock
        .into_iter()
        .map(|line| (line.sku.to_string(), line))
        .collect();
    Ok(Loaded {
        catalogue: imported.catalogue,
        stock,
        media: gallery.into_files(),
        report: imported.report,
        products: source.products.clone(),
        kept,
    })
}

/// The currency of the prices, with a note where `--currency` does not name it.
fn currency(source: &Source, standing: &Standing, kept: &mut Vec<String>) -> Result<Currency> {
    if let Some(currency) = source.currency {
        return Ok(currency);
    }
    let (currency, why) = match &standing.shop.currency {
        Some(code) => (Currency::parse(code)?, "as published"),
        None => (
            Currency::USD,
            "since nothing is published that says otherwise",
        ),
    };
    kept.push(format!(
        "prices are in {currency}, {why}; --currency names another"
    ));
    Ok(currency)
}

/// The further languages of the shop, with a note on each that the files have and the shop does not
/// speak; those of the files where the shop has not said which it speaks.
fn languages(
    mut files: Vec<LanguageCode>,
    standing: &Standing,
    kept: &mut Vec<String>,
) -> Vec<LanguageCode> {
    files.sort();
    files.dedup();
    let Some(shop) = &standing.languages else {
        return files;
    };
    let foreign = files.iter().filter(|code| !shop.contains(code));
    kept.extend(foreign.map(|code| {
        format!("translations into {code} are passed over: it is no further language of the shop")
    }));
    shop.clone()
}

/// Notes things that stay without a file of them.
fn note(kept: &mut Vec<String>, count: usize, what: &str) {
    if count > 0 {
        kept.push(format!(
            "{count} {what} stay as published: there is no file of {what}"
        ));
    }
}

impl Loaded {
    /// Prints what was read.
    pub(crate) fn print_report(&self) {
        let report = &self.report;
        println!(
            "{}: {} products with {} variants in {} collections",
            self.products.display(),
            self.catalogue.products.len(),
            report.variants,
            self.catalogue.collections.len(),
        );
        if !self.catalogue.redirects.is_empty() {
            println!("  {} redirects", self.catalogue.redirects.len());
        }
        let unpublished = report.skipped.total() - report.skipped.faulty;
        if unpublished > 0 {
            println!("  {unpublished} products are not published in the file");
        }
        for kept in &self.kept {
            println!("  {kept}");
        }
        if report.skipped.faulty > 0 {
            println!(
                "  {} products are LEFT OUT, because something is wrong with them (--strict refuses \
                 the file instead):",
                report.skipped.faulty
            );
        }
        for fault in &report.faults {
            println!("  left out: {fault}");
        }
        if report.faults_left_out > 0 {
            println!("  left out: {} more", report.faults_left_out);
        }
        for warning in &report.warnings {
            println!("  warning: {warning}");
        }
        if report.warnings_left_out > 0 {
            println!("  and {} more warnings", report.warnings_left_out);
        }
        if !report.unknown_columns.is_empty() {
            println!(
                "  columns without a meaning here: {}",
                report.unknown_columns.join(", ")
            );
        }
    }
}

/// The translations beside a product file, `FILE.LANGUAGE.csv`, with their languages.
fn translations(products: &Path) -> Result<Vec<(LanguageCode, BufReader<File>)>> {
    let folder = match products.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let stem = products.file_stem().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    let entries = folder.read_dir();
    for entry in entries.with_context(|| format!("{} cannot be read", folder.display()))? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let tag = name
            .strip_prefix(&*stem)
            .and_then(|rest| rest.strip_prefix('.'));
        let tag = tag.and_then(|rest| rest.strip_suffix(".csv"));
        if let Some(Ok(code)) = tag.map(language_of) {
            found.push((code, open(&folder.join(&*name))?));
        }
    }
    found.sort_by_key(|(code, _)| *code);
    Ok(found)
}

/// The language of a tag as Shopify has it: `zh-CN` is `zh`.
pub(crate) fn language_of(tag: &str) -> Result<LanguageCode, LanguageCodeError> {
    match tag {
        "zh-CN" | "zh-Hans" => LanguageCode::parse("zh"),
        tag => LanguageCode::parse(tag),
    }
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(BufReader::new(file))
}

fn open_optional(path: &Path) -> Result<Option<BufReader<File>>> {
    if path.exists() {
        open(path).map(Some)
    } else {
        Ok(None)
    }
}
