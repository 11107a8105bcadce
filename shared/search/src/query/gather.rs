//! Reads the postings of terms from every run.

use souk_catalogue::{DecodeError, Hash};
use souk_domain::Locale;

use crate::format::{Deleted, Posting, Postings, PostingsBlob, Root, TermPage, read_postings};
use crate::query::order::{SortedMap, sort_once};
use crate::query::store::{Fetched, ReadBlobs, SearchError};
use crate::query::words::Form;

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

/// A page that may have some of the terms: those from `start` to `end`.
struct PageTerms {
    run: usize,
    page: Hash,
    start: usize,
    end: usize,
}

/// What a query knows of the index.
pub(crate) struct Session<'a, S> {
    pub(crate) root: &'a Root,
    pub(crate) locale: Locale,
    pub(crate) fetched: Fetched<'a, S>,
    deleted: Vec<Deleted>,
    terms: SortedMap<String, Hits>,
    taken: usize,
}

impl<'a, S: ReadBlobs> Session<'a, S> {
    pub(crate) fn new(root: &'a Root, locale: Locale, store: &'a S) -> Self {
        Self {
            root,
            locale,
            fetched: Fetched::new(store),
            deleted: Vec::new(),
            terms: SortedMap::default(),
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

    /// The documents with each term of a form; `None` where one of them was not gathered.
    pub(crate) fn hits_of(&self, form: &Form) -> Option<Vec<&Hits>> {
        form.terms.iter().map(|term| self.hits(term)).collect()
    }

    /// Reads the postings of terms, and `also` in the first round.
    pub(crate) async fn gather(
        &mut self,
        mut terms: Vec<String>,
        also: Vec<Hash>,
    ) -> Result<(), SearchError<S::Error>> {
        terms.retain(|term| self.hits(term).is_none());
        sort_once(&mut terms);
        let names: Vec<&str> = terms.iter().map(String::as_str).collect();
        let wanted = self.pages_of_terms(&names);
        let deleted = self.root.runs.iter().filter_map(|run| run.deleted);
        let pages = wanted.iter().map(|one| one.page);
        self.fetched
            .read(pages.chain(deleted).chain(also).collect())
            .await?;
        self.read_deleted()?;
        let located = self.locate(&names, &wanted)?;
        let long = located.iter().filter_map(|postings| match postings {
            Some(Postings::Blob(hash)) => Some(*hash),
            Some(Postings::Inline(_)) | None => None,
        });
        let long = long.collect();
        drop(located);
        self.fetched.read(long).await?;
        Ok(self.read_postings(&names, &wanted)?)
    }

    /// The pages that may have terms, which are sorted: those of a page stand beside each other.
    fn pages_of_terms(&self, terms: &[&str]) -> Vec<PageTerms> {
        let language = self.language();
        let mut wanted: Vec<PageTerms> = Vec::new();
        for (run, of) in self.root.runs.iter().enumerate() {
            let index = &of.dictionaries[language].terms;
            for (place, term) in terms.iter().enumerate() {
                let Some(page) = index.page(term) else {
                    continue;
                };
                match wanted.last_mut() {
                    Some(last) if last.run == run && last.page == page => last.end = place + 1,
                    _ => wanted.push(PageTerms {
                        run,
                        page,
                        start: place,
                        end: place + 1,
                    }),
                }
            }
        }
        wanted
    }

    /// Where the postings of terms are: for each run those of every term. The pages were read.
    fn locate(
        &self,
        terms: &[&str],
        wanted: &[PageTerms],
    ) -> Result<Vec<Option<Postings<'_>>>, DecodeError> {
        let mut located = vec![None; self.root.runs.len() * terms.len()];
        for one in wanted {
            let page = TermPage::decode(self.fetched.get(one.page)?)?;
            let first = one.run * terms.len() + one.start;
            page.find(&terms[one.start..one.end], |place, postings| {
                located[first + place] = Some(postings);
            })?;
        }
        Ok(located)
    }

    /// Takes the postings of terms apart, all of which were read.
    fn read_postings(&mut self, terms: &[&str], wanted: &[PageTerms]) -> Result<(), DecodeError> {
        let located = self.locate(terms, wanted)?;
        let mut taken = self.taken;
        let mut found = Vec::with_capacity(terms.len());
        for place in 0..terms.len() {
            let mut hits = Hits::default();
            for (number, run) in self.root.runs.iter().enumerate() {
                let postings = located[number * terms.len() + place];
                let postings = postings.filter(|_| taken < POSTINGS_MAX);
                let (blob, deleted) = (&self.fetched, &self.deleted[number]);
                hits.runs.push(match postings {
                    Some(postings) => live(postings, blob, run.documents, deleted)?,
                    None => Vec::new(),
                });
            }
            hits.count = hits.runs.iter().map(Vec::len).sum();
            hits.is_ever_whole = hits.runs.iter().flatten().any(|posting| !posting.is_piece);
            taken += hits.count;
            found.push(hits);
        }
        self.taken = taken;
        for (term, hits) in terms.iter().zip(found) {
            self.terms.get_or_insert((*term).to_owned(), || hits);
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
