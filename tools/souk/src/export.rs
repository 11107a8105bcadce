//! `souk export`: what is published, as files of another system.
//!
//! Owns the files of an export: the product CSV, `FILE.LANGUAGE.csv` for each further language of the
//! shop, `collections.csv`, `redirects.csv` and the pictures that the shop serves itself. Importing
//! them gives the same catalogue again. Photographs are the largest that the shop has; an import makes smaller ones of
//! them anew.
//!
//! Not here: how a catalogue is written (`souk-import`).

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use souk_catalogue::{Catalogue, FORMAT, Media};
use souk_domain::LanguageCode;
use souk_import::Export;
use souk_protocol::limits::OFFERS_PER_MESSAGE_MAX;
use souk_protocol::origin::StockQuery;
use souk_protocol::staff;

use crate::catalogue::parallel::parallel;
use crate::catalogue::published::{Published, catalogue, further_languages};
use crate::client::StaffClient;
use crate::shop::ShopArgs;

/// Pictures that are read at the same time.
const READS: usize = 8;
/// The folder of pictures beside the product CSV.
const PICTURES: &str = "pictures";

/// A form of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Shopify's product CSV with its companions.
    Shopify,
}

/// Arguments of `souk export`.
#[derive(Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// The form of the files.
    #[arg(long = "as", value_enum)]
    form: Form,
    /// The product file to write; the others are written beside it.
    file: PathBuf,
}

/// Writes the files.
///
/// # Errors
/// When nothing is published, the shop does not answer, or a file cannot be written.
pub(crate) fn run(args: &ExportArgs) -> Result<()> {
    let client = args.shop.client()?;
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    let current = known.published(FORMAT);
    let current = current.with_context(|| format!("nothing is published in format {FORMAT}"))?;
    let published = Published::read(&client, current)?;
    let (manifest, segments) = (&published.manifest, &published.segments);
    let catalogue = catalogue(manifest, segments, |hash| client.blob(hash))?;
    let languages = further_languages(manifest, |hash| client.blob(hash))?;
    let stock = stock(&client, &catalogue)?;
    match args.form {
        Form::Shopify => write(
            &args.file,
            &catalogue,
            languages.as_deref().unwrap_or_default(),
            &stock,
        )?,
    }
    let folder = args.file.parent().unwrap_or(Path::new("."));
    let pictures = pictures(&client, &catalogue, folder)?;
    println!(
        "version {} is written to {}: {} products, {pictures} pictures of the shop's own",
        current.version,
        args.file.display(),
        catalogue.products.len(),
    );
    if languages.is_none() {
        println!(
            "  the version does not name the shop's languages, so no translations are written"
        );
    }
    if !catalogue.shared_skus.is_empty() {
        println!(
            "  {} SKUs share a stock: import the file with --shared-skus",
            catalogue.shared_skus.len()
        );
    }
    Ok(())
}

/// Units that can be ordered, by SKU.
fn stock(client: &StaffClient, catalogue: &Catalogue) -> Result<HashMap<String, i64>> {
    let variants = catalogue
        .products
        .iter()
        .flat_map(|product| &product.variants);
    let skus: Vec<String> = variants.map(|variant| variant.sku.clone()).collect();
    let mut stock = HashMap::with_capacity(skus.len());
    for skus in skus.chunks(OFFERS_PER_MESSAGE_MAX) {
        let skus = skus.to_vec();
        let report = client.post(staff::READ_STOCK, &StockQuery { skus })?;
        let accounts = report.accounts.into_iter();
        stock.extend(accounts.map(|account| (account.sku, account.available)));
    }
    Ok(stock)
}

fn write(
    file: &Path,
    catalogue: &Catalogue,
    languages: &[LanguageCode],
    stock: &HashMap<String, i64>,
) -> Result<()> {
    let export = Export {
        catalogue,
        languages,
        quantity: &|sku| stock.get(sku).map(|&units| units.max(0)),
        picture: &|media| format!("{PICTURES}/{}", own_name(media).unwrap_or_default()),
    };
    let folder = file.parent().unwrap_or(Path::new("."));
    ensure!(
        file.file_name()
            .is_some_and(|name| name != "collections.csv" && name != "redirects.csv"),
        "{} would be written over by a file beside it; name another one",
        file.display()
    );
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    create(file, |out| export.products(out))?;
    for &language in languages {
        create(&file.with_extension(format!("{language}.csv")), |out| {
            export.translations(language, out).map(drop)
        })?;
    }
    create(&folder.join("collections.csv"), |out| {
        export.collections(out)
    })?;
    create(&folder.join("redirects.csv"), |out| export.redirects(out))
}

fn create(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    let mut out = BufWriter::new(File::create(path).with_context(failed)?);
    write(&mut out)
        .and_then(|()| out.flush())
        .with_context(failed)
}

/// The name of the largest file of a picture that the shop serves itself.
fn own_name(media: &Media) -> Option<&str> {
    let largest = media.renditions.last()?;
    largest.url.strip_prefix("/media/")
}

/// Writes the pictures that the shop serves itself; how many there are.
fn pictures(client: &StaffClient, catalogue: &Catalogue, folder: &Path) -> Result<usize> {
    let of_products = catalogue.products.iter().flat_map(|product| &product.media);
    let of_collections = catalogue
        .collections
        .iter()
        .filter_map(|one| one.image.as_ref());
    let names: BTreeSet<&str> = of_products
        .chain(of_collections)
        .filter_map(own_name)
        .collect();
    if names.is_empty() {
        return Ok(0);
    }
    let folder = folder.join(PICTURES);
    fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    let names: Vec<&str> = names.into_iter().collect();
    parallel("Reading pictures", READS, &names, |name| {
        let path = folder.join(name);
        fs::write(&path, client.media(name)?).with_context(|| format!("{}", path.display()))
    })?;
    Ok(names.len())
}
