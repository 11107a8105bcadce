//! An edge: the production rules of the room over the last pulse that arrived, with a clock that may
//! be wrong. It stores nothing.

use std::rc::Rc;

use souk_operations::Pulse;
use souk_room::{
    DrawKey, Published, PulseTime, PulseTooOld, Rank, Report, Seed, State, Ticket, TicketKeys,
    Turn, View, arrival_ms, is_purchase_code, is_reported, purchase_code, see,
};

use crate::object::Issued;

/// The id of the only sale.
pub(crate) const SALE: &str = "drop";

/// Why an edge does not answer a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It has no pulse yet.
    New,
    /// It cannot tell the time well enough.
    TooOld,
    /// Tickets are not given yet, or not any more.
    NoTickets,
    /// The ticket is none.
    Invalid,
    /// There is no such address.
    NotFound,
    /// It is not the ticket's turn.
    NotYourTurn,
    /// Its turn is over.
    TurnMissed,
    /// Nothing is sold now.
    NotOpen,
}

struct Held {
    pulse: Rc<Pulse>,
    /// How old the pulse was when it arrived.
    age_ms: i64,
    /// What the edge's own clock showed then.
    local_ms: i64,
    /// What its clock showed last, and whether it was ever set back since.
    last_local_ms: i64,
    is_set_back: bool,
}

/// An edge.
pub(crate) struct Edge {
    keys: Rc<TicketKeys>,
    /// How far its clock is ahead of the true time.
    ahead_ms: i64,
    /// Whether its clock was set since its pulse arrived: then it cannot know the time.
    is_lost_in_time: bool,
    /// Until when no pulse reaches it.
    pub(crate) cut_until_ms: i64,
    held: Option<Held>,
    /// What it has issued and the usher does not know.
    issued: Issued,
}

/// What came of a ticket that was shown.
pub(crate) struct Shown {
    pub(crate) view: View,
    pub(crate) report: Option<Report>,
    /// The purchase code, once it is called.
    pub(crate) code: Option<String>,
    /// Whether the edge could know the time.
    pub(crate) is_timely: bool,
}

impl Edge {
    pub(crate) fn new(edge: usize, keys: Rc<TicketKeys>, ahead_ms: i64) -> Self {
        Self {
            keys,
            ahead_ms,
            is_lost_in_time: false,
            cut_until_ms: 0,
            held: None,
            issued: Issued {
                edge,
                ..Issued::default()
            },
        }
    }

    /// Its process ends, and another begins.
    pub(crate) fn restart(&mut self) {
        self.held = None;
        self.acknowledge();
    }

    /// What it has issued since the usher has acknowledged a count.
    pub(crate) fn unacknowledged(&self) -> Issued {
        let pulse = self.pulse();
        Issued {
            pulse_made_at_ms: pulse.map_or(i64::MIN / 2, |pulse| pulse.made_at_ms),
            ..self.issued.clone()
        }
    }

    /// A page with a form and no script was opened.
    pub(crate) fn open_form(&mut self, rank: Rank) {
        self.issued.forms.push(Report { rank, polls: false });
    }

    /// The usher has stored the count.
    pub(crate) fn acknowledge(&mut self) {
        let Issued { edge, total, .. } = self.issued;
        self.issued = Issued {
            edge,
            total,
            ..Issued::default()
        };
    }

    /// Its clock is set by so much.
    pub(crate) fn set_clock(&mut self, by_ms: i64) {
        self.ahead_ms += by_ms;
        self.is_lost_in_time = true;
    }

    /// A pulse arrives that was so old when it did. Whether the edge takes it.
    pub(crate) fn receive(&mut self, pulse: &Rc<Pulse>, age_ms: i64, now_ms: i64) -> bool {
        let held = self.held.as_ref().map(|held| &*held.pulse);
        let is_newer = pulse.supersedes(held);
        if is_newer {
            self.is_lost_in_time = false;
            self.held = Some(Held {
                pulse: Rc::clone(pulse),
                age_ms,
                local_ms: now_ms + self.ahead_ms,
                last_local_ms: now_ms + self.ahead_ms,
                is_set_back: false,
            });
        }
        is_newer
    }

    /// The pulse that it goes by.
    pub(crate) fn pulse(&self) -> Option<&Pulse> {
        self.held.as_ref().map(|held| &*held.pulse)
    }

    fn room(&self) -> Result<&Published, NoAnswer> {
        let sale = self.pulse().and_then(|pulse| pulse.sale(SALE));
        sale.map(|sale| &sale.room).ok_or(NoAnswer::New)
    }

    fn time(&mut self, now_ms: i64) -> Result<(i64, PulseTime), NoAnswer> {
        let local_ms = now_ms + self.ahead_ms;
        let held = self.held.as_mut().ok_or(NoAnswer::New)?;
        held.is_set_back |= local_ms < held.last_local_ms;
        held.last_local_ms = local_ms;
        let age_ms = match held.is_set_back {
            // Nothing says how old it is.
            true => -1,
            false => held.age_ms + local_ms - held.local_ms,
        };
        let time = PulseTime {
            made_at_ms: held.pulse.made_at_ms,
            age_ms,
        };
        Ok((local_ms, time))
    }

    /// `POST /api/v1/sales/{id}/tickets`.
    pub(crate) fn issue(&mut self, seed: Seed, now_ms: i64) -> Result<(Ticket, String), NoAnswer> {
        let (local_ms, time) = self.time(now_ms)?;
        let room = self.room()?;
        let moment_ms = time.moment_ms();
        match room.state(moment_ms) {
            State::Gathering | State::Open | State::Paused | State::Resting => {}
            State::Announced | State::SoldOut | State::Over => return Err(NoAnswer::NoTickets),
        }
        let arrival = arrival_ms(local_ms, time, room.session.opens_at_ms);
        let ticket = Ticket {
            session: room.session.number,
            arrival_ms: arrival.map_err(|PulseTooOld| NoAnswer::TooOld)?,
            seed,
        };
        let is_drawn = ticket.arrival_ms < room.session.opens_at_ms;
        self.issued.total += 1;
        match is_drawn {
            true => self.issued.drawn += 1,
            false => {
                let second_ms = ticket.arrival_ms / 1_000 * 1_000;
                match self.issued.arrived.last_mut() {
                    Some((from_ms, tickets)) if *from_ms == second_ms => *tickets += 1,
                    _ => self.issued.arrived.push((second_ms, 1)),
                }
            }
        }
        let text = self.keys.sign(&ticket).expect("the deployment has a key");
        Ok((ticket, text))
    }

    /// `GET /api/v1/sales/{id}/tickets/{ticket}`.
    pub(crate) fn show(&mut self, ticket: &str, now_ms: i64) -> Result<Shown, NoAnswer> {
        let (_, time) = self.time(now_ms)?;
        let room = self.room()?;
        let ticket = self.read(ticket, room)?;
        let view = see(&ticket, room, time.moment_ms());
        let rank = souk_room::view::rank_of(&ticket, room);
        let report = rank.filter(|rank| is_reported(*rank, room));
        let door = room
            .secrets
            .filter(|_| view.state == souk_room::TicketState::Called);
        Ok(Shown {
            view,
            report: report.map(|rank| Report { rank, polls: true }),
            code: door.map(|secrets| purchase_code(&secrets.door, &ticket)),
            is_timely: !self.is_lost_in_time,
        })
    }

    /// `GET|POST /api/v1/sales/{id}/orders/{code}`: whether the ticket may order now.
    pub(crate) fn admit(
        &mut self,
        ticket: &str,
        code: &str,
        now_ms: i64,
    ) -> Result<(Ticket, Rank), NoAnswer> {
        let (_, time) = self.time(now_ms)?;
        let room = self.room()?;
        let ticket = self.read(ticket, room)?;
        let secrets = room.secrets.ok_or(NoAnswer::NotFound)?;
        if !is_purchase_code(&secrets.door, &ticket, code) {
            return Err(NoAnswer::NotFound);
        }
        match room.state(time.moment_ms()) {
            State::Open | State::Resting | State::SoldOut => {}
            State::Announced | State::Gathering | State::Paused | State::Over => {
                return Err(NoAnswer::NotOpen);
            }
        }
        let rank = Rank::of(&ticket, room.session.opens_at_ms, &secrets.draw);
        match room.window.turn(rank) {
            Turn::Waiting => Err(NoAnswer::NotYourTurn),
            Turn::Missed => Err(NoAnswer::TurnMissed),
            Turn::Called => Ok((ticket, rank)),
        }
    }

    /// The key of the draw, as every client may have it at the end.
    pub(crate) fn revealed_key(&mut self, now_ms: i64) -> Option<DrawKey> {
        let (_, time) = self.time(now_ms).ok()?;
        let room = self.room().ok()?;
        let is_over = room.state(time.moment_ms()) == State::Over;
        room.secrets.filter(|_| is_over).map(|secrets| secrets.draw)
    }

    fn read(&self, ticket: &str, room: &Published) -> Result<Ticket, NoAnswer> {
        let read = self.keys.read(ticket, room.session.number);
        read.map_err(|_| NoAnswer::Invalid)
    }
}
