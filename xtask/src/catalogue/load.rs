//! Reads a catalogue and its pictures from files.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use souk_catalogue::{Catalogue, Hash, Media, MediaRendition, Text};
use souk_domain::Currency;
use souk_import::{Files, ImportOptions, PictureError, Report, StockLine};
use souk_protocol::keys;

use crate::paths;

/// Largest picture file: phones wait for it.
const PICTURE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Where a catalogue comes from.
pub(crate) struct Source {
    products: PathBuf,
    options: ImportOptions,
}

/// A catalogue, its stock and its picture files.
pub(crate) struct Loaded {
    pub(crate) catalogue: Catalogue,
    pub(crate) stock: HashMap<String, StockLine>,
    /// Path of each picture file by its media name.
    pub(crate) media: BTreeMap<String, PathBuf>,
    report: Report,
    products: PathBuf,
}

impl Source {
    /// The file, or the demo catalogue.
    ///
    /// # Errors
    /// When the currency is not one or the number of units is negative.
    pub(crate) fn new(file: Option<PathBuf>, currency: &str, stock: i64) -> Result<Self> {
        let currency = Currency::parse(currency).context("--currency")?;
        if stock < 0 {
            return Err(anyhow!("--stock must not be negative"));
        }
        let products = match file {
            Some(file) => file,
            None => paths::repo_root()?.join("xtask/demo/catalogue.csv"),
        };
        Ok(Self {
            products,
            options: ImportOptions {
                currency,
                default_quantity: stock,
            },
        })
    }
}

/// Reads the files.
///
/// # Errors
/// When a file cannot be read, or with every line that is wrong.
pub(crate) fn load(source: &Source) -> Result<Loaded> {
    let folder = source.products.parent().unwrap_or(Path::new("."));
    let mut products = open(&source.products)?;
    let translations = source.products.with_extension("zh-CN.csv");
    let mut translations = open_optional(&translations)?;
    let collections = folder.join("collections.csv");
    // The list of collections must not be taken for a companion of itself.
    let mut collections = if collections == source.products {
        None
    } else {
        open_optional(&collections)?
    };
    let mut media = BTreeMap::new();
    let mut pictures = |path: &str| {
        let (name, resolved) = picture(&folder.join(path)).map_err(PictureError)?;
        media.insert(name, folder.join(path));
        Ok(resolved)
    };
    let files = Files {
        products: &mut products,
        translations: translations.as_mut().map(|file| file as &mut dyn Read),
        collections: collections.as_mut().map(|file| file as &mut dyn Read),
    };
    let imported = souk_import::import(files, source.options, &mut pictures).map_err(|errors| {
        anyhow!(
            "{}: nothing was imported.\n{errors}",
            source.products.display()
        )
    })?;
    let stock = imported
        .stock
        .into_iter()
        .map(|line| (line.sku.to_string(), line))
        .collect();
    Ok(Loaded {
        catalogue: imported.catalogue,
        stock,
        media,
        report: imported.report,
        products: source.products.clone(),
    })
}

impl Loaded {
    /// Tells what was read.
    pub(crate) fn print_report(&self) {
        let report = &self.report;
        println!(
            "{}: {} products with {} variants in {} collections",
            self.products.display(),
            self.catalogue.products.len(),
            self.stock.len(),
            self.catalogue.collections.len(),
        );
        if report.skipped.total() > 0 {
            println!(
                "  {} products are not published in the file",
                report.skipped.total()
            );
        }
        for warning in &report.warnings {
            println!("  warning: {warning}");
        }
        if !report.unknown_columns.is_empty() {
            println!(
                "  columns without a meaning here: {}",
                report.unknown_columns.join(", ")
            );
        }
    }
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(BufReader::new(file))
}

fn open_optional(path: &Path) -> Result<Option<BufReader<File>>> {
    if path.exists() {
        open(path).map(Some)
    } else {
        Ok(None)
    }
}

/// Measures a picture file; its media name and what a page needs to know.
fn picture(path: &Path) -> Result<(String, Media), String> {
    let shown = path.display();
    let file = fs::read(path).map_err(|error| format!("{shown}: {error}"))?;
    if file.len() > PICTURE_BYTES_MAX {
        return Err(format!(
            "{shown} is larger than {} MiB",
            PICTURE_BYTES_MAX >> 20
        ));
    }
    let (extension, width, height) = measure(path, &file)
        .ok_or_else(|| format!("{shown} is no SVG, PNG, JPEG, WebP, AVIF or GIF with a size"))?;
    let name = format!("{}.{extension}", Hash::of(&file));
    let rendition = MediaRendition {
        width,
        url: keys::media_path(&name),
    };
    let media = Media {
        alt: Text::default(),
        width,
        height,
        renditions: vec![rendition],
    };
    Ok((name, media))
}

fn measure(path: &Path, file: &[u8]) -> Option<(&'static str, u32, u32)> {
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("svg"))
    {
        let (width, height) = svg_size(std::str::from_utf8(file).ok()?)?;
        return Some(("svg", width, height));
    }
    let extension = match imagesize::image_type(file).ok()? {
        imagesize::ImageType::Png => "png",
        imagesize::ImageType::Jpeg => "jpg",
        imagesize::ImageType::Webp => "webp",
        imagesize::ImageType::Gif => "gif",
        imagesize::ImageType::Heif(_) => "avif",
        _ => return None,
    };
    let size = imagesize::blob_size(file).ok()?;
    Some((
        extension,
        u32::try_from(size.width).ok()?,
        u32::try_from(size.height).ok()?,
    ))
}

/// Width and height of an SVG: its attributes, else its view box. Refuses one with scripts.
fn svg_size(text: &str) -> Option<(u32, u32)> {
    let head = &text[text.find("<svg")?..];
    let head = &head[..head.find('>')?];
    let lower = text.to_ascii_lowercase();
    if lower.contains("<script")
        || lower.contains("javascript:")
        || lower.contains("<foreignobject")
    {
        return None;
    }
    let attribute = |name: &str| {
        let start = head.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(&head[start..start + head[start..].find('"')?])
    };
    let pixels = |text: &str| {
        let number: f64 = text.trim_end_matches("px").parse().ok()?;
        (1.0..=20_000.0)
            .contains(&number)
            .then_some(number.round() as u32)
    };
    if let (Some(width), Some(height)) = (attribute("width"), attribute("height")) {
        return Some((pixels(width)?, pixels(height)?));
    }
    let mut numbers = attribute("viewBox")?
        .split([' ', ','])
        .filter(|part| !part.is_empty());
    Some((pixels(numbers.nth(2)?)?, pixels(numbers.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_svg_is_measured_by_its_attributes_or_its_view_box() {
        let cases = [
            ("<svg width=\"10\" height=\"20px\">", Some((10, 20))),
            ("<?xml?><svg viewBox=\"0 0 30 40\"/>", Some((30, 40))),
            ("<svg viewBox=\"0,0,30,40\">", Some((30, 40))),
            ("<svg>", None),
            ("<svg width=\"10\" height=\"20\"><script>", None),
            ("no picture", None),
        ];
        for (text, size) in cases {
            assert_eq!(svg_size(text), size, "{text}");
        }
    }
}
