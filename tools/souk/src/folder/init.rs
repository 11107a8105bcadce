//! A new folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use souk_domain::countries::country_name;
use souk_domain::{Currency, LanguageCode};
use souk_import::{ImportOptions, PictureError};
use souk_shop_folder::search::SEARCH_FILE;
use souk_shop_folder::starter::Starter;

use super::disk;

/// What a new folder is made for.
#[derive(Args)]
pub(crate) struct InitArgs {
    /// The folder, which is made.
    dir: PathBuf,
    /// A product export to begin with.
    #[arg(long, value_name = "FILE.csv")]
    from: Option<PathBuf>,
    /// Name of the shop; that of the folder when not given.
    #[arg(long)]
    name: Option<String>,
    /// ISO 3166-1 code of the country that the shop is in.
    #[arg(long, default_value = "US")]
    country: String,
    /// Code of the language; the one that most shops of the country have when not given.
    #[arg(long)]
    language: Option<String>,
    /// ISO 4217 code of the prices; that of the country when not given.
    #[arg(long)]
    currency: Option<String>,
}

/// Products to begin with.
const PRODUCTS: &str = "\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Status
first-product,First product,<p>What it is made of and what it is good for.</p>,,Things,,TRUE,Title,\
Default Title,FIRST-1,shopify,10,12.00,active
second-product,Second product,<p>It comes in two sizes.</p>,,Things,,TRUE,Size,Small,SECOND-S,shopify,\
5,18.00,active
second-product,,,,,,,,Large,SECOND-L,shopify,5,22.00,
";

const COLLECTIONS: &str = "Handle,Title,Description,Sort,Image\n";

/// Writes the folder.
///
/// # Errors
/// When it exists and has files, or the export cannot be read.
pub(crate) fn run(args: &InitArgs) -> Result<()> {
    let dir = &args.dir;
    let is_empty = fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    ensure!(
        is_empty,
        "{} is not empty: name a new folder",
        dir.display()
    );
    let country = args.country.to_ascii_uppercase();
    ensure!(
        country_name(&country).is_some(),
        "--country: there is no country '{}'; give a code such as DE",
        args.country
    );
    let name = args.name.clone().unwrap_or_else(|| name_of(dir));
    let mut starter = Starter::of(&name, &country);
    if let Some(currency) = &args.currency {
        let currency = Currency::parse(&currency.to_ascii_uppercase()).context("--currency")?;
        currency.code().clone_into(&mut starter.currency);
    }
    if let Some(language) = &args.language {
        let code = LanguageCode::parse(language).context("--language")?;
        code.as_str().clone_into(&mut starter.language);
    }
    let products = match &args.from {
        Some(file) => fs::read(file).with_context(|| format!("read {}", file.display()))?,
        None => PRODUCTS.as_bytes().to_vec(),
    };
    starter.collections = collections(&products, &starter.currency);
    let mut files = starter.files();
    files.insert("products.csv".to_owned(), products);
    files.insert(
        "collections.csv".to_owned(),
        COLLECTIONS.as_bytes().to_vec(),
    );
    if let Some(file) = &args.from {
        beside(file, &mut files)?;
    }
    disk::write(dir, &files)?;
    println!("{}: {} files", dir.display(), files.len());
    println!("Next: souk check {}", dir.display());
    Ok(())
}

/// The name of a folder as that of a shop.
pub(super) fn name_of(dir: &Path) -> String {
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let name = dir
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "My shop".to_owned())
}

/// What lies beside an export: its lists, rules of the search and pictures.
fn beside(file: &Path, files: &mut souk_shop_folder::Files) -> Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    for name in ["collections.csv", "redirects.csv", SEARCH_FILE] {
        let other = folder.join(name);
        if other.exists() && other != file {
            files.insert(name.to_owned(), fs::read(&other)?);
        }
    }
    let pictures = folder.join("pictures");
    if pictures.is_dir() {
        files.append(&mut disk::pictures(folder)?);
    }
    Ok(())
}

/// The collections that the navigation begins with; none where the export cannot be read, which `souk
/// check` explains.
fn collections(products: &[u8], currency: &str) -> Vec<(String, String)> {
    const NAVIGATION_MAX: usize = 6;
    let options = ImportOptions {
        currency: Currency::parse(currency).unwrap_or(Currency::USD),
        ..ImportOptions::default()
    };
    let mut products = products;
    let files = souk_import::Files::products(&mut products);
    // Which collections there are does not depend on pictures: every one is fine here.
    let mut pictures = |_: &str| Ok::<_, PictureError>(souk_catalogue::Media::default());
    let Ok(imported) = souk_import::import(files, options, &mut pictures) else {
        return Vec::new();
    };
    let collections = imported
        .catalogue
        .collections
        .into_iter()
        .take(NAVIGATION_MAX);
    collections.map(|one| (one.slug, one.title.base)).collect()
}
