//! A set of places in a run of cards, as bits: what filters are combined with.

/// Some of the places `0..length`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    words: Vec<u64>,
    length: u32,
}

const WORD_BITS: u32 = 64;

impl Places {
    /// None of the places.
    pub(crate) fn none(length: u32) -> Self {
        Self {
            words: vec![0; length.div_ceil(WORD_BITS) as usize],
            length,
        }
    }

    /// All of the places.
    pub(crate) fn all(length: u32) -> Self {
        let mut all = Self::none(length);
        all.words.fill(u64::MAX);
        if let (Some(last), 1..) = (all.words.last_mut(), length % WORD_BITS) {
            *last >>= WORD_BITS - length % WORD_BITS;
        }
        all
    }

    /// Adds a place; `false` when there is no such place.
    pub(crate) fn insert(&mut self, place: u32) -> bool {
        let exists = place < self.length;
        if exists {
            self.words[(place / WORD_BITS) as usize] |= 1 << (place % WORD_BITS);
        }
        exists
    }

    /// Keeps what the other set has too.
    pub(crate) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// How many places there are.
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// How many places both sets have.
    pub(crate) fn count_common(&self, other: &Self) -> u32 {
        let pairs = self.words.iter().zip(&other.words);
        pairs.map(|(a, b)| (a & b).count_ones()).sum()
    }

    /// The places, lowest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> {
        (0..self.length).filter(|place| {
            self.words[(place / WORD_BITS) as usize] >> (place % WORD_BITS) & 1 == 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_places_are_as_many_as_there_are() {
        for length in [0, 1, 63, 64, 65, 128, 200] {
            let all = Places::all(length);
            assert_eq!(all.count(), length);
            assert!(all.iter().eq(0..length), "{length}");
            assert_eq!(Places::none(length).count(), 0);
        }
    }

    #[test]
    fn places_are_added_within_the_length_only() {
        let mut some = Places::none(65);
        assert!(some.insert(0) && some.insert(64) && !some.insert(65));
        assert!(some.iter().eq([0, 64]) && some.iter().rev().eq([64, 0]));
        assert_eq!(some.count_common(&Places::all(65)), 2);
        some.intersect(&Places::none(65));
        assert_eq!(some.count(), 0);
    }
}
