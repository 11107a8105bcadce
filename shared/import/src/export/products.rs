//! The product CSV: a row for each variant, with a picture in each as long as there are any.

use std::collections::HashMap;
use std::io::{self, Write};

use souk_catalogue::{Collections, Media, Product, Variant};
use souk_domain::{Currency, Money, Slug};

use super::source::Export;
use crate::columns::{COUNT, Column};

/// The columns that are written, in Shopify's order.
const WRITTEN: [Column; 31] = [
    Column::Handle,
    Column::Title,
    Column::Body,
    Column::Vendor,
    Column::Type,
    Column::Tags,
    Column::Published,
    Column::Option1Name,
    Column::Option1Value,
    Column::Option2Name,
    Column::Option2Value,
    Column::Option3Name,
    Column::Option3Value,
    Column::Sku,
    Column::Grams,
    Column::Tracker,
    Column::Quantity,
    Column::Policy,
    Column::Price,
    Column::CompareAt,
    Column::Barcode,
    Column::ImageSrc,
    Column::ImagePosition,
    Column::ImageAlt,
    Column::GiftCard,
    Column::SeoTitle,
    Column::SeoDescription,
    Column::VariantImage,
    Column::WeightUnit,
    Column::Collection,
    Column::Status,
];

/// A row by column.
struct Cells([String; COUNT]);

impl Cells {
    fn new(handle: &str) -> Self {
        let mut cells = Self([const { String::new() }; COUNT]);
        cells.set(Column::Handle, handle);
        cells
    }

    fn set(&mut self, column: Column, text: impl Into<String>) {
        self.0[column as usize] = text.into();
    }
}

/// Writes the file.
pub(super) fn write(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(WRITTEN.map(Column::classic_name))?;
    let names = Names::of(export);
    let currency = Currency::parse(&export.catalogue.currency).unwrap_or(Currency::USD);
    for product in &export.catalogue.products {
        let rows = product.variants.len().max(product.media.len());
        for number in 0..rows {
            let mut cells = Cells::new(&product.slug);
            if number == 0 {
                describe(product, &names, &mut cells);
            }
            if let Some(variant) = product.variants.get(number) {
                offer(export, product, variant, currency, &mut cells);
            }
            if let Some(media) = product.media.get(number) {
                picture(export, media, number, &mut cells);
            }
            writer.write_record(WRITTEN.map(|column| &cells.0[column as usize]))?;
        }
    }
    writer.flush()
}

fn describe(product: &Product, names: &Names<'_>, cells: &mut Cells) {
    cells.set(Column::Title, &product.title.base);
    cells.set(Column::Body, &product.description_html.base);
    cells.set(Column::Vendor, &product.vendor);
    cells.set(Column::Type, &product.product_type.base);
    cells.set(Column::Tags, product.tags.join(", "));
    cells.set(Column::Published, "true");
    cells.set(Column::Status, "active");
    cells.set(Column::GiftCard, "false");
    cells.set(Column::SeoTitle, &product.seo.title.base);
    cells.set(Column::SeoDescription, &product.seo.description.base);
    cells.set(Column::Collection, names.of_product(product));
    for (column, option) in Column::OPTION_NAMES.into_iter().zip(&product.options) {
        cells.set(column, &option.name.base);
    }
    if product.options.is_empty() {
        cells.set(Column::Option1Name, "Title");
    }
}

fn offer(
    export: &Export<'_>,
    product: &Product,
    variant: &Variant,
    currency: Currency,
    cells: &mut Cells,
) {
    for (column, value) in Column::OPTION_VALUES
        .into_iter()
        .zip(&variant.option_values)
    {
        cells.set(column, &value.base);
    }
    if product.options.is_empty() {
        cells.set(Column::Option1Value, "Default Title");
    }
    let decimal = |minor| Money::new(minor, currency).decimal();
    // What the merchant wrote; what tells variants with one SKU apart is made anew of it.
    cells.set(Column::Sku, variant.shown_sku());
    cells.set(Column::Barcode, variant.barcode.clone().unwrap_or_default());
    cells.set(Column::Grams, variant.weight_g.to_string());
    cells.set(Column::WeightUnit, "g");
    cells.set(Column::Tracker, "shopify");
    let quantity = (export.quantity)(&variant.sku);
    cells.set(
        Column::Quantity,
        quantity.map_or_else(String::new, |units| units.to_string()),
    );
    let policy = if variant.backorder {
        "continue"
    } else {
        "deny"
    };
    cells.set(Column::Policy, policy);
    cells.set(Column::Price, decimal(variant.price_minor));
    let compare_at = variant.compare_at_minor.map(decimal);
    cells.set(Column::CompareAt, compare_at.unwrap_or_default());
    let media = variant
        .media
        .and_then(|place| product.media.get(usize::from(place)));
    let media = media.map(|media| export.address(media));
    cells.set(Column::VariantImage, media.unwrap_or_default());
}

fn picture(export: &Export<'_>, media: &Media, number: usize, cells: &mut Cells) {
    cells.set(Column::ImageSrc, export.address(media));
    cells.set(Column::ImagePosition, (number + 1).to_string());
    cells.set(Column::ImageAlt, &media.alt.base);
}

/// What a product calls its collections, so that the reader finds the same ones.
struct Names<'a> {
    by_slug: HashMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn of(export: &'a Export<'_>) -> Self {
        let collections = &export.catalogue.collections;
        let mut owners: HashMap<String, usize> = HashMap::new();
        for collection in collections {
            let slug = collection.slug.to_lowercase();
            let title = collection.title.base.to_lowercase();
            *owners.entry(slug.clone()).or_default() += 1;
            if title != slug {
                *owners.entry(title).or_default() += 1;
            }
        }
        // A title is only written where it names one collection, and would make the same slug
        // without the list of collections.
        let by_slug = collections.iter().map(|collection| {
            let (slug, title) = (collection.slug.as_str(), collection.title.base.as_str());
            let made = Slug::from_text(title).is_some_and(|made| made.as_str() == slug);
            let alone = owners[&title.to_lowercase()] == 1;
            let plain = made && alone && !title.contains(';');
            (slug, if plain { title } else { slug })
        });
        Self {
            by_slug: by_slug.collect(),
        }
    }

    fn of_product(&self, product: &Product) -> String {
        let known = |slug: &String| self.by_slug.get(slug.as_str()).copied();
        let names = product.collections.iter();
        let names: Vec<&str> = names.map(|slug| known(slug).unwrap_or(slug)).collect();
        let has_type = !product.product_type.is_empty();
        match names.is_empty() && has_type {
            // Else the reader would make a collection of the type.
            true => Collections::ALL.to_owned(),
            false => names.join("; "),
        }
    }
}
