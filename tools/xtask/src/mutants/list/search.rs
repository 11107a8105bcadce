//! Bugs in the search: what is found, in which order, and how it is counted.

use super::{Mutant, Place, mutant};

const SCORE: &str = "shared/search/src/query/score.rs";
const TYPOS: &str = "shared/search/src/query/typos.rs";
const ANSWER: &str = "shared/search/src/query/answer.rs";
const FACETS: &str = "shared/search/src/query/facets.rs";
const DOCUMENTS: &str = "shared/search/src/format/documents.rs";
const RANK: &str = "shared/search/src/query/rank.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Search,
        "two characters across two words count as a word",
        SCORE,
        "value: if is_piece { value / PIECE_SHARE } else { value },",
        "value,",
    ),
    mutant(
        Place::Search,
        "two characters across two words find",
        SCORE,
        "is_found: !is_piece,",
        "is_found: true,",
    ),
    mutant(
        Place::Search,
        "what the query is about is no better than the rest",
        SCORE,
        "score * HEAD_FACTOR / 256",
        "score",
    ),
    mutant(
        Place::Search,
        "the share of the words counts once",
        SCORE,
        "sum * share / 1024 * share / 1024 * 16",
        "sum * share / 1024 * 16",
    ),
    mutant(
        Place::Search,
        "words beside each other count as another word",
        SCORE,
        "idf * PAIR_WEIGHT / 256",
        "idf",
    ),
    mutant(
        Place::Search,
        "what the query is about is left out first",
        SCORE,
        "(has_any, is_head, self.idf[place], std::cmp::Reverse(place))",
        "(has_any, !is_head, self.idf[place], std::cmp::Reverse(place))",
    ),
    mutant(
        Place::Search,
        "no word is left out while anything is found",
        SCORE,
        "pub(crate) const LITTLE: u32 = 10;",
        "pub(crate) const LITTLE: u32 = 1;",
    ),
    mutant(
        Place::Search,
        "a form of two terms counts twice",
        SCORE,
        "if count > 1 {",
        "if count > 8 {",
    ),
    mutant(
        Place::Search,
        "the forms of a word add up",
        SCORE,
        "value: one.value.max(other.value),",
        "value: one.value + other.value,",
    ),
    mutant(
        Place::Search,
        "two letters swapped are two mistakes",
        TYPOS,
        "self.rows[depth - 2][at - 1].saturating_add(1)",
        "self.rows[depth - 2][at - 1].saturating_add(2)",
    ),
    mutant(
        Place::Search,
        "a long word may have one mistake",
        TYPOS,
        "TWO_CHARS_MIN..=TYPO_CHARS_MAX => 2,",
        "TWO_CHARS_MIN..=TYPO_CHARS_MAX => 1,",
    ),
    mutant(
        Place::Search,
        "words that are farther away count as well",
        TYPOS,
        ".filter(|(_, (distance, _))| *distance == nearest);",
        ".filter(|(_, (distance, _))| *distance >= nearest);",
    ),
    mutant(
        Place::Search,
        "equal results are in the order of the index",
        RANK,
        "u64::MAX - score, key[2]], tie, place)",
        "u64::MAX - score, key[2]], 0, place)",
    ),
    mutant(
        Place::Search,
        "the highest price comes last",
        RANK,
        "Self::Price(page, true) => [!ordered(page.price(place).unwrap_or(0)), 0],",
        "Self::Price(page, true) => [ordered(page.price(place).unwrap_or(0)), 0],",
    ),
    mutant(
        Place::Search,
        "the other values of a facet are not counted",
        FACETS,
        "first.is_none_or(|(of, _)| *of == Some(facet))",
        "first.is_none_or(|(of, _)| of.is_none() && facet > 0)",
    ),
    mutant(
        Place::Search,
        "a product is sold out with its first variant",
        DOCUMENTS,
        "skus.all(|&number| sku(",
        "skus.any(|&number| sku(",
    ),
    mutant(
        Place::Search,
        "a hidden product is found",
        ANSWER,
        "places.retain(|place| !has(&apart.hidden, place));",
        "places.retain(|place| !has(&apart.hidden, place) || request.limit > 0);",
    ),
    mutant(
        Place::Search,
        "pins are in the order of the scores",
        ANSWER,
        "Some(at) => *at,",
        "Some(at) => *at / 64,",
    ),
    mutant(
        Place::Search,
        "a product that is gone is found",
        "shared/search/src/query/gather.rs",
        "if !deleted.has(posting.document) {",
        "if !deleted.has(posting.document) || posting.document > 0 {",
    ),
    mutant(
        Place::Search,
        "words of products that are gone are suggested",
        "shared/search-build/src/builder.rs",
        ".map(|(key, &count)| (key.clone(), (0, count)))",
        ".map(|(key, &count)| (key.clone(), (0, count.min(0))))",
    ),
    mutant(
        Place::Search,
        "a changed tag is not indexed",
        "shared/search-build/src/lib.rs",
        "collections: Vec::new(),",
        "collections: Vec::new(),\n        tags: Vec::new(),",
    ),
    mutant(
        Place::Search,
        "a number pairs with the word behind it",
        "shared/search-build/src/document.rs",
        "at > 0 || !before.1;",
        "at > 0 || !before.0.is_empty();",
    ),
    mutant(
        Place::Search,
        "what is bought often comes no nearer than the page behind",
        RANK,
        ".retain(|(key, _)| [key[0], u64::MAX - bounds(key).1, key[2]] <= last);",
        ".retain(|(key, _)| [key[0], u64::MAX - bounds(key).0, key[2]] <= last);",
    ),
    mutant(
        Place::Search,
        "what was learnt counts without bounds",
        "shared/search/src/query/request.rs",
        "factor(tie).clamp(LEARNT_MIN, LEARNT_MAX)",
        "factor(tie)",
    ),
];
