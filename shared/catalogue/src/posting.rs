//! Posting blocks: for a run of cards of one listing, which of them have which value, and what
//! they cost.
//!
//! A block belongs to one listing and one order, and its places are those of the listing: what a
//! filter lets through comes out in order and needs no sorting, and a page that is full reads no
//! further. Blocks are cut by content like chunks, so one product that comes, goes or changes
//! writes the block that it leaves and the one that it enters, and no other.
//!
//! Postings are kept as gaps where a value is rare and as bits where it is frequent, so a card
//! costs about one byte for each of its values. A block is a few columns of bytes: a reader
//! looks up the values that a filter names and decodes no others.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode, bytes::ByteSlice};

use crate::{
    DecodeError, FacetName, Filter, Places, ValueKey,
    blob::{decode_blob, encode_blob},
    facet::VALUE_KEY_BYTES,
};

/// Cards in a block on average: 2^12. Fewer, and a rare combination in a large catalogue reads
/// many blocks; more, and a change writes much: a block of this size has about 40 KiB.
pub const BLOCK_CARDS_TARGET: usize = 1 << BLOCK_BITS;
pub(crate) const BLOCK_BITS: u8 = 12;

/// One block, borrowing from its blob.
#[derive(Debug, Encode, Decode)]
pub struct PostingBlock<'a> {
    #[n(0)]
    cards: u32,
    /// For each card a [`number`]: its lowest price in minor units, as the difference to the card
    /// before.
    #[cbor(b(1), with = "minicbor::bytes")]
    price_steps: &'a [u8],
    /// [`ValueKey`]s, sorted.
    #[cbor(b(2), with = "minicbor::bytes")]
    keys: &'a [u8],
    /// For each key the length of its posting in bytes, as a `u16` with its low byte first: a
    /// posting is never longer than one bit for each card.
    #[cbor(b(3), with = "minicbor::bytes")]
    lengths: &'a [u8],
    /// The postings, one behind the other: [`GAPS`] or [`BITS`], then the places.
    #[cbor(b(4), with = "minicbor::bytes")]
    postings: &'a [u8],
    /// For each market after the first a column of [`number`]s: 0 for a card that it does not sell,
    /// else one more than the difference to the price of the card before that it sells. Absent where
    /// there is one market.
    #[b(5)]
    further: Option<Vec<&'a ByteSlice>>,
}

/// Distances as [`number`]s: from the first place, then from the place behind the one before.
const GAPS: u8 = 0;
/// One bit for each card, the lowest bit of a byte first.
const BITS: u8 = 1;

/// What a block keeps of a card: the keys of its values, each once, and its lowest price in each
/// market; `None` where it is not sold.
pub(crate) struct Entry<'a> {
    pub(crate) values: &'a [ValueKey],
    pub(crate) prices: &'a [Option<i64>],
}

/// The column of a market after the first.
fn column(cards: &[Entry<'_>], market: usize) -> Vec<u8> {
    let mut column = Vec::new();
    let mut before = 0_i64;
    for card in cards {
        let price = card.prices.get(market).copied().flatten();
        let step = price.map_or(0, |price| {
            let step = number::from_signed(price.wrapping_sub(before));
            before = price;
            step.saturating_add(1)
        });
        number::write(&mut column, step);
    }
    column
}

impl<'a> PostingBlock<'a> {
    /// The blob for cards in their order.
    pub(crate) fn encode(cards: &[Entry<'_>]) -> Vec<u8> {
        let mut places: BTreeMap<ValueKey, Vec<u32>> = BTreeMap::new();
        let mut price_steps = Vec::new();
        let mut before = 0_i64;
        for (place, card) in (0..).zip(cards) {
            let price = card.prices.first().copied().flatten().unwrap_or(0);
            let step = price.wrapping_sub(before);
            number::write(&mut price_steps, number::from_signed(step));
            before = price;
            for &value in card.values {
                places.entry(value).or_default().push(place);
            }
        }
        let (mut keys, mut lengths, mut postings) = (Vec::new(), Vec::new(), Vec::new());
        for (key, places) in places {
            let posting = posting(&places, cards.len());
            let length = u16::try_from(posting.len());
            let length = length.expect("a run of cards is cut far below 2^19");
            keys.extend(key.bytes());
            lengths.extend(length.to_le_bytes());
            postings.extend(posting);
        }
        let markets = cards.first().map_or(1, |card| card.prices.len());
        let further: Vec<_> = (1..markets).map(|market| column(cards, market)).collect();
        let columns = further.iter().map(|column| column.as_slice().into());
        encode_blob(&PostingBlock {
            cards: u32::try_from(cards.len()).expect("a run of cards is cut far below 2^32"),
            price_steps: &price_steps,
            keys: &keys,
            lengths: &lengths,
            postings: &postings,
            further: (!further.is_empty()).then(|| columns.collect()),
        })
    }

    /// Reads the table; no posting is decoded.
    ///
    /// # Errors
    /// When the blob is not a posting block.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let block: Self = decode_blob("posting block", blob)?;
        let values = block.keys.len() / VALUE_KEY_BYTES;
        let fits = block.keys.len() == values * VALUE_KEY_BYTES
            && block.lengths.len() == values * size_of::<u16>()
            && block.lengths().sum::<usize>() == block.postings.len()
            // A card has a price of at least one byte.
            && block.cards as usize <= block.price_steps.len();
        if fits {
            Ok(block)
        } else {
            Err(damaged("its columns do not fit"))
        }
    }

    /// Cards in the block.
    pub fn cards(&self) -> u32 {
        self.cards
    }

    /// The places, within the block, of the cards that a filter lets through.
    ///
    /// # Errors
    /// When a posting is damaged.
    pub fn matches(&self, filter: &Filter) -> Result<Places, DecodeError> {
        let mut found = if filter.is_priced() {
            self.priced(filter)?
        } else {
            Places::all(self.cards())
        };
        for group in filter.groups() {
            let mut any = Places::none(self.cards());
            for &key in group {
                self.add(key, &mut any)?;
            }
            found.intersect(&any);
        }
        Ok(found)
    }

    /// How many of these places, given by [`PostingBlock::matches`], have a value.
    ///
    /// # Errors
    /// When the posting is damaged.
    pub fn count(
        &self,
        within: &Places,
        facet: &FacetName,
        value: &str,
    ) -> Result<u32, DecodeError> {
        let mut places = Places::none(self.cards());
        self.add(ValueKey::of(facet, value), &mut places)?;
        Ok(within.count_common(&places))
    }

    fn priced(&self, filter: &Filter) -> Result<Places, DecodeError> {
        let mut found = Places::none(self.cards());
        let is_further = filter.market() > 0;
        let mut steps = self.steps(filter.market());
        let mut price = 0_i64;
        for place in 0..self.cards() {
            let mut step = number::read(&mut steps).ok_or_else(|| damaged("a price is missing"))?;
            if is_further {
                let Some(sold) = step.checked_sub(1) else {
                    continue;
                };
                step = sold;
            }
            price = price.wrapping_add(number::to_signed(step));
            if filter.takes_price(price) {
                found.insert(place);
            }
        }
        Ok(found)
    }

    /// The prices in a market.
    fn steps(&self, market: usize) -> &'a [u8] {
        match market.checked_sub(1) {
            None => self.price_steps,
            Some(place) => {
                let further = self.further.as_ref();
                let column = further.and_then(|further| further.get(place).copied());
                column.map_or(&[], |column| column)
            }
        }
    }

    fn lengths(&self) -> impl Iterator<Item = usize> {
        let (lengths, _) = self.lengths.as_chunks();
        lengths
            .iter()
            .map(|&bytes| usize::from(u16::from_le_bytes(bytes)))
    }

    fn posting(&self, key: ValueKey) -> Option<&'a [u8]> {
        let (keys, _) = self.keys.as_chunks();
        let found = keys.binary_search(&key.bytes()).ok()?;
        let start = self.lengths().take(found).sum();
        let length = self.lengths().nth(found)?;
        self.postings.get(start..)?.get(..length)
    }

    /// Adds the places of the cards that have a value.
    fn add(&self, key: ValueKey, places: &mut Places) -> Result<(), DecodeError> {
        let fits = match self.posting(key) {
            None => true,
            Some([GAPS, gaps @ ..]) => add_gaps(gaps, places).is_some(),
            Some([BITS, bits @ ..]) => (0..).zip(bits).all(|(first, byte)| {
                let set = (0..8).filter(|bit| byte >> bit & 1 == 1);
                set.map(|bit| 8 * first + bit)
                    .all(|place| places.insert(place))
            }),
            Some(_) => false,
        };
        if fits {
            Ok(())
        } else {
            Err(damaged("a posting cannot be read"))
        }
    }
}

/// `None` where a place is beyond the cards.
fn add_gaps(mut gaps: &[u8], places: &mut Places) -> Option<()> {
    let mut next = 0_u32;
    while !gaps.is_empty() {
        let gap = u32::try_from(number::read(&mut gaps)?).ok()?;
        let place = next.checked_add(gap)?;
        next = place.checked_add(1)?;
        places.insert(place).then_some(())?;
    }
    Some(())
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError {
        what: "posting block",
        reason: reason.to_owned(),
    }
}

/// Ascending places in the shorter of the two forms.
fn posting(places: &[u32], cards: usize) -> Vec<u8> {
    let mut gaps = vec![GAPS];
    let mut next = 0;
    for &place in places {
        number::write(&mut gaps, u64::from(place - next));
        next = place + 1;
    }
    let bits_length = 1 + cards.div_ceil(8);
    if gaps.len() <= bits_length {
        return gaps;
    }
    let mut bits = vec![0; bits_length];
    bits[0] = BITS;
    for place in places {
        bits[1 + (place / 8) as usize] |= 1 << (place % 8);
    }
    bits
}

/// Whole numbers in as many bytes as they need: seven bits in each, the low ones first, the top bit
/// set where more follow.
mod number {
    pub(super) fn write(out: &mut Vec<u8>, mut number: u64) {
        while number >= 0x80 {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }

    /// Takes a number off the front; `None` where there is none.
    pub(super) fn read(bytes: &mut &[u8]) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (&byte, rest) = bytes.split_first()?;
            *bytes = rest;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// The sign becomes the lowest bit, so that a number near zero is short.
    pub(super) fn from_signed(number: i64) -> u64 {
        ((number << 1) ^ (number >> 63)).cast_unsigned()
    }

    pub(super) fn to_signed(number: u64) -> i64 {
        (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> ValueKey {
        ValueKey::of(&FacetName::Tag, &n.to_string())
    }

    /// Card `n` of a hundred has the tags that divide it, and costs `n * 7 % 50`; in a second market
    /// `100 - n`, but for every third, which is not sold there.
    fn block() -> Vec<u8> {
        let values: Vec<Vec<_>> = (0..100)
            .map(|n| (1..=100).filter(|d| n % d == 0).map(key).collect())
            .collect();
        let prices = (0..100).map(|n| [Some(n * 7 % 50), (n % 3 > 0).then_some(100 - n)]);
        let prices: Vec<_> = prices.collect();
        let entries: Vec<_> = (values.iter().zip(&prices))
            .map(|(values, prices)| Entry { values, prices })
            .collect();
        PostingBlock::encode(&entries)
    }

    fn tags<const N: usize>(tags: [&str; N]) -> Filter {
        Filter::default().any_of(&FacetName::Tag, tags)
    }

    fn found(filter: &Filter) -> Vec<u32> {
        let blob = block();
        let block = PostingBlock::decode(&blob).unwrap();
        block.matches(filter).unwrap().iter().collect()
    }

    #[test]
    fn values_widen_and_facets_narrow() {
        assert_eq!(found(&Filter::default()).len(), 100);
        assert!(found(&tags(["1"])).into_iter().eq(0..100));
        assert_eq!(found(&tags(["40", "30"])), [0, 30, 40, 60, 80, 90]);
        let both = tags(["40", "30"]).any_of(&FacetName::Tag, ["20"]);
        assert_eq!(found(&both), [0, 40, 60, 80]);
        assert_eq!(found(&tags(["none"])), []);
        assert_eq!(found(&tags([])), [], "no value can be had");
        let dear = Filter::priced(Some(48), None).any_of(&FacetName::Tag, ["2"]);
        assert_eq!(found(&dear), [14, 64]);
        assert_eq!(found(&Filter::priced(Some(3), Some(2))), []);
        assert_eq!(found(&both.without(&FacetName::Tag)).len(), 100);
    }

    #[test]
    fn a_further_market_has_prices_of_its_own_and_does_not_sell_everything() {
        let partial = Filter::default().in_market(1, true);
        let sold: Vec<u32> = (0..100).filter(|n| n % 3 > 0).collect();
        assert_eq!(found(&partial), sold);
        let cheap = Filter::priced(Some(2), Some(5)).in_market(1, true);
        assert_eq!(found(&cheap), [95, 97, 98]);
        let tagged = cheap.any_of(&FacetName::Tag, ["5"]);
        assert_eq!(found(&tagged), [95]);
        assert_eq!(found(&Filter::default().in_market(1, false)).len(), 100);
        let blob = block();
        let block = PostingBlock::decode(&blob).unwrap();
        let of_no_market = Filter::default().in_market(2, true);
        assert!(block.matches(&of_no_market).is_err());
    }

    #[test]
    fn a_value_is_counted_within_other_places() {
        let blob = block();
        let block = PostingBlock::decode(&blob).unwrap();
        let within = block.matches(&tags(["5"])).unwrap();
        assert_eq!(block.count(&within, &FacetName::Tag, "2").unwrap(), 10);
        assert_eq!(block.count(&within, &FacetName::Vendor, "2").unwrap(), 0);
    }

    #[test]
    fn a_damaged_block_is_an_error_and_not_a_panic() {
        let blob = block();
        for length in 0..blob.len() {
            assert!(PostingBlock::decode(&blob[..length]).is_err(), "{length}");
        }
        for posting in [
            &[GAPS, 1, 9][..],
            &[GAPS, 2, 8, 0],
            &[GAPS, 0x80],
            &[GAPS, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            &[GAPS, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F],
            &[BITS, 0, 2],
            &[BITS, 0, 0, 1],
            &[2],
            &[],
        ] {
            let block = PostingBlock {
                cards: 9,
                price_steps: &[0; 9],
                keys: &key(1).bytes(),
                lengths: &[posting.len() as u8, 0],
                postings: posting,
                further: None,
            };
            let blob = encode_blob(&block);
            let block = PostingBlock::decode(&blob).unwrap();
            assert!(block.matches(&tags(["1"])).is_err(), "{posting:?}");
            assert!(block.matches(&tags(["2"])).is_ok());
        }
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let sound = || PostingBlock {
            cards: 1,
            price_steps: &[0],
            keys: &[7; VALUE_KEY_BYTES],
            lengths: &[2, 0],
            postings: &[GAPS, 0],
            further: None,
        };
        let read = |block| PostingBlock::decode(&encode_blob(&block)).map(|block| block.cards());
        assert_eq!(read(sound()), Ok(1));
        for damaged in [
            PostingBlock {
                cards: 2,
                ..sound()
            },
            PostingBlock {
                keys: &[7; VALUE_KEY_BYTES - 1],
                ..sound()
            },
            PostingBlock {
                lengths: &[2],
                ..sound()
            },
            PostingBlock {
                lengths: &[3, 0],
                ..sound()
            },
        ] {
            assert!(read(damaged).is_err());
        }
        let cut = PostingBlock {
            price_steps: &[0x80],
            ..sound()
        };
        let blob = encode_blob(&cut);
        let cut = PostingBlock::decode(&blob).unwrap();
        assert!(cut.matches(&Filter::priced(Some(1), None)).is_err());
    }

    #[test]
    fn numbers_are_read_back() {
        let numbers = [0, 1, -1, 63, 64, -65, 8_191, 1 << 40, i64::MAX, i64::MIN];
        let numbers = numbers.map(number::from_signed);
        assert_eq!(numbers[..5], [0, 2, 1, 126, 128]);
        let mut bytes = Vec::new();
        numbers.iter().for_each(|&n| number::write(&mut bytes, n));
        let mut rest = &bytes[..];
        for number in numbers {
            assert_eq!(number::read(&mut rest), Some(number));
            assert_eq!(number::from_signed(number::to_signed(number)), number);
        }
        assert_eq!(number::read(&mut rest), None);
        assert_eq!(number::read(&mut &[0xFF; 11][..]), None);
    }
}
