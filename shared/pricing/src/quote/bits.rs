//! Sets of small numbers as bits, 64 in each word.

/// Bits of a word.
pub(super) const BITS: usize = u64::BITS as usize;

/// Adds a number.
pub(super) fn insert(words: &mut [u64], number: usize) {
    words[number / BITS] |= 1 << (number % BITS);
}

/// Takes a number out.
pub(super) fn remove(words: &mut [u64], number: usize) {
    words[number / BITS] &= !(1 << (number % BITS));
}

/// Whether a number is in it.
pub(super) fn contains(words: &[u64], number: usize) -> bool {
    words[number / BITS] >> (number % BITS) & 1 == 1
}

/// Whether two sets have a number in common.
pub(super) fn intersect(one: &[u64], other: &[u64]) -> bool {
    one.iter().zip(other).any(|(one, other)| one & other != 0)
}

/// The lowest number that is not below `from`.
pub(super) fn next(words: &[u64], from: usize) -> Option<usize> {
    let mut at = from / BITS;
    let mut word = words.get(at)? & (u64::MAX << (from % BITS));
    while word == 0 {
        at += 1;
        word = *words.get(at)?;
    }
    Some(at * BITS + word.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_names_its_numbers_in_their_order() {
        let mut set = [0; 2];
        assert_eq!(next(&set, 0), None);
        for number in [99, 0, 63, 64] {
            insert(&mut set, number);
        }
        remove(&mut set, 63);
        let from = [0, 1, 64, 65, 99, 100, 128].map(|from| next(&set, from));
        let expected = [Some(0), Some(64), Some(64), Some(99), Some(99), None, None];
        assert_eq!(from, expected);
        assert!(contains(&set, 64) && !contains(&set, 63));
        assert!(intersect(&set, &[1, 0]) && !intersect(&set, &[2, 2]));
    }
}
