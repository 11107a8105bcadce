//! The inputs of the usher: the terms of the sale, and what happened in each second.

use minicbor::{Decode, Encode};

use super::Health;
use crate::rank::Rank;
use crate::schedule::Control;

/// What a sale allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Units that one buyer may have of all items together, at least 1.
    pub limit: u32,
    /// How much those inside may take of a thousand units that are left, at least 1,000.
    pub overbook_permille: u32,
    /// How long a turn is, in milliseconds.
    pub turn_ms: i64,
    /// Whether edges report tickets that they see; else every ticket counts as there.
    pub hears: bool,
}

/// Units of all items of the sale together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Units {
    /// That can be ordered.
    #[n(0)]
    pub available: i64,
    /// Of orders that wait for their payment.
    #[n(1)]
    pub held: i64,
}

/// A ticket was seen by an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Its place.
    pub rank: Rank,
    /// Whether its page comes back by itself. One with a form and no script does not: its visitor
    /// counts as inside for a whole turn.
    pub polls: bool,
}

/// A ticket has an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered {
    /// Its place.
    pub rank: Rank,
    /// Units of the sale in it.
    pub units: u32,
}

/// What happened since the step before.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// What the staff want.
    pub control: Control,
    /// What is left, read together with `orders`.
    pub units: Units,
    /// New orders.
    pub orders: &'a [Ordered],
    /// Tickets that were seen.
    pub reports: &'a [Report],
    /// Tickets for the draw that were issued.
    pub drawn: u64,
    /// Tickets by arrival: the second in milliseconds since 1970, and how many.
    pub arrived: &'a [(i64, u64)],
    /// Up to when the two count everything, as far as edges were heard, in milliseconds since 1970.
    pub counted_until_ms: i64,
    /// How many of a thousand tickets are with edges that have not confirmed a young pulse: they
    /// cannot report what they do not know of.
    pub unknowing_permille: u32,
    /// How the origin is.
    pub health: Health,
}
