//! Posting blocks: for a run of cards of one listing, which of them have which value, and what
//! they cost.
//!
//! A block belongs to one listing and one order, and its places are those of the listing: what a
//! filter lets through comes out in order and needs no sorting, and a page that is full reads no
//! further. Blocks are cut by content like chunks, so one product that comes, goes or changes
//! writes the block that it leaves and the one that it enters, and no other.
//!
//! Postings are kept as gaps where a value is rare and as bits where it is frequent, so a card
//! costs about one byte for each of its values, and a reader decodes only those that a filter
//! names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    DecodeError, FacetName, Filter, Places, ValueKey,
    segment::{decode, encode},
};

/// Cards in a block on average: 2^12. Fewer, and a rare combination in a large catalogue reads
/// many blocks; more, and a change writes much: a block of this size has about 40 KiB.
pub const BLOCK_CARDS_TARGET: usize = 1 << BLOCK_BITS;
pub(crate) const BLOCK_BITS: u8 = 12;

/// One block, borrowing from its blob.
#[derive(Debug, Serialize, Deserialize)]
pub struct PostingBlock<'a> {
    /// For each card its lowest price in minor units, as the difference to the card before.
    price_steps: Vec<i64>,
    /// Sorted by key.
    #[serde(borrow)]
    postings: Vec<(ValueKey, Posting<'a>)>,
}

/// The places of the cards that have a value.
#[derive(Debug, Serialize, Deserialize)]
enum Posting<'a> {
    /// Distances as a list of numbers: from the first place, then from the place behind the one
    /// before.
    Gaps(#[serde(borrow)] &'a [u8]),
    /// One bit for each card, the lowest bit of a byte first.
    Bits(#[serde(borrow)] &'a [u8]),
}

/// What a block keeps of a card: the keys of its values, each once, and its lowest price.
pub(crate) struct Entry<'a> {
    pub(crate) values: &'a [ValueKey],
    pub(crate) price_minor: i64,
}

impl<'a> PostingBlock<'a> {
    /// The blob for cards in their order.
    pub(crate) fn encode(cards: &[Entry<'_>]) -> Vec<u8> {
        let mut places: BTreeMap<ValueKey, Vec<u32>> = BTreeMap::new();
        let mut price_steps = Vec::with_capacity(cards.len());
        let mut before = 0_i64;
        for (place, card) in (0..).zip(cards) {
            price_steps.push(card.price_minor.wrapping_sub(before));
            before = card.price_minor;
            for &value in card.values {
                places.entry(value).or_default().push(place);
            }
        }
        let bodies: Vec<_> = places
            .into_iter()
            .map(|(key, places)| (key, gaps(&places), bits(&places, cards.len())))
            .collect();
        let postings = bodies.iter().map(|(key, gaps, bits)| {
            let posting = if gaps.len() <= bits.len() {
                Posting::Gaps(gaps)
            } else {
                Posting::Bits(bits)
            };
            (*key, posting)
        });
        encode(&PostingBlock {
            price_steps,
            postings: postings.collect(),
        })
    }

    /// Reads the table; no posting is decoded.
    ///
    /// # Errors
    /// When the blob is not a posting block.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let block: Self = decode("posting block", blob)?;
        match u32::try_from(block.price_steps.len()) {
            Ok(_) => Ok(block),
            Err(_) => Err(damaged("it has too many cards")),
        }
    }

    /// Cards in the block.
    pub fn cards(&self) -> u32 {
        u32::try_from(self.price_steps.len()).expect("`decode` has checked the number")
    }

    /// The places, within the block, of the cards that a filter lets through.
    ///
    /// # Errors
    /// When a posting is damaged.
    pub fn matches(&self, filter: &Filter) -> Result<Places, DecodeError> {
        let mut found = if filter.is_priced() {
            self.priced(filter)
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

    fn priced(&self, filter: &Filter) -> Places {
        let mut found = Places::none(self.cards());
        let mut price = 0_i64;
        for (place, step) in (0..).zip(&self.price_steps) {
            price = price.wrapping_add(*step);
            if filter.takes_price(price) {
                found.insert(place);
            }
        }
        found
    }

    /// Adds the places of the cards that have a value.
    fn add(&self, key: ValueKey, places: &mut Places) -> Result<(), DecodeError> {
        let Ok(found) = self.postings.binary_search_by_key(&key, |(key, _)| *key) else {
            return Ok(());
        };
        let fits = match &self.postings[found].1 {
            Posting::Gaps(bytes) => {
                let gaps: Vec<u32> = decode("posting", bytes)?;
                let mut next = 0_u32;
                gaps.into_iter().all(|gap| {
                    let place = next.checked_add(gap);
                    next = place.map_or(u32::MAX, |place| place.saturating_add(1));
                    place.is_some_and(|place| places.insert(place))
                })
            }
            Posting::Bits(bytes) => (0..).zip(*bytes).all(|(first, byte)| {
                let set = (0..8).filter(|bit| byte >> bit & 1 == 1);
                set.map(|bit| 8 * first + bit)
                    .all(|place| places.insert(place))
            }),
        };
        if fits {
            Ok(())
        } else {
            Err(damaged("a place is beyond its cards"))
        }
    }
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError {
        what: "posting block",
        reason: reason.to_owned(),
    }
}

/// Ascending places as distances.
fn gaps(places: &[u32]) -> Vec<u8> {
    let mut next = 0;
    let gaps: Vec<u32> = places
        .iter()
        .map(|&place| {
            let gap = place - next;
            next = place + 1;
            gap
        })
        .collect();
    encode(&gaps)
}

fn bits(places: &[u32], cards: usize) -> Vec<u8> {
    let mut bits = vec![0; cards.div_ceil(8)];
    for place in places {
        bits[(place / 8) as usize] |= 1 << (place % 8);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> ValueKey {
        ValueKey::of(&FacetName::Tag, &n.to_string())
    }

    /// Card `n` of a hundred has the tags that divide it, and costs `n * 7 % 50`.
    fn block() -> Vec<u8> {
        let values: Vec<Vec<_>> = (0..100)
            .map(|n| (1..=100).filter(|d| n % d == 0).map(key).collect())
            .collect();
        let entries: Vec<_> = (0..)
            .zip(&values)
            .map(|(n, values)| Entry {
                values,
                price_minor: n * 7 % 50,
            })
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
        for (posting, cards) in [
            (Posting::Gaps(&[1, 9]), 9),
            (Posting::Gaps(&[2, 8, 0]), 9),
            (Posting::Gaps(&[2, 0]), 9),
            (Posting::Gaps(&[1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), 9),
            (Posting::Bits(&[0, 2]), 9),
            (Posting::Bits(&[0, 0, 1]), 9),
        ] {
            let block = PostingBlock {
                price_steps: vec![i64::MAX; cards],
                postings: vec![(key(1), posting)],
            };
            let matches = block.matches(&tags(["1"]));
            assert!(matches.is_err(), "{:?}", block.postings);
        }
    }
}
