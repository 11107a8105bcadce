//! Numbers that count for a while.

use std::collections::VecDeque;

/// Numbers, each until a moment in milliseconds. A number that is added counts as long as those
/// before it, at least.
#[derive(Debug, Default)]
pub(super) struct Expiring(VecDeque<(i64, u64)>);

impl Expiring {
    pub(super) fn add(&mut self, until_ms: i64, number: u64) {
        if number > 0 {
            self.0.push_back((until_ms, number));
        }
    }

    /// It is `now_ms`: what does not count any more is removed.
    pub(super) fn pass(&mut self, now_ms: i64) {
        let is_over = |entry: &(i64, u64)| entry.0 < now_ms;
        while self.0.front().is_some_and(is_over) {
            self.0.pop_front();
        }
    }

    pub(super) fn sum(&self) -> u64 {
        self.0.iter().map(|(_, number)| number).sum()
    }

    /// The largest, 0 without any.
    pub(super) fn max(&self) -> u64 {
        self.0.iter().map(|(_, number)| *number).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_until_its_moment() {
        let mut numbers = Expiring::default();
        numbers.add(5, 7);
        numbers.add(6, 3);
        numbers.add(6, 0);
        numbers.pass(5);
        assert_eq!((numbers.sum(), numbers.max()), (10, 7));
        numbers.pass(6);
        assert_eq!((numbers.sum(), numbers.max()), (3, 3));
        numbers.pass(7);
        assert_eq!((numbers.sum(), numbers.max()), (0, 0));
    }
}
