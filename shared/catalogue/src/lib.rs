//! The catalogue as immutable segments under one pointer.
//!
//! A publish turns [`Product`]s into blobs named by the hash of their content ([`build`]): product
//! segments, the directory that finds them, listings with the postings that filter them, and one
//! [`Manifest`] that names everything of a version. A reader goes manifest → directory page →
//! segment, and every step but the pointer to the manifest is immutable, so it may be cached for
//! ever and two versions never mix.
//!
//! What changes with one product: its segment, its directory page, its card and its postings in the
//! listings that show it, and the manifest; never the rest.
//!
//! Not here: where blobs are stored (ports of `souk-ports`), how files become products
//! (`souk-import`), keys and URLs (`souk-protocol`).

mod attached;
mod blob;
mod build;
mod collection;
mod dates;
mod facet;
mod facts;
mod filter;
mod hash;
mod listing;
mod manifest;
mod model;
mod overview;
mod places;
mod posting;
mod price_range;
mod redirects;
mod sale;
mod segment;
mod selling;
mod shelf;
mod shown;
mod skus;
mod source;
mod text;

pub use attached::Attached;
pub use blob::{DecodeError, FIRST_BYTE, FORMAT, content, decode_blob, encode_blob};
pub use build::{BuildError, Snapshot, build};
pub use dates::{SITEMAP_PRODUCTS, date};
pub use facet::{
    FACET_VALUES_MIN, Facet, FacetName, FacetValue, Facets, OPTION_NAMES_MAX,
    OPTION_PRODUCTS_SHARE, OPTIONS_OFFERED_MAX, PRODUCT_TAGS_MAX, VALUE_PRODUCTS_MIN,
    VALUES_OFFERED_MAX, ValueKey,
};
pub use facts::FactsContext;
pub use filter::Filter;
pub use hash::{HASH_BYTES, Hash, SlugHash, slug_bucket};
pub use listing::{Block, CHUNK_CARDS_TARGET, ListingChunk, ListingIndex, ListingOrder};
pub use manifest::{
    Collection, Collections, DIRECTORY_PAGE_SEGMENTS, DirectoryPage, Manifest, SitemapFile,
};
pub use model::{Media, MediaRendition, OptionName, Product, Seo, Variant};
pub use overview::{Overview, OverviewPage};
pub use places::Places;
pub use posting::{BLOCK_CARDS_TARGET, PostingBlock};
pub use redirects::{Redirect, RedirectSegment, path_key};
pub use sale::{Identity, Sale, SaleItem};
pub use segment::{ProductSegment, SEGMENT_PRODUCTS_TARGET};
pub use selling::Selling;
pub use shelf::Shelf;
pub use shown::{INSTANTS_MAX, Shown, instants};
pub use skus::{SkuDirectory, SkuSegment};
pub use souk_pricing::Market;
pub use source::{Catalogue, CollectionInfo, Publish, SearchBlobs, ShopBlobs};
pub use text::Text;
