//! From a query to products, counts and suggestions.
//!
//! A query reads blobs in rounds, each of which asks for many at once: pages of the dictionary, long
//! lists of postings, values and ties, cards. What little is found for is read for again with other
//! spellings.
//!
//! Not here: where blobs come from ([`ReadBlobs`]), the shop's rules ([`crate::rules`]), how a place in
//! the results is written in an address.

mod answer;
mod apart;
mod articles;
mod correct;
mod explain;
mod facets;
mod gather;
mod highlight;
mod order;
mod rank;
mod related;
mod request;
mod said;
mod score;
mod searcher;
mod stand_ins;
mod store;
mod suggest;
mod typos;
mod words;

pub use articles::{ArticleRequest, ArticleText, Articles, Need};
pub use explain::{ExplainedForm, ExplainedHit, ExplainedProduct, ExplainedWord, Explanation};
pub use related::RELATED_PRODUCTS_MAX;
pub use request::{
    Answer, Boost, Correction, CorrectionKind, Expansion, FORMS_MAX, FacetCounts, Filters, Item,
    LEARNT_MAX, LEARNT_MIN, Learnt, QUERY_CHARS_MAX, RelatedType, Request, Sort, Start, Steering,
    Stock, ValueCount, WORDS_MAX,
};
pub use searcher::Searcher;
pub use store::{ReadBlobs, SearchError};
pub use suggest::{SuggestRequest, Suggestions};
