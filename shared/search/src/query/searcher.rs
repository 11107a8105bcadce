//! The index of a version, opened.

use souk_catalogue::{DecodeError, Hash};
use souk_domain::Locale;

use crate::analysis::{Analyser, FoldTable};
use crate::format::Root;
use crate::query::store::{ReadBlobs, SearchError};

/// The index of a version, as an instance keeps it.
#[derive(Debug, Clone)]
pub struct Searcher {
    pub(crate) root: Root,
    pub(crate) fold: FoldTable,
}

impl Searcher {
    /// From the blob of the root and that of the table of folding.
    ///
    /// # Errors
    /// When one of them is damaged.
    pub fn decode(root: &[u8], fold: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self {
            root: Root::decode(root)?,
            fold: FoldTable::decode(fold)?,
        })
    }

    /// Reads the root, then the table of folding that it names.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub async fn open<S: ReadBlobs>(store: &S, root: Hash) -> Result<Self, SearchError<S::Error>> {
        let read = |hash| async move {
            let blobs = store.read_all(&[hash]).await.map_err(SearchError::Read)?;
            blobs.into_iter().next().ok_or_else(|| {
                SearchError::Decode(DecodeError {
                    what: "blob of the search index",
                    reason: format!("{hash} was not read"),
                })
            })
        };
        let root = Root::decode(&read(root).await?)?;
        let fold = match root.fold {
            Some(fold) => FoldTable::decode(&read(fold).await?)?,
            None => FoldTable::default(),
        };
        Ok(Self { root, fold })
    }

    /// The levels of the runs, the largest first.
    pub fn levels(&self) -> Vec<u8> {
        self.root.runs.iter().map(|run| run.level).collect()
    }

    /// The rules for the words of a page in a language of the shop.
    pub fn analyser(&self, locale: Locale) -> Analyser<'_> {
        let languages = &self.root.languages;
        let code = languages.get(locale.place()).or(languages.first());
        Analyser::new(&self.fold, code.map_or("", String::as_str))
    }
}
