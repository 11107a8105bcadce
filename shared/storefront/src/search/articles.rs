//! Documents of the shop that a search finds: below products, among suggestions, and by themselves.
//!
//! Not here: how they are ranked (`souk_search::query::Articles`).

use souk_domain::Locale;
use souk_ports::Edge;
use souk_search::query::{Need, Steering};
use souk_shop::{ContentKind, Entry};

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::search::SearchHead;

/// Articles beside products.
pub(crate) const ARTICLES_MAX: usize = 3;

/// A search of documents.
pub(crate) struct ArticleQuery<'q> {
    pub(crate) text: &'q str,
    pub(crate) locale: Locale,
    /// What the shop's rules say about the text.
    pub(crate) steering: &'q Steering,
    /// How much of the text a document needs to have.
    pub(crate) need: Need,
    /// Documents of this kind alone.
    pub(crate) kind: Option<ContentKind>,
    /// How many of them.
    pub(crate) limit: usize,
}

/// The documents that a query finds, the best first.
///
/// # Errors
/// When the store does not answer or lacks a blob.
pub(crate) async fn articles<E: Edge>(
    reader: &Reader<'_, E>,
    head: &SearchHead,
    query: &ArticleQuery<'_>,
) -> Result<Vec<Entry>, ReadError> {
    let documents = match head.documents(query.locale) {
        Some(documents) => documents,
        None => head.keep_documents(query.locale, reader.content().await?),
    };
    let analyser = head.searcher.analyser(query.locale);
    let places = documents
        .articles
        .find(&analyser, query.text, query.steering, query.need);
    let entries = places
        .into_iter()
        .map(|place| &documents.index.entries[place]);
    let entries = entries.filter(|entry| query.kind.is_none_or(|kind| entry.kind == kind));
    Ok(entries.take(query.limit).cloned().collect())
}
