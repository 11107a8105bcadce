//! What an export is made of, and how its parts are written in every file.

use souk_catalogue::{Catalogue, Media, Text};

use crate::pictures;

/// What is written.
pub struct Export<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
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

/// The translations of a text by language.
pub(super) fn translated(text: &Text) -> impl Iterator<Item = (&'static str, &str)> {
    text.zh.as_deref().map(|zh| ("zh-CN", zh)).into_iter()
}
