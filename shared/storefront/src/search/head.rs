//! The head of a version's search, as an instance keeps it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use souk_domain::Locale;
use souk_search::query::Searcher;
use souk_search::rules::{QueryRules, SearchRules};
use souk_search::steer;

/// The root of the index, and what staff steer.
#[derive(Debug)]
pub(crate) struct SearchHead {
    pub(crate) searcher: Searcher,
    rules: Arc<SearchRules>,
    /// The rules of each language that was searched in.
    loaded: RefCell<Vec<(Locale, Rc<QueryRules>)>>,
}

impl SearchHead {
    pub(crate) fn new(searcher: Searcher, rules: SearchRules) -> Self {
        Self {
            searcher,
            rules: Arc::new(rules),
            loaded: RefCell::default(),
        }
    }

    /// The rules for queries in a language.
    pub(crate) fn rules(&self, locale: Locale) -> Rc<QueryRules> {
        let known = self.loaded.borrow();
        if let Some((_, rules)) = known.iter().find(|(known, _)| *known == locale) {
            return rules.clone();
        }
        drop(known);
        let rules = Rc::new(steer::load(&self.rules, &self.searcher.analyser(locale)));
        self.loaded.borrow_mut().push((locale, rules.clone()));
        rules
    }
}
