//! A catalogue with its stock and its pictures, read from files.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use souk_catalogue::Catalogue;
use souk_domain::{LanguageCode, LanguageCodeError};
use souk_import::{Report, StockLine};

/// A catalogue, its stock and its picture files.
pub(crate) struct Loaded {
    pub(crate) catalogue: Catalogue,
    pub(crate) stock: HashMap<String, StockLine>,
    /// Path of each picture file by its media name.
    pub(crate) media: BTreeMap<String, PathBuf>,
    pub(crate) report: Report,
}

impl Loaded {
    /// Prints what the import left out without a fault of its own.
    pub(crate) fn print_notes(&self) {
        let report = &self.report;
        let unpublished = report.skipped.total() - report.skipped.faulty;
        if unpublished > 0 {
            println!("  {unpublished} products are not published in the file");
        }
        if report.skipped.faulty > 0 {
            println!(
                "  {} products are LEFT OUT, because something is wrong with them (see the \
                 warnings; `souk catalogue import --strict` refuses the file instead)",
                report.skipped.faulty
            );
        }
        if !report.unknown_columns.is_empty() {
            println!(
                "  columns without a meaning here: {}",
                report.unknown_columns.join(", ")
            );
        }
    }
}

/// The language of a tag as Shopify has it: `zh-CN` is `zh`.
pub(crate) fn language_of(tag: &str) -> Result<LanguageCode, LanguageCodeError> {
    match tag {
        "zh-CN" | "zh-Hans" => LanguageCode::parse("zh"),
        tag => LanguageCode::parse(tag),
    }
}
