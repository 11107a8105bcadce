//! `GET /search`: the page of the results.

use http::StatusCode;
use souk_catalogue::{FacetName, Product, Text};
use souk_pages::{self as pages, links, paths, view};
use souk_ports::Edge;
use souk_search::query::{Answer, FacetCounts, Start};

use crate::catalogue::card::card;
use crate::catalogue::collection::applied;
use crate::catalogue::filters::{self, PriceUnit};
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::search::found::Steps;
use crate::search::query::{SearchQuery, facet_name};
use crate::signals::{Badge, FiltersShown, Signals};

/// Products on a page: divisible by 2, 3 and 4 columns.
const SEARCH_CARDS: u32 = 24;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn search_page(&self) -> Outcome {
        let reader = self.reader().await?;
        let unit = PriceUnit::Main(reader.currency());
        let (mut query, _) = SearchQuery::read(self, unit, SEARCH_CARDS)?;
        // The page offers no collections.
        query.collection = None;
        let signals = self.signals().await;
        let shown = signals.switches.filters_of_searches();
        if shown == FiltersShown::None {
            (query.filters, query.in_stock) = Default::default();
        }
        query.check_cursor(self.locale)?;
        let reader = match query.cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        let head = reader.search_head().await?.ok_or(Failure::NotFound)?;
        let steps = Steps::of(&head, &query, self.locale);
        if let Some(path) = &steps.steered.redirect {
            if let Some(searched) = query.counts_as(&head, self.locale, None) {
                self.instance.count_search(&searched, self.edge.now_ms());
            }
            return Ok(reply::see_other(&self.local(path)));
        }
        let insights = self.insights_at(query.insights()).await?;
        let has_filters = shown != FiltersShown::None;
        let content = Content::Search {
            search: query.key(),
        };
        let (locale, number) = (self.locale, Some(insights.number));
        self.cached_by(content, locale, &reader, &signals, number, async || {
            let answer = match query.text.is_empty() {
                true => Answer::default(),
                false => {
                    let mut answer = steps
                        .find(&reader, &head, &query, &signals, &insights, has_filters)
                        .await?;
                    let together = self.types_beside(&reader, &insights, &query, &answer);
                    let together = together.await;
                    steps
                        .add_related(&reader, &head, &query, &signals, &together, &mut answer)
                        .await?;
                    answer
                }
            };
            let searched = query.counts_as(&head, self.locale, Some(&answer));
            self.searched.set(searched);
            let articles = steps.articles(&reader, &head, &query, &answer).await?;
            let versions = (reader.version.number, insights.number);
            let at = |start: Start| match start == Start::default() {
                true => String::new(),
                false => query.cursor_at(versions, self.locale, start),
            };
            let filters = match shown {
                FiltersShown::Counted => filter_view(&query, unit, &answer),
                FiltersShown::Uncounted => filter_view(&query, unit, &answer).uncounted(),
                FiltersShown::None => view::FilterView::default(),
            };
            let suggestions = steps
                .suggestions(&reader, &head, &insights, &answer)
                .await?;
            let view = view::SearchView {
                text: &query.text,
                instead: (!answer.corrections.is_empty()).then_some(&answer.used),
                dropped: dropped(&answer),
                order: query.order,
                knows_popular: insights.number > 0,
                offset: u32::try_from(answer.before).unwrap_or(u32::MAX),
                total: answer.total,
                previous: answer.previous.map(at),
                next: answer.next.map(at),
                filters,
                related: related(&answer, &signals, self.locale),
                articles: &articles,
                marks: (answer.items.iter())
                    .map(|item| item.highlight.clone())
                    .collect(),
                suggestions,
                cards: (answer.items.iter())
                    .map(|item| card(item.product.clone(), &signals, Badge::OnCard))
                    .collect(),
            };
            // What was typed stays when the language is changed.
            let path = match query.text.as_str() {
                "" => paths::SEARCH.to_owned(),
                text => format!("{}?{}", paths::SEARCH, links::query(&[("q", text)])),
            };
            let page = pages::search(&self.site(&reader, &path, false), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }
}

/// The words that some results lack, as they were searched for.
fn dropped(answer: &Answer) -> Vec<&str> {
    let dropped = answer.dropped.iter().map(|word| {
        let mut corrections = answer.corrections.iter();
        let corrected = corrections.find(|one| one.from.eq_ignore_ascii_case(word));
        corrected.map_or(word.as_str(), |one| one.to.as_str())
    });
    dropped.collect()
}

/// The types of which there is more than the page shows already.
fn related(
    answer: &Answer,
    signals: &Signals,
    locale: souk_domain::Locale,
) -> Vec<view::RelatedView> {
    let is_shown = |one: &Product| {
        answer
            .items
            .iter()
            .any(|item| item.product.slug == one.slug)
    };
    let related = answer.related.iter();
    let related = related.filter(|related| !related.items.iter().all(is_shown));
    let related = related.map(|related| view::RelatedView {
        name: related.text.get(locale).to_owned(),
        query: related.text.get(locale).to_owned(),
        cards: (related.items.iter())
            .map(|product| card(product.clone(), signals, Badge::OnCard))
            .collect(),
    });
    related.collect()
}

/// What the results can be filtered by, and what they are filtered by.
fn filter_view(query: &SearchQuery, unit: PriceUnit, answer: &Answer) -> view::FilterView {
    let text = |parameter: &str, value: &str| {
        let facets = answer.facets.iter();
        let mut values = facets
            .filter(|facet| parameter_of(facet).is_some_and(|own| own == parameter))
            .flat_map(|facet| &facet.values);
        let found = values.find(|known| known.text.base == value);
        found.map(|found| found.text.clone())
    };
    let mut applied = applied(&query.filters, unit, text);
    if query.in_stock {
        applied.push(view::AppliedFilter {
            parameter: paths::IN_STOCK.to_owned(),
            value: "true".to_owned(),
            says: view::Applied::InStock,
        });
    }
    view::FilterView {
        applied,
        in_stock: (answer.total > 0 || query.in_stock).then_some(answer.in_stock),
        price_range_minor: answer.price_minor.unwrap_or_default(),
        price_min_minor: query.filters.price_min_minor,
        price_max_minor: query.filters.price_max_minor,
        facets: answer.facets.iter().filter_map(choice).collect(),
    }
}

fn parameter_of(facet: &FacetCounts) -> Option<String> {
    facet_name(&facet.kind).map(|name| filters::parameter(&name))
}

fn choice(facet: &FacetCounts) -> Option<view::FacetChoice> {
    let name = facet_name(&facet.kind)?;
    let values = facet.values.iter().map(|value| view::ValueChoice {
        text: value.text.clone(),
        products: Some(value.count),
        chosen: value.is_chosen,
    });
    Some(view::FacetChoice {
        parameter: filters::parameter(&name),
        label: match name {
            FacetName::Option(_) => facet.label.clone(),
            FacetName::Vendor | FacetName::Type | FacetName::Tag => Text::default(),
        },
        values: values.collect(),
        name,
    })
}
