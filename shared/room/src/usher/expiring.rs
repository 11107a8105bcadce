//! Numbers that count for a while.

use minicbor::{Decode, Encode};

/// Numbers, each until a moment in milliseconds.
#[derive(Debug, Default, Encode, Decode)]
pub(super) struct Expiring(#[n(0)] Vec<(i64, u64)>);

impl Expiring {
    pub(super) fn add(&mut self, until_ms: i64, number: u64) {
        if number > 0 {
            self.0.push((until_ms, number));
        }
    }

    /// It is `now_ms`: what does not count any more is removed.
    pub(super) fn pass(&mut self, now_ms: i64) {
        self.0.retain(|(until_ms, _)| *until_ms >= now_ms);
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
