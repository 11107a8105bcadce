//! What the rules say of a query.

use std::collections::BTreeSet;

use super::{Action, QueryFilter, QueryRules, RULE_PRODUCTS_MAX};

/// What the rules say of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchedRules<'r> {
    /// A path of the shop, without a language before it, which the shopper gets instead.
    pub redirect: Option<&'r str>,
    /// Slugs of the products that come first, in this order; none of them is hidden.
    pub pinned: Vec<&'r str>,
    /// Slugs of the products that are not shown.
    pub hidden: BTreeSet<&'r str>,
    /// What products have to have: all of these.
    pub filters: Vec<&'r QueryFilter>,
    /// Places of the query's terms that need not be found, because a filter says what they say. Where
    /// these are all of them, every product that the filters let through is found.
    pub dropped: BTreeSet<usize>,
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
        for &place in self.exact.whole(&query).into_iter().flatten() {
            matched.add(&self.rules[place].action, &telling);
        }
        let mut parts = Vec::new();
        for start in 0..query.len() {
            for (length, places) in self.contained.at(&query, start) {
                let part = &telling[start..start + length];
                parts.extend(places.iter().map(|&place| (length, place, part)));
            }
        }
        parts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, place, part) in parts {
            matched.add(&self.rules[place].action, part);
        }
        for &place in &self.always {
            matched.add(&self.rules[place].action, &[]);
        }
        matched.finish()
    }
}

impl<'r> MatchedRules<'r> {
    fn add(&mut self, action: &'r Action, terms: &[usize]) {
        match action {
            Action::Redirect(path) => self.redirect = self.redirect.or(Some(path)),
            Action::Pin(slugs) => self.pinned.extend(slugs.iter().map(String::as_str)),
            Action::Hide(slugs) => self.hidden.extend(slugs.iter().map(String::as_str)),
            Action::Filter(filter) => {
                if !self.filters.contains(&filter) {
                    self.filters.push(filter);
                }
                if filter.drops_words {
                    self.dropped.extend(terms);
                }
            }
        }
    }

    fn finish(mut self) -> Self {
        let mut seen = BTreeSet::new();
        let hidden = &self.hidden;
        self.pinned
            .retain(|slug| !hidden.contains(slug) && seen.insert(*slug));
        self.pinned.truncate(RULE_PRODUCTS_MAX);
        self
    }
}

#[cfg(test)]
mod tests {
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
        let rules = SearchRules {
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
        };
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
        let rules = SearchRules {
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
        };
        let rules = rules.load("en", &terms);
        let query = terms("large red mugs");
        let matched = rules.matched(&query);
        assert_eq!(matched.pinned, ["a", "b", "c", "d"]);
        assert_eq!(matched.hidden, BTreeSet::from(["hidden"]));
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
            let rules = SearchRules {
                languages: texts(&["en"]),
                stop_words: vec![StopWords {
                    language: 0,
                    words: texts(&["the"]),
                }],
                queries: vec![rule],
                ..SearchRules::default()
            };
            rules.load("en", &terms)
        };
        let query = terms("mugs on the sale");
        let rules = load(true);
        let matched = rules.matched(&query);
        assert_eq!(matched.filters, [&filter(true)]);
        assert_eq!(matched.dropped, BTreeSet::from([1, 3]));
        let rules = load(false);
        let matched = rules.matched(&query);
        assert_eq!((matched.filters.len(), matched.dropped.len()), (1, 0));
    }
}
