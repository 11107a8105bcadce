//! What a query asks for, and what it is answered with.

use souk_catalogue::{Product, SlugHash, Text};
use souk_domain::Locale;

use crate::format::{FacetKind, SkuNumber};
use crate::rules::SoldOut;

/// Characters of a query.
pub const QUERY_CHARS_MAX: usize = 128;
/// Words of a query that count.
pub const WORDS_MAX: usize = 16;
/// Forms of a word that are looked for.
pub const FORMS_MAX: usize = 64;
/// A factor of one.
pub(crate) const FACTOR_ONE: u64 = 256;

/// The order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sort {
    /// By how much they are about the query.
    #[default]
    Relevance,
    /// The lowest price first.
    PriceAscending,
    /// The highest price first.
    PriceDescending,
    /// The latest first publication first.
    Newest,
    /// By the first bytes of the folded title.
    Title,
    /// As [`Request::popular`] has them, and what it does not have by relevance.
    Popular,
}

/// What products have to have. Values of one facet widen, facets narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// For each facet its values, in the shop's own language; slugs of collections.
    pub groups: Vec<(FacetKind, Vec<String>)>,
    /// The lowest price, in minor units.
    pub price_min_minor: Option<i64>,
    /// The highest price, in minor units.
    pub price_max_minor: Option<i64>,
}

impl Filters {
    /// Whether every product passes.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.price_min_minor.is_none() && self.price_max_minor.is_none()
    }
}

/// Words that stand for others, as the shop's rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Where in the query what they stand for begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The other words; all of them have to be there.
    pub phrase: String,
    /// How much they count beside the word itself, of 256.
    pub weight: u16,
}

/// What the shop's rules say about a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steering {
    /// Synonyms of the words of the query.
    pub expansions: Vec<Expansion>,
    /// Words of the query, folded, that are not searched for beside others.
    pub stop_words: Vec<String>,
    /// Slugs that come first, in this order, where the filters let them pass.
    pub pins: Vec<String>,
    /// Slugs that are left out.
    pub hidden: Vec<String>,
    /// Values whose products count more or less.
    pub boosts: Vec<Boost>,
}

/// A value whose products count more or less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boost {
    /// The facet.
    pub kind: FacetKind,
    /// The value, in the shop's own language.
    pub value: String,
    /// What scores are multiplied by, of 256; from 64 to 1024.
    pub factor: u16,
}

/// A query.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// As the shopper typed it: [`QUERY_CHARS_MAX`] characters at most.
    pub text: &'a str,
    /// The language of the page, and the market whose products and prices count.
    pub locale: Locale,
    /// What products have to have.
    pub filters: &'a Filters,
    /// The order.
    pub sort: Sort,
    /// The most popular products, the most popular first; empty where the order does not need them.
    pub popular: &'a [SlugHash],
    /// What the shop has learnt of products.
    pub learnt: Learnt<'a>,
    /// The first result that may be given.
    pub start: Start,
    /// Results that are wanted.
    pub limit: usize,
    /// Whether values are counted.
    pub facets: bool,
    /// Whether related types are wanted.
    pub related: bool,
    /// What the shop's rules say.
    pub steering: &'a Steering,
    /// What is sold out.
    pub stock: Stock<'a>,
}

/// The least that a score is multiplied by for what was learnt of its product, of 256.
pub const LEARNT_MIN: u64 = 208;
/// The most that a score is multiplied by for it, of 256.
pub const LEARNT_MAX: u64 = 280;

/// What the shop has learnt of products, as far as it changes the order of relevance.
#[derive(Clone, Copy, Default)]
pub struct Learnt<'a> {
    /// What the score of a product is multiplied by, of 256, by its tie: within [`LEARNT_MIN`] and
    /// [`LEARNT_MAX`]. `None` where nothing was learnt.
    pub factor: Option<&'a dyn Fn(u32) -> u64>,
}

impl Learnt<'_> {
    /// The score of a product with this tie.
    pub(crate) fn score(self, score: u64, tie: u32) -> u64 {
        match self.factor {
            Some(factor) => score * factor(tie).clamp(LEARNT_MIN, LEARNT_MAX) / FACTOR_ONE,
            None => score,
        }
    }

    /// The least and the greatest score that a product may have.
    pub(crate) fn bounds(self, score: u64) -> (u64, u64) {
        match self.factor {
            Some(_) => (
                score * LEARNT_MIN / FACTOR_ONE,
                score * LEARNT_MAX / FACTOR_ONE,
            ),
            None => (score, score),
        }
    }
}

impl std::fmt::Debug for Learnt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.factor.is_some())
    }
}

/// Where a page of results begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Start {
    /// Its first result stands here or later; see [`Item::place`].
    pub place: usize,
    /// Whether it is among those that are sold out, where these come behind the others.
    pub is_sold_out: bool,
}

/// What is sold out at the moment. [`Item::place`] does not change with it.
#[derive(Clone, Copy, Default)]
pub struct Stock<'a> {
    /// Whether a variant is sold out, by the number of its SKU; a product is where all of its variants
    /// are. `None` where nothing is.
    pub is_sold_out: Option<&'a dyn Fn(SkuNumber) -> bool>,
    /// What becomes of products that are sold out.
    pub sold_out: SoldOut,
}

impl std::fmt::Debug for Stock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.sold_out)
    }
}

/// How a word of a query was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectionKind {
    /// Letters were added, left out, changed or swapped.
    Typo,
    /// Chinese words that are read so.
    Pinyin,
    /// Chinese words that are read as what was typed.
    Homophone,
    /// Two words.
    Split,
    /// One word.
    Join,
}

/// A change that the results come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// What was typed.
    pub from: String,
    /// What was looked for.
    pub to: String,
    /// How it was changed.
    pub kind: CorrectionKind,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its card.
    pub product: Product,
    /// What the title has of the query: characters from and to.
    pub highlight: Vec<(usize, usize)>,
    /// Its place among all results, those that are sold out among them.
    pub place: usize,
    /// What it is ordered by, for `search explain`; 0 in another order than that of relevance.
    pub score: u64,
}

/// How many results have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCount {
    /// [`Text::base`] is what an address names.
    pub text: Text,
    /// Results that have it, with the filters of the other facets.
    pub count: u32,
    /// Whether it is filtered by.
    pub is_chosen: bool,
}

/// A facet and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCounts {
    /// What it is of.
    pub kind: FacetKind,
    /// Name of the option; empty for the other facets.
    pub label: Text,
    /// Those of the most results first; chosen ones are always among them.
    pub values: Vec<ValueCount>,
}

/// A type that the query's words are said of, such as cases for a query for phones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedType {
    /// Its name.
    pub text: Text,
    /// How many products there are.
    pub total: u32,
    /// The best of them.
    pub items: Vec<Product>,
}

/// What a query is answered with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text that was searched for.
    pub used: String,
    /// How it differs from what was typed.
    pub corrections: Vec<Correction>,
    /// Words that were left out because too little has all of them.
    pub dropped: Vec<String>,
    /// Results before the first one of `items`.
    pub before: usize,
    /// From [`Request::start`] on.
    pub items: Vec<Item>,
    /// Results in all.
    pub total: u32,
    /// Results that are not sold out, with the filters.
    pub in_stock: u32,
    /// Where the page before begins; `None` on the first page.
    pub previous: Option<Start>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Start>,
    /// Empty where they are not wanted.
    pub facets: Vec<FacetCounts>,
    /// The lowest and the highest price of the results, whatever prices are filtered by; `None` where
    /// facets are not wanted or there is no result.
    pub price_minor: Option<(i64, i64)>,
    /// Whether every result is counted.
    pub counts_exact: bool,
    /// Only where they are wanted.
    pub related: Vec<RelatedType>,
}
