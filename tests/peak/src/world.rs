//! What happens when: moments in order, with what is due at each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A visitor does the next thing.
    Act(usize),
    /// A bot tries an address that it does not have.
    Guess(usize),
    /// The usher's object steps.
    Step,
    /// A pulse arrives at an edge; both by number.
    Pulse { edge: usize, pulse: usize },
    /// An order is paid.
    Pay(usize),
    /// The deadline of an order passes.
    Expire(usize),
    /// A fault, by its number in the plan.
    Fault(Fault),
}

/// What goes wrong, or what the staff do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The usher's object is killed.
    Kill,
    /// It starts again.
    Start,
    /// An edge gets no pulses for a while.
    Cut,
    /// An edge starts anew.
    Restart,
    /// An edge's clock is set.
    Jump,
    /// Reports stop.
    Silence,
    /// The staff pause the sale.
    Pause,
    /// And resume it.
    Resume,
    /// The origin becomes slow.
    Slow,
    /// And well again.
    Well,
}

/// Events in the order of their moments; those of one moment in the order in which they were added.
#[derive(Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<(i64, u64, Event)>>,
    added: u64,
}

impl Agenda {
    pub(crate) fn add(&mut self, at_ms: i64, event: Event) {
        self.added += 1;
        self.heap.push(Reverse((at_ms, self.added, event)));
    }

    pub(crate) fn next(&mut self) -> Option<(i64, Event)> {
        let Reverse((at_ms, _, event)) = self.heap.pop()?;
        Some((at_ms, event))
    }
}
