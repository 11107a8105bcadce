//! What the shop's rules say about one query, in the terms of [`crate::query`].

use std::sync::Arc;

use crate::analysis::{Analyser, Token};
use crate::format::FacetKind;
use crate::query::{Boost, Expansion, Filters, Steering};
use crate::rules::{BoostOf, QueryFilter, QueryRules, SearchRules};

/// A query with what the rules say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steered {
    /// A path of the shop, without a language before it, which the shopper gets instead.
    pub redirect: Option<String>,
    /// What is searched for: the query without the words that a filter stands for.
    pub text: String,
    /// What products have to have.
    pub filters: Filters,
    /// Whether products that are sold out are left out.
    pub in_stock: bool,
    /// The rest.
    pub steering: Steering,
}

/// A term of a text, and the bytes that it takes.
struct Termed {
    term: String,
    start: usize,
    end: usize,
}

/// The terms that rules and queries meet in: the stem of a word, the single characters of a run.
fn terms(analyser: &Analyser<'_>, text: &str) -> Vec<Termed> {
    let tokens = analyser.tokens(text).into_iter();
    let terms = tokens.flat_map(|token| match token {
        Token::Word(word) => vec![Termed {
            term: analyser.joined_term(&word),
            start: word.start,
            end: word.end,
        }],
        Token::Run(run) => run
            .iter()
            .map(|one| Termed {
                term: one.char.into(),
                start: one.start,
                end: one.end,
            })
            .collect(),
        Token::Mark(_) => Vec::new(),
    });
    terms.collect()
}

/// The rules for the language of an analyser.
pub fn load(rules: &Arc<SearchRules>, analyser: &Analyser<'_>) -> QueryRules {
    let of = |text: &str| {
        let terms = terms(analyser, text).into_iter();
        terms.map(|termed| termed.term).collect::<Vec<_>>()
    };
    rules.load(analyser.language, &of)
}

/// What the rules say about a query.
pub fn steer(rules: &QueryRules, analyser: &Analyser<'_>, text: &str) -> Steered {
    let termed = terms(analyser, text);
    let terms: Vec<&str> = termed.iter().map(|one| one.term.as_str()).collect();
    let matched = rules.matched(&terms);
    let mut filters = Filters::default();
    for filter in &matched.filters {
        add_filter(&mut filters, filter);
    }
    let stop_words = analyser
        .tokens(text)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) if rules.is_stop_word(&analyser.joined_term(&word)) => {
                Some(word.joined())
            }
            Token::Word(_) | Token::Run(_) | Token::Mark(_) => None,
        });
    Steered {
        redirect: matched.redirect.map(str::to_owned),
        text: without(text, &termed, &matched.dropped),
        in_stock: matched.filters.iter().any(|filter| filter.in_stock),
        filters,
        steering: Steering {
            // Their places are those of the whole text, so none is left where words were taken out.
            expansions: match matched.dropped.is_empty() {
                true => expansions(rules, &termed, &terms),
                false => Vec::new(),
            },
            stop_words: stop_words.collect(),
            pins: matched.pinned.into_iter().map(str::to_owned).collect(),
            hidden: matched.hidden.into_iter().map(str::to_owned).collect(),
            boosts: rules.boosts().iter().map(boost).collect(),
        },
    }
}

fn expansions(rules: &QueryRules, termed: &[Termed], terms: &[&str]) -> Vec<Expansion> {
    let places = rules.expansions(terms).into_iter();
    let expansions = places.flat_map(|place| {
        let last = place.start + place.length.saturating_sub(1);
        place.alternatives.iter().map(move |one| Expansion {
            start: termed[place.start].start,
            end: termed[last].end,
            phrase: one.text.to_string(),
            weight: u16::from(one.percent) * 256 / 100,
        })
    });
    expansions.collect()
}

/// A text without some of its terms, which are in their order.
fn without(text: &str, termed: &[Termed], dropped: &[usize]) -> String {
    let mut left = text.to_owned();
    for one in dropped.iter().rev().map(|&at| &termed[at]) {
        left.replace_range(one.start..one.end, " ");
    }
    left.trim().to_owned()
}

fn boost(boost: &crate::rules::Boost) -> Boost {
    let (kind, value) = match &boost.of {
        BoostOf::Type(value) => (FacetKind::Type, value),
        BoostOf::Vendor(value) => (FacetKind::Vendor, value),
        BoostOf::Tag(value) => (FacetKind::Tag, value),
        BoostOf::Collection(value) => (FacetKind::Collection, value),
    };
    Boost {
        kind,
        value: value.clone(),
        factor: u16::try_from(u32::from(boost.percent) * 256 / 100).unwrap_or(u16::MAX),
    }
}

/// Narrows filters by those of a rule.
fn add_filter(filters: &mut Filters, rule: &QueryFilter) {
    let collection: Vec<_> = rule.collection.iter().cloned().collect();
    let lists = [
        (FacetKind::Collection, collection),
        (FacetKind::Type, rule.types.clone()),
        (FacetKind::Vendor, rule.vendors.clone()),
        (FacetKind::Tag, rule.tags.clone()),
    ];
    let options = rule.options.iter();
    let options = options.map(|(name, values)| (FacetKind::Option(name.clone()), values.clone()));
    let lists = lists.into_iter().chain(options);
    filters
        .groups
        .extend(lists.filter(|(_, values)| !values.is_empty()));
    let bound = |known: Option<i64>, rule: Option<i64>, pick: fn(i64, i64) -> i64| match known {
        Some(known) => Some(rule.map_or(known, |rule| pick(known, rule))),
        None => rule,
    };
    filters.price_min_minor = bound(filters.price_min_minor, rule.price_min_minor, i64::max);
    filters.price_max_minor = bound(filters.price_max_minor, rule.price_max_minor, i64::min);
}
