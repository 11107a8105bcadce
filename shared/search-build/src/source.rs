//! What an index is built from, and what is built.

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::{Hash, Product, Text};
use souk_domain::LanguageCode;
use souk_search::analysis::FoldTable;
use souk_search::format::Readings;

use crate::blobs::Read;
use crate::segment::Segmenter;
use crate::tables;

/// What is indexed.
pub struct Source<'a> {
    /// Every product of the version.
    pub products: &'a [Product],
    /// Slugs and titles of the collections.
    pub collections: &'a [(String, Text)],
    /// The shop's languages, its own first.
    pub languages: &'a [LanguageCode],
    /// When a product was first published, in milliseconds since 1970.
    pub published_at_ms: &'a dyn Fn(&Product) -> i64,
    /// The lowest price of a product in each market, in minor units; `None` where it is not sold.
    pub prices: &'a dyn Fn(&Product) -> Vec<Option<i64>>,
}

/// The published index.
pub struct Published<'a> {
    /// Its root.
    pub root: Hash,
    /// Reads its blobs.
    pub read: Read<'a>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The blob of its [`Root`].
    pub root: Hash,
    /// The table of folding, which a reader reads with the root.
    pub fold: Option<Hash>,
    /// Blobs that were written for it, the root's among them; those of runs that stay are not.
    pub blobs: BTreeMap<Hash, Vec<u8>>,
    /// Every blob that the root leads to, the root among them.
    pub names: BTreeSet<Hash>,
    /// Bytes of the blobs that hold cards, among those that were written.
    pub card_bytes: usize,
}

/// The tables, which take a moment to make: one for any number of indexes.
pub struct Tools {
    pub(crate) fold: FoldTable,
    pub(crate) readings: Readings,
    pub(crate) segmenter: Segmenter,
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            fold: tables::fold_table(),
            readings: tables::readings(),
            segmenter: Segmenter::default(),
        }
    }
}
