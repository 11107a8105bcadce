//! What staff steer with `search.toml`: synonyms, related types, rules of queries (pins, hides, filters,
//! redirects), boosts, stop words, and what becomes of products that are sold out.
//!
//! - [`SearchRules`] is the blob: one for a version, named by its manifest
//!   (`souk_catalogue::Manifest::search_rules`), below [`BLOB_BYTES_MAX`].
//! - [`QueryRules`] is what a query asks: the rules of one language as terms of the index. It is made
//!   once for a version, a language and an instance, not for each query: 1,000 groups and 500 rules take
//!   some milliseconds, a query of 16 words then some microseconds.
//!
//! Texts stand in the blob as the merchant wrote them, and become terms when the rules are loaded, by
//! the analyser that the query goes through too ([`Analyser`]). So rules and queries meet also where
//! a new version has other tables of folding, and a changed rule rewrites nothing of the index: it
//! writes this blob, the manifest, and what the version lists of its blobs and source files.
//!
//! Not here: reading `search.toml` and the base list of synonyms (`souk-shop-folder`), how terms,
//! weights and boosts become an order (`query`), translated paths of redirects (`souk-storefront`).

mod blob;
mod loaded;
mod matched;
mod model;
mod phrases;
#[cfg(test)]
mod samples;

pub use loaded::{Alternative, Analyser, Expansion, QueryRules};
pub use matched::MatchedRules;
pub use model::{
    Action, Boost, BoostOf, QueryFilter, QueryRule, RelatedTypes, SearchRules, SoldOut, StopWords,
    Synonyms,
};

/// Bytes of the blob at most. Every query of a cold instance reads it, and no blob that every query
/// needs is larger than this.
pub const BLOB_BYTES_MAX: usize = 64 * 1024;

/// Characters of a word, a phrase or a query: longer searches are not counted either, so staff never
/// learn of one.
pub const PHRASE_CHARS_MAX: usize = 64;

/// Words of a group of synonyms, and words that one finds besides: with those of the base list they
/// are well within the 64 forms that a word of a query may have. Shopify has the same limit.
pub const SYNONYM_WORDS_MAX: usize = 20;

/// Groups of synonyms, both ways and one way each. 1,000 groups of three words of ten letters are
/// 1,000 × (3 × 11 + 6) = 39 KB, more than half of the blob. Shopify has the same limit.
pub const SYNONYM_GROUPS_MAX: usize = 1_000;

/// Products that a rule pins or hides: the first page shows 24.
pub const RULE_PRODUCTS_MAX: usize = 24;

/// Rules of each kind: pins, hides, filters, redirects. 500 queries of ten letters with three products
/// of 24 letters each are 500 × (11 + 3 × 26 + 7) = 48 KB.
pub const QUERY_RULES_MAX: usize = 500;

/// Types for which related ones are named.
pub const RELATED_MAX: usize = 200;

/// Related types of one: the first page shows up to six.
pub const RELATED_TYPES_MAX: usize = 6;

/// Boosts. Each is tried on every document that a query finds.
pub const BOOSTS_MAX: usize = 32;

/// What a boost multiplies by at least and at most, in hundredths, also where several apply: what a
/// text says has to stay stronger than what staff wish for.
pub const BOOST_PERCENT: (u16, u16) = (50, 200);

/// Stop words of a language.
pub const STOP_WORDS_MAX: usize = 200;

/// Values of one facet in a filter.
pub const FILTER_VALUES_MAX: usize = 20;

/// What a synonym of the shop's own counts, in hundredths of the word itself: exact words come first.
pub const SHOP_SYNONYM_PERCENT: u8 = 80;

/// What a synonym of the base list counts: so little that what has the word itself stands first. On the
/// half of the judged queries that it was tuned on, nDCG@10 rose from 0.758 to 0.814 against a half of
/// the word's weight, and the other half stayed.
pub const BASE_SYNONYM_PERCENT: u8 = 12;

/// Other forms of a phrase that are tried at most; with the phrase itself they are 64.
pub const ALTERNATIVES_MAX: usize = 63;
