//! What the rules say of a query.

use super::{Action, QueryFilter, QueryRules, RULE_PRODUCTS_MAX};

/// What the rules say of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchedRules<'r> {
    /// A path of the shop, without a language before it, which the shopper gets instead.
    pub redirect: Option<&'r str>,
    /// Slugs of the products that come first, in this order, each once; none of them is hidden.
    pub pinned: Vec<&'r str>,
    /// Slugs of the products that are not shown, each once.
    pub hidden: Vec<&'r str>,
    /// What products have to have: all of these.
    pub filters: Vec<&'r QueryFilter>,
    /// Places of the query's terms that need not be found, because a filter says what they say, in
    /// ascending order. Where these are all of them, every product that the filters let through is
    /// found.
    pub dropped: Vec<usize>,
}

impl QueryRules {
    /// What the rules say of a query. Stop words do not count, neither in the query nor in rules.
    ///
    /// Of several rules those of the whole query come before those of a part of it, longer parts before
    /// shorter ones, and those of the language before those of every language. A product that one rule
    /// pins and another hides is hidden.
    pub fn matched<S: AsRef<str>>(&self, terms: &[S]) -> MatchedRules<'_> {
        let telling = self.telling(terms);
        let query: Vec<&str> = telling.iter().map(|&at| terms[at].as_ref()).collect();
        let mut matched = MatchedRules::default();
        let mut parts = Vec::new();
        for start in 0..query.len() {
            for (length, entry) in self.at(&query, start) {
                if length == query.len() {
                    self.add(&mut matched, &entry.exact, &telling);
                }
                if !entry.contained.is_empty() {
                    parts.push((length, start, &entry.contained));
                }
            }
        }
        for wanted in (1..=query.len()).rev() {
            for &(length, start, places) in &parts {
                if length == wanted {
                    self.add(&mut matched, places, &telling[start..start + length]);
                }
            }
        }
        self.add(&mut matched, &self.always, &[]);
        let hidden = &matched.hidden;
        matched.pinned.retain(|slug| !hidden.contains(slug));
        matched.pinned.truncate(RULE_PRODUCTS_MAX);
        matched
    }

    /// Adds what the rules at these places do; `terms` are the places of the query's terms that they
    /// are about.
    fn add<'r>(&'r self, matched: &mut MatchedRules<'r>, places: &[usize], terms: &[usize]) {
        for &place in places {
            match &self.rules.queries[place].action {
                Action::Redirect(path) => {
                    matched.redirect.get_or_insert(path);
                }
                Action::Pin(slugs) => add_once(&mut matched.pinned, slugs),
                Action::Hide(slugs) => add_once(&mut matched.hidden, slugs),
                Action::Filter(filter) => {
                    if !matched.filters.contains(&filter) {
                        matched.filters.push(filter);
                    }
                    if filter.drops_words {
                        terms.iter().for_each(|&at| matched.drop_term(at));
                    }
                }
            }
        }
    }
}

impl MatchedRules<'_> {
    fn drop_term(&mut self, at: usize) {
        let place = self.dropped.partition_point(|&known| known < at);
        if self.dropped.get(place) != Some(&at) {
            self.dropped.insert(place, at);
        }
    }
}

fn add_once<'r>(list: &mut Vec<&'r str>, slugs: &'r [String]) {
    for slug in slugs {
        if !list.contains(&slug.as_str()) {
            list.push(slug);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::samples::{terms, texts};
    use super::super::{QueryRule, SearchRules, StopWords};
    use super::*;

    fn rule(query: &str, action: Action) -> QueryRule {
        QueryRule {
            language: None,
            query: query.to_owned(),
            is_contained: false,
            action,
        }
    }

    #[test]
    fn stop_words_count_neither_in_queries_nor_in_rules_unless_there_is_nothing_else() {
        let rules = Arc::new(SearchRules {
            languages: texts(&["en"]),
            stop_words: vec![StopWords {
                language: 0,
                words: texts(&["The", "for"]),
            }],
            queries: vec![
                rule("gifts for the garden", Action::Pin(texts(&["trug"]))),
                rule("the", Action::Pin(texts(&["book"]))),
            ],
            ..SearchRules::default()
        });
        let english = rules.load("en", &terms);
        let pinned = |query: &str| english.matched(&terms(query)).pinned;
        assert_eq!(pinned("the gift garden"), ["trug"]);
        assert_eq!(pinned("gifts for garden"), ["trug"]);
        assert_eq!(pinned("gifts for garden lovers"), [""; 0]);
        assert_eq!(pinned("the"), ["book"]);
        assert!(!rules.load("de", &terms).is_stop_word("the"));
    }

    #[test]
    fn rules_of_the_whole_query_come_before_those_of_a_part() {
        let mut part = rule("red mug", Action::Pin(texts(&["b", "c", "hidden"])));
        part.is_contained = true;
        let mut short = rule("mug", Action::Pin(texts(&["d"])));
        short.is_contained = true;
        let mut own = rule("red mugs", Action::Redirect("/collections/red".to_owned()));
        own.language = Some(0);
        let rules = Arc::new(SearchRules {
            languages: texts(&["en"]),
            queries: vec![
                short,
                part,
                rule("red mug", Action::Redirect("/collections/mugs".to_owned())),
                rule("large red mug", Action::Pin(texts(&["a", "b"]))),
                rule("", Action::Hide(texts(&["hidden"]))),
                own,
            ],
            ..SearchRules::default()
        });
        let rules = rules.load("en", &terms);
        let query = terms("large red mugs");
        let matched = rules.matched(&query);
        assert_eq!(matched.pinned, ["a", "b", "c", "d"]);
        assert_eq!(matched.hidden, ["hidden"]);
        assert_eq!(matched.redirect, None);
        let redirect = rules.matched(&terms("red mug")).redirect;
        assert_eq!(redirect, Some("/collections/red"));
        // Nothing but what holds for every query.
        let other = rules.matched(&terms("kettle"));
        assert_eq!((other.pinned.len(), other.hidden.len()), (0, 1));
        assert_eq!(rules.matched::<String>(&[]).hidden.len(), 1);
    }

    #[test]
    fn a_filter_says_which_terms_need_not_be_found() {
        let filter = |drops_words| QueryFilter {
            tags: texts(&["sale"]),
            drops_words,
            ..QueryFilter::default()
        };
        let load = |drops_words| {
            let mut rule = rule("on sale", Action::Filter(filter(drops_words)));
            rule.is_contained = true;
            let rules = Arc::new(SearchRules {
                languages: texts(&["en"]),
                stop_words: vec![StopWords {
                    language: 0,
                    words: texts(&["the"]),
                }],
                queries: vec![rule],
                ..SearchRules::default()
            });
            rules.load("en", &terms)
        };
        let query = terms("mugs on the sale");
        let rules = load(true);
        let matched = rules.matched(&query);
        assert_eq!(matched.filters, [&filter(true)]);
        assert_eq!(matched.dropped, [1, 3]);
        let rules = load(false);
        let matched = rules.matched(&query);
        assert_eq!((matched.filters.len(), matched.dropped.len()), (1, 0));
    }

    #[test]
    fn no_more_products_are_pinned_than_the_first_page_shows() {
        let pins = |letter: &str| {
            let slugs = (0..20).map(|number| format!("{letter}{number}")).collect();
            let mut rule = rule(letter, Action::Pin(slugs));
            rule.is_contained = true;
            rule
        };
        let rules = Arc::new(SearchRules {
            queries: vec![pins("a"), pins("b")],
            ..SearchRules::default()
        });
        let rules = rules.load("en", &terms);
        let matched = rules.matched(&["b", "a"]);
        assert_eq!(matched.pinned.len(), RULE_PRODUCTS_MAX);
        // Of parts of one length the first comes first.
        assert_eq!((matched.pinned[0], matched.pinned[20]), ("b0", "a0"));
    }
}
