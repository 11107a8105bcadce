//! Lists of pairs of numbers, sorted by the first ones and then by the second ones.
//!
//! The standard library's sorts take some KiB of the function for each type that is sorted, and its maps as
//! much; so whatever is sorted or looked up when a shop learns is a pair of numbers.

/// A list of pairs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(u64, u64)>);

impl Pairs {
    /// Sorts a list.
    pub fn new(mut pairs: Vec<(u64, u64)>) -> Self {
        pairs.sort_unstable();
        Self(pairs)
    }

    /// The list.
    pub fn as_slice(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// The second number of the first pair that has this first one.
    pub fn get(&self, first: u64) -> Option<u64> {
        let at = self.0.partition_point(|(own, _)| *own < first);
        let (own, second) = self.0.get(at)?;
        (*own == first).then_some(*second)
    }

    /// The same, to be changed: its place in the order of equal ones may change with it.
    pub fn get_mut(&mut self, first: u64) -> Option<&mut u64> {
        let at = self.0.partition_point(|(own, _)| *own < first);
        let (own, second) = self.0.get_mut(at)?;
        (*own == first).then_some(second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_pairs_that_begin_alike_is_found() {
        let mut pairs = Pairs::new(vec![(7, 2), (u64::MAX, 0), (3, 9), (7, 1)]);
        assert_eq!(pairs.as_slice()[0], (3, 9));
        let found = [3, 5, 7, u64::MAX].map(|first| pairs.get(first));
        assert_eq!(found, [Some(9), None, Some(1), Some(0)]);
        *pairs.get_mut(3).unwrap() = 4;
        assert_eq!((pairs.get(3), pairs.get_mut(8)), (Some(4), None));
    }
}
