//! A catalogue as files of Shopify: what [`import`](crate::import()) reads gives it again.
//!
//! Owns the product CSV in its classic columns and the files beside it: translations in each
//! further language of the shop, collections, redirects. Texts are as they are in the catalogue, so HTML is the safe one.
//!
//! Not here: where the catalogue and its stock come from, and picture files (the caller's).

mod beside;
mod products;
mod source;

use std::io::{self, Write};

use souk_domain::LanguageCode;

pub use source::Export;

impl Export<'_> {
    /// Writes the product CSV.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn products(&self, to: &mut dyn Write) -> io::Result<()> {
        products::write(self, to)
    }

    /// Writes the translations into a further language of the shop. How many there are; none into a
    /// language that it does not speak.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn translations(&self, language: LanguageCode, to: &mut dyn Write) -> io::Result<usize> {
        beside::translations(self, language, to)
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
}
