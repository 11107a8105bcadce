//! Sorted lists, and what is looked up in them.
//!
//! The standard library's sorts and maps take three to five KiB of the function for each type that is
//! in them; these take a tenth.

use std::borrow::Borrow;
use std::cmp::Ordering;

/// Sorts a list; items that are equal may change places. Source: heapsort, Williams 1964.
pub(crate) fn sort_by<T>(list: &mut [T], order: &dyn Fn(&T, &T) -> Ordering) {
    for root in (0..list.len() / 2).rev() {
        sift_down(list, root, order);
    }
    for end in (1..list.len()).rev() {
        list.swap(0, end);
        sift_down(&mut list[..end], 0, order);
    }
}

/// The item that is the `count`th when they are sorted; the largest where there are fewer. There is at
/// least one, and `count` is not 0.
pub(crate) fn nth<T: Copy + Ord>(items: &mut dyn Iterator<Item = T>, count: usize) -> T {
    let mut smallest: Vec<T> = items.take(count).collect();
    for root in (0..smallest.len() / 2).rev() {
        sift_down(&mut smallest, root, &Ord::cmp);
    }
    for item in items {
        if item < smallest[0] {
            smallest[0] = item;
            sift_down(&mut smallest, 0, &Ord::cmp);
        }
    }
    smallest[0]
}

/// Sorts a list, and leaves each item once.
pub(crate) fn sort_once<T: Ord>(list: &mut Vec<T>) {
    sort_by(list, &Ord::cmp);
    list.dedup();
}

/// Whether a sorted list has an item.
pub(crate) fn has<T: Ord>(sorted: &[T], item: &T) -> bool {
    sorted.binary_search(item).is_ok()
}

/// Values by their keys, in a sorted list. A key that is larger than all before is added at once; any
/// other moves those behind it, so this is for few of them.
#[derive(Debug, Clone)]
pub(crate) struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0
            .binary_search_by(|(known, _)| known.borrow().cmp(key))
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// The value of a key, which is made where there is none.
    pub(crate) fn get_or_insert(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let place = match self.place(&key) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (key, value()));
                place
            }
        };
        &mut self.0[place].1
    }

    /// Every key with its value, in the order of the keys.
    pub(crate) fn entries(&self) -> &[(K, V)] {
        &self.0
    }

    pub(crate) fn into_entries(self) -> Vec<(K, V)> {
        self.0
    }
}

fn sift_down<T>(heap: &mut [T], mut root: usize, order: &dyn Fn(&T, &T) -> Ordering) {
    loop {
        let mut largest = root;
        for child in [2 * root + 1, 2 * root + 2] {
            if child < heap.len() && order(&heap[child], &heap[largest]).is_gt() {
                largest = child;
            }
        }
        if largest == root {
            return;
        }
        heap.swap(root, largest);
        root = largest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_keys() {
        let mut map = SortedMap::default();
        for (key, value) in [("b", 1), ("a", 2), ("c", 3), ("a", 4)] {
            *map.get_or_insert(key.to_owned(), || 0) += value;
        }
        assert_eq!(
            ["a", "b", "c", "d"].map(|key| map.get(key).copied()),
            [Some(6), Some(1), Some(3), None]
        );
        assert_eq!(map.entries()[0], ("a".to_owned(), 6));
    }

    #[test]
    fn lists_are_sorted() {
        for length in 0..40_u32 {
            let mut list: Vec<u32> = (0..length).map(|n| n * 7 % 13).collect();
            let mut sorted = list.clone();
            sorted.sort_unstable();
            for count in 1..=list.len() {
                assert_eq!(nth(&mut list.iter().copied(), count), sorted[count - 1]);
            }
            sort_by(&mut list, &u32::cmp);
            assert_eq!(list, sorted);
        }
    }
}
