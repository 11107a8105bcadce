//! A catalogue as files of Shopify: what [`import`](crate::import()) reads gives it again.
//!
//! Owns the product CSV in its classic columns and the files beside it: translations, collections,
//! redirects. Texts are as they are in the catalogue, so HTML is the safe one.
//!
//! Not here: where the catalogue and its stock come from, and picture files (the caller's).

mod beside;
mod products;

use std::io::{self, Write};

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
    /// Writes the product CSV.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn products(&self, to: &mut dyn Write) -> io::Result<()> {
        products::write(self, to)
    }

    /// Writes the translations in every language. How many there are.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn translations(&self, to: &mut dyn Write) -> io::Result<usize> {
        beside::translations(self, to)
    }

    /// Writes the list of collections.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn collections(&self, to: &mut dyn Write) -> io::Result<()> {
        beside::collections(self, to)
    }

    /// Writes the list of redirects.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn redirects(&self, to: &mut dyn Write) -> io::Result<()> {
        beside::redirects(self, to)
    }

    /// The address of a picture in a file.
    fn address(&self, media: &Media) -> String {
        let url = media.renditions.last().map_or("", |last| &last.url);
        match url.starts_with("https://") {
            true => pictures::address_of(media),
            false => (self.picture)(media),
        }
    }
}

/// The translations of a text by language.
fn translated(text: &Text) -> impl Iterator<Item = (&'static str, &str)> {
    text.zh.as_deref().map(|zh| ("zh-CN", zh)).into_iter()
}
