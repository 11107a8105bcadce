//! The cases from outside, each with its verdict. `tests/cases/verdicts.txt` says how it is written.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use souk_catalogue::{Media, MediaRendition};
use souk_domain::{Currency, LanguageCode};
use souk_import::{
    Files, ImportErrors, ImportOptions, Imported, Note, PictureError, Place, Reason, import,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

/// A line of the table: a file, options, and what is expected of it.
struct Case {
    /// The line that begins it.
    heading: String,
    file: String,
    options: ImportOptions,
    verdict: Vec<String>,
}

/// The table: a file with its options begins a case, and indented lines are its verdict.
fn cases() -> Vec<Case> {
    let text = fs::read_to_string(format!("{FOLDER}/verdicts.txt")).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        match line.strip_prefix("  ") {
            Some(verdict) => cases.last_mut().unwrap().verdict.push(verdict.to_owned()),
            None => {
                let mut words = line.split(' ');
                let mut case = Case {
                    heading: line.to_owned(),
                    file: words.next().unwrap().to_owned(),
                    options: ImportOptions {
                        languages: vec![LanguageCode::parse("zh").unwrap()],
                        ..ImportOptions::default()
                    },
                    verdict: Vec::new(),
                };
                for option in words {
                    match option {
                        "--strict" => case.options.strict = true,
                        "--shared-skus" => case.options.shared_skus = true,
                        code => case.options.currency = Currency::parse(code).unwrap(),
                    }
                }
                cases.push(case);
            }
        }
    }
    cases
}

fn drawn(path: &str) -> Result<Media, PictureError> {
    if path.contains("none") {
        return Err(PictureError(format!("there is no {path}")));
    }
    let url = format!("/media/{path}");
    Ok(Media {
        renditions: vec![MediaRendition { width: 1, url }],
        ..Media::default()
    })
}

/// Reads a product file with what lies beside it, as the command line does.
fn read(case: &Case) -> Result<Imported, ImportErrors> {
    let products = Path::new(FOLDER).join(&case.file);
    let beside = |name: &str| {
        let path = products.with_file_name(name);
        (path != products).then(|| fs::read(path).ok()).flatten()
    };
    let of_csv = case.file.starts_with("csv/");
    let beside = |name: &str| if of_csv { None } else { beside(name) };
    let stem = products.file_stem().unwrap().to_str().unwrap();
    let translations = beside(&format!("{stem}.zh-CN.csv"));
    let (collections, redirects) = (beside("collections.csv"), beside("redirects.csv"));
    let mut products = fs::File::open(&products).unwrap();
    let mut parts =
        [translations, collections, redirects].map(|file| file.map(std::io::Cursor::new));
    let [translations, collections, redirects] = &mut parts;
    let files = Files {
        products: &mut products,
        translations: translations.iter_mut().map(|file| file as _).collect(),
        collections: collections.as_mut().map(|file| file as _),
        redirects: redirects.as_mut().map(|file| file as _),
    };
    import(files, case.options.clone(), &mut drawn)
}

/// What a test may name of a note or a reason: its variant, without what it holds.
fn kind(debug: &impl std::fmt::Debug) -> String {
    let text = format!("{debug:?}");
    text.split([' ', '(', '{']).next().unwrap().to_owned()
}

fn place(place: &Place, source: bool) -> String {
    let mut text = String::new();
    if source {
        write!(text, "{} ", place.source.name()).unwrap();
    }
    match place.line {
        Some(line) => write!(text, "{line}").unwrap(),
        None => text.push('-'),
    }
    if let Some(column) = &place.column {
        write!(text, " {column}").unwrap();
    }
    text
}

/// The verdict of an import, in the words of the table.
fn verdict(result: &Result<Imported, ImportErrors>) -> Vec<String> {
    let fault = |place_of: &Place, reason: &Reason| {
        let is_other = place_of.source.name() != "products";
        format!("fault {}: {}", place(place_of, is_other), kind(reason))
    };
    match result {
        Err(errors) => {
            let faults = errors.errors.iter();
            let faults = faults.map(|error| fault(&error.place, &error.reason));
            std::iter::once("refused".to_owned())
                .chain(faults)
                .collect()
        }
        Ok(imported) => {
            souk_catalogue::build(&imported.catalogue, None).expect("it can be built");
            let mut lines = Vec::new();
            for product in &imported.catalogue.products {
                let skus = product
                    .variants
                    .iter()
                    .map(|variant| match &variant.merchant_sku {
                        Some(merchant) => format!("{} [{merchant}]", variant.sku),
                        None => variant.sku.clone(),
                    });
                let skus: Vec<_> = match product.variants.len() {
                    0..=4 => skus.collect(),
                    count => vec![format!("{count} variants")],
                };
                let price = product.variants[0].price_minor;
                lines.push(format!(
                    "product {} {price}: {}",
                    product.slug,
                    skus.join(" | ")
                ));
            }
            if lines.len() > 40 {
                lines = vec![format!("{} products", lines.len())];
            }
            for redirect in &imported.catalogue.redirects {
                lines.push(format!("redirect {} → {}", redirect.from, redirect.to));
            }
            let skipped = imported.report.skipped.total() - imported.report.skipped.faulty;
            if skipped > 0 {
                lines.push(format!("skipped {skipped}"));
            }
            let faults = imported.report.faults.iter();
            lines.extend(faults.map(|error| fault(&error.place, &error.reason)));
            let warnings = imported
                .report
                .warnings
                .iter()
                .filter(|warning| !matches!(warning.note, Note::NoQuantities(_)));
            lines.extend(warnings.map(|warning| {
                let is_other = warning.place.source.name() != "products";
                let note = match &warning.note {
                    Note::LeftOut(what) => format!("LeftOut {what}"),
                    Note::HandleRewritten(slug) => format!("HandleRewritten {slug}"),
                    note => kind(note),
                };
                format!("warning {}: {note}", place(&warning.place, is_other))
            }));
            lines
        }
    }
}

#[test]
fn every_case_has_its_verdict() {
    let mut wrong = String::new();
    for case in cases() {
        let found = verdict(&read(&case));
        if found != case.verdict {
            writeln!(wrong, "{}\n  {}", case.heading, found.join("\n  ")).unwrap();
        }
    }
    assert!(
        wrong.is_empty(),
        "other verdicts than expected; found:\n{wrong}"
    );
}

#[test]
fn every_file_of_the_corpus_has_a_verdict() {
    let judged: BTreeSet<PathBuf> = cases().into_iter().map(|case| case.file.into()).collect();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(FOLDER).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_str().unwrap();
            let is_companion = matches!(name, "redirects.csv" | "collections.csv" | "verdicts.txt")
                || name.ends_with(".zh-CN.csv");
            assert!(
                is_companion || judged.contains(&path),
                "{} has no verdict",
                path.display()
            );
        }
    }
    assert!(
        judged
            .iter()
            .all(|path| Path::new(FOLDER).join(path).exists())
    );
}
