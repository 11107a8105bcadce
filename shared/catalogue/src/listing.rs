//! Listings: the cards of a collection in one order, cut into chunks.
//!
//! Chunk boundaries are chosen by content (a hash of the slug), so one product that comes, goes
//! or moves changes the chunk it leaves and the chunk it enters, and no other.

use minicbor::{Decode, Encode, bytes::ByteSlice};

use crate::{
    DecodeError, Filter, Hash, Product, ValueKey,
    blob::{decode_blob, decode_part, encode_blob, encode_part, list},
    price_range::in_market,
};

/// Cards in a chunk on average: 2^5.
pub const CHUNK_CARDS_TARGET: usize = 1 << CHUNK_BITS;
pub(crate) const CHUNK_BITS: u8 = 5;

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

/// The chunks of one listing, and the posting blocks that find cards in it by their values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct ListingIndex {
    /// Name and number of cards of each chunk, in order.
    #[cbor(n(0), with = "chunks")]
    pub chunks: Vec<(Hash, u32)>,
    /// The posting blocks, in order; together they have the same cards.
    #[cbor(n(1), with = "list")]
    pub blocks: Vec<Block>,
    /// For each value that the collection offers the cards that have it, by block; sorted by key.
    #[cbor(n(2), with = "list")]
    pub counts: Vec<(ValueKey, Vec<u32>)>,
}

/// A posting block ([`crate::PostingBlock`]) as its listing knows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// The blob.
    #[n(0)]
    pub hash: Hash,
    /// Cards in it.
    #[n(1)]
    pub cards: u32,
    /// The lowest and the highest of the cards' lowest prices, in minor units.
    #[n(2)]
    pub price_minor: (i64, i64),
    /// The same in each market after the first; absent where there is one.
    #[n(3)]
    pub further: Option<Vec<(i64, i64)>>,
}

impl Block {
    /// The lowest and the highest price in the market at a place.
    fn prices_in(&self, market: usize) -> (i64, i64) {
        in_market(self.price_minor, self.further.as_deref(), market)
    }
}

/// Cards in order, borrowing from their blob: a page decodes the cards that it shows.
#[derive(Debug, Encode, Decode)]
pub struct ListingChunk<'a> {
    #[cbor(b(0), with = "list")]
    cards: Vec<&'a ByteSlice>,
}

/// The chunks as two columns: a listing of a hundred thousand cards has some thousands of them, and
/// every page of it reads them all.
mod chunks {
    use minicbor::{Decode, Decoder, Encoder, decode::Error, encode::Write};

    use crate::{Hash, blob::list};

    #[derive(minicbor::Encode, minicbor::Decode)]
    struct Columns<'a> {
        #[cbor(b(0), with = "minicbor::bytes")]
        hashes: &'a [u8],
        #[cbor(n(1), with = "list")]
        cards: Vec<u32>,
    }

    #[expect(clippy::ptr_arg, reason = "the derive hands the field over")]
    pub(super) fn encode<C, W: Write>(
        chunks: &Vec<(Hash, u32)>,
        out: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let columns = Columns {
            hashes: &Hash::pack(chunks.iter().map(|(hash, _)| Some(*hash))),
            cards: chunks.iter().map(|(_, cards)| *cards).collect(),
        };
        minicbor::Encode::encode(&columns, out, context)
    }

    pub(super) fn decode<C>(
        input: &mut Decoder<'_>,
        context: &mut C,
    ) -> Result<Vec<(Hash, u32)>, Error> {
        let Columns { hashes, cards } = Columns::decode(input, context)?;
        let hashes = Hash::unpack(hashes);
        if hashes.len() != cards.len() {
            return Err(Error::message("chunks without a name"));
        }
        let chunks = hashes.zip(cards);
        chunks
            .map(|(hash, cards)| Some((hash?, cards)))
            .collect::<Option<_>>()
            .ok_or_else(|| Error::message("chunks without a name"))
    }
}

impl ListingIndex {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a listing index.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("listing index", blob)
    }

    /// Cards in the listing.
    pub fn total(&self) -> u32 {
        self.chunks.iter().map(|(_, cards)| cards).sum()
    }

    /// For each block the place of its first card, whether the block may hold a card that a filter
    /// lets through, and the block.
    pub fn candidates(&self, filter: &Filter) -> Vec<(u32, bool, &Block)> {
        let mut first = 0_u32;
        let blocks = self.blocks.iter().enumerate();
        blocks
            .map(|(number, block)| {
                let start = first;
                first = first.saturating_add(block.cards);
                (start, self.may_hold(number, block, filter), block)
            })
            .collect()
    }

    /// How many cards a filter lets through, where the index alone can tell: for no filter, and
    /// for one value that is offered.
    pub fn count(&self, filter: &Filter) -> Option<u32> {
        if filter.is_empty() {
            return Some(self.total());
        }
        let mut groups = filter.groups();
        match (groups.next(), groups.next()) {
            (Some([key]), None) if !filter.is_priced() => Some(self.counts_of(key)?.iter().sum()),
            _ => None,
        }
    }

    fn may_hold(&self, number: usize, block: &Block, filter: &Filter) -> bool {
        let has = |key: &ValueKey| match self.counts_of(key) {
            // A value that is not offered may be anywhere.
            None => true,
            Some(counts) => counts.get(number).is_none_or(|&count| count > 0),
        };
        filter.takes_prices(block.prices_in(filter.market()))
            && filter.groups().all(|keys| keys.iter().any(has))
    }

    fn counts_of(&self, key: &ValueKey) -> Option<&[u32]> {
        let found = self
            .counts
            .binary_search_by_key(key, |(key, _)| *key)
            .ok()?;
        Some(&self.counts[found].1)
    }

    /// The chunks that hold the cards at these places, which ascend: for each its name and the
    /// places within it.
    pub fn locate_each(&self, places: &[u32]) -> Vec<(Hash, Vec<usize>)> {
        let mut first = 0_u32;
        let mut rest = places;
        let mut found = Vec::new();
        for &(hash, cards) in &self.chunks {
            let next = first.saturating_add(cards);
            let (within, behind) = rest.split_at(rest.partition_point(|&place| place < next));
            if !within.is_empty() {
                let within = within.iter().map(|place| (place - first) as usize);
                found.push((hash, within.collect()));
            }
            rest = behind;
            if rest.is_empty() {
                break;
            }
            first = next;
        }
        found
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
        let bodies: Vec<_> = cards.iter().map(encode_part).collect();
        encode_blob(&ListingChunk {
            cards: bodies.iter().map(|body| body.as_slice().into()).collect(),
        })
    }

    /// Reads the table; no card is decoded.
    ///
    /// # Errors
    /// When the blob is not a listing chunk.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("listing chunk", blob)
    }

    /// The cards at these places; fewer where there are fewer.
    ///
    /// # Errors
    /// When a card is damaged.
    pub fn cards(
        &self,
        places: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<Product>, DecodeError> {
        let wanted = places.into_iter().filter_map(|place| self.cards.get(place));
        wanted.map(|card| decode_part("card", card)).collect()
    }
}

/// What a product is sorted by in the order of titles: the title in the shop's own language, then
/// the slug.
pub(crate) fn title_key(product: &Product) -> (String, String) {
    (product.title.base.to_lowercase(), product.slug.clone())
}

/// Cuts cards, given in their order, into runs of `2^bits` on average, of four times that at most.
/// `head` is the beginning of the hash of a card's slug: [`crate::slug_bucket`] of 32 bits.
pub(crate) fn cut<T>(cards: &[T], bits: u8, head: impl Fn(&T) -> u32) -> Vec<&[T]> {
    let target = 1_usize << bits;
    let mut runs = Vec::new();
    let mut start = 0;
    for (place, card) in cards.iter().enumerate() {
        let length = place + 1 - start;
        let boundary = length >= target / 4 && head(card) >> (32 - bits) == 0;
        if boundary || length >= 4 * target || place + 1 == cards.len() {
            runs.push(&cards[start..=place]);
            start = place + 1;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slug_bucket;

    fn index(sizes: &[u32]) -> ListingIndex {
        let chunks = sizes
            .iter()
            .enumerate()
            .map(|(n, &size)| (Hash::of(&[n as u8]), size))
            .collect();
        ListingIndex {
            chunks,
            ..ListingIndex::default()
        }
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
        let each = [(hash(0), vec![0, 2]), (hash(2), vec![3])];
        assert_eq!(index.locate_each(&[0, 2, 8, 9]), each);
        assert_eq!(index.locate_each(&[]), []);
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
        let cut = |cards: &[&Product]| -> Vec<Vec<Product>> {
            let runs = super::cut(cards, CHUNK_BITS, |card| slug_bucket(&card.slug, 32));
            runs.iter()
                .map(|run| run.iter().map(|&card| card.clone()).collect())
                .collect()
        };
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
        assert!(
            cut(&all)
                .iter()
                .all(|chunk| chunk.len() <= 4 * CHUNK_CARDS_TARGET)
        );
    }
}
