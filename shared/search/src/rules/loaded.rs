//! The rules of one language, as terms of the index.
//!
//! Invariants: what comes out depends on the blob, the language, the analyser and the query alone. A
//! query asks with the terms that the same analyser made of it.

use std::sync::Arc;

use super::phrases::Phrases;
use super::{
    ALTERNATIVES_MAX, BASE_SYNONYM_PERCENT, BOOST_PERCENT, Boost, BoostOf, SHOP_SYNONYM_PERCENT,
    SearchRules, SoldOut, Synonyms,
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
    /// What they come from.
    pub(super) rules: Arc<SearchRules>,
    phrases: Phrases,
    /// What is known of each phrase, by its number.
    entries: Vec<Entry>,
    /// Places of the rules of every query among `rules.queries`.
    pub(super) always: Vec<usize>,
}

/// What is known of a phrase.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    is_stop_word: bool,
    alternatives: Vec<Alternative>,
    /// Places of rules among `rules.queries`: of queries that are the phrase, and of those that contain
    /// it. Rules of the language come before those of every language.
    pub(super) exact: Vec<usize>,
    pub(super) contained: Vec<usize>,
}

/// Terms that may stand in a document instead of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The words, as the merchant wrote them.
    pub text: Arc<str>,
    /// Their terms, all of them in their order. The words of a group share them.
    pub terms: Arc<[String]>,
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
    pub fn load(self: &Arc<Self>, language: &str, analyser: &impl Analyser) -> QueryRules {
        let place = self.place(language);
        let mut loaded = QueryRules {
            rules: Arc::clone(self),
            ..QueryRules::default()
        };
        for stop_words in self
            .stop_words
            .iter()
            .filter(|one| Some(one.language) == place)
        {
            for word in &stop_words.words {
                for term in analyser.terms(word) {
                    if let Some(entry) = loaded.entry(&[term]) {
                        entry.is_stop_word = true;
                    }
                }
            }
        }
        let is_spoken = |language: Option<u8>| language.is_none() || language == place;
        for one in self.synonyms.iter().filter(|one| is_spoken(one.language)) {
            loaded.add_synonyms(one, analyser);
        }
        // Rules of the language first.
        for is_own in [true, false] {
            for (at, rule) in self.queries.iter().enumerate() {
                if rule.language.is_some() == is_own && is_spoken(rule.language) {
                    loaded.add_rule(at, analyser);
                }
            }
        }
        loaded
    }
}

impl QueryRules {
    /// What is known of a phrase, to be added to; `None` for an empty one.
    fn entry(&mut self, terms: &[String]) -> Option<&mut Entry> {
        let number = self.phrases.number(terms)?;
        if number == self.entries.len() {
            self.entries.push(Entry::default());
        }
        self.entries.get_mut(number)
    }

    /// What is known of the phrases that begin at a place of a query, with their lengths, the longest
    /// first.
    pub(super) fn at<'p, S: AsRef<str>>(
        &'p self,
        terms: &'p [S],
        start: usize,
    ) -> impl Iterator<Item = (usize, &'p Entry)> + use<'p, S> {
        let phrases = self.phrases.at(terms, start);
        phrases.map(|(length, number)| (length, &self.entries[number]))
    }

    fn add_synonyms(&mut self, synonyms: &Synonyms, analyser: &impl Analyser) {
        let percent = match synonyms.is_base {
            true => BASE_SYNONYM_PERCENT,
            false => SHOP_SYNONYM_PERCENT,
        };
        let terms = |words: &[String]| -> Vec<(Arc<str>, Arc<[String]>)> {
            words
                .iter()
                .map(|word| (word.as_str().into(), analyser.terms(word).into()))
                .collect()
        };
        let words = terms(&synonyms.words);
        let finds = terms(&synonyms.finds);
        let others = match finds.is_empty() {
            true => &words,
            false => &finds,
        };
        for (_, word) in &words {
            let Some(entry) = self.entry(word) else {
                continue;
            };
            let alternatives = &mut entry.alternatives;
            for (text, other) in others.iter().filter(|(_, other)| other != word) {
                let known = alternatives.iter().any(|one| one.terms == *other);
                if known || other.is_empty() || alternatives.len() == ALTERNATIVES_MAX {
                    continue;
                }
                alternatives.push(Alternative {
                    text: Arc::clone(text),
                    terms: Arc::clone(other),
                    percent,
                });
            }
        }
    }

    fn add_rule(&mut self, at: usize, analyser: &impl Analyser) {
        let rules = Arc::clone(&self.rules);
        let rule = &rules.queries[at];
        if rule.query.is_empty() {
            self.always.push(at);
            return;
        }
        let terms = analyser.terms(&rule.query);
        let telling = self.telling(&terms);
        let terms: Vec<_> = telling.into_iter().map(|at| terms[at].clone()).collect();
        // Where the analyser sees no word in it, no query is this one.
        if let Some(entry) = self.entry(&terms) {
            match rule.is_contained {
                true => entry.contained.push(at),
                false => entry.exact.push(at),
            }
        }
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
        let query = [term];
        let mut entries = self.at(&query, 0);
        entries.any(|(_, entry)| entry.is_stop_word)
    }

    /// Other words for parts of a query, in the order of their places, the longest first. Parts may
    /// overlap: "head set" has words for "head set" and for "set".
    pub fn expansions<S: AsRef<str>>(&self, terms: &[S]) -> Vec<Expansion<'_>> {
        let mut expansions = Vec::new();
        for start in 0..terms.len() {
            for (length, number) in self.phrases.at(terms, start) {
                let alternatives = self.entries[number].alternatives.as_slice();
                if !alternatives.is_empty() {
                    expansions.push(Expansion {
                        start,
                        length,
                        alternatives,
                    });
                }
            }
        }
        expansions
    }

    /// The types whose products are shown beside those of a type, in their order.
    pub fn related(&self, product_type: &str) -> &[String] {
        let mut related = self.rules.related.iter();
        let found = related.find(|one| one.product_type == product_type);
        found.map_or(&[], |one| &one.related)
    }

    /// The boosts, for what is known of many documents at once.
    pub fn boosts(&self) -> &[Boost] {
        &self.rules.boosts
    }

    /// What the score of a document is multiplied by, in hundredths, within [`BOOST_PERCENT`]; `has`
    /// says whether a boost is about it. Products are cut to millionths, one boost after the other.
    pub fn boost_percent(&self, mut has: impl FnMut(&BoostOf) -> bool) -> u16 {
        // 32 boosts of 200 % are 10^6 × 2^32, below 2^64.
        const ONE: u64 = 1_000_000;
        let mut product = ONE;
        for boost in &self.rules.boosts {
            if has(&boost.of) {
                product = product.saturating_mul(u64::from(boost.percent)) / 100;
            }
        }
        let (min, max) = BOOST_PERCENT;
        let percent = product / (ONE / 100);
        let percent = percent.clamp(u64::from(min), u64::from(max));
        u16::try_from(percent).unwrap_or(max)
    }

    /// What becomes of products that are sold out.
    pub fn sold_out(&self) -> SoldOut {
        self.rules.sold_out
    }
}

#[cfg(test)]
mod tests {
    use super::super::RelatedTypes;
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
        let rules = Arc::new(SearchRules {
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
        });
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
        let french = rules.load("fr", &terms);
        assert_eq!(found(&french, "laptop cup").len(), 1);
    }

    #[test]
    fn a_phrase_has_no_more_forms_than_a_query_tries() {
        let groups = (0..80).map(|number| {
            let other = format!("w{number}x");
            synonyms(None, &["cup", &other], &[])
        });
        let rules = Arc::new(SearchRules {
            synonyms: groups.collect(),
            ..SearchRules::default()
        });
        let rules = rules.load("en", &terms);
        assert_eq!(found(&rules, "cup").len(), ALTERNATIVES_MAX);
    }

    #[test]
    fn boosts_multiply_and_stay_within_their_bounds() {
        let boost = |tag: &str, percent| Boost {
            of: BoostOf::Tag(tag.to_owned()),
            percent,
        };
        let rules = Arc::new(SearchRules {
            boosts: vec![
                boost("a", 150),
                boost("b", 180),
                boost("c", 60),
                boost("d", 70),
            ],
            ..SearchRules::default()
        });
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
        let rules = Arc::new(SearchRules {
            related: vec![RelatedTypes {
                product_type: "手机".to_owned(),
                related: texts(&["手机壳", "充电器"]),
            }],
            ..SearchRules::default()
        });
        let rules = rules.load("zh", &terms);
        assert_eq!(rules.related("手机"), ["手机壳", "充电器"]);
        assert_eq!(rules.related("手机壳"), [""; 0]);
    }
}
