//! What a ticket sees of the room, and whether an edge reports that it was seen.
//!
//! Invariant: a waiting ticket of the front polls every [`FRONT_POLL_S`] seconds, and every other
//! ticket within [`POLL_S_MAX`], so that a ticket is silent for longer only when its visitor has
//! left. The usher judges by these two numbers.

use crate::code::SECRETS_LEAD_MS;
use crate::published::{Published, SHARE_ALL};
use crate::rank::Rank;
use crate::schedule::{Session, State};
use crate::seed::Seed;
use crate::ticket::Ticket;
use crate::window::Turn;

/// Seconds between two polls of a ticket of the front, and of one that is called.
pub const FRONT_POLL_S: u32 = 10;
/// Seconds between two polls, at least and at most.
pub const POLL_S_MIN: u32 = 5;
/// See [`POLL_S_MIN`].
pub const POLL_S_MAX: u32 = 60;
/// Over how many seconds after the opening browsers return.
pub const RETURN_S: i64 = 8;
/// How long after edges have the keys tickets begin to poll once more before the opening, and over
/// how many milliseconds: each learns in time whether it is in the first front.
const LAST_LOOK_MS: i64 = 5_000;
const LAST_LOOK_SPREAD_MS: i64 = 10_000;

/// The state of a ticket: `state` of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketState {
    /// The session is not open.
    Gathering,
    /// It is not called yet.
    Waiting,
    /// It may buy.
    Called,
    /// Its turn is over.
    Missed,
    /// Nothing is left.
    SoldOut,
    /// The session is over.
    Over,
}

/// What a ticket sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Where it stands.
    pub state: TicketState,
    /// Its place; `None` before the opening, and while the edge does not have the key of the draw.
    pub rank: Option<Rank>,
    /// How many are before it, about; `None` when that is not known, or no matter.
    pub ahead: Option<u64>,
    /// In how many seconds it is called, about.
    pub eta_s: Option<u64>,
    /// In how many seconds to ask again: [`POLL_S_MIN`] to [`POLL_S_MAX`].
    pub poll_after_s: u32,
}

impl TicketState {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            TicketState::Gathering => "gathering",
            TicketState::Waiting => "waiting",
            TicketState::Called => "called",
            TicketState::Missed => "missed",
            TicketState::SoldOut => "sold_out",
            TicketState::Over => "over",
        }
    }
}

/// The rank of a ticket, as far as the edge can know it.
pub fn rank_of(ticket: &Ticket, room: &Published) -> Option<Rank> {
    let draw = room.secrets.as_ref()?.draw;
    Some(Rank::of(ticket, room.session.opens_at_ms, &draw))
}

/// What a ticket sees at a moment, in milliseconds since 1970.
pub fn see(ticket: &Ticket, room: &Published, now_ms: i64) -> View {
    let rank = rank_of(ticket, room);
    let plain = |state, poll_after_s| View {
        state,
        rank,
        ahead: None,
        eta_s: None,
        poll_after_s,
    };
    match room.state(now_ms) {
        State::Announced | State::Gathering => View {
            rank: None,
            ..plain(
                TicketState::Gathering,
                poll_before(&room.session, now_ms, ticket.seed, is_in_front(rank, room)),
            )
        },
        State::SoldOut => plain(TicketState::SoldOut, POLL_S_MAX),
        State::Over => plain(TicketState::Over, POLL_S_MAX),
        State::Open | State::Paused | State::Resting => match rank {
            // This edge has heard nothing since before the opening.
            None => plain(TicketState::Waiting, FRONT_POLL_S),
            Some(rank) => match room.window.turn(rank) {
                Turn::Waiting => waiting(rank, room),
                Turn::Called => plain(TicketState::Called, FRONT_POLL_S),
                Turn::Missed => plain(TicketState::Missed, POLL_S_MAX),
            },
        },
    }
}

fn waiting(rank: Rank, room: &Published) -> View {
    let tickets = room.queue.between(room.window.called(), rank);
    let present = tickets.saturating_mul(room.present_permille.into()) / 1_000;
    let ahead = present.saturating_sub(1);
    let per_minute = u64::from(room.called_per_minute);
    let eta_s = (ahead.saturating_mul(60)).checked_div(per_minute);
    let poll_after_s = match eta_s {
        _ if is_in_front(Some(rank), room) => FRONT_POLL_S,
        // Eight looks on the way: early enough when it goes faster than it does now.
        Some(eta_s) => clamp_s((eta_s / 8) as i64).max(FRONT_POLL_S),
        None => POLL_S_MAX / 2,
    };
    View {
        state: TicketState::Waiting,
        rank: Some(rank),
        ahead: Some(ahead),
        eta_s,
        poll_after_s,
    }
}

/// Whether the usher wants to know that a ticket was seen: it was called and its turn is not over, or
/// it is of the share of the front that is reported.
pub fn is_reported(rank: Rank, room: &Published) -> bool {
    match room.window.turn(rank) {
        Turn::Missed => false,
        Turn::Called => true,
        Turn::Waiting => {
            is_in_front(Some(rank), room)
                && (room.share >= SHARE_ALL || u32::from(rank.sample()) < room.share)
        }
    }
}

fn is_in_front(rank: Option<Rank>, room: &Published) -> bool {
    rank.is_some_and(|rank| Some(rank) <= room.front)
}

/// When a ticket polls before the opening. Each looks once after edges know the first front, which
/// then polls on; the browsers of the others return spread over [`RETURN_S`] after the opening.
fn poll_before(session: &Session, now_ms: i64, seed: Seed, is_in_front: bool) -> u32 {
    let spread = i64::from(seed.0[0]);
    let last_look_ms = session.opens_at_ms - SECRETS_LEAD_MS + LAST_LOOK_MS;
    if now_ms < last_look_ms {
        let at_ms = last_look_ms + spread * LAST_LOOK_SPREAD_MS / 256;
        return clamp_s((at_ms - now_ms).div_euclid(1_000) + 1);
    }
    let left_s = (session.opens_at_ms - now_ms).div_euclid(1_000) + 1;
    match is_in_front && left_s > i64::from(FRONT_POLL_S) {
        true => FRONT_POLL_S,
        false => clamp_s(left_s + spread * RETURN_S / 256),
    }
}

fn clamp_s(seconds: i64) -> u32 {
    seconds.clamp(POLL_S_MIN.into(), POLL_S_MAX.into()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Door;
    use crate::published::Secrets;
    use crate::queue::Queue;
    use crate::rank::DrawKey;
    use crate::schedule::{Control, Stock};
    use crate::window::Window;

    const OPENS_MS: i64 = 1_000_000;

    fn room() -> Published {
        let mut queue = Queue::default();
        queue.add_drawn(1_000);
        let secrets = Secrets {
            door: Door([1; 32]),
            draw: DrawKey([2; 32]),
        };
        Published {
            session: Session {
                number: 1,
                gathers_at_ms: 0,
                opens_at_ms: OPENS_MS,
                closes_at_ms: 2 * OPENS_MS,
            },
            control: Control::Running,
            stock: Stock::Available,
            left: Vec::new(),
            window: Window::default(),
            front: Some(Rank::Drawn(u64::MAX / 2)),
            share: SHARE_ALL,
            queue,
            present_permille: 500,
            called_per_minute: 10,
            secrets: Some(secrets),
            commitment: secrets.draw.commitment(),
        }
    }

    fn ticket(seed: u8) -> Ticket {
        Ticket {
            session: 1,
            arrival_ms: 5,
            seed: Seed([seed; 16]),
        }
    }

    /// Tickets whose ranks are as wanted.
    fn found(is_wanted: impl Fn(Rank) -> bool) -> Ticket {
        let tickets = (0..=255).map(ticket);
        let mut tickets = tickets.filter(|one| rank_of(one, &room()).is_some_and(&is_wanted));
        tickets.next().expect("one of 256")
    }

    #[test]
    fn no_place_is_shown_before_the_opening() {
        let view = see(&ticket(1), &room(), OPENS_MS - 1);
        assert_eq!((view.state, view.rank), (TicketState::Gathering, None));
        let view = see(&ticket(1), &room(), OPENS_MS);
        assert_eq!(view.state, TicketState::Waiting);
        assert_eq!(view.rank, rank_of(&ticket(1), &room()));
    }

    #[test]
    fn who_waits_is_told_how_long() {
        let ticket = found(|rank| rank > Rank::Drawn(u64::MAX / 4 * 3));
        let view = see(&ticket, &room(), OPENS_MS);
        let ahead = view.ahead.unwrap();
        assert!((370..500).contains(&ahead), "{ahead}");
        assert_eq!(view.eta_s, Some(ahead * 6));
        assert_eq!(view.poll_after_s, POLL_S_MAX);
        let still = Published {
            called_per_minute: 0,
            ..room()
        };
        let view = see(&ticket, &still, OPENS_MS);
        assert_eq!((view.eta_s, view.poll_after_s), (None, POLL_S_MAX / 2));
    }

    #[test]
    fn the_window_decides_whose_turn_it_is() {
        let ticket = found(|rank| rank < Rank::Drawn(u64::MAX / 2));
        let rank = rank_of(&ticket, &room());
        let state = |called, missed, stock| {
            let mut room = Published { stock, ..room() };
            room.window.advance(called, missed);
            see(&ticket, &room, OPENS_MS).state
        };
        let some = Stock::Available;
        assert_eq!(state(None, None, some), TicketState::Waiting);
        assert_eq!(state(rank, None, some), TicketState::Called);
        assert_eq!(state(rank, None, Stock::Resting), TicketState::Called);
        assert_eq!(state(rank, rank, some), TicketState::Missed);
        assert_eq!(state(rank, None, Stock::SoldOut), TicketState::SoldOut);
        let over = see(&ticket, &room(), 2 * OPENS_MS);
        assert_eq!(over.state, TicketState::Over);
    }

    #[test]
    fn the_front_is_reported_and_those_who_may_buy() {
        let near = found(|rank| rank < Rank::Drawn(u64::MAX / 2));
        let far = found(|rank| rank > Rank::Drawn(u64::MAX / 2));
        let reported =
            |ticket: &Ticket, room: &Published| is_reported(rank_of(ticket, room).unwrap(), room);
        assert!(reported(&near, &room()) && !reported(&far, &room()));
        let none = Published {
            front: None,
            ..room()
        };
        assert!(!reported(&near, &none));
        let mut called = Published { share: 0, ..room() };
        assert!(!reported(&near, &called));
        called.window.advance(Some(Rank::LAST), None);
        assert!(reported(&near, &called) && reported(&far, &called));
        called.window.advance(None, Some(Rank::LAST));
        assert!(!reported(&near, &called));
    }

    #[test]
    fn every_ticket_looks_once_between_the_keys_and_the_opening() {
        for seed in 0..=255 {
            for front in [None, Some(Rank::LAST)] {
                let room = Published { front, ..room() };
                let mut now_ms = OPENS_MS - 200_000 + i64::from(seed) * 77;
                let mut looks = Vec::new();
                while now_ms < OPENS_MS {
                    let view = see(&ticket(seed), &room, now_ms);
                    now_ms += i64::from(view.poll_after_s) * 1_000;
                    looks.push(now_ms - OPENS_MS);
                }
                let early = looks.iter().filter(|&&at| (-25_000..-14_000).contains(&at));
                assert!(early.count() >= 1, "{seed}: {looks:?}");
                let back = looks.last().unwrap();
                assert!((0..=9_000).contains(back), "{seed}: {looks:?}");
                let longest = looks.windows(2).map(|two| two[1] - two[0]).max().unwrap();
                assert!(longest <= 60_000);
                if front.is_some() {
                    let last = looks[looks.len() - 2];
                    assert!(back - last <= 20_000, "{seed}: {looks:?}");
                }
            }
        }
    }
}
