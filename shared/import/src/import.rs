//! The course of an import: translations, collections, then products one by one.
//!
//! Owns what belongs to no single product: unique handles and SKUs, bounds of the whole, and the
//! rule that one error means no catalogue.

use std::collections::{HashMap, hash_map::Entry};

use souk_catalogue::Catalogue;
use souk_domain::Slug;

use crate::{
    Files, ImportErrors, ImportOptions, Imported, Note, Pictures, Place, Reason, Report, Source,
    StockLine,
    collections::Collections,
    columns::{Column, Columns},
    context::Context,
    dialects::ProductRows,
    draft::Draft,
    limits::PRODUCTS_MAX,
    redirects::Redirects,
    report::Problems,
    rows::Row,
    table::{Broken, Table},
    translations::Translations,
};

/// What the product file gives.
struct Products {
    columns: Columns,
    catalogue: Catalogue,
    stock: Vec<StockLine>,
}

/// Reads the files of a shop.
///
/// # Errors
/// Every error found in the files, up to [`ERRORS_MAX`](crate::limits::ERRORS_MAX). Nothing of
/// what was read is given then.
pub fn import(
    files: Files<'_>,
    options: ImportOptions,
    pictures: &mut dyn Pictures,
) -> Result<Imported, ImportErrors> {
    let mut context = Context::new(options, pictures);
    let mut collections = Collections::default();
    if let Some(input) = files.translations {
        let opened = Table::open(Source::Translations, input);
        let read = opened.and_then(|mut table| {
            Translations::read(&mut table, &context.sanitizer, &mut context.problems)
        });
        context.translations = context.unless_broken(read).unwrap_or_default();
    }
    if let Some(input) = files.collections {
        let opened = Table::open(Source::Collections, input);
        let read = opened.and_then(|mut table| Collections::read(&mut table, &mut context));
        collections = context.unless_broken(read).unwrap_or_default();
    }
    let opened = ProductRows::open(files.products, &context);
    let read = opened.and_then(|rows| read_products(rows, &mut collections, &mut context));
    let mut products = context.unless_broken(read);
    if let Some(input) = files.redirects {
        let opened = Table::open(Source::Redirects, input);
        let read = opened.and_then(|mut table| Redirects::read(&mut table, &mut context));
        let redirects = context.unless_broken(read).unwrap_or_default();
        let catalogue = products.as_ref().map(|products| &products.catalogue);
        let redirects = redirects.finish(catalogue, &mut context);
        if let Some(products) = &mut products {
            products.catalogue.redirects = redirects;
        }
    }
    finish(context, collections, products)
}

fn read_products(
    mut rows: ProductRows<'_>,
    collections: &mut Collections,
    context: &mut Context<'_>,
) -> Result<Products, Broken> {
    let mut catalogue = Catalogue {
        currency: context.options.currency.code().to_owned(),
        ..Catalogue::default()
    };
    let mut stock = Vec::new();
    if !rows.columns().has_quantities() {
        let note = Note::NoQuantities(context.options.default_quantity);
        context.problems.warn(Place::file(Source::Products), note);
    }
    let mut handles: HashMap<String, u64> = HashMap::new();
    let mut draft: Option<Draft> = None;
    while !context.problems.full()
        && let Some(row) = rows.next_row(context)?
    {
        let cells_fit = is_sound(row, &mut context.problems);
        let Some(slug) = slug_of(row, &mut context.problems) else {
            continue;
        };
        if let Some(same) = draft.as_mut().filter(|draft| draft.slug == slug) {
            if cells_fit {
                same.add(row, context);
            }
            continue;
        }
        if let Some(done) = draft.take() {
            done.finish(context, &mut catalogue.products, &mut stock);
        }
        let is_new = note_handle(&mut handles, &slug, row, &mut context.problems)?;
        // The rest of a product that cannot be read would only repeat the error.
        draft = Some(match is_new && cells_fit {
            true => Draft::begin(slug, row, collections, context),
            false => Draft::refused(slug),
        });
    }
    if let Some(done) = draft {
        done.finish(context, &mut catalogue.products, &mut stock);
    }
    Ok(Products {
        columns: rows.into_columns(),
        catalogue,
        stock,
    })
}

/// Whether the cells of a row stand where they belong and were understood.
fn is_sound(row: Row<'_>, problems: &mut Problems) -> bool {
    for (place, reason) in row.faults {
        problems.error(place.clone(), reason.clone());
    }
    let cells = row.check_cells();
    let fit = cells.map_err(|reason| problems.error(row.whole(), reason));
    fit.is_ok() && row.faults.is_empty()
}

/// Remembers where a product begins. Whether it is the first of its handle.
fn note_handle(
    handles: &mut HashMap<String, u64>,
    slug: &Slug,
    row: Row<'_>,
    problems: &mut Problems,
) -> Result<bool, Broken> {
    let (what, max) = ("products", PRODUCTS_MAX);
    let count = handles.len();
    match handles.entry(slug.to_string()) {
        Entry::Occupied(first) => {
            let reason = Reason::HandleTwice(*first.get());
            problems.error(row.place(Column::Handle), reason);
            Ok(false)
        }
        Entry::Vacant(_) if count == max => Err((row.whole(), Reason::TooMany { what, max })),
        Entry::Vacant(entry) => {
            entry.insert(row.line);
            Ok(true)
        }
    }
}

/// The handle of a row; where the cell is empty, it is made of the title as in Shopify.
fn slug_of(row: Row<'_>, problems: &mut Problems) -> Option<Slug> {
    let handle = row.get(Column::Handle);
    let slug = if handle.is_empty() {
        Slug::from_text(row.get(Column::Title)).ok_or(Reason::Empty)
    } else {
        Slug::parse(handle).map_err(Reason::Name)
    };
    row.check(Column::Handle, slug, problems)
}

fn finish(
    mut context: Context<'_>,
    collections: Collections,
    products: Option<Products>,
) -> Result<Imported, ImportErrors> {
    let collections = collections.finish(&context.translations);
    context.translations.warn_of_unused(&mut context.problems);
    let translated = context.translations.used();
    let (warnings, warnings_left_out) = context.problems.finish()?;
    let products = products.expect("a product file that was not read has left an error");
    let Products {
        columns:
            Columns {
                dialect,
                meanings: columns,
                ignored: ignored_columns,
                unknown: unknown_columns,
                ..
            },
        mut catalogue,
        stock,
    } = products;
    catalogue.collections = collections;
    Ok(Imported {
        report: Report {
            dialect,
            products: catalogue.products.len(),
            variants: stock.len(),
            skipped: context.skipped,
            derived_skus: context.derived_skus,
            untracked: context.untracked,
            translated,
            columns,
            ignored_columns,
            unknown_columns,
            warnings,
            warnings_left_out,
        },
        catalogue,
        stock,
    })
}
