//! What a version consists of: the directory of product segments, the collections, the shop.

use minicbor::{Decode, Encode};

use crate::blob::later_list;
use crate::{
    DecodeError, Hash, ListingOrder, Media, Shown, SlugHash, Text,
    blob::{decode_blob, encode_blob, list},
    hash::HASH_BYTES,
};

/// Segments that one directory page names: 256 hashes of 16 bytes are 4 KiB.
pub const DIRECTORY_PAGE_SEGMENTS: u32 = 256;

/// The blob at the head of a version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Manifest {
    /// There are `2^segment_bits` product segments.
    #[n(0)]
    pub segment_bits: u8,
    /// Directory pages, in order of the segments.
    #[n(1)]
    pub directory: Vec<Hash>,
    /// The blob with all collections.
    #[n(2)]
    pub collections: Hash,
    /// ISO 4217 code of every price.
    #[n(3)]
    pub currency: String,
    /// Products in the catalogue.
    #[n(4)]
    pub products: u32,
    /// Variants in the catalogue.
    #[n(5)]
    pub variants: u32,
    /// The sitemap files of the products, in their order.
    #[cbor(n(6), with = "list")]
    pub sitemaps: Vec<SitemapFile>,
    /// Segments of addresses that moved: none, or a power of two, `None` for an empty one.
    #[n(7)]
    pub redirects: Vec<Option<Hash>>,
    /// The blob with the settings of the shop; absent in a version that has products only.
    #[n(8)]
    pub shop: Option<Hash>,
    /// The blob of the [`crate::Attached`]: everything that `shop` names, `shop` among it, and
    /// `search_rules`.
    #[n(9)]
    pub attached: Option<Hash>,
    /// What the shop says about orders, as JSON of the protocol, for the origin.
    #[n(10)]
    pub terms: Option<String>,
    /// The blob with what staff steer of the search; absent in a version without a shop. It is named
    /// here and not by `shop`, so that a changed rule does not write the settings again.
    #[n(11)]
    pub search_rules: Option<Hash>,
    /// The root of the index of the search; absent where nothing can be searched.
    #[n(12)]
    pub search: Option<Hash>,
    /// The [`crate::Attached`] with every blob of the index, the root among them.
    #[n(13)]
    pub search_blobs: Option<Hash>,
    /// The blob of the [`souk_pricing::Terms`]; absent in a version without a shop.
    #[n(14)]
    pub pricing: Option<Hash>,
    /// What pages say about prices; absent in a version without terms.
    #[n(15)]
    pub shown: Option<Shown>,
    /// SKUs that variants of several products have; absent where there are none.
    #[n(16)]
    pub shared_skus: Option<u32>,
    /// The [`crate::SkuDirectory`]; absent in a version that an older build made.
    #[n(17)]
    pub skus: Option<Hash>,
    /// The blob of `souk_addresses`: what addresses of each country consist of.
    #[n(18)]
    pub addresses: Option<Hash>,
    /// The [`crate::Attached`] with every [`crate::OverviewPage`], for the back office; absent in a version
    /// that an older build made.
    #[n(19)]
    pub overview: Option<Hash>,
    /// The id of each sale and the blob of its [`crate::Sale`], which is in `attached`.
    #[cbor(n(20), with = "later_list", has_nil)]
    pub sales: Vec<(String, Hash)>,
}

impl Manifest {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a manifest.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("manifest", blob)
    }

    /// The directory page that knows the segment of a slug, and the segment's place on that page.
    pub fn locate(&self, slug: &str) -> Option<(Hash, usize)> {
        self.locate_hashed(SlugHash::of(slug))
    }

    /// As [`Manifest::locate`], for a slug of which only the hash is known.
    pub fn locate_hashed(&self, slug: SlugHash) -> Option<(Hash, usize)> {
        let bucket = slug.bucket(self.segment_bits);
        let page = self
            .directory
            .get((bucket / DIRECTORY_PAGE_SEGMENTS) as usize)?;
        Some((*page, (bucket % DIRECTORY_PAGE_SEGMENTS) as usize))
    }
}

/// The names of up to [`DIRECTORY_PAGE_SEGMENTS`] product segments, borrowing from its blob: a
/// reader wants one of them.
#[derive(Debug, Encode, Decode)]
pub struct DirectoryPage<'a> {
    /// In order of the buckets.
    #[cbor(b(0), with = "minicbor::bytes")]
    segments: &'a [u8],
}

impl<'a> DirectoryPage<'a> {
    /// The blob for segments in order of the buckets; `None` for an empty one.
    pub fn encode(segments: &[Option<Hash>]) -> Vec<u8> {
        let segments = Hash::pack(segments.iter().copied());
        encode_blob(&DirectoryPage {
            segments: &segments,
        })
    }

    /// # Errors
    /// When the blob is not a directory page.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("directory page", blob)
    }

    /// The segment at a place on the page; `None` for an empty one.
    pub fn segment(&self, place: usize) -> Option<Hash> {
        let hash = self.segments.get(HASH_BYTES * place..)?;
        Hash::unpack(hash).next().flatten()
    }

    /// Every segment that is not empty.
    pub fn segments(&self) -> impl Iterator<Item = Hash> {
        Hash::unpack(self.segments).flatten()
    }
}

/// A collection and where its listings are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Collection {
    /// Name in addresses.
    #[n(0)]
    pub slug: String,
    /// Name; empty for the collection of every product where the merchant gives it none.
    #[n(1)]
    pub title: Text,
    /// Plain text.
    #[n(2)]
    pub description: Text,
    /// A picture for the tile.
    #[n(3)]
    pub image: Option<Media>,
    /// Products in it.
    #[n(4)]
    pub products: u32,
    /// The listing index for each [`ListingOrder`], in the order of [`ListingOrder::STORED`]; behind
    /// them for each market after the first that by its prices.
    #[n(5)]
    pub listings: Vec<Hash>,
    /// What it can be filtered by ([`crate::Facets`]).
    #[n(6)]
    pub facets: Option<Hash>,
    /// Products that each market after the first sells; absent where all of them sell every one.
    #[n(7)]
    pub further: Option<Vec<u32>>,
}

/// All collections, in the merchant's order. The first one, `all`, holds every product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Collections {
    /// In the merchant's order.
    #[cbor(n(0), with = "list")]
    pub collections: Vec<Collection>,
}

impl Collections {
    /// The slug of the collection that holds every product.
    pub const ALL: &'static str = "all";

    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a list of collections.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("list of collections", blob)
    }

    /// The collection with this slug.
    pub fn find(&self, slug: &str) -> Option<&Collection> {
        self.collections
            .iter()
            .find(|collection| collection.slug == slug)
    }
}

impl Collection {
    /// The listing index for an order in the market at a place, and whether it is read from its end.
    pub fn listing(&self, order: ListingOrder, market: usize) -> Option<(Hash, bool)> {
        let (stored, backwards) = order.stored();
        let place = match (stored, market.checked_sub(1)) {
            (ListingOrder::PriceAscending, Some(further)) => ListingOrder::STORED.len() + further,
            _ => ListingOrder::STORED
                .iter()
                .position(|&candidate| candidate == stored)?,
        };
        self.listings.get(place).map(|&hash| (hash, backwards))
    }

    /// Products of it that the market at a place sells.
    pub fn products_in(&self, market: usize) -> u32 {
        let place = market.checked_sub(1);
        let further = place.and_then(|place| self.further.as_ref()?.get(place));
        further.copied().unwrap_or(self.products)
    }

    /// Whether there are products of it that the market at a place does not sell.
    pub fn is_partial(&self, market: usize) -> bool {
        self.products_in(market) < self.products
    }
}

/// What the index of sitemaps says about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct SitemapFile {
    /// Names the products of the file and their dates.
    #[n(0)]
    pub content: Hash,
    /// When the file last changed, in milliseconds since 1970.
    #[n(1)]
    pub modified_at_ms: i64,
}
