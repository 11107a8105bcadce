//! The window: two ranks by which every edge knows whose turn it is.
//!
//! Above `called` wait, between the two may buy, up to `missed` begin anew.
//!
//! Invariant: both only grow, and `missed` is never above `called`.

use minicbor::{Decode, Encode};

use crate::rank::Rank;

/// Which ranks may buy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Window {
    /// The last rank that was called; `None` before the first call.
    #[n(0)]
    called: Option<Rank>,
    /// The last rank whose turn is over.
    #[n(1)]
    missed: Option<Rank>,
}

/// What the window says of a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Its turn is still to come.
    Waiting,
    /// It may buy.
    Called,
    /// Its turn is over.
    Missed,
}

impl Window {
    /// The last rank that was called.
    pub fn called(&self) -> Option<Rank> {
        self.called
    }

    /// The last rank whose turn is over.
    pub fn missed(&self) -> Option<Rank> {
        self.missed
    }

    /// Moves both as far as it is forward.
    pub fn advance(&mut self, called: Option<Rank>, missed: Option<Rank>) {
        self.called = self.called.max(called);
        self.missed = self.missed.max(missed.min(self.called));
    }

    /// Whose turn it is.
    pub fn turn(&self, rank: Rank) -> Turn {
        let rank = Some(rank);
        match () {
            () if rank <= self.missed => Turn::Missed,
            () if rank <= self.called => Turn::Called,
            () => Turn::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_moves_forward_only() {
        let rank = |value| Some(Rank::Drawn(value));
        let mut window = Window::default();
        assert_eq!(window.turn(Rank::Drawn(0)), Turn::Waiting);
        window.advance(rank(5), None);
        window.advance(rank(3), rank(2));
        assert_eq!((window.called(), window.missed()), (rank(5), rank(2)));
        window.advance(None, rank(1));
        assert_eq!(window.missed(), rank(2));
        window.advance(None, rank(9));
        assert_eq!(window.missed(), rank(5));
    }

    #[test]
    fn both_bounds_belong_to_what_they_end() {
        let mut window = Window::default();
        window.advance(Some(Rank::Drawn(5)), Some(Rank::Drawn(2)));
        for (rank, turn) in [
            (Rank::Drawn(2), Turn::Missed),
            (Rank::Drawn(3), Turn::Called),
            (Rank::Drawn(5), Turn::Called),
            (Rank::Drawn(6), Turn::Waiting),
            (Rank::Arrived(0), Turn::Waiting),
        ] {
            assert_eq!(window.turn(rank), turn, "{rank:?}");
        }
    }
}
