//! Documents of the shop that a search finds: below products, among suggestions, and by themselves.
//!
//! Not here: how they are ranked (`souk_search::query::Articles`).

use souk_domain::Locale;
use souk_ports::Edge;
use souk_search::query::ArticleRequest;
use souk_shop::{ContentKind, Entry};

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::search::SearchHead;

/// Articles beside products.
pub(crate) const ARTICLES_MAX: usize = 3;

/// The documents that a query finds, of a kind or of all, the best first.
///
/// # Errors
/// When the store does not answer or lacks a blob.
pub(crate) async fn articles<E: Edge>(
    reader: &Reader<'_, E>,
    head: &SearchHead,
    locale: Locale,
    request: &ArticleRequest<'_>,
    kind: Option<ContentKind>,
) -> Result<Vec<Entry>, ReadError> {
    let documents = match head.documents(locale) {
        Some(documents) => documents,
        None => head.keep_documents(locale, reader.content().await?),
    };
    let entries = &documents.index.entries;
    let is_wanted = |place: usize| kind.is_none_or(|kind| entries[place].kind == kind);
    let analyser = head.searcher.analyser(locale);
    let places = documents.articles.find(&analyser, request, &is_wanted);
    Ok(places
        .into_iter()
        .map(|place| entries[place].clone())
        .collect())
}
