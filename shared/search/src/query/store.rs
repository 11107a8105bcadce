//! What a query is answered from: blobs by their names, many at once.

use std::future::Future;

use bytes::Bytes;
use souk_catalogue::{DecodeError, Hash};

use crate::query::order::{SortedMap, sort_once};

/// Reads blobs of the version.
pub trait ReadBlobs {
    /// Why a blob could not be read.
    type Error;

    /// The blobs with these names, in their order, read at the same time: one call is one round.
    fn read_all(&self, names: &[Hash]) -> impl Future<Output = Result<Vec<Bytes>, Self::Error>>;
}

/// Why a query could not be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError<E> {
    /// A blob could not be read.
    #[error("{0}")]
    Read(E),
    /// A blob is damaged.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// The blobs that a query has read.
pub(crate) struct Fetched<'a, S> {
    store: &'a S,
    blobs: SortedMap<Hash, Bytes>,
}

impl<'a, S: ReadBlobs> Fetched<'a, S> {
    pub(crate) fn new(store: &'a S) -> Self {
        Self {
            store,
            blobs: SortedMap::default(),
        }
    }

    /// Reads what was not read before.
    pub(crate) async fn read(&mut self, names: Vec<Hash>) -> Result<(), SearchError<S::Error>> {
        let mut missing = names;
        missing.retain(|name| self.blobs.get(name).is_none());
        sort_once(&mut missing);
        if missing.is_empty() {
            return Ok(());
        }
        let blobs = self
            .store
            .read_all(&missing)
            .await
            .map_err(SearchError::Read)?;
        for (name, blob) in missing.into_iter().zip(blobs) {
            self.blobs.get_or_insert(name, || blob);
        }
        Ok(())
    }

    /// A blob that was read.
    pub(crate) fn get(&self, name: Hash) -> Result<&Bytes, DecodeError> {
        self.blobs.get(&name).ok_or_else(|| DecodeError {
            what: "blob of the search index",
            reason: format!("{name} was not read"),
        })
    }
}
