//! A product as the shop shows it. Shapes follow Shopify's product model.

use minicbor::{Decode, Encode};
use serde::Serialize;
use souk_domain::Locale;

use crate::{Selling, Text, blob::list};

/// A product with its variants, the first of which is shown first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Product {
    /// The product's name in addresses; unique in the catalogue.
    #[n(0)]
    pub slug: String,
    /// Name.
    #[n(1)]
    pub title: Text,
    /// Sanitised HTML; empty on listing cards.
    #[n(2)]
    pub description_html: Text,
    /// Maker.
    #[n(3)]
    pub vendor: String,
    /// Kind of product, as the merchant names it.
    #[n(4)]
    pub product_type: Text,
    /// Free labels.
    #[cbor(n(5), with = "list")]
    pub tags: Vec<String>,
    /// Slugs of the collections that hold it.
    #[cbor(n(6), with = "list")]
    pub collections: Vec<String>,
    /// Up to three; a product with one variant and no choice has none.
    #[cbor(n(7), with = "list")]
    pub options: Vec<OptionName>,
    /// At least one.
    #[cbor(n(8), with = "list")]
    pub variants: Vec<Variant>,
    /// Pictures, the first of which stands for the product; only that one on listing cards.
    #[cbor(n(9), with = "list")]
    pub media: Vec<Media>,
    /// What search engines show; empty on listing cards.
    #[n(10)]
    pub seo: Seo,
    /// When any of this last changed, in milliseconds since 1970; 0 before it is published.
    #[n(11)]
    pub modified_at_ms: i64,
    /// When it was first published, in milliseconds since 1970.
    #[n(12)]
    pub published_at_ms: Option<i64>,
}

/// What the buyer chooses, such as a colour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct OptionName {
    /// Name of the choice.
    #[n(0)]
    pub name: Text,
}

/// What is counted and sold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Variant {
    /// What stock, carts and orders know it by; unique in the catalogue but for what shares a stock
    /// ([`crate::Catalogue::shared_skus`]).
    #[n(0)]
    pub sku: String,
    /// One value for each option of the product, in their order.
    #[cbor(n(1), with = "list")]
    pub option_values: Vec<Text>,
    /// Price of one unit in minor units of the shop's currency.
    #[n(2)]
    pub price_minor: i64,
    /// The price it is compared with (struck through), in minor units; above `price_minor`.
    #[n(3)]
    pub compare_at_minor: Option<i64>,
    /// Weight of one unit in grams.
    #[n(4)]
    pub weight_g: u32,
    /// Index into the product's media.
    #[n(5)]
    pub media: Option<u16>,
    /// Whether orders may exceed the stock ("continue selling when out of stock").
    #[n(6)]
    pub backorder: bool,
    /// What is printed on it and scanned, often a GTIN; as the merchant wrote it.
    #[n(7)]
    pub barcode: Option<String>,
    /// The SKU that the merchant wrote, where several variants have it and `sku` tells them apart.
    #[n(8)]
    pub merchant_sku: Option<String>,
    /// What the shop's terms say about it; absent where they say nothing, and it is sold at
    /// `price_minor` in the first market only.
    #[n(9)]
    #[serde(skip)]
    pub selling: Option<Box<Selling>>,
    /// The prior price of the reduction to `price_minor`, in minor units: the lowest of the 30 days
    /// before it began.
    #[n(10)]
    pub prior_minor: Option<i64>,
}

impl Variant {
    /// The SKU that people read.
    pub fn shown_sku(&self) -> &str {
        self.merchant_sku.as_deref().unwrap_or(&self.sku)
    }
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Media {
    /// What it shows, for those who do not see it.
    #[n(0)]
    pub alt: Text,
    /// Width of the largest rendition, in CSS pixels.
    #[n(1)]
    pub width: u32,
    /// Height of the largest rendition, in CSS pixels.
    #[n(2)]
    pub height: u32,
    /// At least one, narrowest first; a vector picture has one.
    #[cbor(n(3), with = "list")]
    pub renditions: Vec<MediaRendition>,
    /// Address of a PNG for link previews, where no rendition will do (a vector picture).
    #[n(4)]
    pub preview: Option<String>,
}

impl Media {
    /// Every address of the picture.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        let renditions = self.renditions.iter().map(|rendition| &rendition.url);
        renditions.chain(&self.preview).map(String::as_str)
    }
}

/// One file of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct MediaRendition {
    /// Width in pixels.
    #[n(0)]
    pub width: u32,
    /// Absolute (`https://…`), or `/media/NAME` where the shop serves it itself.
    #[n(1)]
    pub url: String,
}

/// What search engines show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Seo {
    /// Empty: the title of the product.
    #[n(0)]
    pub title: Text,
    /// Empty: the beginning of the description.
    #[n(1)]
    pub description: Text,
}

impl Product {
    /// The lowest and the highest price of a variant, in minor units.
    pub fn price_range_minor(&self) -> (i64, i64) {
        let prices = || self.variants.iter().map(|variant| variant.price_minor);
        (prices().min().unwrap_or(0), prices().max().unwrap_or(0))
    }

    /// What a listing keeps of the product: no description, no SEO texts, the first picture.
    pub fn card(&self) -> Product {
        Product {
            description_html: Text::default(),
            seo: Seo::default(),
            media: self.media.iter().take(1).cloned().collect(),
            variants: self
                .variants
                .iter()
                .map(|variant| Variant {
                    media: None,
                    ..variant.clone()
                })
                .collect(),
            ..self.clone()
        }
    }

    /// The values of a variant's options, joined for a line of text; empty without options.
    pub fn variant_title(&self, variant: &Variant, locale: Locale) -> String {
        let values: Vec<_> = variant
            .option_values
            .iter()
            .map(|text| text.get(locale))
            .collect();
        values.join(" / ")
    }
}
