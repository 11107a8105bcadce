//! Which results pass the filters, and how many have each value.

use souk_catalogue::{DecodeError, Hash, Text};

use crate::format::{
    FACETS_PER_PAGE, FacetInfo, FacetKind, FacetPage, Root, VALUES_PER_PAGE, ValueLookup,
    ValueTexts, value_hash,
};
use crate::query::gather::Session;
use crate::query::order::{SortedMap, sort_by};
use crate::query::request::{FacetCounts, Filters, Stock, ValueCount};
use crate::query::score::Place;
use crate::query::store::ReadBlobs;
use crate::rules::SoldOut;

/// Values of a facet that are given, beside those that are chosen.
const VALUES_MAX: usize = 12;
/// Options that are given: those of the most results.
const OPTIONS_MAX: usize = 4;
/// An option is given where at least one of so many results has it.
const OPTION_SHARE: u32 = 10;

/// Filters by the numbers of facets and values.
#[derive(Debug, Default)]
pub(crate) struct Sieve<'a> {
    groups: Vec<(Option<u32>, Vec<u32>)>,
    price_min: Option<i64>,
    price_max: Option<i64>,
    /// What is sold out; where it is not shown it is left out of what is counted.
    pub(crate) stock: Stock<'a>,
}

/// The pages that say the numbers of values.
pub(crate) fn lookup_pages<'a>(
    root: &Root,
    values: impl IntoIterator<Item = (&'a FacetKind, &'a str)>,
) -> Vec<Hash> {
    let values = values.into_iter();
    values
        .filter_map(|(kind, text)| {
            let facet = root.facets.get(root.facet(kind)? as usize)?;
            lookup_page(facet, text)
        })
        .collect()
}

fn lookup_page(facet: &FacetInfo, text: &str) -> Option<Hash> {
    let hash = value_hash(text);
    let behind = facet.lookup.partition_point(|(first, _)| *first <= hash);
    Some(facet.lookup[behind.checked_sub(1)?].1)
}

/// The facet and the number of a value, where the index has it; the pages were read.
pub(crate) fn value_number<S: ReadBlobs>(
    session: &Session<'_, S>,
    kind: &FacetKind,
    text: &str,
) -> Result<Option<(u32, u32)>, DecodeError> {
    let Some(number) = session.root.facet(kind) else {
        return Ok(None);
    };
    let facet = &session.root.facets[number as usize];
    let Some(page) = lookup_page(facet, text) else {
        return Ok(None);
    };
    let page = ValueLookup::decode(session.fetched.get(page)?)?;
    let value = page
        .find(value_hash(text))
        .filter(|value| *value < facet.values);
    Ok(value.map(|value| (number, value)))
}

impl<'a> Sieve<'a> {
    /// Of filters whose pages were read. A value that the index does not have lets nothing through.
    pub(crate) fn new<S: ReadBlobs>(
        session: &Session<'_, S>,
        filters: &Filters,
        stock: Stock<'a>,
    ) -> Result<Self, DecodeError> {
        let mut groups = Vec::new();
        for (kind, values) in &filters.groups {
            let mut numbers = Vec::new();
            for text in values {
                numbers.extend(value_number(session, kind, text)?.map(|(_, number)| number));
            }
            groups.push((session.root.facet(kind), numbers));
        }
        Ok(Self {
            groups,
            price_min: filters.price_min_minor,
            price_max: filters.price_max_minor,
            stock,
        })
    }

    fn takes_price(&self, price: i64) -> bool {
        self.price_min.is_none_or(|min| price >= min)
            && self.price_max.is_none_or(|max| price <= max)
    }
}

/// Results that pass, and what was counted among all.
#[derive(Default)]
pub(crate) struct Sifted {
    pub(crate) places: Vec<Place>,
    /// By the number of the facet and of the value.
    pub(crate) counts: Vec<Vec<u32>>,
    pub(crate) price_minor: Option<(i64, i64)>,
    /// Those of `places` that are sold out, in their order.
    pub(crate) sold_out: Vec<Place>,
    /// The values of each result that passes, of the facet that was asked for.
    pub(crate) values: Vec<Vec<u32>>,
}

/// The pages with the values of results.
pub(crate) fn facet_pages(root: &Root, places: &[Place]) -> Vec<Hash> {
    let mut pages: Vec<(usize, u32)> = places
        .iter()
        .map(|place| (place.run, place.document / FACETS_PER_PAGE))
        .collect();
    pages.dedup();
    let pages = pages.into_iter();
    pages
        .filter_map(|(run, page)| root.runs[run].facets.get(page as usize).copied())
        .collect()
}

/// Sifts results, which are in their order; their pages were read. What the market does not sell never
/// passes. `keep` is the facet of which the values of each are wanted.
pub(crate) fn sift<S: ReadBlobs>(
    session: &Session<'_, S>,
    places: &[Place],
    sieve: &Sieve<'_>,
    keep: Option<u32>,
) -> Result<Sifted, DecodeError> {
    let facets = &session.root.facets;
    let mut sifted = Sifted {
        places: Vec::new(),
        counts: facets
            .iter()
            .map(|facet| vec![0; facet.values as usize])
            .collect(),
        price_minor: None,
        sold_out: Vec::new(),
        values: Vec::new(),
    };
    let page_of = |place: &Place| (place.run, place.document / FACETS_PER_PAGE);
    let mut values = Vec::new();
    for places in places.chunk_by(|a, b| page_of(a) == page_of(b)) {
        let (run, number) = page_of(&places[0]);
        let page = session.root.runs[run].facets.get(number as usize);
        let page = page.ok_or_else(|| DecodeError {
            what: "root of the search index",
            reason: "a run lacks a page of facets".to_owned(),
        })?;
        let page = FacetPage::decode(session.fetched.get(*page)?, session.locale.market())?;
        let mut rows = page.rows();
        for place in places {
            let at = place.document % FACETS_PER_PAGE;
            let Some(price_minor) = page.price(at) else {
                continue;
            };
            rows.read(at, &mut values)?;
            let sku = sieve.stock.is_sold_out;
            let row = Row {
                place: *place,
                values: &values,
                price_minor,
                is_sold_out: sku.is_some_and(|sku| rows.is_sold_out(sku)),
            };
            sifted.add(&row, sieve, keep);
        }
    }
    Ok(sifted)
}

/// What is known of a result before it is sifted.
struct Row<'a> {
    place: Place,
    values: &'a [(u32, u32)],
    price_minor: i64,
    is_sold_out: bool,
}

impl Sifted {
    fn add(&mut self, row: &Row<'_>, sieve: &Sieve<'_>, keep: Option<u32>) {
        let &Row {
            place,
            values,
            price_minor: price,
            is_sold_out,
        } = row;
        let passes = |(facet, wanted): &(Option<u32>, Vec<u32>)| {
            let has = |&(of, value): &(u32, u32)| Some(of) == *facet && wanted.contains(&value);
            values.iter().any(has)
        };
        let mut failing = sieve.groups.iter().filter(|group| !passes(group));
        let first = failing.next();
        if failing.next().is_some() {
            return;
        }
        let takes_price = sieve.takes_price(price);
        let is_counted = !(is_sold_out && sieve.stock.sold_out == SoldOut::Hide);
        if first.is_none() && is_counted {
            let (low, high) = self.price_minor.unwrap_or((price, price));
            self.price_minor = Some((low.min(price), high.max(price)));
        }
        if !takes_price {
            return;
        }
        let counts = &mut self.counts;
        let mut count = |facet: u32, value: u32| {
            let one = counts
                .get_mut(facet as usize)
                .and_then(|counts| counts.get_mut(value as usize));
            if let Some(one) = one {
                *one += 1;
            }
        };
        for &(facet, value) in values.iter().filter(|_| is_counted) {
            if first.is_none_or(|(of, _)| *of == Some(facet)) {
                count(facet, value);
            }
        }
        if first.is_none() {
            self.places.push(place);
            if is_sold_out {
                self.sold_out.push(place);
            }
            if let Some(keep) = keep {
                let own = values.iter().filter(|(facet, _)| *facet == keep);
                self.values.push(own.map(|(_, value)| *value).collect());
            }
        }
    }
}

/// A facet that is given: the numbers of the values that may be, how many results have each, and
/// whether it is filtered by.
pub(crate) struct Counted {
    facet: u32,
    values: Vec<(u32, u32, bool)>,
}

/// The facets of results, and the pages with the texts of their values.
pub(crate) fn count(
    root: &Root,
    sifted: &Sifted,
    sieve: &Sieve<'_>,
    total: u32,
) -> (Vec<Counted>, Vec<Hash>) {
    let mut facets: Vec<Counted> = (0..)
        .zip(&sifted.counts)
        .map(|(facet, counts)| Counted {
            facet,
            values: best(facet, counts, sieve),
        })
        .filter(|one| !one.values.is_empty())
        .collect();
    limit_options(root, &mut facets, sifted, total);
    let pages = facets.iter().flat_map(|one| {
        let info = &root.facets[one.facet as usize];
        one.values
            .iter()
            .filter_map(|(value, ..)| text_page(info, *value))
    });
    let pages: Vec<_> = pages.collect();
    (facets, pages)
}

/// Facets with the texts of their values, whose pages were read; and what is filtered by, whether a
/// product has it or not: an index may know values that no product has any more.
pub(crate) fn named<S: ReadBlobs>(
    session: &Session<'_, S>,
    counted: Vec<Counted>,
    filters: &Filters,
) -> Result<Vec<FacetCounts>, DecodeError> {
    let mut facets = Vec::new();
    for one in counted {
        let info = &session.root.facets[one.facet as usize];
        let mut pages: SortedMap<u32, ValueTexts> = SortedMap::default();
        let mut values = Vec::new();
        for (value, count, is_chosen) in one.values {
            let number = value / VALUES_PER_PAGE;
            if pages.get(&number).is_none() {
                let page = value_page(session, info, value)?;
                pages.get_or_insert(number, || page);
            }
            let page = pages.get(&number).ok_or_else(|| missing(value))?;
            let text = page_text(page, value)?;
            values.push(ValueCount {
                text,
                count,
                is_chosen,
            });
        }
        let (kind, label) = (info.kind.clone(), info.label.clone());
        facets.push(FacetCounts {
            kind,
            label,
            values,
        });
    }
    for (kind, values) in &filters.groups {
        add_chosen(session, &mut facets, kind, values);
    }
    for facet in &mut facets {
        sort_by(&mut facet.values, &|a, b| {
            b.count
                .cmp(&a.count)
                .then_with(|| a.text.base.cmp(&b.text.base))
        });
        truncate(&mut facet.values);
    }
    sort_by(&mut facets, &|a, b| a.kind.cmp(&b.kind));
    Ok(facets)
}

/// Adds what is filtered by and has no result.
fn add_chosen<S: ReadBlobs>(
    session: &Session<'_, S>,
    facets: &mut Vec<FacetCounts>,
    kind: &FacetKind,
    values: &[String],
) {
    let known = facets.iter().position(|facet| facet.kind == *kind);
    let place = known.unwrap_or_else(|| {
        let info = session.root.facet(kind);
        let label = info.map(|number| session.root.facets[number as usize].label.clone());
        facets.push(FacetCounts {
            kind: kind.clone(),
            label: label.unwrap_or_default(),
            values: Vec::new(),
        });
        facets.len() - 1
    });
    let own = &mut facets[place].values;
    for value in values {
        if !own.iter().any(|one| one.text.base == *value) {
            own.push(ValueCount {
                text: Text::new(value),
                count: 0,
                is_chosen: true,
            });
        }
    }
}

fn missing(value: u32) -> DecodeError {
    DecodeError {
        what: "page of values",
        reason: format!("it lacks the value {value}"),
    }
}

fn value_page<S: ReadBlobs>(
    session: &Session<'_, S>,
    info: &FacetInfo,
    value: u32,
) -> Result<ValueTexts, DecodeError> {
    let page = text_page(info, value).ok_or_else(|| missing(value))?;
    ValueTexts::decode(session.fetched.get(page)?)
}

fn page_text(page: &ValueTexts, value: u32) -> Result<Text, DecodeError> {
    let text = page.texts.get((value % VALUES_PER_PAGE) as usize);
    text.cloned().ok_or_else(|| missing(value))
}

/// The text of a value whose page was read.
pub(crate) fn value_text<S: ReadBlobs>(
    session: &Session<'_, S>,
    info: &FacetInfo,
    value: u32,
) -> Result<Text, DecodeError> {
    page_text(&value_page(session, info, value)?, value)
}

/// The page with the text of a value.
pub(crate) fn text_page(info: &FacetInfo, value: u32) -> Option<Hash> {
    info.texts.get((value / VALUES_PER_PAGE) as usize).copied()
}

/// The values of the most results, with all that as many have as the last of them, and the chosen.
fn best(facet: u32, counts: &[u32], sieve: &Sieve<'_>) -> Vec<(u32, u32, bool)> {
    let chosen = sieve.groups.iter().filter(|(of, _)| *of == Some(facet));
    let chosen: Vec<u32> = chosen
        .flat_map(|(_, values)| values.iter().copied())
        .collect();
    let mut values: Vec<_> = (0..)
        .zip(counts)
        .map(|(value, &count)| (value, count, chosen.contains(&value)))
        .filter(|(_, count, is_chosen)| *count > 0 || *is_chosen)
        .collect();
    sort_by(&mut values, &|a, b| b.1.cmp(&a.1));
    if let Some(&(_, last, _)) = values.get(VALUES_MAX - 1) {
        values.retain(|(_, count, is_chosen)| *count >= last || *is_chosen);
    }
    values
}

/// Leaves the most frequent values and the chosen ones.
fn truncate(values: &mut Vec<ValueCount>) {
    let mut place = 0;
    values.retain(|value| {
        place += 1;
        place <= VALUES_MAX || value.is_chosen
    });
}

fn limit_options(root: &Root, candidates: &mut Vec<Counted>, sifted: &Sifted, total: u32) {
    let is_option = |facet: u32| matches!(root.facets[facet as usize].kind, FacetKind::Option(_));
    let having = |facet: u32| sifted.counts[facet as usize].iter().sum::<u32>();
    let mut options: Vec<u32> = candidates
        .iter()
        .map(|one| one.facet)
        .filter(|facet| is_option(*facet))
        .collect();
    options.retain(|facet| having(*facet) >= total.div_ceil(OPTION_SHARE));
    let kind = |facet: &u32| &root.facets[*facet as usize].kind;
    sort_by(&mut options, &|a, b| {
        having(*b)
            .cmp(&having(*a))
            .then_with(|| kind(a).cmp(kind(b)))
    });
    options.truncate(OPTIONS_MAX);
    candidates.retain(|one| {
        let has_chosen = one.values.iter().any(|(.., is_chosen)| *is_chosen);
        !is_option(one.facet) || has_chosen || options.contains(&one.facet)
    });
}
