//! What every edge knows of a session: a part of the pulse. With a ticket it is enough for every
//! answer about the room.
//!
//! It is CBOR: a struct is an array in the order of its numbers, an enum a number.
//!
//! Invariant: no key of a draw and no door is in it earlier than [`SECRETS_LEAD_MS`] before the
//! opening; a client gets the key after the end, and the door never.

use minicbor::{Decode, Encode};

use crate::code::{Door, SECRETS_LEAD_MS};
use crate::queue::Queue;
use crate::rank::{Commitment, DrawKey, Rank};
use crate::schedule::{Control, Session, State, Stock};
use crate::window::Window;

/// All of the front reports: the share of it in 65,536ths.
pub const SHARE_ALL: u32 = 1 << 16;

/// The keys of a session, which edges have from shortly before its opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Secrets {
    /// Under which purchase codes are made.
    #[n(0)]
    pub door: Door,
    /// Under which the draw is made.
    #[n(1)]
    pub draw: DrawKey,
}

/// How much is left of an item: `left` of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Left {
    /// More than a tenth.
    #[n(0)]
    Plenty,
    /// A tenth at most.
    #[n(1)]
    Few,
    /// Nothing.
    #[n(2)]
    None,
}

/// A session as edges know it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Published {
    /// When it is.
    #[n(0)]
    pub session: Session,
    /// What the staff want.
    #[n(1)]
    pub control: Control,
    /// What there is to sell.
    #[n(2)]
    pub stock: Stock,
    /// Of each item, in the order of the sale.
    #[n(3)]
    pub left: Vec<Left>,
    /// Whose turn it is.
    #[n(4)]
    pub window: Window,
    /// Tickets up to this rank are reported when they poll; `None`: none is.
    #[n(5)]
    pub front: Option<Rank>,
    /// The share of those not yet called that is reported, in 65,536ths.
    #[n(6)]
    pub share: u32,
    /// How many there are.
    #[n(7)]
    pub queue: Queue,
    /// How many of a thousand tickets are still there.
    #[n(8)]
    pub present_permille: u32,
    /// How many are called in a minute.
    #[n(9)]
    pub called_per_minute: u32,
    /// The keys, from shortly before the opening.
    #[n(10)]
    pub secrets: Option<Secrets>,
    /// SHA-256 of the key of the draw.
    #[n(11)]
    pub commitment: Commitment,
}

impl Published {
    /// Its state at a moment, in milliseconds since 1970.
    pub fn state(&self, now_ms: i64) -> State {
        self.session.state(now_ms, self.control, self.stock)
    }

    /// The key of the draw as every client may have it: once the session is over.
    pub fn revealed(&self, now_ms: i64) -> Option<DrawKey> {
        let secrets = self.secrets.as_ref()?;
        (self.state(now_ms) == State::Over).then_some(secrets.draw)
    }
}

impl Secrets {
    /// What edges may have of them at a moment, in milliseconds since 1970.
    pub fn at(self, now_ms: i64, session: &Session) -> Option<Self> {
        (now_ms >= session.opens_at_ms - SECRETS_LEAD_MS).then_some(self)
    }
}

impl Left {
    /// Of so many units that the sale has had of an item.
    pub fn of(available: i64, units: i64) -> Self {
        match available {
            ..=0 => Left::None,
            some if some.saturating_mul(10) <= units => Left::Few,
            _ => Left::Plenty,
        }
    }

    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            Left::Plenty => "plenty",
            Left::Few => "few",
            Left::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_have_the_keys_thirty_seconds_before_the_opening() {
        let session = Session {
            number: 1,
            gathers_at_ms: 0,
            opens_at_ms: 100_000,
            closes_at_ms: 200_000,
        };
        let secrets = Secrets {
            door: Door([1; 32]),
            draw: DrawKey([2; 32]),
        };
        assert_eq!(secrets.at(69_999, &session), None);
        assert_eq!(secrets.at(70_000, &session), Some(secrets));
    }

    #[test]
    fn few_is_a_tenth() {
        let left = [11, 10, 1, 0, -1].map(|available| Left::of(available, 100).name());
        assert_eq!(left, ["plenty", "few", "few", "none", "none"]);
    }
}
