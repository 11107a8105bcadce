//! The files beside the product CSV.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use souk_catalogue::{Collections, Product, Text};
use souk_domain::LanguageCode;

use super::source::{Export, Language};

/// The header of Shopify's translation export.
const TRANSLATIONS: [&str; 8] = [
    "Type",
    "Identification",
    "Field",
    "Locale",
    "Market",
    "Status",
    "Default content",
    "Translated content",
];

/// Rows of translations.
struct Texts<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
    language: Language,
    rows: usize,
    /// Texts of pictures that were written: the reader finds them by their content.
    seen: HashSet<String>,
}

impl Texts<'_> {
    fn add(&mut self, kind: &str, id: &str, field: &str, text: &Text) -> io::Result<()> {
        let Some(translation) = self.language.translated(text) else {
            return Ok(());
        };
        let locale = self.language.locale();
        let row = [kind, id, field, locale, "", "", &text.base, translation];
        self.writer.write_record(row)?;
        self.rows += 1;
        Ok(())
    }

    fn add_product(&mut self, product: &Product) -> io::Result<()> {
        let slug = product.slug.as_str();
        let texts = [
            ("title", &product.title),
            ("body_html", &product.description_html),
            ("meta_title", &product.seo.title),
            ("meta_description", &product.seo.description),
            ("product_type", &product.product_type),
        ];
        for (field, text) in texts {
            self.add("PRODUCT", slug, field, text)?;
        }
        for option in &product.options {
            self.add("PRODUCT_OPTION", slug, "name", &option.name)?;
        }
        let mut values = HashSet::new();
        let variants = product.variants.iter();
        for value in variants.flat_map(|variant| &variant.option_values) {
            if values.insert(value.base.as_str()) {
                self.add("PRODUCT_OPTION_VALUE", slug, "name", value)?;
            }
        }
        for media in &product.media {
            let is_translated = self.language.translated(&media.alt).is_some();
            if is_translated && self.seen.insert(media.alt.base.clone()) {
                self.add("MEDIA_IMAGE", "", "alt", &media.alt)?;
            }
        }
        Ok(())
    }
}

/// Writes the translations into a language; how many there are.
pub(super) fn translations(
    export: &Export<'_>,
    code: LanguageCode,
    to: &mut dyn Write,
) -> io::Result<usize> {
    let Some(language) = Language::of(export, code) else {
        return Ok(0);
    };
    let mut texts = Texts {
        language,
        writer: csv::Writer::from_writer(to),
        rows: 0,
        seen: HashSet::new(),
    };
    texts.writer.write_record(TRANSLATIONS)?;
    for collection in &export.catalogue.collections {
        let slug = collection.slug.as_str();
        texts.add("COLLECTION", slug, "title", &collection.title)?;
        texts.add("COLLECTION", slug, "body_html", &collection.description)?;
    }
    for product in &export.catalogue.products {
        texts.add_product(product)?;
    }
    texts.writer.flush()?;
    Ok(texts.rows)
}

/// Writes the list of collections, without that of all products, which is made by itself.
pub(super) fn collections(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(["Handle", "Title", "Description", "Sort", "Image"])?;
    let collections = export.catalogue.collections.iter();
    for collection in collections.filter(|collection| collection.slug != Collections::ALL) {
        let image = collection.image.as_ref().map(|image| export.address(image));
        writer.write_record([
            &collection.slug,
            &collection.title.base,
            &plain(&collection.description.base),
            "",
            &image.unwrap_or_default(),
        ])?;
    }
    writer.flush()
}

/// Plain text, so that it is not taken for HTML.
fn plain(text: &str) -> String {
    if !(text.contains('<') && ammonia::is_html(text)) {
        return text.to_owned();
    }
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<p>{text}</p>")
}

/// Writes the list of redirects.
pub(super) fn redirects(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(["Redirect from", "Redirect to"])?;
    for redirect in &export.catalogue.redirects {
        writer.write_record([&path(&redirect.from), &redirect.to])?;
    }
    writer.flush()
}

/// A decoded path as a file has it: what would end it or be decoded again is encoded.
fn path(decoded: &str) -> String {
    let mut path = String::with_capacity(decoded.len());
    for character in decoded.chars() {
        if matches!(character, '%' | '?' | '#' | '\\') || character.is_whitespace() {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                write!(path, "%{byte:02X}").expect("a string takes every text");
            }
        } else {
            path.push(character);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use souk_catalogue::path_key;

    use super::*;

    #[test]
    fn a_path_is_decoded_to_what_it_was() {
        for decoded in ["/pages/about", "/a b/100%", "/茶?x#y", "/%41", "/x\\y"] {
            assert_eq!(path_key(&path(decoded)).as_deref(), Some(decoded));
        }
    }
}
