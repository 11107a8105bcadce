//! Sorting of places.

use std::cmp::Ordering;

/// Puts places in order; equal ones stay as they are. Each use of `slice::sort_by_key` brings 5 KiB of
/// code into a function, so everything that is sorted here shares one.
pub(crate) fn sort(places: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    places.sort_by(|&one, &other| compare(one, other));
}
