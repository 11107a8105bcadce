//! Files of a shop as they are exported elsewhere, read into a [`Catalogue`] and its stock.
//!
//! Owns: product files of Shopify in both of its dialects, of WooCommerce, Medusa, Vendure and
//! Google Merchant Center; Shopify's translation export, a list of collections, addresses that
//! moved; what all of them mean here, and how a catalogue is written as such files ([`Export`]).
//! [`import`] reads the files as streams, row by row: it holds the catalogue that it makes and one
//! product, never a file. Only rows that may stand in any order (WooCommerce, Google) are kept,
//! packed, until their file ends.
//!
//! Invariants:
//! - All or nothing: an import with an error gives no catalogue, but every error it found
//!   ([`ImportErrors`]), each with its file, line, column, value and reason.
//! - What comes out can be built: slugs and SKUs are well formed and unique, every product has a
//!   variant, every variant has a price, HTML is made safe, pictures are `https:` or the shop's.
//! - The same files give the same catalogue, and [`limits`] has every bound.
//! - No file system, clock, network or randomness: pictures that are files are the caller's
//!   ([`Pictures`]).
//!
//! # What the rows mean
//!
//! - Rows of one product stand together. A handle that comes back after another product is an
//!   error: the file was sorted or glued together, and which rows count would be a guess.
//! - A row is a variant when it is its product's first, or has an option value, a SKU or a price.
//!   Any other row may bring a picture.
//! - Imported are products that are active and published. Drafts, archived, unlisted and
//!   unpublished products and gift cards are counted in [`Skipped`]; their other cells may be
//!   wrong. An empty status means active and an empty `Published` means published, as in Shopify.
//! - A variant without a SKU gets `handle` or `handle:value:value` ([`Report::derived_skus`]).
//! - A variant whose `Variant Inventory Tracker` is empty is not counted by its merchant and can
//!   always be sold: it is imported with `backorder`. Files without that column are counted.
//! - A quantity below zero is oversold stock: 0, with a warning. An empty quantity is
//!   [`ImportOptions::default_quantity`].
//! - Prices are decimals with a point and without separators (`1299.00`, not `1,299.00`, which
//!   half of the world reads differently). Zeros may follow the currency's own digits.
//! - A weight is the grams that the file says; the unit beside it is for display. Only where
//!   there are no grams, `Variant Weight` counts, in the unit beside it.
//! - Collections come from the column `Collection` (several are separated by `;`), else from the
//!   type, else from the last part of the product category.
//! - Columns of Shopify without a meaning here (markets, Google Shopping, metafields, taxes) are
//!   listed once in [`Report::ignored_columns`], others in [`Report::unknown_columns`].
//!
//! Not here: how products become blobs (`souk-catalogue`), how stock becomes a ledger
//! (`souk-order-store`), files and uploads (the tool that calls this).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod collections;
mod columns;
mod context;
mod dialects;
mod draft;
mod export;
mod import;
pub mod limits;
mod meanings;
mod numbers;
mod pictures;
mod product;
mod redirects;
mod report;
mod rows;
mod sku;
mod table;
mod text;
mod translations;
mod variant;

use std::io::Read;

use souk_catalogue::Catalogue;
use souk_domain::{Currency, Sku, Slug};

pub use export::Export;
pub use import::import;
pub use pictures::{NoPictures, PictureError, Pictures};
pub use report::{
    Dialect, ImportError, ImportErrors, Meaning, Note, Place, Reason, Report, Skipped, Source,
    Warning,
};

/// The files of an import. Each is read once, from its start to its end.
pub struct Files<'a> {
    /// The product file, in any [`Dialect`].
    pub products: &'a mut dyn Read,
    /// Shopify's translation export; rows of other languages than Simplified Chinese are passed
    /// over.
    pub translations: Option<&'a mut dyn Read>,
    /// Collections with the columns `Handle,Title,Description,Sort,Image`.
    pub collections: Option<&'a mut dyn Read>,
    /// Shopify's export of URL redirects: `Redirect from,Redirect to`.
    pub redirects: Option<&'a mut dyn Read>,
}

impl<'a> Files<'a> {
    /// An import of products alone.
    pub fn products(products: &'a mut dyn Read) -> Self {
        Self {
            products,
            translations: None,
            collections: None,
            redirects: None,
        }
    }
}

/// What the files do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    /// The currency of every price. Most files do not name it; a price in another one is an error.
    pub currency: Currency,
    /// Units of a variant whose file names no quantity. Exports of shops with several locations
    /// leave that column out.
    pub default_quantity: i64,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            currency: Currency::USD,
            default_quantity: 0,
        }
    }
}

/// What an import gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Ready for [`souk_catalogue::build`].
    pub catalogue: Catalogue,
    /// One line for each variant, in the order of the catalogue.
    pub stock: Vec<StockLine>,
    /// What was read, left out and changed.
    pub report: Report,
}

/// The stock of one variant, as the file counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockLine {
    /// The variant.
    pub sku: Sku,
    /// Its product.
    pub slug: Slug,
    /// Units that can be sold; never negative.
    pub quantity: i64,
    /// Whether units may be sold that are not there, as in the catalogue.
    pub backorder: bool,
    /// The line of the product file, for messages.
    pub line: u64,
}
