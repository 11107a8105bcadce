//! From a query to results.

use std::rc::Rc;

use futures_util::future::try_join_all;
use souk_domain::Locale;
use souk_insights::{FACTOR_MAX, FACTOR_MIN};
use souk_ports::Edge;
use souk_search::format::FacetKind;
use souk_search::query::{
    Answer, ArticleRequest, Filters as Wanted, LEARNT_MAX, LEARNT_MIN, Learnt, Need,
    RELATED_PRODUCTS_MAX, RelatedType, Request, Sort, Start, Steering, Stock, SuggestRequest,
};
use souk_search::rules::{QueryRules, RELATED_TYPES_MAX, SoldOut};
use souk_search::steer::{Steered, steer};
use souk_shop::Entry;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::shop::Shop;
use crate::insights::Insights;
use crate::search::SearchHead;
use crate::search::articles::{ARTICLES_MAX, articles};
use crate::search::open::Blobs;
use crate::search::popular::PopularQueries;
use crate::search::query::SearchQuery;
use crate::signals::Signals;

/// Other searches are offered where fewer products than this are found.
const LITTLE: u32 = 3;
/// How many of them.
const SUGGESTIONS_MAX: usize = 6;
/// Types that are added because they are bought together with what was searched for: each takes a
/// search of its own.
const TYPES_TOGETHER_MAX: usize = 3;

// What is learnt moves results no further than a search allows.
const _: () = assert!(FACTOR_MIN >= LEARNT_MIN && FACTOR_MAX <= LEARNT_MAX);

impl<E: Edge> Shop<'_, E> {
    /// The types that are bought together with that of the first result, where related ones are wanted.
    pub(crate) async fn types_beside(
        &self,
        reader: &Reader<'_, E>,
        insights: &Insights,
        query: &SearchQuery,
        answer: &Answer,
    ) -> Vec<String> {
        let first = answer.items.first().filter(|_| wants_related(query));
        match first {
            Some(first) => {
                let name = &first.product.product_type.base;
                self.types_together(reader, insights, name).await
            }
            None => Vec::new(),
        }
    }
}

/// What the shop's rules make of a query.
pub(crate) struct Steps {
    pub(crate) steered: Steered,
    wanted: Wanted,
    rules: Rc<QueryRules>,
    locale: Locale,
}

impl Steps {
    pub(crate) fn of(head: &SearchHead, query: &SearchQuery, locale: Locale) -> Self {
        let analyser = head.searcher.analyser(locale);
        let rules = head.rules(locale);
        let mut steered = steer(&rules, &analyser, &query.text);
        let ruled = std::mem::take(&mut steered.filters);
        Self {
            wanted: both(query.wanted(), ruled),
            steered,
            rules,
            locale,
        }
    }

    /// Answers a query from the version of a reader.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn find<E: Edge>(
        &self,
        reader: &Reader<'_, E>,
        head: &SearchHead,
        query: &SearchQuery,
        signals: &Signals,
        insights: &Insights,
        facets: bool,
    ) -> Result<Answer, ReadError> {
        let popular = match query.sort() == Sort::Popular {
            true => insights.root.popular(),
            false => Vec::new(),
        };
        let factor = |tie| insights.root.factor(tie);
        let has_factors = !insights.root.factors.is_empty();
        let is_sold_out = |number| signals.is_sold_out(number);
        let sold_out = match query.in_stock || self.steered.in_stock {
            true => SoldOut::Hide,
            false => self.rules.sold_out(),
        };
        let request = Request {
            text: &self.steered.text,
            locale: self.locale,
            filters: &self.wanted,
            sort: query.sort(),
            popular: &popular,
            learnt: Learnt {
                factor: has_factors.then_some(&factor),
            },
            start: query.start(),
            limit: query.count as usize,
            facets,
            related: wants_related(query),
            steering: &self.steered.steering,
            stock: Stock {
                is_sold_out: signals.has_sold_out().then_some(&is_sold_out),
                sold_out,
            },
        };
        reader.answer(head, &request).await
    }

    /// Puts the types first that the shop's rules relate to the type of the first result, and behind
    /// those that the query's words are said of the ones that are bought `together` with it. Where the
    /// query finds nothing of a type, its best products are those that its name finds; all such types are
    /// searched at the same time.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn add_related<E: Edge>(
        &self,
        reader: &Reader<'_, E>,
        head: &SearchHead,
        query: &SearchQuery,
        signals: &Signals,
        together: &[String],
        answer: &mut Answer,
    ) -> Result<(), ReadError> {
        let first = answer.items.first().filter(|_| wants_related(query));
        let Some(first) = first.map(|item| &item.product.product_type.base) else {
            return Ok(());
        };
        let ruled = self.rules.related(first);
        let is_new = |name: &&String| !answer.related.iter().any(|one| one.text.base == **name);
        let searched = ruled.iter().filter(is_new).take(RELATED_TYPES_MAX);
        let mut searched: Vec<&String> = searched.collect();
        let room = RELATED_TYPES_MAX.saturating_sub(answer.related.len() + searched.len());
        let learnt = together
            .iter()
            .filter(|name| is_new(name) && !ruled.contains(name));
        searched.extend(learnt.take(room.min(TYPES_TOGETHER_MAX)));
        let searches = searched.into_iter();
        let searches = searches.map(|name| of_type(reader, head, name, signals));
        let found = try_join_all(searches).await?.into_iter().flatten();
        let mut rest = std::mem::take(&mut answer.related);
        rest.extend(found);
        for name in ruled {
            let at = rest.iter().position(|one| one.text.base == *name);
            answer.related.extend(at.map(|at| rest.remove(at)));
        }
        answer.related.append(&mut rest);
        answer.related.truncate(RELATED_TYPES_MAX);
        Ok(())
    }

    /// Documents below the products: of what was typed, or else of what was searched for instead.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn articles<E: Edge>(
        &self,
        reader: &Reader<'_, E>,
        head: &SearchHead,
        query: &SearchQuery,
        answer: &Answer,
    ) -> Result<Vec<Entry>, ReadError> {
        if !query.is_first() {
            return Ok(Vec::new());
        }
        let wanted = ArticleRequest {
            text: &query.text,
            steering: &self.steered.steering,
            need: Need::EveryWord,
            limit: ARTICLES_MAX,
        };
        let found = articles(reader, head, self.locale, &wanted, None).await?;
        if !found.is_empty() || answer.corrections.is_empty() {
            return Ok(found);
        }
        // The places of the rules' words are those of the other text.
        let other = ArticleRequest {
            text: &answer.used,
            steering: &Steering::default(),
            ..wanted
        };
        articles(reader, head, self.locale, &other, None).await
    }

    /// Other searches, where little was found: those of many shoppers that share a word with this one,
    /// and then words that go on with it.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn suggestions<E: Edge>(
        &self,
        reader: &Reader<'_, E>,
        head: &SearchHead,
        insights: &Insights,
        answer: &Answer,
    ) -> Result<Vec<String>, ReadError> {
        if answer.total >= LITTLE || self.steered.text.is_empty() {
            return Ok(Vec::new());
        }
        let request = SuggestRequest {
            text: &self.steered.text,
            locale: self.locale,
            limit: SUGGESTIONS_MAX,
            steering: &self.steered.steering,
        };
        let suggested = head.searcher.suggest(&Blobs(reader), &request).await?;
        let popular = PopularQueries {
            insights,
            analyser: head.searcher.analyser(self.locale),
            locale: self.locale,
        };
        let queries = popular.sharing_a_word(&self.steered.text);
        let mut queries = popular.before(queries, suggested.queries, usize::MAX);
        queries.retain(|text| *text != self.steered.text && *text != answer.used);
        queries.truncate(SUGGESTIONS_MAX);
        Ok(queries)
    }
}

/// Shoppers who narrow their results want less, not something else.
fn wants_related(query: &SearchQuery) -> bool {
    query.is_first() && !query.is_narrowed()
}

/// The products of a type that can be ordered; `None` where there are none.
async fn of_type<E: Edge>(
    reader: &Reader<'_, E>,
    head: &SearchHead,
    name: &str,
    signals: &Signals,
) -> Result<Option<RelatedType>, ReadError> {
    let is_sold_out = |number| signals.is_sold_out(number);
    let request = Request {
        text: name,
        locale: reader.version.shop.own(),
        filters: &Wanted {
            groups: vec![(FacetKind::Type, vec![name.to_owned()])],
            ..Wanted::default()
        },
        sort: Sort::Relevance,
        popular: &[],
        learnt: Learnt::default(),
        start: Start::default(),
        limit: RELATED_PRODUCTS_MAX,
        facets: false,
        related: false,
        steering: &Steering::default(),
        stock: Stock {
            is_sold_out: signals.has_sold_out().then_some(&is_sold_out),
            sold_out: SoldOut::Hide,
        },
    };
    let answer = reader.answer(head, &request).await?;
    let items: Vec<_> = answer.items.into_iter().map(|item| item.product).collect();
    Ok(items.first().cloned().map(|first| RelatedType {
        text: first.product_type,
        total: answer.total,
        items,
    }))
}

/// What passes two filters.
fn both(mut one: Wanted, other: Wanted) -> Wanted {
    one.groups.extend(other.groups);
    let larger = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).max();
    let smaller = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).min();
    one.price_min_minor = larger(one.price_min_minor, other.price_min_minor);
    one.price_max_minor = smaller(one.price_max_minor, other.price_max_minor);
    one
}
