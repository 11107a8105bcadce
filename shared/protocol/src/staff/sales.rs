//! Sales with a waiting room, as the staff see and set them. Moments are RFC 3339, in UTC where the shop
//! says them.
//!
//! Not here: sales as they are published (`souk_catalogue::Sale`), what the store for operations knows of
//! them ([`crate::operations::SaleStanding`]).

use serde::{Deserialize, Serialize};

/// How a sale with a waiting room stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSale {
    /// Its id.
    pub id: String,
    /// What the staff want of it: `running`, `paused` or `closed`.
    pub control: String,
    /// The session that is on, or comes next, or was the last.
    pub session: StaffSession,
    /// `announced`, `gathering`, `open`, `paused`, `resting`, `sold_out` or `over`.
    pub state: String,
    /// Tickets that were issued for the draw.
    pub drawn: u64,
    /// Tickets that were issued in all.
    pub tickets: u64,
    /// How many of a thousand are still there.
    pub present_permille: u32,
    /// Tickets that were called.
    pub called: u64,
    /// Of these, those whose turn is over.
    pub missed: u64,
    /// Those who are called in a minute.
    pub called_per_minute: u32,
    /// Orders with a ticket.
    pub orders: u64,
    /// Units that can be ordered, of all items.
    pub available: i64,
    /// Units of orders that wait for their payment.
    pub held: i64,
    /// When the usher of its room made its last step; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stepped_at: Option<String>,
    /// When this was said, by the shop's clock.
    pub now: String,
}

/// A session of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffSession {
    /// Its number, which no other session of the shop has.
    pub number: u32,
    /// From when there are tickets for the draw.
    pub gathers_at: String,
    /// From when it sells.
    pub opens_at: String,
    /// From when it does not.
    pub closes_at: String,
}

/// Tells the waiting room of a sale its sessions and terms, or pauses, resumes or closes the sale:
/// `schedule` or `control`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSale {
    /// Sessions and terms. Those that have begun stand as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<SaleSchedule>,
    /// `running`, `paused` or `closed`, which is for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Why, for the journal; at most [`REASON_CHARS_MAX`] characters.
    ///
    /// [`REASON_CHARS_MAX`]: crate::operations::REASON_CHARS_MAX
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the waiting room has to know of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleSchedule {
    /// All of them, in the order of time.
    pub sessions: Vec<StaffSession>,
    /// The SKUs of the sale (`sale:ID:SKU`), in the order of its items.
    pub skus: Vec<String>,
    /// Units that one buyer may have of all items together.
    pub limit: u32,
    /// How much those who are called may take of a thousand units that are left, at least 1,000.
    pub overbook_permille: u32,
    /// How long one who was called may buy, in milliseconds.
    pub buy_within_ms: i64,
}

/// A change of a sale that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedSale {
    /// The number of its record in the journal.
    pub record: u64,
}
