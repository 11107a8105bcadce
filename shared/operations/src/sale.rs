//! A sale with a waiting room as operations know it, and its keys: from one secret, which never leaves
//! the store.
//!
//! Not here: how a sale is scheduled and controlled ([`crate::control`]).

use minicbor::{Decode, Encode};
use souk_room::{Control, Door, DrawKey, Secrets, Session, before_checkout};

/// The purposes that keys are derived for.
const DOOR: &str = "souk 2026 door of a sale";
const DRAW: &str = "souk 2026 draw of a sale";

/// A sale that is scheduled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sale {
    /// Its id.
    #[n(0)]
    pub id: String,
    /// In order.
    #[n(1)]
    pub sessions: Vec<Session>,
    /// What the staff want.
    #[n(2)]
    pub control: Control,
    /// The SKUs of the sale, in the order of its items.
    #[n(3)]
    pub skus: Vec<String>,
    /// Units that one buyer may have of all items together, at least 1.
    #[n(4)]
    pub limit: u32,
    /// How much those inside may take of a thousand units that are left, at least 1,000.
    #[n(5)]
    pub overbook_permille: u32,
    /// How long one who was called may buy, in milliseconds.
    #[n(6)]
    pub buy_within_ms: i64,
    /// Of which the keys of its sessions are made; drawn when it is scheduled first.
    #[n(7)]
    pub secret: SaleSecret,
    /// Whether a step of the plan has paused it.
    #[n(8)]
    pub is_paused_by_plan: bool,
}

impl Sale {
    /// How it is now: as the staff want it, or paused by a step of the plan.
    pub fn control_now(&self) -> Control {
        match self.control {
            Control::Running if self.is_paused_by_plan => Control::Paused,
            control => control,
        }
    }

    /// The session that edges have to know of at a moment, in milliseconds since 1970: the one that is
    /// on, else the next one, else the last one.
    pub fn session_at(&self, now_ms: i64) -> Option<&Session> {
        let mut sessions = self.sessions.iter();
        let current = sessions.find(|session| now_ms < session.closes_at_ms);
        current.or(self.sessions.last())
    }

    /// The session that closed last before the one that edges have to know of.
    pub fn session_before(&self, now_ms: i64) -> Option<&Session> {
        let number = self.session_at(now_ms)?.number;
        let earlier = self.sessions.iter();
        earlier.take_while(|one| one.number != number).last()
    }

    /// Whether one of its sessions gathers or is on, at a moment in milliseconds since 1970.
    pub fn is_on(&self, now_ms: i64) -> bool {
        let is_on = |one: &Session| (one.gathers_at_ms..one.closes_at_ms).contains(&now_ms);
        self.control != Control::Closed && self.session_at(now_ms).is_some_and(is_on)
    }

    /// Whether it is the room before the checkout, which no person schedules or controls.
    pub fn is_before_checkout(&self) -> bool {
        self.id == before_checkout::CHECKOUT
    }

    pub(crate) fn is_long_over(&self, now_ms: i64) -> bool {
        let last = self.sessions.last();
        last.is_none_or(|session| session.closes_at_ms + LONG_MS < now_ms)
    }
}

/// Sales that are over for so long are forgotten with the next one that is scheduled, in milliseconds:
/// a week.
const LONG_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// 32 unpredictable bytes.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct SaleSecret(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// It shows nothing of itself in a log.
impl std::fmt::Debug for SaleSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the secret of a sale")
    }
}

impl SaleSecret {
    /// The keys of a session, by its number: BLAKE3 derives each from the secret and the number in 4
    /// bytes, big-endian. To know one of them says nothing of another one.
    pub fn keys(&self, session: u32) -> Secrets {
        let mut material = [0; 36];
        material[..32].copy_from_slice(&self.0);
        material[32..].copy_from_slice(&session.to_be_bytes());
        Secrets {
            door: Door(blake3::derive_key(DOOR, &material)),
            draw: DrawKey(blake3::derive_key(DRAW, &material)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_has_keys_of_its_own() {
        let secret = SaleSecret([7; 32]);
        let (one, two) = (secret.keys(1), secret.keys(2));
        assert_eq!(one, secret.keys(1));
        let keys = [one.door.0, one.draw.0, two.door.0, two.draw.0];
        for at in 0..keys.len() {
            assert!(!keys[..at].contains(&keys[at]), "{at}");
        }
        assert_ne!(SaleSecret([8; 32]).keys(1), one);
    }
}
