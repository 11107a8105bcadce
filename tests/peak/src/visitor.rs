//! A visitor: what one person, or one ticket of a bot, means to do.

use souk_room::Ticket;

/// Where a visitor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Asks for a ticket.
    Coming,
    /// Polls.
    Waiting,
    /// Was called; orders at this moment, in milliseconds.
    Shopping { order_at_ms: i64 },
    /// Has left, has an order, or was told that there is nothing more.
    Gone,
}

/// A visitor.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) buyer: u32,
    pub(crate) is_bot: bool,
    pub(crate) edge: usize,
    pub(crate) leaves_at_ms: i64,
    /// When it stays away, and for how long.
    pub(crate) sleeps: Option<(i64, i64)>,
    pub(crate) has_scripts: bool,
    pub(crate) decides_to_buy: bool,
    pub(crate) pays: bool,
    pub(crate) units: u32,
    pub(crate) phase: Phase,
    pub(crate) ticket: Option<(Ticket, String)>,
    pub(crate) code: Option<String>,
    /// Whether it could have missed a call through no fault of the shop.
    pub(crate) was_away: bool,
}
