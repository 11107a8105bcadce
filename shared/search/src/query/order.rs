//! Sorting of short lists.
//!
//! The standard library's sorts take some five KiB of the function for each type that is sorted; this
//! one takes a tenth.

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
    fn lists_are_sorted() {
        for length in 0..40_u32 {
            let mut list: Vec<u32> = (0..length).map(|n| n * 7 % 13).collect();
            let mut sorted = list.clone();
            sorted.sort_unstable();
            sort_by(&mut list, &u32::cmp);
            assert_eq!(list, sorted);
        }
    }
}
