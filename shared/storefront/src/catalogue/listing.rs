//! A page of a listing: what a request wants, what it gets, and where its neighbours begin.
//!
//! A filtered page reads the listing's index, the posting blocks from its place on until it is
//! full, and the chunks of the cards that it shows; blocks that cannot hold a wanted card are not
//! read. How large the collection is changes none of that.
//!
//! Not here: the grammar of filters (`filters`), the tiers that blobs come through (`catalogue`).

use souk_catalogue::{
    Collection, Facets, Filter, ListingChunk, ListingIndex, ListingOrder, PostingBlock, Product,
};
use souk_ports::Edge;
use souk_protocol::problem::Problem;

use crate::catalogue::cursor::Cursor;
use crate::catalogue::error::ReadError;
use crate::catalogue::filters::{Filters, PriceUnit};
use crate::catalogue::reader::Reader;
use crate::http::reply;
use crate::http::response_key::ListingKey;

/// A filtered listing of so many posting blocks (of 4,096 cards each on average) is counted: how
/// many products there are, and how many each value would leave. A larger one is not.
const BLOCKS_COUNTED_MAX: usize = 8;

/// Which page of a listing a request wants.
pub(crate) struct ListingQuery {
    pub(crate) order: ListingOrder,
    pub(crate) filters: Filters,
    pub(crate) cursor: Option<Cursor>,
    /// Cards on a page.
    pub(crate) count: u32,
    /// Place of the market whose prices count.
    pub(crate) market: usize,
}

/// One page of a listing.
pub(crate) struct ListingPage {
    pub(crate) cards: Vec<Product>,
    /// Cards on all pages; `None` where that is not counted.
    pub(crate) total: Option<u32>,
    /// Where the page before begins; its offset is 0 when that is the first page.
    pub(crate) previous: Option<Start>,
    /// Where the next page begins.
    pub(crate) next: Option<Start>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// Cards before it, over all pages.
    pub(crate) offset: u32,
    /// Place of its first card in the listing without filters.
    place: u32,
}

/// How many products there would be.
pub(crate) struct Counts {
    /// With these filters.
    pub(crate) total: u32,
    /// For each facet and value that is offered, with it and the filters of the other facets.
    pub(crate) values: Vec<Vec<u32>>,
}

impl ListingQuery {
    /// Tells pages of one collection apart.
    pub(crate) fn key(&self) -> ListingKey {
        let Start { offset, place } = self.start();
        ListingKey {
            order: self.order,
            offset,
            place,
            count: self.count,
            filters: self.filters.query(PriceUnit::Minor),
        }
    }

    /// Where the page begins.
    pub(crate) fn start(&self) -> Start {
        let (offset, place) = self
            .cursor
            .map_or((0, 0), |cursor| (cursor.offset, cursor.place));
        Start { offset, place }
    }

    /// Refuses a cursor of another listing.
    ///
    /// # Errors
    /// When the cursor belongs to another collection or market, or to other filters.
    pub(crate) fn check_cursor(&self, collection: &str) -> Result<(), Problem> {
        let fingerprint = self.fingerprint(collection);
        match self.cursor {
            Some(cursor) if cursor.fingerprint != fingerprint => {
                let detail = "belongs to another collection or to other filters: keep them, or \
                              begin with the first page";
                Err(reply::invalid("?cursor", detail))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The cursor of a page of this listing in a version.
    pub(crate) fn cursor_at(&self, version: u64, collection: &str, start: Start) -> String {
        let cursor = Cursor {
            version,
            order: self.order,
            offset: start.offset,
            place: start.place,
            fingerprint: self.fingerprint(collection),
        };
        cursor.encode()
    }

    fn fingerprint(&self, collection: &str) -> u64 {
        let of = format!("{collection} {}", self.market);
        self.filters.fingerprint(&of)
    }
}

/// The order of a listing and the place in it, as a request names them. A cursor brings its order
/// with it.
///
/// # Errors
/// When one of them is none, or the cursor belongs to another order than the one that is named.
pub(crate) fn read_place(
    sort: Option<&str>,
    cursor: Option<&str>,
) -> Result<(ListingOrder, Option<Cursor>), Problem> {
    let order = read_order(sort)?;
    let Some(cursor) = cursor.map(read_cursor).transpose()? else {
        return Ok((order, None));
    };
    if sort.is_some() && cursor.order != order {
        return Err(reply::invalid("?cursor", "belongs to another sort order"));
    }
    Ok((cursor.order, Some(cursor)))
}

fn read_order(text: Option<&str>) -> Result<ListingOrder, Problem> {
    match text {
        None | Some("") => Ok(ListingOrder::Featured),
        Some(name) => ListingOrder::parse(name).ok_or_else(|| {
            let names: Vec<_> = ListingOrder::ALL.iter().map(|order| order.name()).collect();
            reply::invalid("?sort", format!("must be one of {}", names.join(", ")))
        }),
    }
}

fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let detail = "is not a cursor of this shop: take `next` of the page before";
    Cursor::parse(text).ok_or_else(|| reply::invalid("?cursor", detail))
}

impl<E: Edge> Reader<'_, E> {
    /// What a collection can be filtered by.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn facets(&self, collection: &Collection) -> Result<Facets, ReadError> {
        match collection.facets {
            Some(facets) => Ok(Facets::decode(&self.blob(facets).await?)?),
            None => Ok(Facets::default()),
        }
    }

    /// The page that a request wants.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn listing(
        &self,
        collection: &Collection,
        query: &ListingQuery,
    ) -> Result<ListingPage, ReadError> {
        let Start { offset, .. } = query.start();
        if query.filters.is_empty() && !collection.is_partial(self.market) {
            let (cards, total) = self
                .cards(collection, query.order, offset, query.count)
                .await?;
            let next = offset.saturating_add(query.count);
            let start = |offset| Start {
                offset,
                place: offset,
            };
            return Ok(ListingPage {
                cards,
                total: Some(total),
                previous: (offset > 0).then(|| start(offset.saturating_sub(query.count))),
                next: (next < total).then(|| start(next)),
            });
        }
        self.filtered(collection, query).await
    }

    /// What is wanted of a collection that a market may not sell all of.
    fn filter(&self, collection: &Collection, query: &ListingQuery) -> Filter {
        let is_partial = collection.is_partial(self.market);
        query.filters.filter().in_market(self.market, is_partial)
    }

    /// The first `count` cards of a collection that the market sells, from a place in its order on.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn first_cards(
        &self,
        collection: &Collection,
        start: u32,
        count: u32,
    ) -> Result<Vec<Product>, ReadError> {
        let order = ListingOrder::Featured;
        if !collection.is_partial(self.market) {
            return Ok(self.cards(collection, order, start, count).await?.0);
        }
        let (index, backwards) = self.index(collection, order).await?;
        let filter = Filter::default().in_market(self.market, true);
        let found = self.scan(&index, &filter, start, true, count as usize);
        self.cards_at(&index, found.await?, backwards).await
    }

    async fn filtered(
        &self,
        collection: &Collection,
        query: &ListingQuery,
    ) -> Result<ListingPage, ReadError> {
        let (index, backwards) = self.index(collection, query.order).await?;
        let filter = self.filter(collection, query);
        let Start { offset, place } = query.start();
        let count = query.count as usize;
        // The listing of descending prices is that of ascending ones, read from its end: there
        // `place` counts from the end as well.
        let all = index.total();
        let (edge, origin) = if backwards {
            (all.saturating_sub(place), all.saturating_sub(1))
        } else {
            (place, 0)
        };
        let start = |offset, stored: u32| Start {
            offset,
            place: stored.abs_diff(origin),
        };
        let mut found = self
            .scan(&index, &filter, edge, !backwards, count + 1)
            .await?;
        let next = found.get(count);
        let next = next.map(|&stored| start(offset.saturating_add(query.count), stored));
        found.truncate(count);
        let previous = if offset == 0 {
            None
        } else {
            let before = self.scan(&index, &filter, edge, backwards, count).await?;
            let first = offset <= query.count || before.len() < count;
            let before = before.last().filter(|_| !first).copied();
            Some(before.map_or(
                Start {
                    offset: 0,
                    place: 0,
                },
                |stored| start(offset - query.count, stored),
            ))
        };
        Ok(ListingPage {
            cards: self.cards_at(&index, found, backwards).await?,
            total: match query.filters.is_empty() {
                true => Some(collection.products_in(self.market)),
                false => index.count(&filter),
            },
            previous,
            next,
        })
    }

    /// The first `wanted` cards that a filter lets through, from an edge between two places on,
    /// towards the end or towards the beginning.
    async fn scan(
        &self,
        index: &ListingIndex,
        filter: &Filter,
        edge: u32,
        towards_end: bool,
        wanted: usize,
    ) -> Result<Vec<u32>, ReadError> {
        let mut found = Vec::with_capacity(wanted);
        let mut candidates = index.candidates(filter);
        if !towards_end {
            candidates.reverse();
        }
        for (first, candidate, block) in candidates {
            let beyond = if towards_end {
                first.saturating_add(block.cards) <= edge
            } else {
                first >= edge
            };
            if beyond || !candidate {
                continue;
            }
            let blob = self.blob(block.hash).await?;
            let places = PostingBlock::decode(&blob)?.matches(filter)?;
            let places = places.iter().map(|place| first.saturating_add(place));
            let room = wanted - found.len();
            if towards_end {
                found.extend(places.filter(|&place| place >= edge).take(room));
            } else {
                found.extend(places.rev().filter(|&place| place < edge).take(room));
            }
            if found.len() == wanted {
                break;
            }
        }
        Ok(found)
    }

    /// The cards at these places of a listing, in the order in which the listing is read.
    async fn cards_at(
        &self,
        index: &ListingIndex,
        mut places: Vec<u32>,
        backwards: bool,
    ) -> Result<Vec<Product>, ReadError> {
        places.sort_unstable();
        let chunks = index.locate_each(&places);
        let blobs = self.blobs(chunks.iter().map(|(hash, _)| *hash)).await?;
        let mut cards = Vec::with_capacity(places.len());
        for (blob, (_, places)) in blobs.iter().zip(chunks) {
            let read = ListingChunk::decode(blob)?.cards(places)?.into_iter();
            cards.extend(read.filter_map(|card| self.shown(card)));
        }
        if backwards {
            cards.reverse();
        }
        Ok(cards)
    }

    /// How many products there are with these filters; `None` for a collection that is too large
    /// to count.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn counts(
        &self,
        collection: &Collection,
        query: &ListingQuery,
        facets: &Facets,
    ) -> Result<Option<Counts>, ReadError> {
        let (index, _) = self.index(collection, query.order).await?;
        if index.blocks.len() > BLOCKS_COUNTED_MAX {
            return Ok(None);
        }
        let filter = self.filter(collection, query);
        let offered = &facets.offered;
        let mut counts = Counts {
            total: 0,
            values: offered.iter().map(|f| vec![0; f.values.len()]).collect(),
        };
        let hashes = index.blocks.iter().map(|block| block.hash);
        for blob in self.blobs(hashes).await? {
            let block = PostingBlock::decode(&blob)?;
            counts.total += block.matches(&filter)?.count();
            for (facet, counts) in offered.iter().zip(&mut counts.values) {
                let within = block.matches(&filter.without(&facet.name))?;
                for (value, count) in facet.values.iter().zip(counts) {
                    *count += block.count(&within, &facet.name, &value.text.base)?;
                }
            }
        }
        Ok(Some(counts))
    }

    async fn index(
        &self,
        collection: &Collection,
        order: ListingOrder,
    ) -> Result<(ListingIndex, bool), ReadError> {
        let Some((index, backwards)) = collection.listing(order, self.market) else {
            return Ok((ListingIndex::default(), false));
        };
        Ok((ListingIndex::decode(&self.blob(index).await?)?, backwards))
    }
}
