//! The model: what a place in the queue is by the written rules, with no line of the room's code.
//!
//! HMAC (RFC 2104) is written out over SHA-256. A model that used the same code as the room would be
//! wrong where the room is.

use sha2::{Digest, Sha256};

/// How far a wrong clock may shift a place, in milliseconds.
pub(crate) const SHIFT_MS: i64 = 5_000;

/// A place: before the opening the draw, afterwards the arrival.
pub(crate) type Place = (u8, u64);

/// What is true of a ticket, whatever clock its edge has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrueTicket {
    /// When it was really asked for.
    pub(crate) came_ms: i64,
    /// The draw's value of its seed.
    pub(crate) draw: u64,
}

impl TrueTicket {
    /// The earliest place that it may have.
    pub(crate) fn earliest(&self, opens_at_ms: i64) -> Place {
        place(self.came_ms - SHIFT_MS, self.draw, opens_at_ms)
    }

    /// The latest place that it may have.
    pub(crate) fn latest(&self, opens_at_ms: i64) -> Place {
        place(self.came_ms + SHIFT_MS, self.draw, opens_at_ms)
    }
}

fn place(came_ms: i64, draw: u64, opens_at_ms: i64) -> Place {
    match came_ms < opens_at_ms {
        true => (0, draw),
        false => (1, came_ms as u64),
    }
}

/// The first 8 bytes of HMAC-SHA256(key, seed), big-endian.
pub(crate) fn draw(key: &[u8; 32], seed: &[u8; 16]) -> u64 {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(seed);
    let outer = Sha256::new().chain_update(padded(0x5c));
    let mac = outer.chain_update(inner.finalize()).finalize();
    u64::from_be_bytes(mac[..8].try_into().expect("8 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with Python's `hmac`.
    #[test]
    fn the_model_draws_as_common_tools_do() {
        let key: [u8; 32] = std::array::from_fn(|at| at as u8);
        let seed: [u8; 16] = std::array::from_fn(|at| 0xF0 | at as u8);
        assert_eq!(format!("{:016x}", draw(&key, &seed)), "15277b2758ff673a");
    }

    #[test]
    fn a_clock_may_shift_a_place_by_five_seconds() {
        let ticket = TrueTicket {
            came_ms: 100_000,
            draw: 7,
        };
        assert_eq!(ticket.earliest(105_000), (0, 7));
        assert_eq!(ticket.latest(105_000), (1, 105_000));
        assert_eq!(ticket.earliest(90_000), (1, 95_000));
    }
}
