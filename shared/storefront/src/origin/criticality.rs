//! How much a call to the origin matters: when more wait for it than it answers in time, the guard refuses
//! those that matter least first.
//!
//! Every call of the storefront has one of these classes. Above all of them are the reports of a payment
//! provider: they reach the origin through the payments function, which has no guard and refuses none.

/// The class of a call, the one that matters least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Criticality {
    /// Reading an order: its page can be opened later, and nothing is lost.
    Comfort,
    /// Placing an order without a ticket, and changing one.
    Other,
    /// Placing an order with a ticket that was called: a place in a waiting room was waited for.
    CalledBuyer,
}

impl Criticality {
    /// Every one, in their order.
    pub(crate) const ALL: [Criticality; 3] = [
        Criticality::Comfort,
        Criticality::Other,
        Criticality::CalledBuyer,
    ];

    /// As `/metrics` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Criticality::Comfort => "comfort",
            Criticality::Other => "other",
            Criticality::CalledBuyer => "called_buyer",
        }
    }

    /// How many calls may wait when one of this class is admitted, if `all` may wait at most: the last
    /// eighth is reserved for called buyers, and the second half for orders and changes.
    pub(crate) fn waiting_max(self, all: u32) -> u32 {
        match self {
            Criticality::Comfort => all / 2,
            Criticality::Other => all - all / 8,
            Criticality::CalledBuyer => all,
        }
    }
}
