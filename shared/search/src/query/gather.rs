//! Reads the postings of terms from every run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use souk_catalogue::{DecodeError, Hash};
use souk_domain::Locale;

use crate::format::{Deleted, Posting, Postings, PostingsBlob, Root, TermPage, read_postings};
use crate::query::store::{Fetched, ReadBlobs, SearchError};

/// Postings that one query takes apart at most; terms behind that find nothing.
pub(crate) const POSTINGS_MAX: usize = 3_000_000;

/// The documents that have a term, and are not deleted.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    /// For each run in the order of the documents.
    pub(crate) runs: Vec<Vec<Posting>>,
    /// How many there are in all runs.
    pub(crate) count: usize,
    /// Whether it is a whole word in any of them.
    pub(crate) is_ever_whole: bool,
}

/// What a query knows of the index.
pub(crate) struct Session<'a, S> {
    pub(crate) root: &'a Root,
    pub(crate) locale: Locale,
    pub(crate) fetched: Fetched<'a, S>,
    deleted: Vec<Deleted>,
    terms: HashMap<String, Hits>,
    taken: usize,
}

impl<'a, S: ReadBlobs> Session<'a, S> {
    pub(crate) fn new(root: &'a Root, locale: Locale, store: &'a S) -> Self {
        Self {
            root,
            locale,
            fetched: Fetched::new(store),
            deleted: Vec::new(),
            terms: HashMap::new(),
            taken: 0,
        }
    }

    /// The place of the dictionaries that are read: that of the language, else of the shop's own.
    pub(crate) fn language(&self) -> usize {
        let place = self.locale.place();
        if place < self.root.languages.len() {
            place
        } else {
            0
        }
    }

    /// The documents with a term that was gathered.
    pub(crate) fn hits(&self, term: &str) -> Option<&Hits> {
        self.terms.get(term)
    }

    /// Reads the postings of terms, and `also` in the first round.
    pub(crate) async fn gather(
        &mut self,
        terms: BTreeSet<String>,
        also: Vec<Hash>,
    ) -> Result<(), SearchError<S::Error>> {
        let terms: Vec<String> = terms
            .into_iter()
            .filter(|term| !self.terms.contains_key(term))
            .collect();
        let language = self.language();
        // By run and page: the terms that it may have.
        let mut wanted: BTreeMap<(usize, Hash), Vec<&str>> = BTreeMap::new();
        for (number, run) in self.root.runs.iter().enumerate() {
            let index = &run.dictionaries[language].terms;
            for term in &terms {
                if let Some(page) = index.page(term) {
                    wanted.entry((number, page)).or_default().push(term);
                }
            }
        }
        let deleted = self.root.runs.iter().filter_map(|run| run.deleted);
        let pages = wanted.keys().map(|(_, page)| *page);
        self.fetched
            .read(pages.chain(deleted).chain(also).collect())
            .await?;
        self.read_deleted()?;
        let mut long = Vec::new();
        for ((_, page), terms) in &wanted {
            let page = TermPage::decode(self.fetched.get(*page)?)?;
            page.find(terms, |_, postings| {
                if let Postings::Blob(hash) = postings {
                    long.push(hash);
                }
            })?;
        }
        self.fetched.read(long).await?;
        // By term and run.
        let mut located: HashMap<(&str, usize), Postings<'_>> = HashMap::new();
        for ((run, page), terms) in &wanted {
            let page = TermPage::decode(self.fetched.get(*page)?)?;
            page.find(terms, |place, postings| {
                located.insert((terms[place], *run), postings);
            })?;
        }
        for term in &terms {
            let mut hits = Hits::default();
            for (number, run) in self.root.runs.iter().enumerate() {
                let postings = located.get(&(term.as_str(), number));
                let postings = postings.filter(|_| self.taken < POSTINGS_MAX);
                let (blob, deleted) = (&self.fetched, &self.deleted[number]);
                hits.runs.push(match postings {
                    Some(&postings) => live(postings, blob, run.documents, deleted)?,
                    None => Vec::new(),
                });
            }
            hits.count = hits.runs.iter().map(Vec::len).sum();
            hits.is_ever_whole = hits.runs.iter().flatten().any(|posting| !posting.is_piece);
            self.taken += hits.count;
            self.terms.insert(term.clone(), hits);
        }
        Ok(())
    }

    fn read_deleted(&mut self) -> Result<(), DecodeError> {
        if self.deleted.len() == self.root.runs.len() {
            return Ok(());
        }
        for run in &self.root.runs {
            self.deleted.push(match run.deleted {
                Some(hash) => Deleted::decode(self.fetched.get(hash)?, run.documents)?,
                None => Deleted::default(),
            });
        }
        Ok(())
    }
}

/// The postings of documents that are not deleted.
fn live<S: ReadBlobs>(
    postings: Postings<'_>,
    fetched: &Fetched<'_, S>,
    documents: u32,
    deleted: &Deleted,
) -> Result<Vec<Posting>, DecodeError> {
    let mut live = Vec::new();
    let put = |posting: Posting| {
        if !deleted.has(posting.document) {
            live.push(posting);
        }
    };
    match postings {
        Postings::Inline(bytes) => read_postings(bytes, documents, put)?,
        Postings::Blob(hash) => {
            let blob = PostingsBlob::decode(fetched.get(hash)?)?;
            read_postings(blob.postings, documents, put)?;
        }
    }
    Ok(live)
}
