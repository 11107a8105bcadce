//! What a search multiplies scores by: a little more for what is bought often, a little less for what
//! has been sold out for long.
//!
//! Products stand here as the first halves of the hashes of their slugs, by which a search decides
//! ties. Of 100,000 products and a full list, one product more is taken for one of the list in one
//! shop of fourteen.
//!
//! Not here: the order of results (`souk_search`), how long a product was sold out (`souk_order_index`).

use souk_catalogue::{DecodeError, SlugHash};

use crate::pairs::Pairs;
use crate::popular::ORDER_ONE;

/// Products that are named for being bought often, the most popular ones.
pub const RANKED_MAX: usize = 1_536;
/// Products that are named for being sold out for long.
pub const LONG_SOLD_OUT_MAX: usize = 1_536;
/// A product is sold out for long after so many days.
pub const LONG_SOLD_OUT_DAYS: u32 = 14;
/// Fewer orders than so many of the last day's say nothing about a product.
pub const RANKED_ORDERS_MIN: u64 = 3;

/// Levels of popularity: each is half the orders of the next one.
const LEVELS: u64 = 8;
/// What a score is multiplied by, of this.
const ONE: u64 = 256;
/// What a level adds.
const LEVEL_ADDS: u64 = 3;
/// What is sold out for long is multiplied by, of [`ONE`].
const LONG_SOLD_OUT: u64 = 208;
/// The least factor, of 256.
pub const FACTOR_MIN: u64 = LONG_SOLD_OUT;
/// The greatest factor, of 256.
pub const FACTOR_MAX: u64 = ONE + LEVEL_ADDS * LEVELS;

/// A tie with its high byte first, and a byte that says the rest.
const ENTRY_BYTES: usize = 5;
/// Of that byte: the level.
const LEVEL: u8 = 0b1111;
/// Of that byte: whether it is sold out for long.
const IS_LONG_SOLD_OUT: u8 = 0b1_0000;

/// The factors of products, as a root has them: each entry once, by the ties.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factors<'a>(&'a [[u8; ENTRY_BYTES]]);

impl<'a> Factors<'a> {
    /// # Errors
    /// When these are no factors, or too many.
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (entries, rest) = bytes.as_chunks();
        if !rest.is_empty() || entries.len() > RANKED_MAX + LONG_SOLD_OUT_MAX {
            return Err(DecodeError {
                what: "root of the insights",
                reason: "its factors are damaged".to_owned(),
            });
        }
        Ok(Self(entries))
    }

    /// What the score of a product is multiplied by, of 256.
    pub(crate) fn of_product(self, tie: u32) -> u64 {
        let found = self
            .0
            .binary_search_by(|[a, b, c, d, _]| u32::from_be_bytes([*a, *b, *c, *d]).cmp(&tie));
        let Ok(at) = found else {
            return ONE;
        };
        let says = self.0[at][ENTRY_BYTES - 1];
        let popular = ONE + LEVEL_ADDS * u64::from(says & LEVEL).min(LEVELS);
        match says & IS_LONG_SOLD_OUT {
            0 => popular,
            _ => popular * LONG_SOLD_OUT / ONE,
        }
    }

    /// The products that have a level.
    pub(crate) fn levels(self) -> impl Iterator<Item = (u32, u8)> {
        let levels = self.0.iter();
        let levels =
            levels.map(|&[a, b, c, d, says]| (u32::from_be_bytes([a, b, c, d]), says & LEVEL));
        levels.filter(|(_, level)| *level > 0)
    }
}

/// The first half of the hash of a slug.
pub fn tie(slug: SlugHash) -> u32 {
    (slug.0 >> 32) as u32
}

/// The levels of products, with what their orders count; the most popular one first.
pub fn levels(ordered: &[(SlugHash, u64)]) -> Vec<(u32, u8)> {
    let most = ordered.first().map_or(0, |(_, orders)| *orders);
    let enough = |(_, orders): &&(SlugHash, u64)| *orders >= RANKED_ORDERS_MIN * ORDER_ONE;
    let ranked = ordered.iter().take(RANKED_MAX).take_while(enough);
    let levels = ranked.map(|(slug, orders)| {
        let halvings = (0..LEVELS).find(|by| orders << by >= most);
        let level = LEVELS - halvings.unwrap_or(LEVELS);
        (tie(*slug), u8::try_from(level).expect("it is a few"))
    });
    levels.filter(|(_, level)| *level > 0).collect()
}

/// The factors of products with levels, and of others that are sold out for long; of these the first
/// [`LONG_SOLD_OUT_MAX`].
pub fn factors(levels: impl IntoIterator<Item = (u32, u8)>, long_sold_out: &[SlugHash]) -> Vec<u8> {
    let levels = levels.into_iter();
    let levels = levels.map(|(tie, level)| (u64::from(tie), u64::from(level)));
    let long = long_sold_out.iter().take(LONG_SOLD_OUT_MAX);
    let long = long.map(|slug| (tie(*slug).into(), IS_LONG_SOLD_OUT.into()));
    let entries = Pairs::new(levels.chain(long).collect());
    let mut bytes = Vec::new();
    for same in entries.as_slice().chunk_by(|a, b| a.0 == b.0) {
        let most = |bits: u8| same.iter().map(|(_, says)| says & u64::from(bits)).max();
        let says = most(LEVEL).unwrap_or(0) | most(IS_LONG_SOLD_OUT).unwrap_or(0);
        bytes.extend(&same[0].0.to_be_bytes()[4..]);
        bytes.extend(says.to_be_bytes().last());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(factors: &[u8], slug: &str) -> u64 {
        Factors::of(factors)
            .unwrap()
            .of_product(tie(SlugHash::of(slug)))
    }

    fn ordered(orders: &[(&str, u64)]) -> Vec<(SlugHash, u64)> {
        let orders = orders.iter();
        orders
            .map(|(slug, n)| (SlugHash::of(slug), n * ORDER_ONE))
            .collect()
    }

    #[test]
    fn a_product_has_a_level_less_for_each_time_that_it_is_ordered_half_as_often() {
        let levels = levels(&ordered(&[
            ("a", 1_024),
            ("b", 1_023),
            ("c", 512),
            ("d", 511),
            ("e", 8),
            ("f", 7),
            ("g", 4),
            ("h", 3),
        ]));
        let factors = factors(levels, &[]);
        let found =
            ["a", "b", "c", "d", "e", "f", "g", "h", "unknown"].map(|slug| of(&factors, slug));
        assert_eq!(found, [280, 277, 277, 274, 259, 256, 256, 256, 256]);
        assert_eq!(FACTOR_MAX, 280, "nine percent at most");
    }

    #[test]
    fn fewer_than_three_orders_of_today_say_nothing() {
        assert_eq!(levels(&ordered(&[("a", 2)])), []);
        assert_eq!(levels(&ordered(&[("a", 3), ("b", 2)])).len(), 1);
        assert_eq!(levels(&[]), []);
    }

    #[test]
    fn what_is_sold_out_for_long_counts_less_however_popular_it_is() {
        let levels = levels(&ordered(&[("popular", 9), ("both", 9)]));
        let long = ["both", "gone"].map(SlugHash::of);
        let factors = factors(levels.clone(), &long);
        let found = ["popular", "both", "gone", "unknown"].map(|slug| of(&factors, slug));
        assert_eq!(found, [280, 280 * 208 / 256, 208, 256]);
        assert_eq!(FACTOR_MIN, 208, "a fifth less at most");
        let mut kept: Vec<_> = Factors::of(&factors).unwrap().levels().collect();
        let mut expected = levels;
        kept.sort_unstable();
        expected.sort_unstable();
        assert_eq!(kept, expected, "the levels are read back");
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_factors_stay_within_their_bounds(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            tie: u32,
        ) {
            let whole = bytes.len() % ENTRY_BYTES == 0;
            prop_assert_eq!(Factors::of(&bytes).is_ok(), whole);
            if let Ok(factors) = Factors::of(&bytes) {
                let first = bytes.first_chunk().map_or(tie, |first| u32::from_be_bytes(*first));
                for tie in [tie, first] {
                    let factor = factors.of_product(tie);
                    prop_assert!((FACTOR_MIN..=FACTOR_MAX).contains(&factor), "{}", factor);
                }
            }
        }

        #[test]
        fn every_product_is_found_whatever_the_others_are(
            known in prop::collection::btree_map("[a-z]{1,3}", (0..=8_u8, any::<bool>()), 0..60),
        ) {
            let levels = known.iter().filter(|(_, (level, _))| *level > 0);
            let levels = levels.map(|(slug, (level, _))| (tie(SlugHash::of(slug)), *level));
            let long: Vec<_> = known.iter().filter(|(_, (_, long))| *long).collect();
            let long: Vec<_> = long.iter().map(|(slug, _)| SlugHash::of(slug)).collect();
            let factors = factors(levels, &long);
            for (slug, (level, is_long)) in &known {
                let popular = 256 + 3 * u64::from(*level);
                let expected = if *is_long { popular * 208 / 256 } else { popular };
                prop_assert_eq!(of(&factors, slug), expected);
            }
        }
    }
}
