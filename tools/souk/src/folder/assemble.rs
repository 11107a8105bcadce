//! From the files of a folder to a catalogue with its shop.
//!
//! Invariant: every problem of every file is found in one run.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use souk_catalogue::{Catalogue, Hash, Media, Publish, ShopBlobs};
use souk_content::{Content, Fault, File, Goods, Options};
use souk_domain::{Currency, LanguageCode};
use souk_import::{ImportOptions, Imported, PictureError, Place, Source};
use souk_shop::{ContentIndex, Shop};
use souk_shop_folder::search::{self, Names};
use souk_shop_folder::settings::{Known, Settings};
use souk_shop_folder::terms::ShopTerms;
use souk_shop_folder::{Files, Part, Problem, Severity, Sources, missing_pages, settings, theme};

use super::disk::OnDisk;
use super::labels;
use super::mails;
use super::packs::{self, Packs};
use super::published::PublishedFolder;
use super::resources::Folder;
use super::sales::sales_of;
use super::terms::terms_of;
use crate::catalogue::load::{Loaded, language_of};
use crate::catalogue::pictures::Gallery;
use crate::catalogue::publish::now_ms;
use crate::ladder::file::{self as ladder, LadderFile};

/// A folder that can be published.
pub(super) struct Assembled {
    pub(super) loaded: Loaded,
    /// The folder, or the file of an export.
    pub(super) source: PathBuf,
    /// The files that it comes from, those that are kept among them.
    pub(super) files: Files,
    /// Parts that are as they are published.
    pub(super) kept: Vec<Part>,
    pub(super) warnings: Vec<Problem>,
    /// Of the blob with the rules of the search.
    pub(super) rules_bytes: usize,
    languages: Vec<String>,
    documents: usize,
}

impl Assembled {
    /// Codes of the languages.
    pub(super) fn languages(&self) -> &[String] {
        &self.languages
    }

    /// Prints what was read.
    pub(super) fn print(&self) {
        let catalogue = &self.loaded.catalogue;
        println!(
            "{}: {} products with {} variants in {} collections, {} redirects, {} documents, \
             languages {}",
            self.source.display(),
            catalogue.products.len(),
            self.loaded.stock.len(),
            catalogue.collections.len(),
            catalogue.redirects.len(),
            self.documents,
            self.languages.join(", ")
        );
        self.loaded.print_notes();
    }
}

/// Reads the files.
///
/// # Errors
/// With every problem, warnings among them, where one of them is an error.
pub(super) fn assemble(
    dir: &Path,
    on_disk: OnDisk,
    published: Option<&PublishedFolder>,
    options: ImportOptions,
) -> Result<Assembled, Vec<Problem>> {
    let OnDisk {
        files,
        others,
        kept,
    } = on_disk;
    let failed = |error: anyhow::Error| vec![Problem::of_file("", format!("{error:#}"), "")];
    let now_ms = now_ms().map_err(failed)?;
    let mut gallery = gallery(dir, &files, &kept).map_err(failed)?;
    let mut problems: Vec<_> = others.iter().filter_map(|path| beside(dir, path)).collect();
    let mut media = BTreeSet::new();
    let settings = settings_of(&files, now_ms, &mut gallery, &mut media, &mut problems);
    let theme =
        text(&files, theme::THEME_FILE, &mut problems).map(|text| theme::read(text, &mut problems));
    let templates = mails::templates(&files, &settings.languages, &mut problems);
    let mut resolve = |path: &str| gallery.resolve(path);
    let imported = import(&files, &settings, options, &mut resolve, &mut problems);
    let content = content(
        &files,
        &settings,
        imported.as_ref().map(|imported| &imported.catalogue),
        published.and_then(|published| published.content.as_ref()),
        now_ms,
        &mut gallery,
        &mut problems,
    );
    let known = imported
        .as_ref()
        .map(|imported| known(&imported.catalogue, content.as_ref()));
    if let Some(known) = &known {
        check_names(&settings, known, &mut problems);
    }
    let products = imported
        .as_ref()
        .map(|one| one.catalogue.products.as_slice());
    let names = known.as_ref().zip(products);
    let names = names.map(|(known, products)| Names::of(known, products));
    let rules = rules(&files, &settings, names.as_ref(), &kept, &mut problems);
    let terms = imported.as_ref().map(|imported| {
        let catalogue = &imported.catalogue;
        terms_of(&files, &settings, catalogue, &kept, now_ms, &mut problems)
    });
    let mut imported = imported;
    let sales = imported.as_mut().zip(terms.as_ref());
    let sales = sales.map(|(imported, terms)| {
        let products = &mut imported.catalogue.products;
        terms.put_on(products);
        sales_of(
            &files,
            &settings,
            products,
            terms,
            &kept,
            now_ms,
            &mut problems,
        )
    });
    let currencies = terms.as_ref().map_or_else(Vec::new, further_currencies);
    let packs = packs::packs(&files, &settings.data, &currencies, &mut problems);
    warn(&settings, &packs, &mut problems);
    let is_wrong = problems.iter().any(|one| one.severity == Severity::Error);
    gallery.finish(if is_wrong { "failed" } else { "done" });
    let (Some(mut imported), Some(content), Some(terms), Some(sales), false) =
        (imported, content, terms, sales, is_wrong)
    else {
        return Err(problems);
    };
    imported.catalogue.sales = sales;
    gallery
        .draw_previews(&mut imported.catalogue)
        .map_err(failed)?;
    let gallery_files = gallery.into_files();
    let languages = settings.languages.clone();
    media.extend(content.media.iter().cloned());
    let documents = content.index.entries.len();
    let (mut shop, mut packs) = (settings.shop, packs);
    for template in templates {
        let kind = template.kind.name().to_owned();
        let hash = Hash::of(&template.blob);
        shop.mails.push((kind, template.language, hash));
        packs.blobs.push(template.blob);
    }
    let known = gallery_files.keys().map(String::as_str);
    let products = &imported.catalogue.products;
    labels::complete(&mut shop, products, &content.index);
    let mut shop = blobs(shop, packs, theme, content, &files, known, media);
    let rules_bytes = rules.len();
    shop.search_rules = Some(Hash::of(&rules));
    shop.blobs.push(rules);
    let pricing = terms.terms.encode().map_err(|error| failed(error.into()))?;
    shop.pricing = Some(Hash::of(&pricing));
    shop.blobs.push(pricing);
    imported.catalogue.publish = Some(Publish {
        markets: terms.terms.markets.clone(),
        at_ms: now_ms,
    });
    imported.catalogue.shop = Some(shop);
    let stock = imported.stock.into_iter();
    souk_shop_folder::sort(&mut problems);
    Ok(Assembled {
        loaded: Loaded {
            catalogue: imported.catalogue,
            stock: stock.map(|line| (line.sku.to_string(), line)).collect(),
            media: gallery_files,
            report: imported.report,
        },
        source: dir.to_owned(),
        files,
        kept,
        warnings: problems,
        rules_bytes,
        languages,
        documents,
    })
}

/// The pictures of the folder; those that are kept are written beside the cache of pictures.
fn gallery(dir: &Path, files: &Files, kept: &[Part]) -> anyhow::Result<Gallery> {
    let cache = souk_machine::cache_dir()?;
    let gallery = Gallery::new(dir, &cache.join("pictures"));
    let absent = |path: &str| Part::of(path) == Some(Part::Pictures) && !dir.join(path).exists();
    let absent: Vec<_> = files.iter().filter(|(path, _)| absent(path)).collect();
    if kept.is_empty() || absent.is_empty() {
        return Ok(gallery);
    }
    let beside: PathBuf = cache.join("kept");
    let absent = absent.into_iter();
    let absent: Files = absent
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect();
    super::disk::write(&beside, &absent)?;
    Ok(gallery.with_other(beside))
}

/// What is wrong with a file that no version is made of.
fn beside(dir: &Path, path: &str) -> Option<Problem> {
    if path != ladder::FILE {
        return Some(unknown(path));
    }
    let read = LadderFile::read(&dir.join(path));
    let instead = "docs/operating.md has what it may say";
    read.err()
        .map(|error| Problem::of_file(path, format!("{error:#}"), instead))
}

fn unknown(path: &str) -> Problem {
    let instead = "files of a shop are shop.toml, theme.toml, search.toml, markets.toml, prices.csv, \
                   delivery.toml, tax.toml, promotions.toml, options.toml, sales/ID/sale.toml, products.csv, \
                   products.LANG.csv, collections.csv, redirects.csv, words/LANG.toml, mails/KIND.LANG.md, \
                   content/{pages,blog,help}/SLUG.md and pictures/; ladder.toml lies beside them";
    Problem::of_file(path, "the file is not used", instead).warning()
}

fn text<'f>(files: &'f Files, path: &str, problems: &mut Vec<Problem>) -> Option<&'f str> {
    utf8(path, files.get(path)?, problems)
}

/// The text of a file; `None` where it is none, which is reported.
pub(super) fn utf8<'f>(
    path: &str,
    content: &'f [u8],
    problems: &mut Vec<Problem>,
) -> Option<&'f str> {
    let text = std::str::from_utf8(content);
    if text.is_err() {
        problems.push(Problem::of_file(
            path,
            "the file is not UTF-8",
            "save it as UTF-8",
        ));
    }
    text.ok()
}

fn settings_of(
    files: &Files,
    now_ms: i64,
    gallery: &mut Gallery,
    media: &mut BTreeSet<String>,
    problems: &mut Vec<Problem>,
) -> Settings {
    let mut folder = Folder {
        gallery,
        now_ms,
        media: Vec::new(),
    };
    let settings = match text(files, settings::SHOP_FILE, problems) {
        Some(text) => settings::read(text, &mut folder, problems),
        None => {
            let instead = "`souk init` writes one with every setting explained";
            let reason = "the file is missing";
            problems.push(Problem::of_file(settings::SHOP_FILE, reason, instead));
            Settings::default()
        }
    };
    let urls = folder.media.iter().flat_map(Media::urls);
    let names = urls.filter_map(|url| url.strip_prefix("/media/"));
    media.extend(names.map(str::to_owned));
    settings
}

/// The products of the folder, with the pictures that `resolve` finds.
pub(super) fn import(
    files: &Files,
    settings: &Settings,
    options: ImportOptions,
    resolve: &mut dyn FnMut(&str) -> Result<Media, PictureError>,
    problems: &mut Vec<Problem>,
) -> Option<Imported> {
    let Some(products) = files.get("products.csv") else {
        let instead = "`souk init --from EXPORT.csv` copies an export to where it belongs";
        problems.push(Problem::of_file(
            "products.csv",
            "the file is missing",
            instead,
        ));
        return None;
    };
    let further = settings.languages.iter().skip(1);
    let further: Vec<_> = further
        .filter_map(|code| LanguageCode::parse(code).ok())
        .collect();
    let translations = files.iter().filter_map(|(path, content)| {
        let tag = path.strip_prefix("products.")?.strip_suffix(".csv")?;
        Some((path, language_of(tag).ok(), content))
    });
    let mut readers = Vec::new();
    let mut names = Vec::new();
    for (path, code, content) in translations {
        match code.filter(|code| further.contains(code)) {
            Some(_) => {
                readers.push(Cursor::new(content.as_slice()));
                names.push(path.as_str());
            }
            None => {
                let reason = "the file is in none of the shop's further languages";
                let instead = "add its language to languages in shop.toml";
                problems.push(Problem::of_file(path, reason, instead).warning());
            }
        }
    }
    // The import counts the rows of each, but does not say of which it speaks.
    let translation = names.join(" or ");
    let mut products = Cursor::new(products.as_slice());
    let optional = |path: &str| {
        files
            .get(path)
            .map(|content| Cursor::new(content.as_slice()))
    };
    let (mut collections, mut redirects) = (optional("collections.csv"), optional("redirects.csv"));
    let files = souk_import::Files {
        products: &mut products,
        translations: readers
            .iter_mut()
            .map(|file| file as &mut dyn std::io::Read)
            .collect(),
        collections: collections
            .as_mut()
            .map(|file| file as &mut dyn std::io::Read),
        redirects: redirects
            .as_mut()
            .map(|file| file as &mut dyn std::io::Read),
    };
    let options = ImportOptions {
        // A wrong one is reported with the settings.
        currency: Currency::parse(&settings.currency).unwrap_or(Currency::USD),
        languages: further,
        ..options
    };
    let mut outside = BTreeSet::new();
    let mut pictures = |path: &str| {
        if Part::of(path) != Some(Part::Pictures) {
            outside.insert(path.to_owned());
        }
        resolve(path)
    };
    match souk_import::import(files, options, &mut pictures) {
        Ok(imported) => {
            problems.extend(
                outside
                    .first()
                    .map(|first| not_pulled(first, outside.len())),
            );
            let report = &imported.report;
            let left_out = report.faults.iter().map(|fault| {
                let reason = format!("left out: {}", fault.reason);
                of_import(&fault.place, &reason, &translation).warning()
            });
            problems.extend(left_out);
            let warnings = report.warnings.iter();
            problems.extend(
                warnings.map(|one| {
                    of_import(&one.place, &one.note.to_string(), &translation).warning()
                }),
            );
            let more = report.faults_left_out + report.warnings_left_out;
            if more > 0 {
                let reason = format!("{more} more warnings");
                problems.push(Problem::of_file("products.csv", reason, "").warning());
            }
            Some(imported)
        }
        Err(errors) => {
            let errors = errors.errors.iter();
            let reason = |one: &souk_import::ImportError| one.reason.to_string();
            problems.extend(errors.map(|one| of_import(&one.place, &reason(one), &translation)));
            None
        }
    }
}

/// What is published can be pulled, but for pictures that are in no place of a folder.
fn not_pulled(first: &str, count: usize) -> Problem {
    let reason = format!(
        "{count} pictures are not in pictures/, '{first}' among them: they are shown, but `souk pull` \
         does not bring them"
    );
    let instead = "put them into pictures/ and name them so";
    Problem::of_file("products.csv", reason, instead).warning()
}

/// A problem of the import, whose columns have names.
fn of_import(place: &Place, reason: &str, translation: &str) -> Problem {
    let file = match place.source {
        Source::Products => "products.csv",
        Source::Translations => translation,
        Source::Collections => "collections.csv",
        Source::Redirects => "redirects.csv",
    };
    let value = match place.value.as_str() {
        "" => String::new(),
        value => format!("'{value}': "),
    };
    Problem {
        line: place.line.and_then(|line| usize::try_from(line).ok()),
        key: place.column.clone().unwrap_or_default(),
        ..Problem::of_file(file, format!("{value}{reason}"), "")
    }
}

fn content(
    files: &Files,
    settings: &Settings,
    catalogue: Option<&Catalogue>,
    published: Option<&ContentIndex>,
    now_ms: i64,
    gallery: &mut Gallery,
    problems: &mut Vec<Problem>,
) -> Option<Content> {
    let documents = files
        .iter()
        .filter(|(path, _)| Part::of(path) == Some(Part::Content));
    let documents: Vec<_> = documents
        .map(|(path, bytes)| File { path, bytes })
        .collect();
    let languages: Vec<_> = settings.languages.iter().map(String::as_str).collect();
    // Without products every embed would be wrong: those errors would hide the one that matters.
    let goods = Goods::of(catalogue?);
    let options = Options {
        languages: &languages,
        goods: &goods,
        east_s: &|at_ms| settings.shop.east_s(at_ms),
        now_ms,
        published,
    };
    let mut pictures = |path: &str| gallery.resolve(path).map_err(|error| PictureError(error.0));
    match souk_content::read(&documents, options, &mut pictures) {
        Ok(content) => {
            problems.extend(
                content
                    .warnings
                    .iter()
                    .map(|fault| of_content(fault).warning()),
            );
            Some(content)
        }
        Err(faults) => {
            problems.extend(faults.iter().map(of_content));
            None
        }
    }
}

fn of_content(fault: &Fault) -> Problem {
    let some = |number: u32| (number > 0).then_some(number as usize);
    Problem {
        line: some(fault.line),
        column: some(fault.column),
        ..Problem::of_file(&fault.file, &fault.reason, "")
    }
}

/// What there is that files may name.
fn known(catalogue: &Catalogue, content: Option<&Content>) -> Known {
    let documents = content.map(|content| {
        let entries = content.index.entries.iter();
        entries
            .map(|entry| (entry.kind, entry.slug.clone()))
            .collect()
    });
    let named = catalogue
        .products
        .iter()
        .flat_map(|product| &product.collections);
    Known {
        products: catalogue
            .products
            .iter()
            .map(|one| one.slug.clone())
            .collect(),
        collections: named
            .chain(catalogue.collections.iter().map(|one| &one.slug))
            .cloned()
            .collect(),
        documents,
    }
}

/// The blob with the rules of the search.
fn rules(
    files: &Files,
    settings: &Settings,
    names: Option<&Names<'_>>,
    kept: &[Part],
    problems: &mut Vec<Problem>,
) -> Vec<u8> {
    let text = text(files, search::SEARCH_FILE, problems);
    let context = search::Context {
        languages: &settings.languages,
        currency: &settings.currency,
        names,
        missing: match kept.contains(&Part::Search) {
            true => Severity::Warning,
            false => Severity::Error,
        },
    };
    search::read(text, context, problems).encode()
}

/// Checks what the settings name against what there is.
fn check_names(settings: &Settings, known: &Known, problems: &mut Vec<Problem>) {
    let references = settings.references.iter();
    problems.extend(references.filter_map(|one| one.check(known)));
    if let Some(documents) = &known.documents {
        problems.extend(missing_pages(&settings.shop.country, documents));
    }
}

/// The currencies of markets that are not the first one's.
fn further_currencies(terms: &ShopTerms) -> Vec<Currency> {
    let mut known: Vec<Currency> = Vec::new();
    for market in &terms.terms.markets {
        if !known.contains(&market.currency) {
            known.push(market.currency);
        }
    }
    known.into_iter().skip(1).collect()
}

/// What a merchant should know though it can be published.
fn warn(settings: &Settings, packs: &Packs, problems: &mut Vec<Problem>) {
    for one in &packs.missing {
        let file = format!("words/{}.toml", one.language);
        let reason = format!(
            "{} texts of the pages are missing and are shown in English",
            one.texts
        );
        let instead = format!("write them, beginning with {}", one.keys.join(", "));
        problems.push(Problem::of_file(&file, reason, instead).warning());
    }
    for one in &settings.data {
        let notes = one.notes.iter();
        let warning = |note| Problem::of_file(settings::SHOP_FILE, note, "").warning();
        problems.extend(notes.map(|note| warning(format!("{}: {note}", one.language.code))));
    }
}

/// The blobs of everything that a version says about the shop.
fn blobs<'m>(
    shop: Shop,
    packs: Packs,
    theme: Option<(souk_shop::Theme, souk_shop::ThemeBlob)>,
    content: Content,
    files: &Files,
    pictures: impl IntoIterator<Item = &'m str>,
    mut media: BTreeSet<String>,
) -> ShopBlobs {
    let mut shop = Shop {
        languages: packs.languages,
        ..shop
    };
    let mut blobs = packs.blobs;
    let mut put = |blob: Vec<u8>| {
        let hash = Hash::of(&blob);
        blobs.push(blob);
        hash
    };
    if let Some((theme, blob)) = theme {
        shop.theme = souk_shop::Theme {
            stylesheet: Some(put(blob.encode())),
            ..theme
        };
    }
    if !content.index.entries.is_empty() {
        shop.content = Some(put(content.index.encode()));
    }
    for blob in content.blobs.into_values() {
        put(blob);
    }
    let (sources, pieces) = Sources::of(files, pictures);
    media.extend(sources.media().map(str::to_owned));
    for blob in pieces {
        put(blob);
    }
    let sources = put(sources.encode());
    ShopBlobs {
        terms: shop.terms().to_json(),
        settings: shop.encode(),
        blobs,
        media: media.into_iter().collect(),
        sources: Some(sources),
        search_rules: None,
        pricing: None,
    }
}
