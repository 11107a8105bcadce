//! The place of a ticket: a draw for those who came before the opening, the arrival for the others.
//!
//! The draw is HMAC-SHA256 of the seed under a key that is drawn before the first ticket exists. Its
//! SHA-256 is shown from the announcement and the key itself at the end, so every buyer can check
//! that the draw was not changed, and no buyer can know a place before the opening.
//!
//! Not here: which places may buy ([`crate::window`]).

use sha2::{Digest, Sha256};

use crate::cbor::{self, byte_string};
use crate::seed::{Seed, hmac};
use crate::ticket::Ticket;

/// The key of a draw.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DrawKey(pub [u8; 32]);

byte_string!(DrawKey);

/// SHA-256 of the key of a draw, which is shown from the announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(pub [u8; 32]);

byte_string!(Commitment);

impl Commitment {
    /// In lower-case hexadecimal digits.
    pub fn text(&self) -> String {
        hex(&self.0)
    }
}

/// A place in the queue of a session; the lowest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Came before the opening: the first 8 bytes of the draw, big-endian.
    Drawn(u64),
    /// Came later: the arrival in milliseconds since 1970 in the upper 48 bits, then the first 16
    /// bits of the draw, which separate those who came in the same millisecond.
    Arrived(u64),
}

/// Bits of an arrival's rank below the milliseconds.
const TIE_BITS: u32 = 16;

impl DrawKey {
    /// What is shown from the announcement: SHA-256 of the key.
    pub fn commitment(&self) -> Commitment {
        Commitment(Sha256::digest(self.0).into())
    }

    /// The key in hexadecimal digits, which is shown at the end.
    pub fn text(&self) -> String {
        hex(&self.0)
    }

    /// The draw's value of a seed: the first 8 bytes of HMAC-SHA256(key, seed), big-endian.
    pub fn draw(&self, seed: &Seed) -> u64 {
        let mac = hmac(&self.0, &[&seed.0]);
        let (first, _) = mac.split_first_chunk().expect("a MAC has 32 bytes");
        u64::from_be_bytes(*first)
    }
}

/// A key shows nothing of itself in a log.
impl std::fmt::Debug for DrawKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a draw key")
    }
}

impl Rank {
    /// After every ticket.
    pub const LAST: Rank = Rank::Arrived(u64::MAX);

    /// The place of a ticket in a session that opens then, in milliseconds since 1970.
    pub fn of(ticket: &Ticket, opens_at_ms: i64, key: &DrawKey) -> Self {
        let draw = key.draw(&ticket.seed);
        if ticket.arrival_ms < opens_at_ms {
            return Rank::Drawn(draw);
        }
        let Rank::Arrived(first) = Rank::first_at(ticket.arrival_ms) else {
            return Rank::Drawn(draw);
        };
        Rank::Arrived(first | draw >> (u64::BITS - TIE_BITS))
    }

    /// The first place of a millisecond after the opening.
    pub fn first_at(arrival_ms: i64) -> Self {
        let ms = u64::try_from(arrival_ms).unwrap_or_default();
        Rank::Arrived(ms << TIE_BITS)
    }

    /// When it came, in milliseconds since 1970; `None` for a draw.
    pub fn arrival_ms(self) -> Option<i64> {
        match self {
            Rank::Drawn(_) => None,
            Rank::Arrived(value) => i64::try_from(value >> TIE_BITS).ok(),
        }
    }

    /// A number that is the same for the whole life of a ticket and evenly spread: which share of all
    /// tickets it belongs to.
    pub fn sample(self) -> u16 {
        match self {
            Rank::Drawn(value) | Rank::Arrived(value) => (value & 0xFFFF) as u16,
        }
    }

    /// `0-` or `1-`, then 16 hexadecimal digits: texts compare as the ranks do.
    pub fn text(self) -> String {
        match self {
            Rank::Drawn(value) => format!("0-{value:016x}"),
            Rank::Arrived(value) => format!("1-{value:016x}"),
        }
    }

    /// From that text; `None` for any other one.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, digits) = text.split_once('-')?;
        let is_plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() != 16 || !digits.bytes().all(is_plain) {
            return None;
        }
        let value = u64::from_str_radix(digits, 16).ok()?;
        match kind {
            "0" => Some(Rank::Drawn(value)),
            "1" => Some(Rank::Arrived(value)),
            _ => None,
        }
    }

    fn bytes(self) -> [u8; 9] {
        let (kind, value) = match self {
            Rank::Drawn(value) => (0, value),
            Rank::Arrived(value) => (1, value),
        };
        let mut bytes = [kind; 9];
        bytes[1..].copy_from_slice(&value.to_be_bytes());
        bytes
    }
}

impl<C> minicbor::Encode<C> for Rank {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        cbor::write(&self.bytes(), out)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Rank {
    fn decode(
        input: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        let [kind, value @ ..] = cbor::read::<9>(input)?;
        match kind {
            0 => Ok(Rank::Drawn(u64::from_be_bytes(value))),
            1 => Ok(Rank::Arrived(u64::from_be_bytes(value))),
            _ => Err(minicbor::decode::Error::message("no kind of a rank")),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rank() -> impl Strategy<Value = Rank> {
        prop_oneof![
            any::<u64>().prop_map(Rank::Drawn),
            any::<u64>().prop_map(Rank::Arrived)
        ]
    }

    proptest! {
        #[test]
        fn texts_and_bytes_compare_as_the_ranks_do(one in rank(), other in rank()) {
            prop_assert_eq!(one.text().cmp(&other.text()), one.cmp(&other));
            prop_assert_eq!(one.bytes().cmp(&other.bytes()), one.cmp(&other));
            let blob = minicbor::to_vec(one).unwrap();
            prop_assert_eq!(minicbor::decode::<Rank>(&blob).unwrap(), one);
            prop_assert_eq!(Rank::parse(&one.text()), Some(one));
            prop_assert_eq!(Rank::parse(&one.text().replace('-', "-+")), None);
        }

        #[test]
        fn who_came_after_the_opening_is_behind_the_draw_and_in_order(
            seeds: [[u8; 16]; 2], early_ms in 0..1_000_i64, late_ms in 1_000..2_000_i64, more in 1..100_i64,
        ) {
            let key = DrawKey([3; 32]);
            let ticket = |seed, arrival_ms| Ticket { session: 1, arrival_ms, seed: Seed(seed) };
            let of = |ticket: Ticket| Rank::of(&ticket, 1_000, &key);
            let drawn = of(ticket(seeds[0], early_ms));
            let late = of(ticket(seeds[1], late_ms));
            prop_assert!(drawn < late);
            prop_assert_eq!(late.arrival_ms(), Some(late_ms));
            prop_assert!(late < of(ticket(seeds[0], late_ms + more)));
            // The moment makes no difference before the opening.
            prop_assert_eq!(drawn, of(ticket(seeds[0], 999)));
        }
    }

    /// RFC 4231 has no case with these lengths: made with Python's `hmac` and `hashlib`.
    #[test]
    fn a_draw_can_be_checked_with_common_tools() {
        let key = DrawKey(std::array::from_fn(|at| at as u8));
        let seed = Seed(std::array::from_fn(|at| 0xF0 | at as u8));
        assert_eq!(
            key.commitment().text(),
            "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
        );
        assert_eq!(format!("{:016x}", key.draw(&seed)), "15277b2758ff673a");
        assert_eq!(key.text()[..8], *"00010203");
    }
}
