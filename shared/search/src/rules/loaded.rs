//! The rules of one language, as terms of the index.
//!
//! Invariants: what comes out depends on the blob, the language, the analyser and the query alone. A
//! query asks with the terms that the same analyser made of it.

use std::collections::BTreeSet;

use super::phrases::Phrases;
use super::{
    ALTERNATIVES_MAX, BASE_SYNONYM_PERCENT, BOOST_PERCENT, Boost, BoostOf, QueryRule, RelatedTypes,
    SHOP_SYNONYM_PERCENT, SearchRules, SoldOut, Synonyms,
};

/// How texts become the terms that the index has.
pub trait Analyser {
    /// The terms of a text in their order; none where it has no word.
    fn terms(&self, text: &str) -> Vec<String>;
}

impl<F: Fn(&str) -> Vec<String>> Analyser for F {
    fn terms(&self, text: &str) -> Vec<String> {
        self(text)
    }
}

/// The rules of one language.
#[derive(Debug, Clone, Default)]
pub struct QueryRules {
    synonyms: Phrases<Vec<Alternative>>,
    stop_words: BTreeSet<String>,
    /// Those of the language before those of every language, else in the order of the file.
    pub(super) rules: Vec<QueryRule>,
    /// Places in `rules`: of queries that are these terms, of queries that contain them, of every
    /// query.
    pub(super) exact: Phrases<Vec<usize>>,
    pub(super) contained: Phrases<Vec<usize>>,
    pub(super) always: Vec<usize>,
    related: Vec<RelatedTypes>,
    boosts: Vec<Boost>,
    sold_out: SoldOut,
}

/// Terms that may stand in a document instead of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The terms, all of them in their order.
    pub terms: Vec<String>,
    /// What they count, in hundredths of the query's own.
    pub percent: u8,
}

/// A place of a query for which there are other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion<'r> {
    /// The first of the query's terms that are meant.
    pub start: usize,
    /// How many terms are meant.
    pub length: usize,
    /// What may stand instead, up to [`ALTERNATIVES_MAX`]; the shop's own before the base list's.
    pub alternatives: &'r [Alternative],
}

impl SearchRules {
    /// The rules of a language as the analyser's terms.
    pub fn load(&self, language: &str, analyser: &impl Analyser) -> QueryRules {
        let place = self.place(language);
        let mut loaded = QueryRules {
            related: self.related.clone(),
            boosts: self.boosts.clone(),
            sold_out: self.sold_out,
            ..QueryRules::default()
        };
        let stop_words = self.stop_words.iter();
        let stop_words = stop_words.filter(|one| Some(one.language) == place);
        let stop_words = stop_words.flat_map(|one| &one.words);
        loaded.stop_words = stop_words.flat_map(|word| analyser.terms(word)).collect();
        let is_spoken = |language: Option<u8>| language.is_none() || language == place;
        for one in self.synonyms.iter().filter(|one| is_spoken(one.language)) {
            loaded.add_synonyms(one, analyser);
        }
        let own = self.queries.iter().filter(|one| one.language.is_some());
        let all = self.queries.iter().filter(|one| one.language.is_none());
        for rule in own.chain(all).filter(|one| is_spoken(one.language)) {
            loaded.add_rule(rule, analyser);
        }
        loaded
    }
}

impl QueryRules {
    fn add_synonyms(&mut self, synonyms: &Synonyms, analyser: &impl Analyser) {
        let percent = match synonyms.is_base {
            true => BASE_SYNONYM_PERCENT,
            false => SHOP_SYNONYM_PERCENT,
        };
        let terms = |words: &[String]| -> Vec<Vec<String>> {
            words.iter().map(|word| analyser.terms(word)).collect()
        };
        let words = terms(&synonyms.words);
        let finds = terms(&synonyms.finds);
        let others = match finds.is_empty() {
            true => &words,
            false => &finds,
        };
        for word in &words {
            let Some(alternatives) = self.synonyms.entry(word) else {
                continue;
            };
            for other in others.iter().filter(|other| *other != word) {
                let known = alternatives.iter().any(|one| one.terms == *other);
                if known || other.is_empty() || alternatives.len() == ALTERNATIVES_MAX {
                    continue;
                }
                alternatives.push(Alternative {
                    terms: other.clone(),
                    percent,
                });
            }
        }
    }

    fn add_rule(&mut self, rule: &QueryRule, analyser: &impl Analyser) {
        let place = self.rules.len();
        if rule.query.is_empty() {
            self.always.push(place);
        } else {
            let terms = analyser.terms(&rule.query);
            let telling = self.telling(&terms);
            let terms: Vec<_> = telling.into_iter().map(|at| terms[at].clone()).collect();
            let phrases = match rule.is_contained {
                true => &mut self.contained,
                false => &mut self.exact,
            };
            let Some(places) = phrases.entry(&terms) else {
                // The analyser sees no word in it, so no query is this one.
                return;
            };
            places.push(place);
        }
        self.rules.push(rule.clone());
    }

    /// Places of the terms that are no stop words; of all terms where each is one.
    pub(super) fn telling<S: AsRef<str>>(&self, terms: &[S]) -> Vec<usize> {
        let places = 0..terms.len();
        let telling = places
            .clone()
            .filter(|&at| !self.is_stop_word(terms[at].as_ref()));
        let telling: Vec<_> = telling.collect();
        match telling.is_empty() {
            true => places.collect(),
            false => telling,
        }
    }

    /// Whether a term need not be found. The query keeps it all the same where it says which word is
    /// the head ("case for a phone"), or where it has no other.
    pub fn is_stop_word(&self, term: &str) -> bool {
        self.stop_words.contains(term)
    }

    /// Other words for parts of a query, in the order of their places, the longest first. Parts may
    /// overlap: "head set" has words for "head set" and for "set".
    pub fn expansions<S: AsRef<str>>(&self, terms: &[S]) -> Vec<Expansion<'_>> {
        let starts = 0..terms.len();
        let expansions = starts.flat_map(|start| {
            let phrases = self.synonyms.at(terms, start);
            phrases.map(move |(length, alternatives)| Expansion {
                start,
                length,
                alternatives,
            })
        });
        expansions
            .filter(|one| !one.alternatives.is_empty())
            .collect()
    }

    /// The types whose products are shown beside those of a type, in their order.
    pub fn related(&self, product_type: &str) -> &[String] {
        let mut related = self.related.iter();
        let found = related.find(|one| one.product_type == product_type);
        found.map_or(&[], |one| &one.related)
    }

    /// The boosts, for what is known of many documents at once.
    pub fn boosts(&self) -> &[Boost] {
        &self.boosts
    }

    /// What the score of a document is multiplied by, in hundredths, within [`BOOST_PERCENT`]; `has`
    /// says whether a boost is about it.
    pub fn boost_percent(&self, mut has: impl FnMut(&BoostOf) -> bool) -> u16 {
        let (min, max) = BOOST_PERCENT;
        let boosts = self.boosts.iter().filter(|boost| has(&boost.of));
        // Hundredths of hundredths, so that the order of the boosts makes no difference that counts.
        let product = boosts.fold(1.0, |product, boost| {
            product * f64::from(boost.percent) / 100.0
        });
        let percent = (product * 100.0).round();
        let bounded = percent.clamp(f64::from(min), f64::from(max));
        // Between 50 and 200.
        bounded as u16
    }

    /// What becomes of products that are sold out.
    pub fn sold_out(&self) -> SoldOut {
        self.sold_out
    }

    /// How many phrases have synonyms.
    pub fn phrases_with_synonyms(&self) -> usize {
        self.synonyms.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{terms, texts};
    use super::*;

    fn synonyms(language: Option<u8>, words: &[&str], finds: &[&str]) -> Synonyms {
        Synonyms {
            language,
            words: texts(words),
            finds: texts(finds),
            is_base: false,
        }
    }

    fn found(rules: &QueryRules, query: &str) -> Vec<(usize, usize, String, u8)> {
        let query = terms(query);
        let expansions = rules.expansions(&query);
        let found = expansions.iter().flat_map(|one| {
            let alternatives = one.alternatives.iter();
            alternatives.map(|other| {
                let text = other.terms.join(" ");
                (one.start, one.length, text, other.percent)
            })
        });
        found.collect()
    }

    #[test]
    fn synonyms_work_both_ways_and_one_way_in_their_language_alone() {
        let rules = SearchRules {
            languages: texts(&["en", "zh"]),
            synonyms: vec![
                synonyms(Some(0), &["Laptops", "notebook"], &[]),
                synonyms(Some(0), &["mobile"], &["smart phone"]),
                synonyms(None, &["mug", "cup"], &[]),
                synonyms(Some(1), &["手机", "移动电话"], &[]),
                Synonyms {
                    is_base: true,
                    ..synonyms(Some(0), &["laptop", "notebook", "ultrabook"], &[])
                },
            ],
            ..SearchRules::default()
        };
        let english = rules.load("en", &terms);
        let own = SHOP_SYNONYM_PERCENT;
        assert_eq!(
            found(&english, "red laptop"),
            [
                (1, 1, "notebook".to_owned(), own),
                (1, 1, "ultrabook".to_owned(), BASE_SYNONYM_PERCENT)
            ]
        );
        assert_eq!(
            found(&english, "mobile"),
            [(0, 1, "smart phone".to_owned(), own)]
        );
        assert_eq!(found(&english, "smart phone"), []);
        assert_eq!(found(&english, "手机"), []);
        let chinese = rules.load("zh", &terms);
        assert_eq!(
            found(&chinese, "手机壳"),
            [(0, 1, "移动 动电 电话".to_owned(), own)]
        );
        assert_eq!(found(&chinese, "cup"), [(0, 1, "mug".to_owned(), own)]);
        assert_eq!(found(&chinese, "laptop"), []);
        // A language without rules of its own has those of every language.
        assert_eq!(rules.load("fr", &terms).phrases_with_synonyms(), 2);
    }

    #[test]
    fn a_phrase_has_no_more_forms_than_a_query_tries() {
        let groups = (0..80).map(|number| {
            let other = format!("w{number}x");
            synonyms(None, &["cup", &other], &[])
        });
        let rules = SearchRules {
            synonyms: groups.collect(),
            ..SearchRules::default()
        };
        let rules = rules.load("en", &terms);
        assert_eq!(found(&rules, "cup").len(), ALTERNATIVES_MAX);
    }

    #[test]
    fn boosts_multiply_and_stay_within_their_bounds() {
        let boost = |tag: &str, percent| Boost {
            of: BoostOf::Tag(tag.to_owned()),
            percent,
        };
        let rules = SearchRules {
            boosts: vec![
                boost("a", 150),
                boost("b", 180),
                boost("c", 60),
                boost("d", 70),
            ],
            ..SearchRules::default()
        };
        let rules = rules.load("en", &terms);
        let percent = |tags: &[&str]| {
            rules.boost_percent(|of| match of {
                BoostOf::Tag(tag) => tags.contains(&tag.as_str()),
                BoostOf::Type(_) | BoostOf::Vendor(_) | BoostOf::Collection(_) => false,
            })
        };
        assert_eq!(percent(&[]), 100);
        assert_eq!(percent(&["a"]), 150);
        assert_eq!(percent(&["a", "c"]), 90);
        assert_eq!(percent(&["a", "b"]), 200);
        assert_eq!(percent(&["c", "d"]), 50);
    }

    #[test]
    fn related_types_are_found_by_the_name_of_the_type() {
        let rules = SearchRules {
            related: vec![RelatedTypes {
                product_type: "手机".to_owned(),
                related: texts(&["手机壳", "充电器"]),
            }],
            ..SearchRules::default()
        };
        let rules = rules.load("zh", &terms);
        assert_eq!(rules.related("手机"), ["手机壳", "充电器"]);
        assert_eq!(rules.related("手机壳"), [""; 0]);
    }
}
