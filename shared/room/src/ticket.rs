//! A ticket: `{session, arrival, seed}` under a MAC. Edges store nothing to issue or to check one.
//!
//! The arrival is the edge's clock held to what the pulse says of the time, so a wrong clock shifts a
//! place by [`PULSE_AGE_MS_MAX`] at most.
//!
//! Invariant: an edge that cannot bound an arrival issues no ticket for a place by arrival, and none
//! for the draw once it may be too late for that.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::seed::{Buyer, Seed};

/// The greatest age of a pulse from which a ticket takes its arrival, in milliseconds.
pub const PULSE_AGE_MS_MAX: i64 = 5_000;

/// The purpose that keys are derived for.
const PURPOSE: &str = "souk 2026 ticket of a sale";
/// The purpose that the secrets of buyers' seeds are derived for.
const BUYERS_PURPOSE: &str = "souk 2026 buyers of a sale";
/// The first byte of every ticket.
const VERSION: u8 = 1;
/// Version, session, arrival, seed.
const BODY_BYTES: usize = 1 + 4 + 6 + 16;
const MAC_BYTES: usize = 16;

/// A place that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The number of the session that it is for.
    pub session: u32,
    /// When it was asked for, in milliseconds since 1970; below 2^48.
    pub arrival_ms: i64,
    /// Random, or the buyer's.
    pub seed: Seed,
}

/// Why a text is no ticket of this shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It does not have the form of one.
    #[error("this is not a ticket")]
    Malformed,
    /// No key of the deployment made it.
    #[error("this ticket was not issued here")]
    Forged,
    /// It is for another sale, or for another session of it.
    #[error("this ticket is for another sale")]
    OtherSession,
}

/// The keys of tickets, from the deployment's secrets.
#[derive(Clone)]
pub struct TicketKeys(Vec<[u8; 32]>);

impl TicketKeys {
    /// Keys from secrets, the newest first: it signs, and what the older ones signed stays good.
    pub fn new<'s>(secrets: impl Iterator<Item = &'s str>) -> Self {
        let derived = secrets.map(|secret| blake3::derive_key(PURPOSE, secret.as_bytes()));
        Self(derived.collect())
    }

    /// The ticket as a text of 58 characters of base64url; `None` without a key.
    pub fn sign(&self, ticket: &Ticket) -> Option<String> {
        let body = ticket.body();
        let mac = mac(self.0.first()?, &body);
        Some(URL_SAFE_NO_PAD.encode([body.as_slice(), &mac].concat()))
    }

    /// The seed of the tickets of a buyer in a session; `None` without a key.
    pub fn buyer_seed(&self, session: u32, buyer: Buyer<'_>) -> Option<Seed> {
        let key = self.0.first()?;
        Some(Seed::of_buyer(&buyers_secret(key, session), buyer))
    }

    /// Whether a ticket is this buyer's.
    pub fn is_of_buyer(&self, ticket: &Ticket, buyer: Buyer<'_>) -> bool {
        let seed = |key| Seed::of_buyer(&buyers_secret(key, ticket.session), buyer);
        self.0.iter().any(|key| seed(key) == ticket.seed)
    }

    /// The ticket in a text, if it is one for this session.
    ///
    /// # Errors
    /// When it is not.
    pub fn read(&self, text: &str, session: u32) -> Result<Ticket, TicketError> {
        let ticket = self.read_of_any_session(text)?;
        match ticket.session == session {
            true => Ok(ticket),
            false => Err(TicketError::OtherSession),
        }
    }

    /// The ticket in a text, whatever session it is for.
    ///
    /// # Errors
    /// When it is none, or was not issued here.
    pub fn read_of_any_session(&self, text: &str) -> Result<Ticket, TicketError> {
        let bytes = URL_SAFE_NO_PAD.decode(text);
        let bytes = bytes.map_err(|_| TicketError::Malformed)?;
        let (body, rest) = bytes
            .split_first_chunk::<BODY_BYTES>()
            .ok_or(TicketError::Malformed)?;
        let own: [u8; MAC_BYTES] = rest.try_into().map_err(|_| TicketError::Malformed)?;
        let is_right = |key: &[u8; 32]| {
            bool::from(subtle::ConstantTimeEq::ct_eq(&mac(key, body)[..], &own[..]))
        };
        if !self.0.iter().any(is_right) {
            return Err(TicketError::Forged);
        }
        Ticket::of_body(body).ok_or(TicketError::Malformed)
    }
}

/// The secret of a session under which the seeds of its buyers are made.
fn buyers_secret(key: &[u8; 32], session: u32) -> [u8; 32] {
    let mut material = [0; 36];
    material[..32].copy_from_slice(key);
    material[32..].copy_from_slice(&session.to_be_bytes());
    blake3::derive_key(BUYERS_PURPOSE, &material)
}

impl std::fmt::Debug for TicketKeys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} keys", self.0.len())
    }
}

impl Ticket {
    /// What is signed: version, session, arrival and seed, numbers big-endian.
    pub(crate) fn body(&self) -> [u8; BODY_BYTES] {
        let mut body = [VERSION; BODY_BYTES];
        body[1..5].copy_from_slice(&self.session.to_be_bytes());
        body[5..11].copy_from_slice(&self.arrival_ms.to_be_bytes()[2..]);
        body[11..].copy_from_slice(&self.seed.0);
        body
    }

    fn of_body(body: &[u8; BODY_BYTES]) -> Option<Self> {
        let [VERSION, rest @ ..] = body else {
            return None;
        };
        let (session, rest) = rest.split_first_chunk()?;
        let (arrival, seed) = rest.split_first_chunk::<6>()?;
        let mut arrival_ms = [0; 8];
        arrival_ms[2..].copy_from_slice(arrival);
        Some(Self {
            session: u32::from_be_bytes(*session),
            arrival_ms: i64::from_be_bytes(arrival_ms),
            seed: Seed(seed.try_into().ok()?),
        })
    }
}

fn mac(key: &[u8; 32], body: &[u8; BODY_BYTES]) -> [u8; MAC_BYTES] {
    let hash = blake3::keyed_hash(key, body);
    let (first, _) = hash.as_bytes().split_first_chunk().expect("32 bytes");
    *first
}

/// What an edge knows of the time by its pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PulseTime {
    /// When it was made, in milliseconds since 1970.
    pub made_at_ms: i64,
    /// How old it is at least: its age when the edge first got it, as the store says that it read it
    /// from, and the time since. No difference to a clock that may be wrong. Milliseconds; below 0 when
    /// the edge's clock was set back since, so that nothing says how old it is.
    pub age_ms: i64,
}

impl PulseTime {
    /// The moment that an edge with this pulse goes by, in milliseconds since 1970: the pulse's own and
    /// its age. So no edge opens a session early, and none that has lost its connection opens it late.
    pub fn moment_ms(self) -> i64 {
        self.made_at_ms.saturating_add(self.age_ms.max(0))
    }
}

/// The pulse of this edge does not tell the time well enough for a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the pulse is too old to issue a ticket by")]
pub struct PulseTooOld;

/// The arrival of a ticket that an edge issues at `now_ms` of its own clock, in milliseconds since
/// 1970, for a session that opens at `opens_at_ms`.
///
/// With a pulse that is young enough, it is the edge's clock, held to the pulse's time with its age, and
/// [`PULSE_AGE_MS_MAX`] after the pulse's time. With an older one there are only tickets for the draw, as long as
/// both the clock and the pulse's time with its age say that the opening is still to come.
///
/// # Errors
/// When the pulse is too old.
pub fn arrival_ms(now_ms: i64, pulse: PulseTime, opens_at_ms: i64) -> Result<i64, PulseTooOld> {
    let PulseTime { made_at_ms, age_ms } = pulse;
    if (0..=PULSE_AGE_MS_MAX).contains(&age_ms) {
        let latest_ms = made_at_ms.saturating_add(PULSE_AGE_MS_MAX);
        return Ok(now_ms.clamp(pulse.moment_ms(), latest_ms));
    }
    let latest_ms = now_ms.max(made_at_ms.saturating_add(age_ms));
    match latest_ms < opens_at_ms && age_ms > 0 {
        true => Ok(latest_ms),
        false => Err(PulseTooOld),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old secret of many characters";
    const NEW: &str = "a new secret of many characters!";

    fn keys(secrets: &[&'static str]) -> TicketKeys {
        TicketKeys::new(secrets.iter().copied())
    }

    const TICKET: Ticket = Ticket {
        session: 7,
        arrival_ms: 1_800_000_000_123,
        seed: Seed([5; 16]),
    };

    #[test]
    fn a_ticket_reads_back_and_only_for_its_session() {
        let text = keys(&[OLD]).sign(&TICKET).unwrap();
        assert_eq!(text.len(), 58);
        assert_eq!(keys(&[OLD]).read(&text, 7), Ok(TICKET));
        assert_eq!(keys(&[OLD]).read(&text, 8), Err(TicketError::OtherSession));
        assert_eq!(keys(&[]).sign(&TICKET), None);
    }

    #[test]
    fn what_an_older_secret_signed_stays_good() {
        let old = keys(&[OLD]).sign(&TICKET).unwrap();
        let both = keys(&[NEW, OLD]);
        assert_eq!(both.read(&old, 7), Ok(TICKET));
        assert_eq!(both.sign(&TICKET), keys(&[NEW]).sign(&TICKET));
        assert_eq!(keys(&[NEW]).read(&old, 7), Err(TicketError::Forged));
    }

    #[test]
    fn a_ticket_is_of_one_buyer_in_one_session() {
        let ada = Buyer::Email("ada@example.org");
        let of = |seed| Ticket { seed, ..TICKET };
        let old = of(keys(&[OLD]).buyer_seed(7, ada).unwrap());
        assert!(keys(&[NEW, OLD]).is_of_buyer(&old, Buyer::Email("Ada+tea@example.org")));
        assert!(!keys(&[NEW, OLD]).is_of_buyer(&old, Buyer::Email("bob@example.org")));
        assert!(!keys(&[NEW]).is_of_buyer(&old, ada));
        let other = of(keys(&[OLD]).buyer_seed(8, ada).unwrap());
        assert!(!keys(&[OLD]).is_of_buyer(&other, ada));
    }

    #[test]
    fn no_byte_of_a_ticket_can_be_changed() {
        let text = keys(&[OLD]).sign(&TICKET).unwrap();
        for at in 0..text.len() {
            for other in ['A', 'z', '-', '='] {
                let mut letters: Vec<char> = text.chars().collect();
                if letters[at] == other {
                    continue;
                }
                letters[at] = other;
                let changed: String = letters.into_iter().collect();
                assert!(keys(&[OLD]).read(&changed, 7).is_err(), "{at} {other}");
            }
        }
        for text in ["", "x", &text[..57], &format!("{text}AA")] {
            assert_eq!(keys(&[OLD]).read(text, 7), Err(TicketError::Malformed));
        }
    }

    #[test]
    fn an_edge_goes_by_the_time_of_its_pulse_and_how_old_it_is() {
        let pulse = PulseTime {
            made_at_ms: 100_000,
            age_ms: 60_000,
        };
        assert_eq!(pulse.moment_ms(), 160_000);
        let set_back = PulseTime {
            age_ms: -7,
            ..pulse
        };
        assert_eq!(set_back.moment_ms(), 100_000);
    }

    #[test]
    fn an_arrival_is_held_to_the_pulse_whatever_the_clock_says() {
        let of = |now_ms, age_ms, opens_at_ms| {
            let pulse = PulseTime {
                made_at_ms: 100_000,
                age_ms,
            };
            arrival_ms(now_ms, pulse, opens_at_ms).ok()
        };
        // now, age of the pulse, opening: arrival
        for (now_ms, age_ms, opens_at_ms, expected) in [
            (101_500, 1_500, 0, Some(101_500)),
            (99_999, 0, 0, Some(100_000)),
            (0, 0, 0, Some(100_000)),
            (0, 4_000, 0, Some(104_000)),
            (105_001, 5_000, 0, Some(105_000)),
            (9_999_999, 3_000, 0, Some(105_000)),
            (105_001, 5_001, 0, None),
            (105_001, 5_001, 105_002, Some(105_001)),
            (105_001, 5_001, 105_001, None),
            // A slow clock, and one that was set back, make no draw of what came after the opening.
            (1_000, 6_000, 106_000, None),
            (1_000, 6_000, 106_001, Some(106_000)),
            (1_000, -1, 200_000, None),
        ] {
            let found = of(now_ms, age_ms, opens_at_ms);
            assert_eq!(found, expected, "{now_ms} {age_ms} {opens_at_ms}");
        }
    }
}
