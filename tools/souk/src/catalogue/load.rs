//! Reads a catalogue and its pictures from files.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use souk_catalogue::Catalogue;
use souk_domain::Currency;
use souk_import::{Files, ImportOptions, Report, StockLine};

use super::pictures::Gallery;

/// Where a catalogue comes from.
pub(crate) struct Source {
    products: PathBuf,
    redirects: Option<PathBuf>,
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
}

impl Source {
    /// The product CSV `products`.
    ///
    /// # Errors
    /// When the currency is not one or the number of units is negative.
    pub(crate) fn new(products: PathBuf, currency: &str, stock: i64) -> Result<Self> {
        let currency = Currency::parse(currency).context("--currency")?;
        if stock < 0 {
            return Err(anyhow!("--stock must not be negative"));
        }
        Ok(Self {
            products,
            redirects: None,
            options: ImportOptions {
                currency,
                default_quantity: stock,
            },
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

/// Reads the files.
///
/// # Errors
/// When a file cannot be read, or with every line that is wrong.
pub(crate) fn load(source: &Source) -> Result<Loaded> {
    let folder = source.products.parent().unwrap_or(Path::new("."));
    let mut products = open(&source.products)?;
    let translations = source.products.with_extension("zh-CN.csv");
    let mut translations = open_optional(&translations)?;
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
        translations: translations.as_mut().map(|file| file as &mut dyn Read),
        collections: collections.as_mut().map(|file| file as &mut dyn Read),
        redirects: redirects.as_mut().map(|file| file as &mut dyn Read),
    };
    let imported = souk_import::import(files, source.options, &mut pictures);
    gallery.finish(if imported.is_ok() { "done" } else { "failed" });
    let mut imported = imported.with_context(|| format!("{}", source.products.display()))?;
    gallery.draw_previews(&mut imported.catalogue)?;
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
    })
}

impl Loaded {
    /// Prints what was read.
    pub(crate) fn print_report(&self) {
        let report = &self.report;
        println!(
            "{}: {} products with {} variants in {} collections",
            self.products.display(),
            self.catalogue.products.len(),
            self.stock.len(),
            self.catalogue.collections.len(),
        );
        if !self.catalogue.redirects.is_empty() {
            println!("  {} redirects", self.catalogue.redirects.len());
        }
        if report.skipped.total() > 0 {
            println!(
                "  {} products are not published in the file",
                report.skipped.total()
            );
        }
        for warning in &report.warnings {
            println!("  warning: {warning}");
        }
        if !report.unknown_columns.is_empty() {
            println!(
                "  columns without a meaning here: {}",
                report.unknown_columns.join(", ")
            );
        }
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
