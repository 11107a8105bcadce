//! A product export without a folder.
//!
//! Invariant: it becomes the files of a folder, so that there is one way to publish. What it does not
//! say stays as it is published, file by file; in an empty shop the settings of a plain shop are
//! written for it. What is published can be pulled as a folder either way.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use souk_catalogue::Text;
use souk_domain::{Currency, LanguageCode};
use souk_import::ImportOptions;
use souk_shop::{Language, Shop};
use souk_shop_folder::search::SEARCH_FILE;
use souk_shop_folder::{Files, Part, effective, settings, shop_toml};

use super::assemble::{Assembled, assemble};
use super::disk::{self, OnDisk};
use super::init::name_of;
use super::published::PublishedFolder;
use super::{OtherTerms, kept, or_report, print_outcome, report};
use crate::catalogue::load::language_of;
use crate::catalogue::publish;
use crate::catalogue::standing::Standing;
use crate::client::StaffClient;

/// The country of a shop that says nothing about itself; `souk init` begins with the same.
const COUNTRY: &str = "US";

/// An export.
#[derive(Args)]
pub(crate) struct ExportArgs {
    /// The product export. `FILE.LANGUAGE.csv` (translations), `collections.csv`, `redirects.csv`,
    /// `search.toml` and `pictures/` beside it are read too; where one is absent, what is published
    /// stays.
    file: PathBuf,
    /// ISO 4217 code of the prices, which the file does not name; without it that of what is
    /// published, and USD where nothing is.
    #[arg(long)]
    currency: Option<String>,
    /// Name of the shop, where nothing is published; that of the file's folder when not given.
    #[arg(long)]
    name: Option<String>,
    /// Code of the shop's language, where nothing is published.
    #[arg(long, default_value = "en")]
    language: String,
    /// Refuses the whole file when anything in it is wrong; else a product with a fault is left out,
    /// whole and with its reason.
    #[arg(long)]
    strict: bool,
    /// Variants of several products with the same SKU, price and backorder share one stock; else each
    /// has its own.
    #[arg(long)]
    shared_skus: bool,
    /// Units for variants whose file names no quantity.
    #[arg(long, default_value_t = 0)]
    stock: i64,
    /// Shopify's export of URL redirects, `Redirect from,Redirect to`; without it `redirects.csv`
    /// beside the export. It replaces the whole list: one without rows removes every redirect.
    #[arg(long)]
    redirects: Option<PathBuf>,
    /// The rules of the search; without it `search.toml` beside the export.
    #[arg(long, value_name = "FILE.toml")]
    search: Option<PathBuf>,
    #[command(flatten)]
    terms: OtherTerms,
}

/// An export, and what is done with it.
#[derive(Args)]
pub(crate) struct PublishExportArgs {
    #[command(flatten)]
    export: ExportArgs,
    /// Checks the file and shows how it differs from what is published; changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Ends with one line of JSON.
    #[arg(long, conflicts_with = "dry_run")]
    json: bool,
}

/// Says what is wrong in an export; needs no shop.
///
/// # Errors
/// With everything that is wrong.
pub(crate) fn check(args: &ExportArgs) -> Result<()> {
    let assembled = args.assemble(None, false)?;
    report(&assembled.warnings, false);
    assembled.print();
    Ok(())
}

/// Publishes an export.
///
/// # Errors
/// With everything that is wrong in it, or when the shop refuses.
pub(crate) fn publish(
    args: &PublishExportArgs,
    client: impl FnOnce() -> Result<StaffClient>,
) -> Result<()> {
    let all = |_: &str| true;
    let shop = client().and_then(|client| Ok((PublishedFolder::with_files(&client, all)?, client)));
    let (published, client) = match shop {
        Ok(shop) => shop,
        Err(error) => {
            // What is wrong with the file can be said without the shop.
            check(&args.export)?;
            return Err(error);
        }
    };
    let assembled = args.export.assemble(published, args.json)?;
    report(&assembled.warnings, args.json);
    if !args.json {
        assembled.print();
        if !assembled.kept.is_empty() {
            println!("{}", kept(&assembled.kept));
        }
    }
    let standing = Standing::read(&client)?;
    if args.dry_run {
        return publish::preview(&client, &assembled.loaded, &standing);
    }
    let outcome = publish::publish(&client, &assembled.loaded, &standing)?;
    print_outcome(&outcome, &assembled, args.json);
    Ok(())
}

impl ExportArgs {
    /// Reads the export with the files that are published.
    fn assemble(
        &self,
        published: Option<(Files, PublishedFolder)>,
        json: bool,
    ) -> Result<Assembled> {
        ensure!(self.stock >= 0, "--stock must not be negative");
        let folder = match self.file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let own = self.files(folder)?;
        let currency = self.currency.as_deref().map(str::to_ascii_uppercase);
        let currency = currency.as_deref().map(Currency::parse).transpose();
        let currency = currency.context("--currency")?;
        let (old, published) = published.unzip();
        let (files, kept) = match &old {
            Some(old) if old.contains_key(settings::SHOP_FILE) => {
                self.beside(own, old, currency)?
            }
            _ => (self.plain(own, folder, currency)?, Vec::new()),
        };
        let on_disk = OnDisk {
            files,
            others: Vec::new(),
            kept,
        };
        let options = ImportOptions {
            default_quantity: self.stock,
            strict: self.strict,
            shared_skus: self.shared_skus,
            ..ImportOptions::default()
        };
        let assembled = assemble(folder, on_disk, published.as_ref(), options);
        let mut assembled = or_report(assembled, json)?;
        self.file.clone_into(&mut assembled.source);
        Ok(assembled)
    }

    /// The files of the export under the names that they have in a folder.
    fn files(&self, folder: &Path) -> Result<Files> {
        let read = |path: &Path| {
            fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
        };
        let mut files = Files::from([("products.csv".to_owned(), read(&self.file)?)]);
        for (code, path) in companions(&self.file, folder)? {
            files.insert(format!("products.{code}.csv"), read(&path)?);
        }
        for name in ["collections.csv", "redirects.csv", SEARCH_FILE] {
            let path = folder.join(name);
            // The list of collections is not read as a companion of itself.
            if path.exists() && path != self.file {
                files.insert(name.to_owned(), read(&path)?);
            }
        }
        if let Some(path) = &self.redirects {
            files.insert("redirects.csv".to_owned(), read(path)?);
        }
        if let Some(path) = &self.search {
            files.insert(SEARCH_FILE.to_owned(), read(path)?);
        }
        self.terms.put_on(&mut files)?;
        if folder.join("pictures").is_dir() {
            files.append(&mut disk::pictures(folder)?);
        }
        Ok(files)
    }

    /// The same with what is published where the export says nothing.
    fn beside(
        &self,
        mut own: Files,
        published: &Files,
        currency: Option<Currency>,
    ) -> Result<(Files, Vec<Part>)> {
        let is_translation =
            |path: &String| path != "products.csv" && Part::of(path) == Some(Part::Products);
        if !own.keys().any(is_translation) {
            let translations = published.iter().filter(|(path, _)| is_translation(path));
            own.extend(translations.map(|(path, text)| (path.clone(), text.clone())));
        }
        let (mut files, kept) = effective(own, published);
        if let Some(currency) = currency
            && let Some(text) = files.get_mut(settings::SHOP_FILE)
        {
            let new = with_currency(std::str::from_utf8(text)?, currency.code());
            *text = new.into_bytes();
        }
        Ok((files, kept))
    }

    /// The same with the settings of a plain shop.
    fn plain(&self, own: Files, folder: &Path, currency: Option<Currency>) -> Result<Files> {
        let language = LanguageCode::parse(&self.language).context("--language")?;
        let name = self.name.clone().unwrap_or_else(|| name_of(folder));
        let further = own.keys().filter_map(|path| {
            let code = path.strip_prefix("products.")?.strip_suffix(".csv")?;
            (code != language.as_str()).then(|| code.to_owned())
        });
        let codes = std::iter::once(language.as_str().to_owned()).chain(further);
        let languages = codes.map(|code| Language {
            code,
            ..Language::default()
        });
        let mut shop = Shop {
            name: Text::new(name),
            languages: languages.collect(),
            country: COUNTRY.to_owned(),
            time_zone: "Etc/UTC".to_owned(),
            ..Shop::plain()
        };
        // Cards are taken where the shop has a payment provider.
        shop.payment.offered.insert(0, "card".to_owned());
        let currency = currency.unwrap_or(Currency::USD);
        let text = shop_toml(&shop, currency.code(), &|_| String::new());
        let mut files = own;
        files.insert(settings::SHOP_FILE.to_owned(), text.into_bytes());
        Ok(files)
    }
}

/// The settings with another currency.
fn with_currency(text: &str, code: &str) -> String {
    let mut is_top = true;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        is_top &= !line.trim_start().starts_with('[');
        let key = line.split('=').next().unwrap_or_default().trim();
        match is_top && key == "currency" {
            true => lines.push(format!("currency = \"{code}\"")),
            false => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// The translations beside an export, `FILE.LANGUAGE.csv`, with their languages.
pub(crate) fn companions(file: &Path, folder: &Path) -> Result<Vec<(LanguageCode, PathBuf)>> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    let entries = folder.read_dir();
    for entry in entries.with_context(|| format!("{} cannot be read", folder.display()))? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let tag = name
            .strip_prefix(&*stem)
            .and_then(|rest| rest.strip_prefix('.'));
        let tag = tag.and_then(|rest| rest.strip_suffix(".csv"));
        if let Some(Ok(code)) = tag.map(language_of) {
            found.push((code, folder.join(&*name)));
        }
    }
    found.sort_by_key(|(code, _)| *code);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_currency_changes_the_setting_and_nothing_else() {
        let text =
            "name = \"currency\"\ncurrency = \"EUR\" # of every price\n\n[payment]\ncurrency = 1\n";
        let expected = "name = \"currency\"\ncurrency = \"CHF\"\n\n[payment]\ncurrency = 1\n";
        assert_eq!(with_currency(text, "CHF"), expected);
    }
}
