//! How many tickets there are up to a rank, as far as edges have counted what they issued.
//!
//! Nothing knows every ticket. The draw is even, so the tickets up to one of its ranks are a share of
//! their number; arrivals are counted by second, in at most [`MARKS_MAX`] marks, of which neighbours
//! are put together when they become too many.
//!
//! Invariant: every figure here is an estimate, used to say how long the queue is and how far reports
//! are wanted. No unit and no turn of a visitor depends on it alone while reports arrive.

use minicbor::{Decode, Encode};

use crate::rank::Rank;

/// Marks of a queue, at most.
pub const MARKS_MAX: usize = 64;

/// What was issued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Queue {
    /// Tickets for the draw.
    #[n(0)]
    drawn: u64,
    /// Tickets by arrival, in order.
    #[n(1)]
    marks: Vec<Mark>,
}

/// Tickets that arrived in a span of time, evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Mark {
    /// In milliseconds since 1970.
    #[n(0)]
    from_ms: i64,
    /// After it.
    #[n(1)]
    until_ms: i64,
    #[n(2)]
    tickets: u64,
}

impl Queue {
    /// Counts tickets for the draw.
    pub fn add_drawn(&mut self, tickets: u64) {
        self.drawn = self.drawn.saturating_add(tickets);
    }

    /// Tickets for the draw.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }

    /// Counts tickets that arrived within a second, which begins at `from_ms` (since 1970). Seconds
    /// may come in any order.
    pub fn add_arrivals(&mut self, from_ms: i64, tickets: u64) {
        let at = self.marks.partition_point(|mark| mark.until_ms <= from_ms);
        match self.marks.get_mut(at) {
            Some(mark) if mark.from_ms < from_ms + 1_000 => mark.tickets += tickets,
            _ => self.marks.insert(
                at,
                Mark {
                    from_ms,
                    until_ms: from_ms + 1_000,
                    tickets,
                },
            ),
        }
        if self.marks.len() > MARKS_MAX {
            self.put_together();
        }
    }

    /// Every two neighbours become one.
    fn put_together(&mut self) {
        let pairs = self.marks.chunks(2);
        let joined = pairs.map(|pair| Mark {
            from_ms: pair[0].from_ms,
            until_ms: pair[pair.len() - 1].until_ms,
            tickets: pair.iter().map(|mark| mark.tickets).sum(),
        });
        self.marks = joined.collect();
    }

    /// Tickets up to a rank, it among them.
    pub fn up_to(&self, rank: Rank) -> u64 {
        let Some(arrival_ms) = rank.arrival_ms() else {
            let Rank::Drawn(value) = rank else { return 0 };
            return of(self.drawn, u128::from(value) + 1, 1 << 64);
        };
        let before = |mark: &Mark| {
            let span_ms = mark.until_ms - mark.from_ms;
            let part_ms = (arrival_ms - mark.from_ms).clamp(0, span_ms);
            of(mark.tickets, part_ms as u128, span_ms as u128)
        };
        self.drawn + self.marks.iter().map(before).sum::<u64>()
    }

    /// Tickets after one rank and up to another.
    pub fn between(&self, after: Option<Rank>, to: Rank) -> u64 {
        let before = after.map_or(0, |rank| self.up_to(rank));
        self.up_to(to).saturating_sub(before)
    }

    /// The rank up to which there are so many tickets, at least one; `None` when there are not so
    /// many.
    pub fn rank_of(&self, tickets: u64) -> Option<Rank> {
        if tickets <= self.drawn {
            let value = (u128::from(tickets) << 64).div_ceil(u128::from(self.drawn.max(1)));
            return Some(Rank::Drawn((value.max(1) - 1) as u64));
        }
        let mut left = tickets - self.drawn;
        for mark in &self.marks {
            if left <= mark.tickets {
                let span_ms = (mark.until_ms - mark.from_ms) as u128;
                let part_ms = (u128::from(left) * span_ms).div_ceil(u128::from(mark.tickets));
                return Some(Rank::first_at(mark.from_ms + part_ms as i64));
            }
            left -= mark.tickets;
        }
        None
    }
}

/// A part of a whole, rounded down.
fn of(tickets: u64, part: u128, whole: u128) -> u64 {
    (u128::from(tickets) * part / whole) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_draw_is_even() {
        let mut queue = Queue::default();
        queue.add_drawn(1_000);
        assert_eq!(queue.up_to(Rank::Drawn(u64::MAX)), 1_000);
        assert_eq!(queue.up_to(Rank::Drawn(u64::MAX / 4)), 250);
        assert_eq!(queue.rank_of(500), Some(Rank::Drawn(u64::MAX / 2)));
        assert_eq!(queue.rank_of(1_001), None);
    }

    #[test]
    fn arrivals_come_after_the_draw_and_in_order() {
        let mut queue = Queue::default();
        queue.add_drawn(10);
        queue.add_arrivals(2_000, 200);
        queue.add_arrivals(1_000, 100);
        queue.add_arrivals(2_000, 200);
        let at = |ms| queue.up_to(Rank::first_at(ms));
        assert_eq!(
            [at(1_000), at(1_500), at(2_000), at(2_500), at(9_000)],
            [10, 60, 110, 310, 510]
        );
        assert_eq!(queue.between(Some(Rank::first_at(1_500)), Rank::LAST), 450);
        assert_eq!(queue.rank_of(111), Some(Rank::first_at(2_003)));
    }

    proptest! {
        #[test]
        fn marks_are_few_and_lose_no_ticket(seconds in proptest::collection::vec((0..5_000_i64, 1..100_u64), 0..400)) {
            let mut queue = Queue::default();
            for &(second, tickets) in &seconds {
                queue.add_arrivals(second * 1_000, tickets);
            }
            prop_assert!(queue.marks.len() <= MARKS_MAX);
            prop_assert!(queue.marks.windows(2).all(|two| two[0].until_ms <= two[1].from_ms));
            let all: u64 = seconds.iter().map(|(_, tickets)| tickets).sum();
            prop_assert_eq!(queue.up_to(Rank::LAST), all);
            for share in 1..=10 {
                let tickets = (all * share / 10).max(1);
                let Some(rank) = queue.rank_of(tickets) else {
                    prop_assert!(tickets > all);
                    continue;
                };
                prop_assert!(queue.up_to(rank) >= tickets);
            }
        }
    }
}
