//! Products that stand apart from the order of a query: pinned, hidden, named by their SKU.

use souk_catalogue::DecodeError;

use crate::analysis::{code_term, slug_term};
use crate::format::FacetKind;
use crate::query::facets;
use crate::query::gather::Session;
use crate::query::order::{SortedMap, sort_once};
use crate::query::request::{Filters, Request};
use crate::query::score::Place;
use crate::query::searcher::Searcher;
use crate::query::store::{ReadBlobs, SearchError};
use crate::query::words::QueryWord;

/// Characters of the shortest SKU that is looked for.
const CODE_CHARS_MIN: usize = 3;
/// Results that stand apart from the order.
#[derive(Default)]
pub(crate) struct Apart {
    /// Pinned ones, by their place.
    pub(crate) pins: SortedMap<Place, u64>,
    /// Sorted: those of which an SKU or a barcode is the query.
    pub(crate) codes: Vec<Place>,
    /// Sorted.
    pub(crate) hidden: Vec<Place>,
    /// The values that count more or less, by facet and number.
    pub(crate) boosts: SortedMap<(u32, u32), u64>,
}

impl Searcher {
    /// Reads the postings of the words, and of all that stands apart.
    pub(crate) async fn gather_all<S: ReadBlobs>(
        &self,
        session: &mut Session<'_, S>,
        words: &[QueryWord],
        request: &Request<'_>,
    ) -> Result<(), SearchError<S::Error>> {
        let steering = request.steering;
        let mut terms = terms(words);
        terms.extend(self.code(request.text));
        terms.extend(
            steering
                .pins
                .iter()
                .chain(&steering.hidden)
                .map(|slug| slug_term(slug)),
        );
        let filtered = values_of(request.filters);
        let boosted = steering
            .boosts
            .iter()
            .map(|boost| (&boost.kind, boost.value.as_str()));
        let lookups = facets::lookup_pages(&self.root, filtered.chain(boosted));
        session.gather(terms, lookups).await
    }

    /// The term of the text as an SKU.
    fn code(&self, text: &str) -> Option<String> {
        let code = code_term(&self.fold, text);
        code.filter(|code| code.chars().count() > CODE_CHARS_MIN)
    }

    /// What stands apart from the order; its postings were read.
    pub(crate) fn apart<S: ReadBlobs>(
        &self,
        session: &Session<'_, S>,
        request: &Request<'_>,
    ) -> Result<Apart, DecodeError> {
        let places = |term: &str| {
            let runs = session
                .hits(term)
                .map(|hits| &hits.runs)
                .into_iter()
                .flatten();
            let places = runs.enumerate().flat_map(|(run, postings)| {
                postings.iter().map(move |posting| Place {
                    run,
                    document: posting.document,
                })
            });
            places.collect::<Vec<_>>()
        };
        let mut apart = Apart::default();
        for (at, slug) in (0..).zip(&request.steering.pins) {
            let pinned = places(&slug_term(slug));
            for place in pinned {
                apart.pins.get_or_insert(place, || at);
            }
        }
        for slug in &request.steering.hidden {
            apart.hidden.extend(places(&slug_term(slug)));
        }
        sort_once(&mut apart.hidden);
        if let Some(code) = self.code(request.text) {
            apart.codes = places(&code);
        }
        for boost in &request.steering.boosts {
            if let Some(value) = facets::value_number(session, &boost.kind, &boost.value)? {
                *apart.boosts.get_or_insert(value, || 0) = boost.factor.into();
            }
        }
        Ok(apart)
    }
}

/// The terms of words in any form.
pub(crate) fn terms(words: &[QueryWord]) -> Vec<String> {
    let mut terms = Vec::new();
    for form in words.iter().flat_map(|word| &word.forms) {
        terms.extend(form.terms.iter().cloned());
    }
    terms
}

fn values_of(filters: &Filters) -> impl Iterator<Item = (&FacetKind, &str)> {
    let groups = filters.groups.iter();
    groups.flat_map(|(kind, values)| values.iter().map(move |value| (kind, value.as_str())))
}
