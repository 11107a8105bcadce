//! The one source of chance of a run: whatever happens follows from its seed.
//!
//! SplitMix64 (Steele, Lea, Flood 2014), written out so that a seed means the same run for as long
//! as this code stays as it is, whatever other crates do.

use std::cell::Cell;

/// A stream of numbers that follow from a seed.
#[derive(Debug)]
pub struct Random(Cell<u64>);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is above 0.
    pub fn below(&self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).expect("below the bound")
    }

    /// An index into a list of `length`, which is above 0.
    pub fn index(&self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("below the length")
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).expect("high is not below low") + 1;
        low + i64::try_from(self.below(span)).expect("within the span")
    }

    /// Whether something happens that happens so often in a thousand times.
    pub fn chance(&self, permille: u32) -> bool {
        self.below(1_000) < u64::from(permille)
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_numbers_for_ever() {
        // The first numbers of the published algorithm for seed 1234567.
        let random = Random::new(1_234_567);
        let numbers = [random.next(), random.next(), random.next()];
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(numbers, published);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let random = Random::new(1);
        let numbers: Vec<_> = (0..10_000).map(|_| random.between(-3, 3)).collect();
        assert_eq!(
            (numbers.iter().min(), numbers.iter().max()),
            (Some(&-3), Some(&3))
        );
        assert!(!random.chance(0) && random.chance(1_000));
    }
}
