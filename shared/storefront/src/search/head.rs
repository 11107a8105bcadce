//! The head of a version's search, as an instance keeps it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use souk_domain::Locale;
use souk_search::query::{ArticleText, Articles, Searcher};
use souk_search::rules::{QueryRules, SearchRules};
use souk_search::steer;
use souk_shop::ContentIndex;

/// The root of the index, and what staff steer.
#[derive(Debug)]
pub(crate) struct SearchHead {
    pub(crate) searcher: Searcher,
    rules: Arc<SearchRules>,
    /// The rules of each language that was searched in.
    loaded: RefCell<Vec<(Locale, Rc<QueryRules>)>>,
    /// The documents of the shop as each language that was searched in has them.
    documents: RefCell<Vec<(Locale, Rc<Documents>)>>,
}

/// The documents of a version, as a search finds them in one language.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) index: ContentIndex,
    /// In the order of the entries of `index`.
    pub(crate) articles: Articles,
}

impl SearchHead {
    pub(crate) fn new(searcher: Searcher, rules: SearchRules) -> Self {
        Self {
            searcher,
            rules: Arc::new(rules),
            loaded: RefCell::default(),
            documents: RefCell::default(),
        }
    }

    /// The rules for queries in a language.
    pub(crate) fn rules(&self, locale: Locale) -> Rc<QueryRules> {
        let known = self.loaded.borrow();
        if let Some((_, rules)) = known
            .iter()
            .find(|(known, _)| known.place() == locale.place())
        {
            return rules.clone();
        }
        drop(known);
        let rules = Rc::new(steer::load(&self.rules, &self.searcher.analyser(locale)));
        self.loaded.borrow_mut().push((locale, rules.clone()));
        rules
    }

    /// The documents as they were read for a search in a language.
    pub(crate) fn documents(&self, locale: Locale) -> Option<Rc<Documents>> {
        let known = self.documents.borrow();
        let found = known
            .iter()
            .find(|(known, _)| known.place() == locale.place());
        found.map(|(_, documents)| documents.clone())
    }

    /// Keeps the documents for searches in a language.
    pub(crate) fn keep_documents(&self, locale: Locale, index: ContentIndex) -> Rc<Documents> {
        let texts = index.entries.iter().map(|entry| ArticleText {
            title: entry.title.get(locale),
            labels: &entry.tags,
            summary: entry.summary.get(locale),
            text: entry.beginning.get(locale),
        });
        let articles = Articles::new(&self.searcher.analyser(locale), texts);
        let documents = Rc::new(Documents { index, articles });
        self.documents
            .borrow_mut()
            .push((locale, documents.clone()));
        documents
    }
}
