//! What a version is built from, and the first steps that every part of the build takes.

use std::collections::{BTreeMap, BTreeSet};

use souk_pricing::Market;

use crate::{Hash, Media, Product, Redirect, Sale, Text};

/// A catalogue as it is imported: what [`crate::build`] turns into a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// In the merchant's order.
    pub products: Vec<Product>,
    /// In the merchant's order; `all` is added by [`crate::build`] where it is not among them.
    pub collections: Vec<CollectionInfo>,
    /// ISO 4217 code of every price.
    pub currency: String,
    /// When it is published, in milliseconds since 1970: the date of what [`crate::date`] finds
    /// changed.
    pub dated_at_ms: i64,
    /// Addresses that moved.
    pub redirects: Vec<Redirect>,
    /// SKUs that several variants have on purpose: they are counted as one stock, and so have one
    /// price. No two of them are variants of one product, where the SKU tells a variant apart.
    pub shared_skus: BTreeSet<String>,
    /// When and in which markets prices are shown that the terms say; without it products have
    /// their own prices.
    pub publish: Option<Publish>,
    /// The shop's settings, words, looks and content.
    pub shop: Option<ShopBlobs>,
    /// The index of the search; without one nothing can be searched.
    pub search: Option<SearchBlobs>,
    /// Sales, of a catalogue with a shop; [`crate::build`] puts the cards of the products into them.
    pub sales: Vec<Sale>,
}

/// The publish of a catalogue with terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publish {
    /// The markets, the first one among them.
    pub markets: Vec<Market>,
    /// When it is, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The index of a version's search, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchBlobs {
    /// The blob of its root.
    pub root: Hash,
    /// Every blob that the root leads to, the root among them.
    pub names: BTreeSet<Hash>,
    /// Those of them that may be new to the store.
    pub blobs: BTreeMap<Hash, Vec<u8>>,
}

/// What a version says about the shop, ready to be stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopBlobs {
    /// The blob with the settings.
    pub settings: Vec<u8>,
    /// What they say about orders, as JSON of the protocol, for the origin.
    pub terms: String,
    /// Every blob that it leads to, and those that are named below.
    pub blobs: Vec<Vec<u8>>,
    /// Names of the media files that they show: `NAME` of `/media/NAME`.
    pub media: Vec<String>,
    /// The one among `blobs` that lists the files the version is published from.
    pub sources: Option<Hash>,
    /// The one among `blobs` with what staff steer of the search.
    pub search_rules: Option<Hash>,
    /// The blob of the [`souk_pricing::Terms`], among `blobs`.
    pub pricing: Option<Hash>,
}

/// A collection before its listings are made. Its products are those that name its slug.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectionInfo {
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub title: Text,
    /// Plain text.
    pub description: Text,
    /// A picture for the tile; without one, that of its first product is taken.
    pub image: Option<Media>,
}

/// A length, as blobs have it.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).expect("a catalogue has fewer than 2^32 products and variants")
}

/// Adds a blob under its name.
pub(crate) fn put(blobs: &mut BTreeMap<Hash, Vec<u8>>, blob: Vec<u8>) -> Hash {
    let hash = Hash::of(&blob);
    blobs.insert(hash, blob);
    hash
}
