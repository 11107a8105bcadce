//! The secret address at which a ticket buys: a MAC of the ticket under the *door*, a key that is
//! drawn for each session, reaches edges 30 seconds before the opening and clients never.
//!
//! So no address can be known before the opening, and an address that was passed on is wrong for
//! every other ticket.
//!
//! Not here: whether it is the ticket's turn ([`crate::window`]).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::cbor::byte_string;
use crate::ticket::Ticket;

/// How long before the opening edges get the door and the key of the draw, in milliseconds.
pub const SECRETS_LEAD_MS: i64 = 30_000;

/// The key of purchase codes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Door(pub [u8; 32]);

byte_string!(Door);

/// A key shows nothing of itself in a log.
impl std::fmt::Debug for Door {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a door")
    }
}

/// The code of a ticket: the first 16 bytes of keyed BLAKE3(door, the 27 bytes of the ticket that are
/// signed), as 22 characters of base64url.
pub fn purchase_code(door: &Door, ticket: &Ticket) -> String {
    let hash = blake3::keyed_hash(&door.0, &ticket.body());
    URL_SAFE_NO_PAD.encode(&hash.as_bytes()[..16])
}

/// Whether a text is the code of the ticket. It takes the same time for every text of a length.
pub fn is_purchase_code(door: &Door, ticket: &Ticket, text: &str) -> bool {
    let code = purchase_code(door, ticket);
    code.as_bytes().ct_eq(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn a_code_is_of_one_ticket_and_one_door() {
        let ticket = |session, seed| Ticket {
            session,
            arrival_ms: 5,
            seed: Seed([seed; 16]),
        };
        let door = Door([1; 32]);
        let code = purchase_code(&door, &ticket(1, 1));
        assert_eq!(code.len(), 22);
        assert!(is_purchase_code(&door, &ticket(1, 1), &code));
        for (door, ticket, code) in [
            (door, ticket(1, 2), code.as_str()),
            (door, ticket(2, 1), &code),
            (Door([2; 32]), ticket(1, 1), &code),
            (door, ticket(1, 1), &code[..21]),
            (door, ticket(1, 1), ""),
        ] {
            assert!(!is_purchase_code(&door, &ticket, code), "{code}");
        }
    }
}
