//! Answers a query.

use souk_catalogue::{DecodeError, Product};

use crate::analysis::Analyser;
use crate::format::FacetKind;
use crate::query::apart::{Apart, terms};
use crate::query::correct::add_corrections;
use crate::query::facets::{self, Sieve, Sifted};
use crate::query::gather::Session;
use crate::query::highlight;
use crate::query::order::{has, sort_by};
use crate::query::rank::{self, Order, Ranked, Scored};
use crate::query::related;
use crate::query::request::{Answer, FACTOR_ONE, Item, RelatedType, Request, Sort, Start};
use crate::query::said::{corrections, dropped, used};
use crate::query::score::{Place, Scores};
use crate::query::searcher::Searcher;
use crate::query::stand_ins;
use crate::query::store::{ReadBlobs, SearchError};
use crate::query::words::{QueryWord, parse};
use crate::rules::{RELATED_TYPES_MAX, SoldOut};

/// Pages with names of types that are read before it is known which are needed.
const TYPE_PAGES_AHEAD: usize = 1;

/// Results in their order.
pub(crate) struct Shown<'a> {
    sieve: Sieve<'a>,
    sifted: Sifted,
    factors: Vec<u64>,
    pub(crate) window: Window,
}

impl Shown<'_> {
    /// What boosts multiply the score of a result by, of 256.
    pub(crate) fn boost(&self, place: Place) -> u64 {
        factor(&self.sifted.places, &self.factors, place)
    }
}

/// A page of the results.
#[derive(Default)]
pub(crate) struct Window {
    /// Results before the page.
    before: usize,
    /// With their places among all.
    pub(crate) top: Vec<(usize, Scored)>,
    previous: Option<Start>,
    next: Option<Start>,
}

impl Window {
    /// Of results in their order. Those that are sold out stay in their places, go behind the others
    /// or are left out; their places among all stay theirs.
    fn of(ranked: Vec<Scored>, sifted: &Sifted, request: &Request<'_>) -> Self {
        let sold_out = request.stock.sold_out;
        let in_row = |(place, one): (usize, Scored)| {
            let start = Start {
                place,
                is_sold_out: sold_out != SoldOut::Show && has(&sifted.sold_out, &one.place),
            };
            (start, one)
        };
        let mut row: Vec<(Start, Scored)> = ranked.into_iter().enumerate().map(in_row).collect();
        match sold_out {
            SoldOut::Show => {}
            SoldOut::Hide => row.retain(|(start, _)| !start.is_sold_out),
            SoldOut::Last => {
                let behind: Vec<_> = row
                    .iter()
                    .filter(|one| one.0.is_sold_out)
                    .copied()
                    .collect();
                row.retain(|(start, _)| !start.is_sold_out);
                row.extend(behind);
            }
        }
        let order = |start: Start| (start.is_sold_out, start.place);
        let before = row.partition_point(|(start, _)| order(*start) < order(request.start));
        let end = before.saturating_add(request.limit).min(row.len());
        let start_at = |at: usize| row.get(at).map(|(start, _)| *start);
        Self {
            before,
            previous: (before > 0)
                .then(|| before.saturating_sub(request.limit))
                .and_then(start_at),
            next: start_at(end),
            top: row[before..end]
                .iter()
                .map(|(start, one)| (start.place, *one))
                .collect(),
        }
    }
}

/// What the score of one of `places` is multiplied by, of [`FACTOR_ONE`].
fn factor(places: &[Place], factors: &[u64], place: Place) -> u64 {
    let factor = || factors.get(places.binary_search(&place).ok()?).copied();
    match factors.is_empty() {
        true => FACTOR_ONE,
        false => factor().unwrap_or(FACTOR_ONE),
    }
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
        stand_ins::strengthen(session, &mut words);
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
        let pins = apart.pins.entries().iter().map(|(place, _)| place);
        for place in apart.codes.iter().chain(pins) {
            if let Err(at) = places.binary_search(place) {
                places.insert(at, *place);
            }
        }
        places.retain(|place| !has(&apart.hidden, place));
        Ok(Found {
            words,
            scores,
            needed,
            apart,
            places,
        })
    }

    /// Sifts what was found, and puts it in order.
    pub(crate) async fn shown<'a, S: ReadBlobs>(
        &self,
        session: &mut Session<'_, S>,
        request: &Request<'a>,
        found: &Found,
    ) -> Result<Shown<'a>, SearchError<S::Error>> {
        let Found {
            scores,
            apart,
            places,
            ..
        } = found;
        let types = self.root.facet(&FacetKind::Type);
        let sieve = Sieve::new(session, request.filters, request.stock)?;
        let has_sold_out = request.stock.is_sold_out.is_some();
        let is_moved = has_sold_out && request.stock.sold_out != SoldOut::Show;
        let has_boosts = !apart.boosts.entries().is_empty();
        // Only the columns say what a further market does not sell.
        let is_first = request.locale.market() == 0;
        let is_plain = request.filters.is_empty() && !has_boosts && !is_moved && is_first;
        let wants_values = request.facets || request.related || !is_plain;
        let mut pages = Vec::new();
        if wants_values {
            pages = facets::facet_pages(&self.root, places);
        }
        if let (Some(number), true) = (types, request.related) {
            let texts = &self.root.facets[number as usize].texts;
            pages.extend(texts.iter().take(TYPE_PAGES_AHEAD));
        }
        let mut end = request.start.place.saturating_add(request.limit);
        end = end.saturating_add(1);
        let tier = |place: Place| match apart.pins.get(&place) {
            Some(at) => *at,
            None if has(&apart.codes, &place) => TIER_CODES,
            None => TIER_REST,
        };
        let order = Order {
            sort: request.sort,
            popular: request.popular,
            learnt: request.learnt,
        };
        // Without filters and boosts the first results are known before values are read: both in
        // one round.
        let mut top = None;
        if is_plain && request.sort == Sort::Relevance {
            let score = |place| scores.score(place);
            let ranked = Ranked::of(session, places, order, &tier, &score).await?;
            let pages = std::mem::take(&mut pages);
            top = Some(ranked.slice(session, end, pages).await?);
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
        end = match request.start.is_sold_out {
            // They stand behind all others.
            true => usize::MAX,
            false => end.saturating_add(sifted.sold_out.len()),
        };
        let ranked = match top {
            Some(top) => top,
            None => {
                let score = |place: Place| {
                    scores.score(place) * factor(&sifted.places, &factors, place) / FACTOR_ONE
                };
                let ranked = Ranked::of(session, &sifted.places, order, &tier, &score).await?;
                ranked.slice(session, end, Vec::new()).await?
            }
        };
        let window = Window::of(ranked, &sifted, request);
        Ok(Shown {
            sieve,
            sifted,
            factors,
            window,
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
            window,
            ..
        } = self.shown(session, request, &found).await?;
        let Found {
            words,
            scores,
            needed,
            ..
        } = found;
        let first = window.top.first().map(|(_, one)| one.place);
        let related = match request.related && request.start == Start::default() {
            true => related::related(&sifted.places, &sifted.values, &scores, first),
            false => Vec::new(),
        };
        let related = self.best_related(session, related).await?;
        let mut all: Vec<Place> = window.top.iter().map(|(_, one)| one.place).collect();
        for (_, places) in &related {
            all.extend(places);
        }
        let passing = sifted.places.len();
        let in_stock = passing - sifted.sold_out.len();
        let total = match request.stock.sold_out {
            SoldOut::Hide => in_stock,
            SoldOut::Show | SoldOut::Last => passing,
        };
        let [total, in_stock] = [total, in_stock].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let (counted, pages) = match request.facets {
            true => facets::count(&self.root, &sifted, &sieve, total),
            false => (Vec::new(), Vec::new()),
        };
        let mut cards = rank::cards(session, &all, &pages).await?.into_iter();
        let marked = highlight::terms(&words);
        let mut items = Vec::with_capacity(window.top.len());
        for (&(place, one), product) in window.top.iter().zip(cards.by_ref()) {
            let title = product.title.get(request.locale);
            items.push(Item {
                highlight: highlight::highlight(analyser, title, &marked),
                place,
                score: one.score,
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
            before: window.before,
            items,
            total,
            in_stock,
            previous: window.previous,
            next: window.next,
            facets: match request.facets {
                true => facets::named(session, counted, request.filters)?,
                false => Vec::new(),
            },
            price_minor: sifted.price_minor.filter(|_| request.facets),
            counts_exact: true,
            related,
        })
    }

    /// What the scores of results are multiplied by, of [`FACTOR_ONE`]; empty without boosts.
    fn factors<S: ReadBlobs>(
        &self,
        session: &Session<'_, S>,
        places: &[Place],
        apart: &Apart,
    ) -> Result<Vec<u64>, DecodeError> {
        let mut factors = Vec::new();
        for &((facet, number), factor) in apart.boosts.entries() {
            factors.resize(places.len(), FACTOR_ONE);
            // All of them pass.
            let sifted = facets::sift(session, places, &Sieve::default(), Some(facet))?;
            for (own, values) in factors.iter_mut().zip(&sifted.values) {
                if values.contains(&number) {
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
        let least = types.get(RELATED_TYPES_MAX - 1).map_or(0, |one| one.total);
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
        named.truncate(RELATED_TYPES_MAX);
        let mut best = Vec::new();
        for (_, one) in named {
            let best_places: Vec<Place> = one.best().iter().map(|(_, place)| *place).collect();
            let score = |place: Place| {
                let at = best_places.binary_search(&place);
                at.map_or(0, |at| one.best()[at].0)
            };
            let order = Order::default();
            let ranked = Ranked::of(session, &best_places, order, &|_| 0, &score).await?;
            let best_of = ranked
                .slice(session, related::RELATED_PRODUCTS_MAX, Vec::new())
                .await?;
            let places = best_of.into_iter().map(|one| one.place);
            best.push((one, places.collect()));
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
