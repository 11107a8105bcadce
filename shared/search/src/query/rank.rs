//! The order of results: a pure function of the version, the query and the filters.

use souk_catalogue::{DecodeError, Hash, ListingChunk, Product, SlugHash};

use crate::format::{
    CARDS_PER_CHUNK, COLUMN_PER_PAGE, DOCUMENTS_PER_PAGE, DateColumn, DocumentPage,
    FACETS_PER_PAGE, FacetPage, TITLE_KEY_BYTES, TitleColumn,
};
use crate::query::gather::Session;
use crate::query::order::{SortedMap, nth, sort_by};
use crate::query::request::{Learnt, Sort};
use crate::query::score::Place;
use crate::query::store::{ReadBlobs, SearchError};

/// What a result is ordered by before its tie: the lowest first.
type Key = [u64; 3];

/// The order that is wanted.
#[derive(Clone, Copy, Default)]
pub(crate) struct Order<'a> {
    pub(crate) sort: Sort,
    /// The most popular products.
    pub(crate) popular: &'a [SlugHash],
    pub(crate) learnt: Learnt<'a>,
}

/// Results with what they are ordered by.
pub(crate) struct Ranked<'a> {
    keys: Vec<(Key, Place)>,
    order: Order<'a>,
}

/// A result in its order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored {
    pub(crate) place: Place,
    /// What it is ordered by; 0 in another order than that of relevance.
    pub(crate) score: u64,
}

/// A number that is larger for a larger signed one.
fn ordered(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// The pages that an order is read from.
fn column_pages<S: ReadBlobs>(session: &Session<'_, S>, places: &[Place], sort: Sort) -> Vec<Hash> {
    let language = session.language();
    let runs = &session.root.runs;
    let page = |place: &Place| {
        let run = &runs[place.run];
        let (pages, per_page) = match sort {
            Sort::Relevance | Sort::Popular => return None,
            Sort::PriceAscending | Sort::PriceDescending => (&run.facets, FACETS_PER_PAGE),
            Sort::Newest => (&run.dates, COLUMN_PER_PAGE),
            Sort::Title => (&run.dictionaries[language].titles, COLUMN_PER_PAGE),
        };
        pages.get((place.document / per_page) as usize).copied()
    };
    let mut pages: Vec<_> = places.iter().filter_map(page).collect();
    pages.dedup();
    pages
}

impl<'a> Ranked<'a> {
    /// Of results in the order of their places. `tier` says what comes first whatever the order,
    /// `score` what a result has in the order of relevance before what was learnt.
    pub(crate) async fn of<S: ReadBlobs>(
        session: &mut Session<'_, S>,
        places: &[Place],
        order: Order<'a>,
        tier: &dyn Fn(Place) -> u64,
        score: &dyn Fn(Place) -> u64,
    ) -> Result<Self, SearchError<S::Error>> {
        let Order {
            sort,
            popular,
            learnt,
        } = order;
        let pages = column_pages(session, places, sort);
        session.fetched.read(pages).await?;
        let mut keys = Vec::with_capacity(places.len());
        match sort {
            Sort::Relevance => {
                let key = |&place: &Place| ([tier(place), u64::MAX - score(place), 0], place);
                keys.extend(places.iter().map(key));
            }
            Sort::Popular => {
                read_pages(session, places, Vec::new()).await?;
                let pages = Pages::of(session, places)?;
                keys.extend(places.iter().map(|&place| {
                    let tie = pages.tie(place);
                    // A tie is the first half of the hash.
                    let rank = popular.iter().position(|slug| slug.0 >> 32 == tie.into());
                    let rank = rank.unwrap_or(popular.len()) as u64;
                    let score = learnt.score(score(place), tie);
                    ([tier(place), rank, u64::MAX - score], place)
                }));
            }
            Sort::PriceAscending | Sort::PriceDescending | Sort::Newest | Sort::Title => {
                let per_page = match sort {
                    Sort::PriceAscending | Sort::PriceDescending => FACETS_PER_PAGE,
                    Sort::Relevance | Sort::Popular | Sort::Newest | Sort::Title => COLUMN_PER_PAGE,
                };
                let page_of = |place: &Place| (place.run, place.document / per_page);
                for places in places.chunk_by(|a, b| page_of(a) == page_of(b)) {
                    let of = column_pages(session, &places[..1], sort);
                    let missing = || DecodeError {
                        what: "root of the search index",
                        reason: "a run lacks a column".to_owned(),
                    };
                    let blob = session.fetched.get(*of.first().ok_or_else(missing)?)?;
                    let column = Column::decode(blob, sort, session.locale.market())?;
                    keys.extend(places.iter().map(|&place| {
                        let [a, b] = column.key(place.document % per_page);
                        ([tier(place), a, b], place)
                    }));
                }
            }
        }
        Ok(Self { keys, order })
    }

    /// The first results, up to `end`, ties by the hash of the slug; `also` is read in the same
    /// round.
    pub(crate) async fn slice<S: ReadBlobs>(
        mut self,
        session: &mut Session<'_, S>,
        end: usize,
        also: Vec<Hash>,
    ) -> Result<Vec<Scored>, SearchError<S::Error>> {
        if self.keys.is_empty() || end == 0 {
            session.fetched.read(also).await?;
            return Ok(Vec::new());
        }
        let is_scored = self.order.sort == Sort::Relevance;
        let learnt = match is_scored {
            true => self.order.learnt,
            false => Learnt::default(),
        };
        if end < self.keys.len() {
            // Whatever ties with the last result may stand before it, and what was learnt moves a result
            // within bounds: `end` of them have the key of the last one or a lower one at their worst.
            let bounds = |key: &Key| learnt.bounds(u64::MAX - key[1]);
            let worst = |(key, _): &(Key, Place)| [key[0], u64::MAX - bounds(key).0, key[2]];
            let last = nth(&mut self.keys.iter().map(worst), end);
            self.keys
                .retain(|(key, _)| [key[0], u64::MAX - bounds(key).1, key[2]] <= last);
        }
        let places: Vec<_> = self.keys.iter().map(|(_, place)| *place).collect();
        read_pages(session, &places, also).await?;
        let pages = Pages::of(session, &places)?;
        let mut ties: Vec<_> = self
            .keys
            .iter()
            .map(|&(key, place)| {
                let tie = pages.tie(place);
                let score = learnt.score(u64::MAX - key[1], tie);
                ([key[0], u64::MAX - score, key[2]], tie, place)
            })
            .collect();
        if end < ties.len() {
            let last = nth(&mut ties.iter().map(|(key, ..)| *key), end);
            ties.retain(|(key, ..)| *key <= last);
        }
        sort_by(&mut ties, &Ord::cmp);
        let wanted = ties.into_iter().take(end);
        let scored = wanted.map(|(key, _, place)| Scored {
            place,
            score: if is_scored { u64::MAX - key[1] } else { 0 },
        });
        Ok(scored.collect())
    }
}

enum Column<'a> {
    Price(FacetPage<'a>, bool),
    Date(DateColumn),
    Title(TitleColumn),
}

impl<'a> Column<'a> {
    fn decode(blob: &'a [u8], sort: Sort, market: usize) -> Result<Self, DecodeError> {
        Ok(match sort {
            Sort::Relevance | Sort::Popular | Sort::PriceAscending => {
                Self::Price(FacetPage::decode(blob, market)?, false)
            }
            Sort::PriceDescending => Self::Price(FacetPage::decode(blob, market)?, true),
            Sort::Newest => Self::Date(DateColumn::decode(blob)?),
            Sort::Title => Self::Title(TitleColumn::decode(blob)?),
        })
    }

    fn key(&self, place: u32) -> [u64; 2] {
        match self {
            Self::Price(page, false) => [ordered(page.price(place).unwrap_or(0)), 0],
            Self::Price(page, true) => [!ordered(page.price(place).unwrap_or(0)), 0],
            Self::Date(column) => [!ordered(column.dates.get(place)), 0],
            Self::Title(column) => {
                const { assert!(TITLE_KEY_BYTES == 16) };
                let key = column.key(place);
                let (eights, _) = key.as_chunks::<8>();
                let mut eights = eights.iter().map(|eight| u64::from_be_bytes(*eight));
                [(); 2].map(|()| eights.next().unwrap_or_default())
            }
        }
    }
}

fn page_of(place: &Place) -> (usize, u32) {
    (place.run, place.document / DOCUMENTS_PER_PAGE)
}

/// Reads the pages of documents in the order of their places, and `also`.
async fn read_pages<S: ReadBlobs>(
    session: &mut Session<'_, S>,
    places: &[Place],
    also: Vec<Hash>,
) -> Result<(), SearchError<S::Error>> {
    let mut pages: Vec<_> = places.iter().map(page_of).collect();
    pages.dedup();
    let runs = &session.root.runs;
    let pages = pages.into_iter();
    let pages = pages.filter_map(|(run, page)| runs[run].pages.get(page as usize).copied());
    let pages: Vec<_> = pages.chain(also).collect();
    session.fetched.read(pages).await
}

struct Pages<'s> {
    pages: SortedMap<(usize, u32), DocumentPage<'s>>,
}

impl<'s> Pages<'s> {
    /// Those of documents in the order of their places, which were read.
    fn of<S: ReadBlobs>(
        session: &'s Session<'_, S>,
        places: &[Place],
    ) -> Result<Self, DecodeError> {
        let mut pages = SortedMap::default();
        for place in places {
            let (run, number) = page_of(place);
            if let Some(&hash) = session.root.runs[run].pages.get(number as usize)
                && pages.get(&(run, number)).is_none()
            {
                let page = DocumentPage::decode(session.fetched.get(hash)?)?;
                pages.get_or_insert((run, number), || page);
            }
        }
        Ok(Self { pages })
    }

    fn tie(&self, place: Place) -> u32 {
        let page = self.pages.get(&page_of(&place));
        page.and_then(|page| page.tie(place.document % DOCUMENTS_PER_PAGE))
            .unwrap_or(u32::MAX)
    }

    fn chunk(&self, place: Place) -> Option<Hash> {
        let page = self.pages.get(&page_of(&place))?;
        let chunk = place.document % DOCUMENTS_PER_PAGE / CARDS_PER_CHUNK;
        page.cards.get(chunk as usize).copied()
    }
}

/// What ties of a document are decided by.
pub(crate) async fn tie<S: ReadBlobs>(
    session: &mut Session<'_, S>,
    place: Place,
) -> Result<u32, SearchError<S::Error>> {
    read_pages(session, &[place], Vec::new()).await?;
    Ok(Pages::of(session, &[place])?.tie(place))
}

/// The cards of results, in their order. `also` is read in the same round.
pub(crate) async fn cards<S: ReadBlobs>(
    session: &mut Session<'_, S>,
    places: &[Place],
    also: &[Hash],
) -> Result<Vec<Product>, SearchError<S::Error>> {
    let mut sorted = places.to_vec();
    sort_by(&mut sorted, &Ord::cmp);
    read_pages(session, &sorted, Vec::new()).await?;
    let pages = Pages::of(session, &sorted)?;
    let chunks: Vec<Option<Hash>> = places.iter().map(|place| pages.chunk(*place)).collect();
    drop(pages);
    session
        .fetched
        .read(chunks.iter().flatten().chain(also).copied().collect())
        .await?;
    let missing = || DecodeError {
        what: "page of documents",
        reason: "a card is not there".to_owned(),
    };
    let mut wanted: SortedMap<Hash, Vec<usize>> = SortedMap::default();
    for (number, chunk) in chunks.iter().enumerate() {
        wanted
            .get_or_insert(chunk.ok_or_else(missing)?, Vec::new)
            .push(number);
    }
    let mut cards: Vec<Option<Product>> = vec![None; places.len()];
    for (chunk, numbers) in wanted.into_entries() {
        let at = |&number: &usize| (places[number].document % CARDS_PER_CHUNK) as usize;
        let chunk = ListingChunk::decode(session.fetched.get(chunk)?)?;
        let found = chunk.cards(numbers.iter().map(at))?;
        for (number, card) in numbers.into_iter().zip(found) {
            cards[number] = Some(card);
        }
    }
    let cards = cards.into_iter().map(|card| card.ok_or_else(missing));
    Ok(cards.collect::<Result<_, _>>()?)
}
