//! Listings: the cards of a collection in one order, cut into chunks.
//!
//! Chunk boundaries are chosen by content (a hash of the slug), so one product that comes, goes
//! or moves changes the chunk it leaves and the chunk it enters, and no other.

use serde::{Deserialize, Serialize};

use crate::{
    DecodeError, Hash, Product,
    segment::{decode, encode},
    slug_bucket,
};

/// Cards in a chunk on average: 2^5.
pub const CHUNK_CARDS_TARGET: usize = 1 << CHUNK_BITS;
const CHUNK_BITS: u8 = 5;
/// A chunk is cut here at the latest.
const CHUNK_CARDS_MAX: usize = 4 * CHUNK_CARDS_TARGET;

/// In which order a collection is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListingOrder {
    /// The merchant's own order.
    Featured,
    /// Cheapest first, by the lowest price of a variant.
    PriceAscending,
    /// Dearest first.
    PriceDescending,
    /// By name.
    Title,
}

impl ListingOrder {
    /// Every order, the default one first.
    pub const ALL: [ListingOrder; 4] = [
        ListingOrder::Featured,
        ListingOrder::PriceAscending,
        ListingOrder::PriceDescending,
        ListingOrder::Title,
    ];

    /// The orders that have a listing of their own.
    pub const STORED: [ListingOrder; 3] = [
        ListingOrder::Featured,
        ListingOrder::PriceAscending,
        ListingOrder::Title,
    ];

    /// The listing that is read for this order, and whether from its end.
    pub fn stored(self) -> (ListingOrder, bool) {
        match self {
            ListingOrder::PriceDescending => (ListingOrder::PriceAscending, true),
            ListingOrder::Featured | ListingOrder::PriceAscending | ListingOrder::Title => {
                (self, false)
            }
        }
    }

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            ListingOrder::Featured => "featured",
            ListingOrder::PriceAscending => "price-asc",
            ListingOrder::PriceDescending => "price-desc",
            ListingOrder::Title => "title",
        }
    }

    /// Reads the name in addresses.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// The chunks of one listing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingIndex {
    /// Name and number of cards of each chunk, in order.
    pub chunks: Vec<(Hash, u32)>,
}

/// Cards in order, borrowing from their blob: a page decodes the cards that it shows.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListingChunk<'a> {
    #[serde(borrow)]
    cards: Vec<&'a [u8]>,
}

impl ListingIndex {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// # Errors
    /// When the blob is not a listing index.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode("listing index", blob)
    }

    /// Cards in the listing.
    pub fn total(&self) -> u32 {
        self.chunks.iter().map(|(_, cards)| cards).sum()
    }

    /// The chunks that hold the cards `start..start + count`: for each its name and which of its
    /// cards are wanted.
    pub fn locate(&self, start: u32, count: u32) -> Vec<(Hash, std::ops::Range<usize>)> {
        let end = start.saturating_add(count);
        let mut first = 0_u32;
        let mut found = Vec::new();
        for &(hash, cards) in &self.chunks {
            let next = first.saturating_add(cards);
            let (from, to) = (start.max(first), end.min(next));
            if from < to {
                found.push((hash, (from - first) as usize..(to - first) as usize));
            }
            if next >= end {
                break;
            }
            first = next;
        }
        found
    }
}

impl<'a> ListingChunk<'a> {
    /// The blob for cards in their order; see [`Product::card`].
    pub fn encode(cards: &[&Product]) -> Vec<u8> {
        let bodies: Vec<_> = cards.iter().map(encode).collect();
        encode(&ListingChunk {
            cards: bodies.iter().map(Vec::as_slice).collect(),
        })
    }

    /// Reads the table; no card is decoded.
    ///
    /// # Errors
    /// When the blob is not a listing chunk.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode("listing chunk", blob)
    }

    /// The cards at these places; fewer where there are fewer.
    ///
    /// # Errors
    /// When a card is damaged.
    pub fn cards(&self, places: std::ops::Range<usize>) -> Result<Vec<Product>, DecodeError> {
        let wanted = self.cards.iter().skip(places.start).take(places.len());
        wanted.map(|card| decode("card", card)).collect()
    }
}

/// By title in the shop's own language, then by slug.
pub(crate) fn sort_by_title(products: &mut [&Product]) {
    products.sort_by_cached_key(|card| (card.title.base.to_lowercase(), card.slug.clone()));
}

/// Cuts cards, given in their order, into chunks.
pub(crate) fn cut<'a>(cards: &'a [&'a Product]) -> Vec<&'a [&'a Product]> {
    let mut chunks = Vec::new();
    let mut start = 0;
    for (place, card) in cards.iter().enumerate() {
        let length = place + 1 - start;
        let boundary = slug_bucket(&card.slug, CHUNK_BITS) == 0 && length >= CHUNK_CARDS_TARGET / 4;
        if boundary || length >= CHUNK_CARDS_MAX || place + 1 == cards.len() {
            chunks.push(&cards[start..=place]);
            start = place + 1;
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(sizes: &[u32]) -> ListingIndex {
        let chunks = sizes
            .iter()
            .enumerate()
            .map(|(n, &size)| (Hash::of(&[n as u8]), size))
            .collect();
        ListingIndex { chunks }
    }

    #[test]
    fn cards_are_located_across_chunks() {
        let index = index(&[3, 2, 4]);
        let hash = |n: u8| Hash::of(&[n]);
        assert_eq!(index.total(), 9);
        assert_eq!(index.locate(0, 3), [(hash(0), 0..3)]);
        assert_eq!(
            index.locate(2, 4),
            [(hash(0), 2..3), (hash(1), 0..2), (hash(2), 0..1)]
        );
        assert_eq!(index.locate(8, 10), [(hash(2), 3..4)]);
        assert_eq!(index.locate(9, 1), []);
        assert_eq!(index.locate(u32::MAX, u32::MAX), []);
    }

    #[test]
    fn only_the_wanted_cards_are_given() {
        let card = |slug: &str| Product {
            slug: slug.to_owned(),
            ..Product::default()
        };
        let (a, b, c) = (card("a"), card("b"), card("c"));
        let blob = ListingChunk::encode(&[&a, &b, &c]);
        let chunk = ListingChunk::decode(&blob).unwrap();
        assert_eq!(chunk.cards(1..3).unwrap(), [b, c]);
        assert_eq!(chunk.cards(3..9).unwrap(), []);
        assert!(ListingChunk::decode(&blob[..blob.len() - 1]).is_err());
    }

    #[test]
    fn one_more_card_changes_few_chunks() {
        let products: Vec<_> = (0..5000)
            .map(|n| Product {
                slug: format!("product-{n}"),
                ..Product::default()
            })
            .collect();
        let all: Vec<_> = products.iter().collect();
        let without: Vec<_> = all
            .iter()
            .copied()
            .filter(|p| p.slug != "product-2500")
            .collect();
        let names = |cards: &[&Product]| -> std::collections::BTreeSet<Vec<String>> {
            cut(cards)
                .iter()
                .map(|c| c.iter().map(|p| p.slug.clone()).collect())
                .collect()
        };
        let (before, after) = (names(&without), names(&all));
        assert_eq!(cut(&all).concat().len(), 5000);
        assert!(
            after.difference(&before).count() <= 3,
            "chunks changed far from the new card"
        );
        assert!(cut(&all).iter().all(|chunk| chunk.len() <= CHUNK_CARDS_MAX));
    }
}
