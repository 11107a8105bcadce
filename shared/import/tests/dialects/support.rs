//! How tests read files, and what they look at.

use souk_catalogue::{Product, Text};
use souk_domain::{Currency, LanguageCode};
use souk_import::{
    Files, ImportError, ImportErrors, ImportOptions, Imported, NoPictures, Note, Reason, import,
};

fn options_in(currency: &str) -> ImportOptions {
    ImportOptions {
        currency: Currency::parse(currency).unwrap(),
        default_quantity: 5,
        languages: vec![LanguageCode::parse("zh").unwrap()],
        ..ImportOptions::default()
    }
}

pub(crate) fn read_in(mut file: &[u8], currency: &str) -> Result<Imported, ImportErrors> {
    import(
        Files::products(&mut file),
        options_in(currency),
        &mut NoPictures,
    )
}

pub(crate) fn read(file: &[u8]) -> Imported {
    let imported = read_in(file, "USD").unwrap_or_else(|errors| panic!("{errors}"));
    souk_catalogue::build(&imported.catalogue, None).unwrap();
    imported
}

pub(crate) fn product<'a>(imported: &'a Imported, slug: &str) -> &'a Product {
    let mut products = imported.catalogue.products.iter();
    products.find(|product| product.slug == slug).expect(slug)
}

/// A text in the further language.
pub(crate) fn zh(text: &Text) -> Option<&str> {
    text.translation(1)
}

/// SKU, option values, price, compare-at price and weight of each variant.
pub(crate) fn variants(product: &Product) -> Vec<(&str, String, i64, Option<i64>, u32)> {
    let variants = product.variants.iter().map(|variant| {
        let values = variant.option_values.iter();
        let values: Vec<_> = values.map(|value| value.base.as_str()).collect();
        let (price, compare) = (variant.price_minor, variant.compare_at_minor);
        (
            variant.sku.as_str(),
            values.join("/"),
            price,
            compare,
            variant.weight_g,
        )
    });
    variants.collect()
}

/// SKU, quantity and whether more is sold.
pub(crate) fn stock(imported: &Imported) -> Vec<(&str, i64, bool)> {
    let lines = imported.stock.iter();
    lines
        .map(|line| (line.sku.as_str(), line.quantity, line.backorder))
        .collect()
}

pub(crate) fn pictures(product: &Product) -> Vec<&str> {
    let media = product.media.iter();
    media
        .map(|media| media.renditions[0].url.as_str())
        .collect()
}

pub(crate) fn options(product: &Product) -> Vec<&str> {
    let options = product.options.iter();
    options.map(|option| option.name.base.as_str()).collect()
}

pub(crate) fn notes(imported: &Imported) -> Vec<(Option<u64>, &str, &Note)> {
    let warnings = imported.report.warnings.iter();
    warnings
        .map(|warning| {
            let column = warning.place.column.as_deref().unwrap_or_default();
            (warning.place.line, column, &warning.note)
        })
        .collect()
}

/// A fault: line, column, reason.
pub(crate) type Fault = (Option<u64>, String, Reason);

fn flat(errors: Vec<ImportError>) -> Vec<Fault> {
    let errors = errors.into_iter().map(|error| {
        let column = error.place.column.unwrap_or_default();
        (error.place.line, column, error.reason)
    });
    errors.collect()
}

/// Why a strict import refuses a file.
pub(crate) fn reasons(mut file: &[u8], currency: &str) -> Vec<Fault> {
    let options = ImportOptions {
        strict: true,
        ..options_in(currency)
    };
    let imported = import(Files::products(&mut file), options, &mut NoPictures);
    flat(imported.expect_err("the import is refused").errors)
}

/// The products that remain of a file, with what kept the others out, each wholly.
pub(crate) fn remaining(file: &str) -> (Vec<String>, Vec<Fault>, usize) {
    let imported = read(file.as_bytes());
    let products = imported.catalogue.products.into_iter();
    let slugs = products.map(|product| product.slug).collect();
    let report = imported.report;
    (slugs, flat(report.faults), report.skipped.faulty)
}
