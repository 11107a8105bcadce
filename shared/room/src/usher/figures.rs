//! How a session stands, for the staff.

use super::Units;

/// The figures of a session after a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Tickets that were issued for the draw.
    pub drawn: u64,
    /// Tickets that were issued in all.
    pub tickets: u64,
    /// Tickets up to the last one that was called.
    pub called: u64,
    /// Of these, those whose turn is over.
    pub missed: u64,
    /// How many of a thousand tickets are still there.
    pub present_permille: u32,
    /// How many are called in a minute.
    pub called_per_minute: u32,
    /// Orders with a ticket.
    pub orders: u64,
    /// What is left.
    pub units: Units,
}
