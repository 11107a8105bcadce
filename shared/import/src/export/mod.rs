//! A catalogue as files of Shopify: what [`import`](crate::import()) reads gives it again.
//!
//! Owns the product CSV in its classic columns and the files beside it: translations, collections,
//! redirects. Texts are as they are in the catalogue, so HTML is the safe one.
//!
//! Not here: where the catalogue and its stock come from, and picture files (the caller's).

mod beside;
mod products;
mod source;

use std::io::{self, Write};

pub use source::Export;

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
}
