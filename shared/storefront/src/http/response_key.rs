//! What a cached response depends on: one key for all that are made of the catalogue.

use souk_catalogue::ListingOrder;
use souk_domain::Locale;
use souk_search::query::{Sort, Start};
use souk_shop::ContentKind;

use crate::insights::Kind;

/// What a response is about, with every parameter of the request that changes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Content {
    Home,
    Collections,
    Developers,
    Product {
        slug: String,
        variant: String,
    },
    Collection {
        slug: String,
        listing: ListingKey,
    },
    ApiProduct {
        slug: String,
    },
    ApiProducts {
        slug: String,
        listing: ListingKey,
    },
    Document {
        kind: ContentKind,
        slug: String,
        /// Whether it thanks for a judgement.
        thanks: bool,
    },
    Documents {
        kind: ContentKind,
        offset: u32,
    },
    Sale {
        id: String,
    },
    Feed,
    Search {
        search: SearchKey,
    },
    ApiSearch {
        search: SearchKey,
        facets: bool,
    },
    ApiSuggest {
        text: String,
        count: u32,
    },
    /// Answers to a question.
    Help {
        text: String,
        shown: HelpShown,
    },
    ApiRecommendations {
        /// With commas between them.
        slugs: String,
        /// Whether the address is below that of a product.
        is_of_product: bool,
        kind: Kind,
        count: usize,
    },
    ApiShop {
        /// Whether cards are taken, which no version says.
        cards: bool,
    },
    ApiDocument {
        kind: ContentKind,
        slug: String,
    },
    ApiDocuments {
        kind: ContentKind,
        offset: u32,
        count: u32,
    },
}

impl Content {
    /// Whether the bare address finds the response while version and signals stay.
    pub(crate) fn has_address(&self) -> bool {
        !matches!(self, Content::ApiShop { .. })
    }

    /// Whether it is the page of a product or of an answer, which count when they are opened from
    /// results.
    pub(crate) fn is_result(&self) -> bool {
        matches!(
            self,
            Content::Product { .. }
                | Content::Document {
                    kind: ContentKind::Help,
                    ..
                }
        )
    }

    /// Whether there are more of its addresses than products: what a shopper typed, any set of
    /// products.
    pub(crate) fn is_search(&self) -> bool {
        matches!(
            self,
            Content::Search { .. }
                | Content::ApiSearch { .. }
                | Content::ApiSuggest { .. }
                | Content::Help { .. }
                | Content::ApiRecommendations { .. }
        )
    }
}

/// What is shown of the answers to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum HelpShown {
    Json,
    Page,
    /// In their place the ways to reach the shop.
    Contact,
}

/// One page of the results of a search.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SearchKey {
    pub(crate) text: String,
    pub(crate) sort: Sort,
    pub(crate) start: Start,
    pub(crate) in_stock: bool,
    pub(crate) count: u32,
    /// Slug of a collection.
    pub(crate) collection: String,
    /// The filters in their canonical form.
    pub(crate) filters: String,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ListingKey {
    pub(crate) order: ListingOrder,
    /// Cards before it, over all pages.
    pub(crate) offset: u32,
    /// Place of its first card in the listing without filters.
    pub(crate) place: u32,
    pub(crate) count: u32,
    /// The filters in their canonical form.
    pub(crate) filters: String,
}

/// Everything that a cached response depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ResponseKey {
    pub(crate) content: Content,
    pub(crate) locale: Locale,
    /// Version of the catalogue.
    pub(crate) version: u64,
    /// When it became the published one: a rollback publishes the same version once more.
    pub(crate) published_at_ms: i64,
    /// Of what is sold out and switched off.
    pub(crate) signals_stamp: u64,
    /// Version of the insights; `None` where it shows nothing of them.
    pub(crate) insights: Option<u64>,
    pub(crate) https: bool,
    /// Scheme and host of canonical addresses.
    pub(crate) base_url: String,
}

impl ResponseKey {
    /// Bytes that the key takes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = match &self.content {
            Content::Home
            | Content::Collections
            | Content::Developers
            | Content::Feed
            | Content::ApiShop { .. }
            | Content::Documents { .. }
            | Content::ApiDocuments { .. } => 0,
            Content::Search { search } | Content::ApiSearch { search, .. } => {
                search.text.len() + search.collection.len() + search.filters.len()
            }
            Content::ApiSuggest { text, .. } | Content::Help { text, .. } => text.len(),
            Content::ApiRecommendations { slugs, .. } => slugs.len(),
            Content::Sale { id } => id.len(),
            Content::Product { slug, variant } => slug.len() + variant.len(),
            Content::ApiProduct { slug }
            | Content::Document { slug, .. }
            | Content::ApiDocument { slug, .. } => slug.len(),
            Content::Collection { slug, listing } | Content::ApiProducts { slug, listing } => {
                slug.len() + listing.filters.len()
            }
        };
        size_of::<Self>() + self.base_url.len() + texts
    }
}
