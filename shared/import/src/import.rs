//! The course of an import: translations, collections, then products one by one.
//!
//! Owns what belongs to no single product: unique handles, products whose rows are scattered, bounds
//! of the whole.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use souk_catalogue::{Catalogue, Redirect};
use souk_domain::Slug;

use crate::{
    Files, ImportErrors, ImportOptions, Imported, Note, Pictures, Place, Reason, Report, Source,
    collections::Collections,
    columns::{Column, Columns},
    context::Context,
    dialects::ProductRows,
    draft::Draft,
    handles::slug_of_handle,
    identity::{Identified, identify},
    limits::PRODUCTS_MAX,
    problems::Problems,
    redirects::Redirects,
    rows::Row,
    table::{Broken, Table},
};

/// What the product file gives.
struct Products {
    columns: Columns,
    identified: Identified,
}

/// Reads the files of a shop.
///
/// # Errors
/// When a file is broken, when faults leave no product, and at any fault of a strict import: every
/// fault that was found, up to [`ERRORS_MAX`](crate::limits::ERRORS_MAX). Nothing of what was read is
/// given then.
pub fn import(
    files: Files<'_>,
    options: ImportOptions,
    pictures: &mut dyn Pictures,
) -> Result<Imported, ImportErrors> {
    let mut context = Context::new(options, pictures);
    for input in files.translations {
        let opened = Table::open(Source::Translations, input);
        let (translations, problems) = (&mut context.translations, &mut context.problems);
        let read = opened
            .and_then(|mut table| translations.read(&mut table, &context.sanitizer, problems));
        context.unless_broken(read);
    }
    let mut collections = match files.collections {
        Some(input) => {
            let opened = Table::open(Source::Collections, input);
            let read = opened.and_then(|mut table| Collections::read(&mut table, &mut context));
            context.unless_broken(read).unwrap_or_default()
        }
        None => Collections::default(),
    };
    let opened = ProductRows::open(files.products, &context);
    let read = opened.and_then(|rows| read_products(rows, &mut collections, &mut context));
    let products = context.unless_broken(read);
    let redirects = match files.redirects {
        Some(input) => {
            let opened = Table::open(Source::Redirects, input);
            let read = opened.and_then(|mut table| Redirects::read(&mut table, &mut context));
            context.unless_broken(read).unwrap_or_default()
        }
        None => Redirects::default(),
    };
    let products = products.map(|products| {
        let listed = &products.identified.products;
        let redirects = redirects.finish(listed, &mut context);
        (products, redirects)
    });
    finish(context, collections, products)
}

fn read_products(
    mut rows: ProductRows<'_>,
    collections: &mut Collections,
    context: &mut Context<'_>,
) -> Result<Products, Broken> {
    if !rows.columns().has_quantities() {
        let note = Note::NoQuantities(context.options.default_quantity);
        context.problems.warn(Place::file(Source::Products), note);
    }
    let mut handles: HashMap<String, u64> = HashMap::new();
    let mut read = Vec::new();
    // Slugs of products of which rows stand elsewhere.
    let mut scattered: HashSet<String> = HashSet::new();
    let mut draft: Option<Draft> = None;
    while !context.problems.full()
        && let Some(row) = rows.next_row(context)?
    {
        let faults = context.problems.faults();
        let cells_fit = match row.check_cells() {
            Ok(()) => true,
            Err(reason) => {
                context.problems.error(row.whole(), reason);
                false
            }
        };
        let Some(slug) = slug_of(row, &mut context.problems) else {
            continue;
        };
        if let Some(same) = draft.as_mut().filter(|draft| draft.slug == slug) {
            if cells_fit {
                same.add(row, context);
            }
            same.faulty |= context.problems.faults() > faults;
            continue;
        }
        read.extend(draft.take().and_then(|done| done.finish(context)));
        let is_new = note_handle(&mut handles, &slug, row, &mut context.problems)?;
        let is_rest = !is_new && row.some(Column::Title).is_none();
        if is_rest {
            scattered.insert(slug.to_string());
        }
        // The rest of a product that cannot be read would only repeat the fault.
        let mut begun = match is_new && cells_fit {
            true => Draft::begin(slug, row, collections, context),
            false => Draft::refused(slug, row),
        };
        // A product with rows elsewhere counts once, where it begins.
        begun.faulty = context.problems.faults() > faults && !is_rest;
        draft = Some(begun);
    }
    read.extend(draft.and_then(|done| done.finish(context)));
    let whole = read.len();
    read.retain(|read| !scattered.contains(&read.product.slug));
    context.skipped.faulty += whole - read.len();
    let columns = rows.into_columns();
    let identified = identify(read, &columns, context);
    Ok(Products {
        columns,
        identified,
    })
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
    let slug = match handle {
        "" => Slug::from_text(row.get(Column::Title)).ok_or(Reason::Empty),
        handle => slug_of_handle(handle),
    };
    row.check(Column::Handle, slug, problems)
}

fn finish(
    mut context: Context<'_>,
    collections: Collections,
    products: Option<(Products, Vec<Redirect>)>,
) -> Result<Imported, ImportErrors> {
    let collections = collections.finish(&context.translations);
    context.translations.warn_of_unused(&mut context.problems);
    let translated = context.translations.used();
    let count = products
        .as_ref()
        .map_or(0, |(products, _)| products.identified.products.len());
    let found = context.problems.finish(count)?;
    let (products, redirects) =
        products.expect("a product file that was not read has broken the import");
    let Columns {
        dialect,
        meanings: columns,
        ignored: ignored_columns,
        unknown: unknown_columns,
        ..
    } = products.columns;
    let Identified {
        products: listed,
        stock,
        shared_skus,
        repeated: repeated_skus,
        derived: derived_skus,
        untracked,
    } = products.identified;
    Ok(Imported {
        report: Report {
            dialect,
            products: listed.len(),
            variants: listed.iter().map(|product| product.variants.len()).sum(),
            skipped: context.skipped,
            derived_skus,
            repeated_skus,
            untracked,
            translated,
            columns,
            ignored_columns,
            unknown_columns,
            faults: found.faults,
            faults_left_out: found.faults_left_out,
            warnings: found.warnings,
            warnings_left_out: found.warnings_left_out,
        },
        catalogue: Catalogue {
            products: listed,
            collections,
            currency: context.options.currency.code().to_owned(),
            redirects,
            shared_skus,
            ..Catalogue::default()
        },
        stock,
    })
}
