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
//! - A fault of a product keeps the whole product out, never half of it, and nothing else; so it is
//!   with collections, translations and redirects. Each fault is in [`Report::faults`], with its
//!   file, line, column, value and reason. A broken file, a file of which no product remains, and
//!   any fault of a strict import give no catalogue but every fault that was found
//!   ([`ImportErrors`]).
//! - What comes out can be built: slugs and SKUs are well formed and unique, every product has a
//!   variant, every variant has a price, HTML is made safe, pictures are `https:` or the shop's.
//! - The same files give the same catalogue, and [`limits`] has every bound.
//! - No file system, clock, network or randomness: pictures that are files are the caller's
//!   ([`Pictures`]).
//!
//! # What the rows mean
//!
//! - Rows of one product stand together. Rows that come back to a handle after another product are
//!   left out; where they go on with the product, which then is not whole, it is left out too.
//! - Handles are compared without case and in composed form. What an address cannot hold is rewritten
//!   as Shopify would, with a warning.
//! - A row is a variant when it is its product's first, or has an option value, a SKU or a price.
//!   Any other row may bring a picture.
//! - Imported are products that are active and published. Drafts, archived, unlisted and
//!   unpublished products and gift cards are counted in [`Skipped`]; their other cells may be
//!   wrong. An empty status means active and an empty `Published` means published, as in Shopify.
//! - A variant without a SKU gets `handle` or `handle:value:value` ([`Report::derived_skus`]). A SKU
//!   of several variants is no name for one of them: each gets `SKU:handle`, and keeps what the
//!   merchant wrote beside it ([`souk_catalogue::Variant::merchant_sku`]).
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

mod baskets;
mod collections;
mod columns;
mod context;
mod dialects;
mod draft;
mod export;
mod handles;
mod html;
mod identity;
mod import;
pub mod limits;
mod markup;
mod meanings;
mod note;
mod numbers;
mod pictures;
mod place;
mod problems;
mod product;
mod quotes;
mod redirects;
mod report;
mod routes;
mod rows;
mod sku;
mod table;
mod text;
mod translations;
mod truth;
mod variant;

use std::io::Read;

use souk_catalogue::Catalogue;
use souk_domain::{Currency, LanguageCode, Sku, Slug};

pub use baskets::{BasketErrors, BasketFault, Baskets, OrderLine, read_baskets};
pub use dialects::languages_of;
pub use export::Export;
pub use import::import;
pub use note::{Note, Warning};
pub use pictures::{Album, NoPictures, PictureError, Pictures, Resolved};
pub use place::{Place, Source};
pub use report::{Dialect, ImportError, ImportErrors, Meaning, Reason, Report, Skipped};

/// The files of an import. Each is read once, from its start to its end.
pub struct Files<'a> {
    /// The product file, in any [`Dialect`].
    pub products: &'a mut dyn Read,
    /// Shopify's translation exports; rows of languages that the shop does not speak are passed over.
    pub translations: Vec<&'a mut dyn Read>,
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
            translations: Vec::new(),
            collections: None,
            redirects: None,
        }
    }
}

/// What the files do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The currency of every price. Most files do not name it; a price in another one is an error.
    pub currency: Currency,
    /// Units of a variant whose file names no quantity. Exports of shops with several locations
    /// leave that column out.
    pub default_quantity: i64,
    /// Whether any fault refuses the whole import; else it keeps out what it is in.
    pub strict: bool,
    /// Whether variants of several products with one SKU share one stock. They must have one price
    /// and agree on backorder; others have a stock each.
    pub shared_skus: bool,
    /// The shop's further languages, in its order: the places of translations.
    pub languages: Vec<LanguageCode>,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            currency: Currency::USD,
            default_quantity: 0,
            strict: false,
            shared_skus: false,
            languages: Vec::new(),
        }
    }
}

/// What an import gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Ready for [`souk_catalogue::build`].
    pub catalogue: Catalogue,
    /// One line for each variant, in the order of the catalogue; one for all that share a SKU.
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
