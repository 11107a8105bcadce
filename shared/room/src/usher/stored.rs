//! What the usher keeps over a restart. It is written before what it says is published.
//!
//! Invariant: the window never goes back, because an usher begins with the window that was stored
//! last, and no edge has seen a later one. What is not here (who is present) is heard again within
//! two polls.

use minicbor::{Decode, Encode};

use crate::published::SHARE_ALL;
use crate::queue::Queue;
use crate::rank::Rank;
use crate::window::Window;

/// The state of the usher of a session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Stored {
    /// Whose turn it is.
    #[n(0)]
    pub window: Window,
    /// Up to where tickets report.
    #[n(1)]
    pub(super) front: Option<Rank>,
    /// The share of them that does, in 65,536ths.
    #[n(2)]
    pub(super) share: u32,
    /// From when every ticket of this front has had its chance to report, in milliseconds since 1970.
    #[n(10)]
    pub(super) settles_at_ms: i64,
    /// Up to where every ticket that is there has had its chance to report.
    #[n(3)]
    pub(super) settled: Option<Rank>,
    /// The share that had it.
    #[n(4)]
    pub(super) settled_share: u32,
    /// For how long buying was possible, in milliseconds.
    #[n(5)]
    pub(super) open_ms: i64,
    /// How far was called when, by `open_ms`; the oldest first.
    #[n(6)]
    pub(super) turns: Vec<Mark>,
    /// How many tickets there are.
    #[n(7)]
    pub(super) queue: Queue,
    /// Orders so far.
    #[n(8)]
    pub(super) orders: u64,
    /// Units in them.
    #[n(9)]
    pub(super) units: u64,
    /// Visitors inside whose pages do not poll: they are not heard again.
    #[n(11)]
    pub(super) forms: u64,
}

/// What was called at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) struct Mark {
    #[n(0)]
    pub(super) open_ms: i64,
    #[n(1)]
    pub(super) called: Option<Rank>,
}

/// Before the first step.
impl Default for Stored {
    fn default() -> Self {
        Self {
            window: Window::default(),
            front: None,
            share: SHARE_ALL,
            settles_at_ms: 0,
            settled: None,
            settled_share: SHARE_ALL,
            open_ms: 0,
            turns: Vec::new(),
            queue: Queue::default(),
            orders: 0,
            units: 0,
            forms: 0,
        }
    }
}

/// Marks that are kept for one length of a turn: a turn is exact to this part of it.
const MARKS: i64 = 60;

impl Stored {
    /// How many orders it has heard of: the orders of the next facts begin behind them.
    pub fn orders(&self) -> u64 {
        self.orders
    }

    /// Notes what is called now, and says what was called a whole turn ago: a turn counts only the time
    /// in which buying was possible.
    pub(super) fn called_a_turn_ago(&mut self, turn_ms: i64) -> Option<Rank> {
        let (now_ms, called) = (self.open_ms, self.window.called());
        let is_due = |mark: &Mark| now_ms - mark.open_ms >= turn_ms / MARKS;
        if self.turns.last().is_none_or(is_due) {
            self.turns.push(Mark {
                open_ms: now_ms,
                called,
            });
        }
        let is_over = |mark: &Mark| now_ms - mark.open_ms >= turn_ms;
        let over = self.turns.partition_point(is_over);
        let last = over.checked_sub(1)?;
        self.turns.drain(..last);
        self.turns[0].called
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_lasts_as_long_as_buying_is_possible() {
        let mut stored = Stored::default();
        stored.window.advance(Some(Rank::Drawn(5)), None);
        assert_eq!(stored.called_a_turn_ago(60_000), None);
        stored.open_ms = 30_000;
        stored.window.advance(Some(Rank::Drawn(9)), None);
        assert_eq!(stored.called_a_turn_ago(60_000), None);
        stored.open_ms = 60_000;
        assert_eq!(stored.called_a_turn_ago(60_000), Some(Rank::Drawn(5)));
        stored.open_ms = 89_999;
        assert_eq!(stored.called_a_turn_ago(60_000), Some(Rank::Drawn(5)));
        stored.open_ms = 90_000;
        assert_eq!(stored.called_a_turn_ago(60_000), Some(Rank::Drawn(9)));
    }

    #[test]
    fn a_long_evening_is_stored_in_a_few_kilobytes() {
        let mut stored = Stored::default();
        for second in 0..10_000 {
            stored.open_ms = second * 1_000;
            stored
                .window
                .advance(Some(Rank::Drawn(second as u64)), None);
            stored.called_a_turn_ago(300_000);
            stored.queue.add_arrivals(second * 1_000, 500);
        }
        let blob = minicbor::to_vec(&stored).unwrap();
        assert!(blob.len() < 4_096, "{}", blob.len());
        assert_eq!(minicbor::decode::<Stored>(&blob).unwrap(), stored);
    }
}
