//! Opens the search of the version that a request reads, and reads its blobs.

use std::rc::Rc;

use bytes::Bytes;
use souk_catalogue::Hash;
use souk_ports::Edge;
use souk_search::query::{Answer, Item, ReadBlobs, Request, SearchError, Searcher};
use souk_search::rules::SearchRules;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::search::SearchHead;

/// Reads blobs of the version of a request.
pub(crate) struct Blobs<'r, 'a, E>(pub(crate) &'r Reader<'a, E>);

impl<E: Edge> ReadBlobs for Blobs<'_, '_, E> {
    type Error = ReadError;

    async fn read_all(&self, names: &[Hash]) -> Result<Vec<Bytes>, ReadError> {
        self.0.blobs(names.iter().copied()).await
    }
}

impl From<SearchError<ReadError>> for ReadError {
    fn from(error: SearchError<ReadError>) -> Self {
        match error {
            SearchError::Read(error) => error,
            SearchError::Decode(error) => error.into(),
        }
    }
}

impl<E: Edge> Reader<'_, E> {
    /// Whether the version can be searched.
    pub(crate) fn has_search(&self) -> bool {
        self.version.manifest.search.is_some()
    }

    /// Answers a search, with the prices of the moment.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn answer(
        &self,
        head: &SearchHead,
        request: &Request<'_>,
    ) -> Result<Answer, ReadError> {
        let mut answer = head.searcher.answer(&Blobs(self), request).await?;
        let items = answer.items.into_iter();
        let items = items.filter_map(|item| {
            let product = self.shown(item.product)?;
            Some(Item { product, ..item })
        });
        answer.items = items.collect();
        for related in &mut answer.related {
            let products = std::mem::take(&mut related.items).into_iter();
            related.items = products.filter_map(|one| self.shown(one)).collect();
        }
        Ok(answer)
    }

    /// The head of the search; `None` in a version that cannot be searched.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn search_head(&self) -> Result<Option<Rc<SearchHead>>, ReadError> {
        if let Some(head) = self.version.search.get() {
            return Ok(Some(head.clone()));
        }
        let Some(root) = self.version.manifest.search else {
            return Ok(None);
        };
        let searcher = Searcher::open(&Blobs(self), root).await?;
        let rules = match self.version.manifest.search_rules {
            Some(rules) => SearchRules::decode(&self.blob(rules).await?)?,
            None => SearchRules::default(),
        };
        let head = Rc::new(SearchHead::new(searcher, rules));
        Ok(Some(self.version.search.get_or_init(|| head).clone()))
    }
}
