//! Answers a query.

use std::collections::BTreeMap;

use souk_catalogue::{DecodeError, Product};

use crate::analysis::Analyser;
use crate::format::FacetKind;
use crate::query::apart::{Apart, terms};
use crate::query::correct::add_corrections;
use crate::query::facets::{self, Sieve, Sifted};
use crate::query::gather::Session;
use crate::query::highlight;
use crate::query::order::sort_by;
use crate::query::rank::{self, Ranked};
use crate::query::related;
use crate::query::request::{Answer, Item, RelatedType, Request, Sort};
use crate::query::said::{corrections, dropped, used};
use crate::query::score::{Place, Scores};
use crate::query::searcher::Searcher;
use crate::query::store::{ReadBlobs, SearchError};
use crate::query::words::{QueryWord, parse};

/// Pages with names of types that are read before it is known which are needed.
const TYPE_PAGES_AHEAD: usize = 1;
/// A factor of one.
const FACTOR_ONE: u64 = 256;

/// Results in their order.
pub(crate) struct Shown {
    sieve: Sieve,
    sifted: Sifted,
    factors: BTreeMap<Place, u64>,
    /// Those that are given, with their places among all.
    pub(crate) top: Vec<(usize, Place)>,
    has_more: bool,
}

impl Shown {
    /// What boosts multiply the score of a result by, of 256.
    pub(crate) fn boost(&self, place: Place) -> u64 {
        factor(&self.factors, place)
    }
}

fn factor(factors: &BTreeMap<Place, u64>, place: Place) -> u64 {
    factors.get(&place).copied().unwrap_or(FACTOR_ONE)
}

/// What comes before what, whatever the order.
const TIER_CODES: u64 = 1 << 32;
const TIER_REST: u64 = 2 << 32;

impl Searcher {
    /// Answers a query.
    ///
    /// # Errors
    /// When a blob cannot be read.
    pub async fn answer<S: ReadBlobs>(
        &self,
        store: &S,
        request: &Request<'_>,
    ) -> Result<Answer, SearchError<S::Error>> {
        let analyser = self.analyser(request.locale);
        let mut session = Session::new(&self.root, request.locale, store);
        let found = self.find(&mut session, &analyser, request).await?;
        self.finish(&mut session, &analyser, request, found).await
    }

    /// What a query finds, before filters and order.
    pub(crate) async fn find<S: ReadBlobs>(
        &self,
        session: &mut Session<'_, S>,
        analyser: &Analyser<'_>,
        request: &Request<'_>,
    ) -> Result<Found, SearchError<S::Error>> {
        let mut words = parse(analyser, request.text, request.steering);
        self.gather_all(session, &words, request).await?;
        let apart = self.apart(session, request)?;
        let mut scores = Scores::of(session, &words);
        if apart.codes.is_empty() && add_corrections(session, analyser, &mut words, &scores).await?
        {
            session.gather(terms(&words), Vec::new()).await?;
            scores = Scores::of(session, &words);
        }
        let needed = match apart.codes.is_empty() {
            true => scores.relaxed(),
            false => scores.required,
        };
        let mut places = scores.places(needed);
        if !(apart.codes.is_empty() && apart.pins.is_empty()) {
            places.extend(apart.codes.iter().chain(apart.pins.keys()));
            places.sort_unstable();
            places.dedup();
        }
        places.retain(|place| !apart.hidden.contains(place));
        Ok(Found {
            words,
            scores,
            needed,
            apart,
            places,
        })
    }

    /// Sifts what was found, and puts it in order.
    pub(crate) async fn shown<S: ReadBlobs>(
        &self,
        session: &mut Session<'_, S>,
        request: &Request<'_>,
        found: &Found,
    ) -> Result<Shown, SearchError<S::Error>> {
        let Found {
            scores,
            apart,
            places,
            ..
        } = found;
        let types = self.root.facet(&FacetKind::Type);
        let mut sieve = Sieve::new(session, request.filters)?;
        sieve.sold_out.clone_from(&apart.sold_out);
        sieve.in_stock_only = request.stock.in_stock_only;
        let is_plain = request.filters.is_empty() && apart.boosts.is_empty();
        let wants_values =
            request.facets || request.related || !is_plain || !apart.sold_out.is_empty();
        let mut pages = Vec::new();
        if wants_values {
            pages = facets::facet_pages(&self.root, places);
        }
        if let (Some(number), true) = (types, request.related) {
            let texts = &self.root.facets[number as usize].texts;
            pages.extend(texts.iter().take(TYPE_PAGES_AHEAD));
        }
        // Sold-out products may have to be passed over.
        let end = request.start.saturating_add(request.limit);
        let end = end.saturating_add(apart.sold_out.len() + 1);
        let tier = |place: Place| match apart.pins.get(&place) {
            Some(at) => *at,
            None if apart.codes.contains(&place) => TIER_CODES,
            None => TIER_REST,
        };
        // Without filters and boosts the first results are known before values are read: both in
        // one round.
        let mut top = None;
        if is_plain && request.sort == Sort::Relevance {
            let score = |place| scores.score(place);
            let ranked = Ranked::of(session, places, request.sort, &tier, &score).await?;
            let pages = std::mem::take(&mut pages);
            top = Some(ranked.slice(session, request.start, end, pages).await?);
        }
        session.fetched.read(pages).await?;
        let sifted = match wants_values {
            true => facets::sift(session, places, &sieve, types.filter(|_| request.related))?,
            false => Sifted {
                places: places.clone(),
                ..Sifted::default()
            },
        };
        let factors = self.factors(session, &sifted.places, apart)?;
        let top = match top {
            Some(top) => top,
            None => {
                let score =
                    |place: Place| scores.score(place) * factor(&factors, place) / FACTOR_ONE;
                let ranked =
                    Ranked::of(session, &sifted.places, request.sort, &tier, &score).await?;
                ranked
                    .slice(session, request.start, end, Vec::new())
                    .await?
            }
        };
        let is_wanted =
            |place: &Place| !(request.stock.in_stock_only && sifted.sold_out.contains(place));
        let mut top: Vec<(usize, Place)> = (request.start..)
            .zip(top)
            .filter(|(_, place)| is_wanted(place))
            .collect();
        let has_more = top.len() > request.limit;
        top.truncate(request.limit);
        Ok(Shown {
            sieve,
            sifted,
            factors,
            top,
            has_more,
        })
    }

    async fn finish<S: ReadBlobs>(
        &self,
        session: &mut Session<'_, S>,
        analyser: &Analyser<'_>,
        request: &Request<'_>,
        found: Found,
    ) -> Result<Answer, SearchError<S::Error>> {
        let Shown {
            sieve,
            sifted,
            factors,
            top,
            has_more,
        } = self.shown(session, request, &found).await?;
        let Found {
            words,
            scores,
            needed,
            ..
        } = found;
        let first = top.first().map(|(_, place)| *place);
        let related = match request.related && request.start == 0 {
            true => related::related(&sifted.places, &sifted.values, &scores, first),
            false => Vec::new(),
        };
        let related = self.best_related(session, related).await?;
        let mut all: Vec<Place> = top.iter().map(|(_, place)| *place).collect();
        for (_, places) in &related {
            all.extend(places);
        }
        let passing = sifted.places.len();
        let in_stock = passing - sifted.sold_out.len();
        let total = if request.stock.in_stock_only {
            in_stock
        } else {
            passing
        };
        let [total, in_stock] = [total, in_stock].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let (counted, pages) = match request.facets {
            true => facets::count(&self.root, &sifted, &sieve, total),
            false => (Vec::new(), Vec::new()),
        };
        let mut cards = rank::cards(session, &all, &pages).await?.into_iter();
        let marked = highlight::terms(&words);
        let mut items = Vec::with_capacity(top.len());
        for (&(place, of), product) in top.iter().zip(cards.by_ref()) {
            let title = product.title.get(request.locale);
            items.push(Item {
                highlight: highlight::highlight(analyser, title, &marked),
                place,
                score: match request.sort {
                    Sort::Relevance => scores.score(of) * factor(&factors, of) / FACTOR_ONE,
                    Sort::PriceAscending | Sort::PriceDescending | Sort::Newest | Sort::Title => 0,
                },
                product,
            });
        }
        let info = self.root.facet(&FacetKind::Type);
        let info = info.map(|number| &self.root.facets[number as usize]);
        let related = related_types(session, info, related, &mut cards)?;
        let corrections = corrections(session, &words, first, request);
        Ok(Answer {
            used: used(request.text, &corrections),
            corrections: corrections
                .into_iter()
                .map(|(_, _, correction)| correction)
                .collect(),
            dropped: dropped(&words, scores.required & !needed),
            items,
            total,
            in_stock,
            has_more,
            facets: match request.facets {
                true => facets::named(session, counted, request.filters)?,
                false => Vec::new(),
            },
            price_minor: sifted.price_minor.filter(|_| request.facets),
            counts_exact: true,
            related,
        })
    }

    /// What the scores of results are multiplied by, where it is not one.
    fn factors<S: ReadBlobs>(
        &self,
        session: &Session<'_, S>,
        places: &[Place],
        apart: &Apart,
    ) -> Result<BTreeMap<Place, u64>, DecodeError> {
        let mut factors = BTreeMap::new();
        for (&(facet, number), &factor) in &apart.boosts {
            let sifted = facets::sift(session, places, &Sieve::default(), Some(facet))?;
            for (place, values) in sifted.places.iter().zip(&sifted.values) {
                if values.contains(&number) {
                    let own = factors.entry(*place).or_insert(FACTOR_ONE);
                    *own = *own * factor / FACTOR_ONE;
                }
            }
        }
        Ok(factors)
    }

    /// The related types that are given, each with its best products. Types of as many products are
    /// in the order of their names, so all of them are read that may be given.
    async fn best_related<S: ReadBlobs>(
        &self,
        session: &mut Session<'_, S>,
        types: Vec<related::TypeResults>,
    ) -> Result<Vec<(related::TypeResults, Vec<Place>)>, SearchError<S::Error>> {
        let Some(number) = self.root.facet(&FacetKind::Type) else {
            return Ok(Vec::new());
        };
        let info = &self.root.facets[number as usize];
        let least = types.get(related::TYPES_MAX - 1).map_or(0, |one| one.total);
        let mut named = Vec::new();
        let types: Vec<_> = types.into_iter().filter(|one| one.total >= least).collect();
        let pages = types
            .iter()
            .filter_map(|one| facets::text_page(info, one.value));
        session.fetched.read(pages.collect()).await?;
        for one in types {
            named.push((facets::value_text(session, info, one.value)?.base, one));
        }
        sort_by(&mut named, &|(a, one), (b, other)| {
            other.total.cmp(&one.total).then_with(|| a.cmp(b))
        });
        named.truncate(related::TYPES_MAX);
        let mut best = Vec::new();
        for (_, one) in named {
            let mut scores = BTreeMap::new();
            scores.extend(one.best().iter().map(|(score, place)| (*place, *score)));
            let places: Vec<Place> = scores.keys().copied().collect();
            let score = |place: Place| scores.get(&place).copied().unwrap_or_default();
            let ranked = Ranked::of(session, &places, Sort::Relevance, &|_| 0, &score).await?;
            let places = ranked
                .slice(session, 0, related::PRODUCTS_MAX, Vec::new())
                .await?;
            best.push((one, places));
        }
        Ok(best)
    }
}

/// What a query has found, before filters and order.
pub(crate) struct Found {
    pub(crate) words: Vec<QueryWord>,
    pub(crate) scores: Scores,
    pub(crate) needed: u32,
    pub(crate) apart: Apart,
    pub(crate) places: Vec<Place>,
}

fn related_types<S: ReadBlobs>(
    session: &Session<'_, S>,
    info: Option<&crate::format::FacetInfo>,
    related: Vec<(related::TypeResults, Vec<Place>)>,
    cards: &mut impl Iterator<Item = Product>,
) -> Result<Vec<RelatedType>, DecodeError> {
    let Some(info) = info else {
        return Ok(Vec::new());
    };
    let related = related.into_iter();
    related
        .map(|(one, places)| {
            Ok(RelatedType {
                text: facets::value_text(session, info, one.value)?,
                total: one.total,
                items: cards.by_ref().take(places.len()).collect(),
            })
        })
        .collect()
}
