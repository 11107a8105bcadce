//! The product of the catalogue once more, for encodings that the catalogue does not use.

use prost::Message;
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(super) struct Text {
    #[prost(string, tag = "1")]
    base: String,
    #[prost(string, optional, tag = "2")]
    zh: Option<String>,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(super) struct OptionName {
    #[prost(message, required, tag = "1")]
    name: Text,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(super) struct Variant {
    #[prost(string, tag = "1")]
    sku: String,
    #[prost(message, repeated, tag = "2")]
    option_values: Vec<Text>,
    #[prost(int64, tag = "3")]
    price_minor: i64,
    #[prost(int64, optional, tag = "4")]
    compare_at_minor: Option<i64>,
    #[prost(uint32, tag = "5")]
    weight_g: u32,
    #[prost(uint32, optional, tag = "6")]
    media: Option<u32>,
    #[prost(bool, tag = "7")]
    backorder: bool,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(super) struct Rendition {
    #[prost(uint32, tag = "1")]
    width: u32,
    #[prost(string, tag = "2")]
    url: String,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(super) struct Media {
    #[prost(message, required, tag = "1")]
    alt: Text,
    #[prost(uint32, tag = "2")]
    width: u32,
    #[prost(uint32, tag = "3")]
    height: u32,
    #[prost(message, repeated, tag = "4")]
    renditions: Vec<Rendition>,
    #[prost(string, optional, tag = "5")]
    preview: Option<String>,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(super) struct Seo {
    #[prost(message, required, tag = "1")]
    title: Text,
    #[prost(message, required, tag = "2")]
    description: Text,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(super) struct Product {
    #[prost(string, tag = "1")]
    pub(super) slug: String,
    #[prost(message, required, tag = "2")]
    title: Text,
    #[prost(message, required, tag = "3")]
    description_html: Text,
    #[prost(string, tag = "4")]
    vendor: String,
    #[prost(message, required, tag = "5")]
    product_type: Text,
    #[prost(string, repeated, tag = "6")]
    tags: Vec<String>,
    #[prost(string, repeated, tag = "7")]
    collections: Vec<String>,
    #[prost(message, repeated, tag = "8")]
    options: Vec<OptionName>,
    #[prost(message, repeated, tag = "9")]
    variants: Vec<Variant>,
    #[prost(message, repeated, tag = "10")]
    media: Vec<Media>,
    #[prost(message, required, tag = "11")]
    seo: Seo,
    #[prost(int64, tag = "12")]
    modified_at_ms: i64,
}

impl From<&souk_catalogue::Text> for Text {
    fn from(text: &souk_catalogue::Text) -> Self {
        Self {
            base: text.base.clone(),
            zh: text.translation(1).map(str::to_owned),
        }
    }
}

impl From<&souk_catalogue::Variant> for Variant {
    fn from(variant: &souk_catalogue::Variant) -> Self {
        Self {
            sku: variant.sku.clone(),
            option_values: variant.option_values.iter().map(Text::from).collect(),
            price_minor: variant.price_minor,
            compare_at_minor: variant.compare_at_minor,
            weight_g: variant.weight_g,
            media: variant.media.map(u32::from),
            backorder: variant.backorder,
        }
    }
}

impl From<&souk_catalogue::Media> for Media {
    fn from(media: &souk_catalogue::Media) -> Self {
        let renditions = media.renditions.iter();
        let renditions = renditions.map(|rendition| Rendition {
            width: rendition.width,
            url: rendition.url.clone(),
        });
        Self {
            alt: (&media.alt).into(),
            width: media.width,
            height: media.height,
            renditions: renditions.collect(),
            preview: media.preview.clone(),
        }
    }
}

impl From<&souk_catalogue::Product> for Product {
    fn from(product: &souk_catalogue::Product) -> Self {
        let options = product.options.iter();
        let options = options.map(|option| OptionName {
            name: (&option.name).into(),
        });
        Self {
            slug: product.slug.clone(),
            title: (&product.title).into(),
            description_html: (&product.description_html).into(),
            vendor: product.vendor.clone(),
            product_type: (&product.product_type).into(),
            tags: product.tags.clone(),
            collections: product.collections.clone(),
            options: options.collect(),
            variants: product.variants.iter().map(Variant::from).collect(),
            media: product.media.iter().map(Media::from).collect(),
            seo: Seo {
                title: (&product.seo.title).into(),
                description: (&product.seo.description).into(),
            },
            modified_at_ms: product.modified_at_ms,
        }
    }
}
