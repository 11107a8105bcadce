//! What an export is made of, and how its parts are written in every file.

use souk_catalogue::{Catalogue, Media, Text};
use souk_domain::LanguageCode;

use crate::pictures;

/// What is written.
pub struct Export<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The shop's further languages, in its order: the places of translations.
    pub languages: &'a [LanguageCode],
    /// Units of a variant by its SKU; none where they are not known.
    pub quantity: &'a dyn Fn(&str) -> Option<i64>,
    /// What a file calls a picture that the shop serves itself (`/media/…`).
    pub picture: &'a dyn Fn(&Media) -> String,
}

impl Export<'_> {
    /// The address of a picture in a file.
    pub(super) fn address(&self, media: &Media) -> String {
        let url = media.renditions.last().map_or("", |last| &last.url);
        match url.starts_with("https://") {
            true => pictures::address_of(media),
            false => (self.picture)(media),
        }
    }
}

/// A further language of the shop, and its place among the translations of a text.
#[derive(Clone, Copy)]
pub(super) struct Language {
    code: LanguageCode,
    place: usize,
}

impl Language {
    /// None where the shop does not speak it.
    pub(super) fn of(export: &Export<'_>, code: LanguageCode) -> Option<Self> {
        let place = export.languages.iter().position(|own| *own == code)?;
        Some(Self {
            code,
            place: place + 1,
        })
    }

    /// The code, as Shopify writes it: `zh` is Simplified Chinese.
    pub(super) fn locale(&self) -> &str {
        match self.code.as_str() {
            "zh" => "zh-CN",
            code => code,
        }
    }

    /// The translation of a text.
    pub(super) fn translated<'a>(&self, text: &'a Text) -> Option<&'a str> {
        text.translation(self.place)
    }
}
