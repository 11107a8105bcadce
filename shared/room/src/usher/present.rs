//! Who is there: what the usher remembers of tickets that were reported.
//!
//! Moments here are those of the clock by which silence is measured (`hearing`).
//!
//! Invariant: it is bounded ([`TICKETS_MAX`]), and may be lost. Losing it never moves the
//! window back and calls no ticket twice.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use minicbor::{Decode, Encode};

use crate::rank::Rank;

/// Tickets that are remembered, at most.
pub(super) const TICKETS_MAX: usize = 1 << 16;

#[derive(Debug, Clone, Copy, Encode, Decode)]
struct Seen {
    #[n(0)]
    last_ms: i64,
    #[n(1)]
    polls: bool,
    #[n(2)]
    has_ordered: bool,
}

/// The tickets that were reported.
#[derive(Debug, Default, Encode, Decode)]
pub(super) struct Present(#[n(0)] BTreeMap<Rank, Seen>);

/// How long a ticket counts that is not heard of, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// One that polls.
    pub(super) poll_ms: i64,
    /// One whose page does not.
    pub(super) turn_ms: i64,
}

impl Present {
    /// A ticket was seen at `now_ms`; `polls`: its page comes back by itself.
    pub(super) fn see(&mut self, rank: Rank, polls: bool, now_ms: i64) {
        let is_full = self.0.len() >= TICKETS_MAX;
        if is_full && !self.0.contains_key(&rank) {
            return;
        }
        let seen = self.0.entry(rank).or_insert(Seen {
            last_ms: now_ms,
            polls,
            has_ordered: false,
        });
        (seen.last_ms, seen.polls) = (now_ms, polls);
    }

    /// A ticket has its order.
    pub(super) fn order(&mut self, rank: Rank, now_ms: i64) {
        self.see(rank, true, now_ms);
        if let Some(seen) = self.0.get_mut(&rank) {
            seen.has_ordered = true;
        }
    }

    /// Forgets those whose turn is over.
    pub(super) fn forget_up_to(&mut self, missed: Option<Rank>) {
        if let Some(missed) = missed {
            let mut rest = self.0.split_off(&missed);
            rest.remove(&missed);
            self.0 = rest;
        }
    }

    /// Those without an order who are there, after one rank and up to another, in order.
    pub(super) fn within(
        &self,
        after: Option<Rank>,
        to: Rank,
        patience: Patience,
        now_ms: i64,
    ) -> impl Iterator<Item = Rank> {
        let counts = move |seen: &Seen| {
            let wait_ms = match seen.polls {
                true => patience.poll_ms,
                false => patience.turn_ms,
            };
            !seen.has_ordered && now_ms - seen.last_ms <= wait_ms
        };
        self.range(after, to)
            .filter(move |(_, seen)| counts(seen))
            .map(|(rank, _)| rank)
    }

    /// Those without an order whose pages poll and who are there, up to a rank.
    pub(super) fn polling(
        &self,
        to: Rank,
        poll_ms: i64,
        now_ms: i64,
    ) -> impl Iterator<Item = Rank> {
        let counts =
            move |seen: &Seen| seen.polls && !seen.has_ordered && now_ms - seen.last_ms <= poll_ms;
        let there = self.range(None, to).filter(move |(_, seen)| counts(seen));
        there.map(|(rank, _)| rank)
    }

    /// How many are there whose pages do not poll, after one rank and up to another.
    pub(super) fn forms(&self, after: Option<Rank>, to: Rank, turn_ms: i64, now_ms: i64) -> u64 {
        let counts =
            |seen: &Seen| !seen.polls && !seen.has_ordered && now_ms - seen.last_ms <= turn_ms;
        self.range(after, to)
            .filter(|(_, seen)| counts(seen))
            .count() as u64
    }

    /// How many are known up to a rank.
    pub(super) fn up_to(&self, to: Option<Rank>) -> u64 {
        to.map_or(0, |to| self.range(None, to).count() as u64)
    }

    /// How many have an order, after one rank and up to another.
    pub(super) fn ordered(&self, after: Option<Rank>, to: Rank) -> u64 {
        self.range(after, to)
            .filter(|(_, seen)| seen.has_ordered)
            .count() as u64
    }

    fn range(&self, after: Option<Rank>, to: Rank) -> impl Iterator<Item = (Rank, Seen)> {
        let is_empty = after.is_some_and(|after| after >= to);
        let from = match after {
            // A range must not end before it begins.
            Some(_) if is_empty => Included(to),
            Some(after) => Excluded(after),
            None => Unbounded,
        };
        let entries = self.0.range((from, Included(to)));
        let entries = entries.filter(move |_| !is_empty);
        entries.map(|(&rank, &seen)| (rank, seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        poll_ms: 25_000,
        turn_ms: 300_000,
    };

    fn there(present: &Present, after: Option<u64>, to: u64, now_ms: i64) -> Vec<Rank> {
        let after = after.map(Rank::Drawn);
        present
            .within(after, Rank::Drawn(to), PATIENCE, now_ms)
            .collect()
    }

    #[test]
    fn a_ticket_counts_until_it_is_silent_or_has_ordered() {
        let mut present = Present::default();
        present.see(Rank::Drawn(1), true, 0);
        present.see(Rank::Drawn(2), false, 0);
        present.see(Rank::Drawn(3), true, 0);
        present.order(Rank::Drawn(3), 1);
        let [one, two] = [1, 2].map(Rank::Drawn);
        assert_eq!(there(&present, None, 9, 25_000), [one, two]);
        assert_eq!(there(&present, None, 9, 25_001), [two]);
        assert_eq!(there(&present, None, 9, 300_001), []);
        assert_eq!(there(&present, Some(1), 2, 0), [two]);
        assert_eq!(there(&present, Some(2), 2, 0), []);
        assert_eq!(there(&present, Some(5), 2, 0), []);
        assert_eq!(present.ordered(None, Rank::LAST), 1);
        present.forget_up_to(Some(Rank::Drawn(1)));
        assert_eq!(there(&present, None, 9, 0), [two]);
    }
}
