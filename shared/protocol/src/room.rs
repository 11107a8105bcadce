//! What edges tell the store `operations` about the waiting room of a session: tickets that they have
//! seen, and how many they have issued.
//!
//! Over service chaining, or a call of the object. Nothing here is reachable by shoppers.
//! A batch has no address, cookie or seed: a rank says nothing of a person.

use serde::{Deserialize, Serialize};

/// `POST` [`RoomBatch`]: an empty answer once it is stored. A batch that was stored before is stored once.
pub const ROOM_PATH: &str = "/operations/v1/room";

/// Longest body with a batch, in bytes.
pub const ROOM_BYTES_MAX: usize = 64 * 1024;
/// Reports in a batch, at most.
pub const ROOM_REPORTS_MAX: usize = 1_000;

/// What an instance has seen of one session since its last batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomBatch {
    /// Number of the session.
    pub session: u32,
    /// Names the instance: a random number below 2^53, drawn when it starts.
    pub edge: u64,
    /// 1 for the first batch of the instance, and grows with each. A batch whose answer was lost is sent again as it was.
    pub batch: u64,
    /// When the pulse was made that the instance has, in milliseconds since 1970.
    pub pulse_made_at_ms: i64,
    /// Tickets that polled or ordered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<SeenTicket>,
    /// Tickets for the draw that were issued.
    #[serde(default)]
    pub drawn: u64,
    /// Tickets that arrived after the opening: the second in milliseconds since 1970, and how many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrived: Vec<(i64, u64)>,
}

/// A ticket that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenTicket {
    /// Its place: `0-` or `1-` and 16 hexadecimal digits.
    pub rank: String,
    /// Whether its page comes back by itself.
    pub polls: bool,
}
