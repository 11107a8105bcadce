//! From a query to results.

use std::rc::Rc;

use souk_domain::Locale;
use souk_ports::Edge;
use souk_search::query::{
    Answer, ArticleRequest, Filters as Wanted, Need, Request, Steering, Stock, SuggestRequest,
};
use souk_search::steer::{Steered, steer};
use souk_shop::Entry;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::search::SearchHead;
use crate::search::articles::{ARTICLES_MAX, articles};
use crate::search::open::Blobs;
use crate::search::query::SearchQuery;

/// Other searches are offered where fewer products than this are found.
const LITTLE: u32 = 3;
/// How many of them.
const SUGGESTIONS_MAX: usize = 6;

/// What the shop's rules make of a query.
pub(crate) struct Steps {
    pub(crate) steered: Steered,
    wanted: Wanted,
    locale: Locale,
}

impl Steps {
    pub(crate) fn of(head: &SearchHead, query: &SearchQuery, locale: Locale) -> Self {
        let analyser = head.searcher.analyser(locale);
        let mut steered = steer(&head.rules(locale), &analyser, &query.text);
        let ruled = std::mem::take(&mut steered.filters);
        Self {
            wanted: both(query.wanted(), ruled),
            steered,
            locale,
        }
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
        if query.offset() > 0 {
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

    /// Other searches, where little was found.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn suggestions<E: Edge>(
        &self,
        reader: &Reader<'_, E>,
        head: &SearchHead,
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
        let others = suggested.queries.into_iter();
        let others = others.filter(|text| *text != self.steered.text && *text != answer.used);
        Ok(others.collect())
    }
}

/// Answers a query from the version of a reader.
///
/// # Errors
/// When the store does not answer or lacks a blob.
pub(crate) async fn find<E: Edge>(
    reader: &Reader<'_, E>,
    head: &Rc<SearchHead>,
    query: &SearchQuery,
    locale: Locale,
    steps: &Steps,
    facets: bool,
) -> Result<Answer, ReadError> {
    let request = Request {
        text: &steps.steered.text,
        locale,
        filters: &steps.wanted,
        sort: query.sort(),
        start: query.offset() as usize,
        limit: query.count as usize,
        facets,
        // Who filters looks for less.
        related: query.offset() == 0 && query.filters.is_empty() && query.collection.is_none(),
        steering: &steps.steered.steering,
        // The board of availability knows hashes of SKUs alone, and the index their names.
        stock: Stock::default(),
    };
    let answer = head.searcher.answer(&Blobs(reader), &request).await?;
    Ok(answer)
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
