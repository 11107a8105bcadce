//! What a version consists of: the directory of product segments, the collections, the shop.

use serde::{Deserialize, Serialize};

use crate::{
    DecodeError, Hash, ListingOrder, Media, SitemapFile, Text,
    segment::{decode, encode},
    slug_bucket,
};

/// The number of the encoding of all blobs. A reader refuses other numbers, so a change of any
/// shape in this crate needs a new one; the shop is then published again.
pub const FORMAT: u32 = 2;

/// Segments that one directory page names: 256 hashes of 16 bytes are 4 KiB.
pub const DIRECTORY_PAGE_SEGMENTS: u32 = 256;

/// The blob at the head of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// There are `2^segment_bits` product segments.
    pub segment_bits: u8,
    /// Directory pages, in order of the segments.
    pub directory: Vec<Hash>,
    /// The blob with all collections.
    pub collections: Hash,
    /// ISO 4217 code of every price.
    pub currency: String,
    /// Products in the catalogue.
    pub products: u32,
    /// Variants in the catalogue.
    pub variants: u32,
    /// The sitemap files of the products, in their order.
    pub sitemaps: Vec<SitemapFile>,
    /// Segments of addresses that moved: none, or a power of two, `None` for an empty one.
    pub redirects: Vec<Option<Hash>>,
}

impl Manifest {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// # Errors
    /// When the blob is not a manifest.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode("manifest", blob)
    }

    /// The directory page that knows the segment of `slug`, and the segment's place on that page.
    pub fn locate(&self, slug: &str) -> Option<(Hash, usize)> {
        let bucket = slug_bucket(slug, self.segment_bits);
        let page = self
            .directory
            .get((bucket / DIRECTORY_PAGE_SEGMENTS) as usize)?;
        Some((*page, (bucket % DIRECTORY_PAGE_SEGMENTS) as usize))
    }
}

/// The names of up to [`DIRECTORY_PAGE_SEGMENTS`] product segments; `None` for an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryPage {
    /// In order of the buckets.
    pub segments: Vec<Option<Hash>>,
}

impl DirectoryPage {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// # Errors
    /// When the blob is not a directory page.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode("directory page", blob)
    }
}

/// A collection and where its listings are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub title: Text,
    /// Plain text.
    pub description: Text,
    /// A picture for the tile.
    pub image: Option<Media>,
    /// Products in it.
    pub products: u32,
    /// The listing index for each [`ListingOrder`], in the order of [`ListingOrder::STORED`].
    pub listings: Vec<Hash>,
    /// What it can be filtered by ([`crate::Facets`]).
    pub facets: Option<Hash>,
}

/// All collections, in the merchant's order. The first one, `all`, holds every product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collections {
    /// In the merchant's order.
    pub collections: Vec<Collection>,
}

impl Collections {
    /// The slug of the collection that holds every product.
    pub const ALL: &'static str = "all";

    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// # Errors
    /// When the blob is not a list of collections.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode("list of collections", blob)
    }

    /// The collection with this slug.
    pub fn find(&self, slug: &str) -> Option<&Collection> {
        self.collections
            .iter()
            .find(|collection| collection.slug == slug)
    }
}

impl Collection {
    /// The listing index for an order, and whether it is read from its end.
    pub fn listing(&self, order: ListingOrder) -> Option<(Hash, bool)> {
        let (stored, backwards) = order.stored();
        let place = ListingOrder::STORED
            .iter()
            .position(|&candidate| candidate == stored)?;
        self.listings.get(place).map(|&hash| (hash, backwards))
    }
}
