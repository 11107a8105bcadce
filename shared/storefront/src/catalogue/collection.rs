//! The pages of a collection: one order, some filters, one page after the other.
//!
//! Not here: the grammar of filters (`filters`), which products they let through (`listing`).

use http::StatusCode;
use souk_catalogue::{Collection, FacetName, Facets, ListingOrder, Text};
use souk_domain::Currency;
use souk_pages::paths::{PRICE_MAX, PRICE_MIN};
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_protocol::problem::Problem;

use crate::catalogue::card::card;
use crate::catalogue::filters::{self, Filters, PriceUnit};
use crate::catalogue::listing::{Counts, ListingQuery, Start, read_place};
use crate::catalogue::reader::Reader;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::signals::{Badge, FiltersShown, Switches};

/// Products on one page of a collection: divisible by 2, 3 and 4 columns.
const COLLECTION_CARDS: u32 = 24;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn collection(&self, slug: &str) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let switches = signals.switches;
        let shown = switches.filters_of_listings();
        let query = match self.listing_query(slug, reader.currency(), switches) {
            Ok(query) => query,
            // It may have moved, and what is wrong meant something where it was.
            Err(_) if reader.version.collections.find(slug).is_none() => {
                return Err(Failure::NotFound);
            }
            Err(problem) => return Err(problem.into()),
        };
        let unit = PriceUnit::Main(reader.currency());
        let reader = match query.cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        let content = Content::Collection {
            slug: slug.to_owned(),
            listing: query.key(),
        };
        self.cached(content, self.locale, &reader, &signals, async || {
            let found = reader.version.collections.find(slug);
            let collection = found.ok_or(Failure::NotFound)?;
            let page = reader.listing(collection, &query).await?;
            let offset = query.start().offset;
            if page.cards.is_empty() && offset > 0 {
                return Err(Failure::NotFound);
            }
            let (filters, total) = filter_view(&reader, collection, &query, shown).await?;
            let version = reader.version.number;
            let cursor = |start: Start| match start.offset {
                0 => String::new(),
                _ => query.cursor_at(version, slug, start),
            };
            let cards = page.cards.into_iter();
            let view = view::CollectionView {
                collection,
                cards: cards
                    .map(|product| card(product, &signals, Badge::OnCard))
                    .collect(),
                order: query.order,
                offset,
                total: total.or(page.total),
                previous: page.previous.map(cursor),
                next: page.next.map(cursor),
                filters,
            };
            // One address of several for the same products is canonical: without order, filters
            // and cursor. Filters stay when the language is changed.
            let mut path = paths::collection(slug);
            let unfiltered = query.filters.is_empty();
            if !unfiltered {
                path = format!("{path}?{}", query.filters.query(unit));
            }
            let first = query.order == ListingOrder::Featured && offset == 0 && unfiltered;
            let page = pages::collection(&self.site(&reader, &path, first), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }
}

impl<E: Edge> Shop<'_, E> {
    /// Which page of a collection the request wants.
    fn listing_query(
        &self,
        slug: &str,
        currency: Currency,
        switches: Switches,
    ) -> Result<ListingQuery, Problem> {
        let given = |name| {
            let parameter = self.incoming.parameter(name);
            parameter.filter(|text| !text.is_empty())
        };
        let (order, cursor) = read_place(given("sort").as_deref(), given("cursor").as_deref())?;
        // Parameters that are no filters are ignored: marketing campaigns add their own.
        let (order, cursor) = match (order, switches.sorts_listings()) {
            (ListingOrder::Featured, _) | (_, true) => (order, cursor),
            (_, false) => (ListingOrder::Featured, None),
        };
        let (filters, _) = match switches.filters_of_listings() {
            FiltersShown::None => Default::default(),
            _ => Filters::read(self.incoming.parameters(), PriceUnit::Main(currency))?,
        };
        let query = ListingQuery {
            order,
            filters,
            cursor,
            count: COLLECTION_CARDS,
            market: self.locale.market(),
        };
        query.check_cursor(slug)?;
        Ok(query)
    }
}

/// What is offered to filter by and what is chosen, and how many products there are if that had
/// to be counted.
async fn filter_view<E: Edge>(
    reader: &Reader<'_, E>,
    collection: &Collection,
    query: &ListingQuery,
    shown: FiltersShown,
) -> Result<(view::FilterView, Option<u32>), Failure> {
    if shown == FiltersShown::None {
        return Ok((view::FilterView::default(), None));
    }
    let facets = reader.facets(collection).await?;
    let chosen = &query.filters;
    let is_partial = collection.is_partial(reader.market);
    let has_counts = shown == FiltersShown::Counted;
    let counts = if !has_counts || (chosen.is_empty() && !is_partial) {
        None
    } else {
        reader.counts(collection, query, &facets).await?
    };
    let total = counts.as_ref().map(|counts| counts.total);
    let unit = PriceUnit::Main(reader.currency());
    let view = view::FilterView {
        in_stock: None,
        applied: applied(chosen, unit, |parameter, value| {
            let offered = facets.offered.iter();
            let mut values = offered
                .filter(|facet| filters::parameter(&facet.name) == parameter)
                .flat_map(|facet| &facet.values);
            let found = values.find(|offered| offered.text.base == value);
            found.map(|found| found.text.clone())
        }),
        price_range_minor: facets.prices_in(reader.market),
        price_min_minor: chosen.price_min_minor,
        price_max_minor: chosen.price_max_minor,
        facets: choices(facets, chosen, counts),
    };
    let view = if has_counts { view } else { view.uncounted() };
    Ok((view, total))
}

/// The facets that are offered, and those that the request names besides: the shopper can always
/// see and undo what is chosen.
fn choices(facets: Facets, chosen: &Filters, counts: Option<Counts>) -> Vec<view::FacetChoice> {
    let mut counts = counts.map(|counts| counts.values.into_iter());
    let mut rest = chosen.facets.clone();
    let mut choices = Vec::new();
    for facet in facets.offered {
        let mut wanted = rest.remove(&facet.name).unwrap_or_default();
        let counted = counts.as_mut().and_then(Iterator::next).unwrap_or_default();
        let values = facet.values.into_iter().enumerate();
        let mut values: Vec<_> = values
            .map(|(place, value)| view::ValueChoice {
                chosen: wanted.remove(&value.text.base),
                products: Some(counted.get(place).copied().unwrap_or(value.products)),
                text: value.text,
            })
            .collect();
        values.extend(wanted.into_iter().map(chosen_value));
        choices.push(view::FacetChoice {
            parameter: filters::parameter(&facet.name),
            name: facet.name,
            label: facet.label,
            values,
        });
    }
    choices.extend(rest.into_iter().map(|(name, wanted)| view::FacetChoice {
        parameter: filters::parameter(&name),
        label: match &name {
            FacetName::Option(option) => Text::new(option),
            FacetName::Vendor | FacetName::Type | FacetName::Tag => Text::default(),
        },
        name,
        values: wanted.into_iter().map(chosen_value).collect(),
    }));
    choices
}

/// A value that the request names and that is not offered.
fn chosen_value(value: String) -> view::ValueChoice {
    view::ValueChoice {
        text: Text::new(value),
        products: None,
        chosen: true,
    }
}

/// What is chosen, as pages say it; `text` gives the translations of a facet's value, by the facet's
/// parameter.
pub(crate) fn applied(
    chosen: &Filters,
    unit: PriceUnit,
    text: impl Fn(&str, &str) -> Option<Text>,
) -> Vec<view::AppliedFilter> {
    let text =
        |parameter: &str, value: &str| text(parameter, value).unwrap_or_else(|| Text::new(value));
    let pairs = chosen.pairs(unit).into_iter();
    pairs
        .map(|(parameter, value)| view::AppliedFilter {
            says: match (
                parameter.as_str(),
                chosen.price_min_minor,
                chosen.price_max_minor,
            ) {
                (PRICE_MIN, Some(minor), _) => view::Applied::PriceMin(minor),
                (PRICE_MAX, _, Some(minor)) => view::Applied::PriceMax(minor),
                (facet, _, _) => view::Applied::Value(text(facet, &value)),
            },
            parameter,
            value,
        })
        .collect()
}
