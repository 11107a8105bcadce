//! The fixtures, and how tests read files.

use souk_catalogue::{Media, MediaRendition, Product};
use souk_domain::{Currency, LanguageCode};
use souk_import::{Files, ImportErrors, ImportOptions, Imported, PictureError, Reason, import};

pub(crate) const CLASSIC: &[u8] = include_bytes!("../fixtures/classic.csv");
pub(crate) const CURRENT: &[u8] = include_bytes!("../fixtures/current.csv");
pub(crate) const TRANSLATIONS: &[u8] = include_bytes!("../fixtures/translations.csv");
pub(crate) const COLLECTIONS: &[u8] = include_bytes!("../fixtures/collections.csv");

/// A shop in its own language and in Chinese.
pub(crate) fn options() -> ImportOptions {
    ImportOptions {
        currency: Currency::USD,
        default_quantity: 5,
        languages: vec![LanguageCode::parse("zh").expect("a code")],
        ..ImportOptions::default()
    }
}

pub(crate) fn drawn(path: &str) -> Result<Media, PictureError> {
    if !path.ends_with(".svg") {
        return Err(PictureError(format!("there is no {path}")));
    }
    Ok(Media {
        width: 800,
        height: 600,
        renditions: vec![MediaRendition {
            width: 800,
            url: format!("/media/{path}"),
        }],
        ..Media::default()
    })
}

pub(crate) fn read(mut products: &[u8]) -> Result<Imported, ImportErrors> {
    import(Files::products(&mut products), options(), &mut drawn)
}

/// The classic dialect, in few columns.
pub(crate) const HEADER: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,\
    Variant Compare At Price,Variant Inventory Qty,Image Src,Image Position,Status\n";

/// Rows of the classic dialect, in few columns.
pub(crate) fn read_rows(rows: &str) -> Result<Imported, ImportErrors> {
    read_with(options(), HEADER, rows.as_bytes())
}

/// Rows below a header.
pub(crate) fn read_with(
    options: ImportOptions,
    header: &str,
    rows: &[u8],
) -> Result<Imported, ImportErrors> {
    let file = [header.as_bytes(), rows].concat();
    import(Files::products(&mut file.as_slice()), options, &mut drawn)
}

pub(crate) fn reasons(
    result: Result<Imported, ImportErrors>,
) -> Vec<(Option<u64>, String, Reason)> {
    let errors = result.expect_err("the import is refused").errors;
    let flat = errors.into_iter().map(|error| {
        let place = error.place;
        (place.line, place.column.unwrap_or_default(), error.reason)
    });
    flat.collect()
}

pub(crate) fn product<'a>(imported: &'a Imported, slug: &str) -> &'a Product {
    let mut products = imported.catalogue.products.iter();
    products.find(|product| product.slug == slug).expect(slug)
}
