//! The waiting room of a sale as an instance knows it: from its pulse alone, by the time of that pulse.
//!
//! A ticket is signed and stored nowhere; with the pulse it says where its buyer stands. An instance
//! that has no room of a sale in its pulse, or that of a session which the sale does not have, gives no
//! ticket and sells nothing of it.
//!
//! Not here: the rules (`souk_room`), orders (`admission`), pages (`place`, `buy`).

use std::rc::Rc;

use souk_catalogue::Identity;
use souk_operations::PastDraw;
use souk_ports::Edge;
use souk_protocol::limits::EMAIL_CHARS_MAX;
use souk_protocol::origin::SubmitReply;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_room::view::rank_of;
use souk_room::{
    Buyer, Door, Published, PulseTime, PulseTooOld, Seed, State, Ticket, TicketError, TicketKeys,
    View, arrival_ms, is_purchase_code, is_reported, purchase_code, see,
};

use crate::http::shop::{Failure, Shop};
use crate::orders::problems;
use crate::orders::request::is_email;
use crate::orders::rfc3339;
use crate::sales::read::SaleNow;
use crate::signals::Signals;

/// When to try again what a newer pulse makes possible, in seconds.
pub(super) const NO_PULSE_RETRY_AFTER_S: u32 = 5;

/// A session at a moment.
pub(crate) struct RoomNow<'s> {
    pub(crate) room: &'s Published,
    /// The draw of the session before.
    pub(crate) before: Option<PastDraw>,
    pub(crate) time: PulseTime,
    /// What the instance's own clock shows, in milliseconds since 1970.
    now_ms: i64,
}

impl RoomNow<'_> {
    pub(crate) fn state(&self) -> State {
        self.room.state(self.time.moment_ms())
    }

    pub(super) fn see(&self, ticket: &Ticket) -> View {
        see(ticket, self.room, self.time.moment_ms())
    }

    /// The code at which a ticket buys, once it is called.
    pub(super) fn code(&self, ticket: &Ticket) -> Option<String> {
        let secrets = self.room.secrets.as_ref()?;
        Some(purchase_code(&secrets.door, ticket))
    }

    /// Whether a code is that of the ticket, and the session has opened. It takes the same time for
    /// every code, also while there is none.
    pub(super) fn is_code(&self, ticket: &Ticket, code: &str) -> bool {
        let secrets = self.room.secrets.as_ref();
        let door = secrets.map_or(Door([0; 32]), |secrets| secrets.door);
        let is_right = is_purchase_code(&door, ticket, code);
        let has_opened = self.time.moment_ms() >= self.room.session.opens_at_ms;
        is_right & has_opened & secrets.is_some()
    }
}

impl Signals {
    /// The room of a sale that the pulse has.
    pub(crate) fn room(&self, id: &str, now_ms: i64) -> Option<RoomNow<'_>> {
        let held = self.pulse.as_deref()?;
        let sale = held.pulse.sale(id)?;
        Some(RoomNow {
            room: &sale.room,
            before: sale.before,
            time: held.time(now_ms),
            now_ms,
        })
    }
}

impl SaleNow {
    /// Its room; `None` where it has none, and where the instance does not know that of its session.
    pub(crate) fn room<'s>(&self, signals: &'s Signals, now_ms: i64) -> Option<RoomNow<'s>> {
        let room = signals.room(&self.sale.id, now_ms)?;
        let mut sessions = self.sale.sessions.iter();
        let is_its_own = sessions.any(|session| session.number == room.room.session.number);
        (self.sale.room && is_its_own).then_some(room)
    }
}

/// The problem of a text that is no ticket of the session.
pub(super) fn ticket_invalid(error: TicketError) -> Problem {
    let detail = format!("{error}; ask for another one");
    Problem::new(ProblemKind::TicketInvalid).detail(detail)
}

impl<E: Edge> Shop<'_, E> {
    pub(super) fn ticket_keys(&self) -> TicketKeys {
        TicketKeys::new(self.settings.session_secrets.all())
    }

    /// A sale that has a waiting room, and what is known of it.
    pub(super) async fn sale_with_room(&self, id: &str) -> Result<(SaleNow, Rc<Signals>), Failure> {
        let sale = self.reader().await?.sale(id).await?;
        let sale = sale.filter(|sale| sale.sale.room);
        Ok((sale.ok_or(Failure::NotFound)?, self.signals().await))
    }

    /// Why there is nothing to answer of a room that the pulse does not have.
    pub(super) async fn without_room(&self, id: &str) -> Failure {
        match self.sale_with_room(id).await {
            Ok(_) => Failure::Busy {
                retry_after_s: NO_PULSE_RETRY_AFTER_S,
            },
            Err(failure) => failure,
        }
    }

    /// The e-mail address that a ticket of the sale is for; `None` where it is for none.
    ///
    /// # Errors
    /// When the sale needs one, and this is none.
    pub(super) fn buyer<'e>(
        &self,
        sale: &SaleNow,
        email: &'e str,
    ) -> Result<Option<&'e str>, Problem> {
        match sale.sale.identity {
            Identity::Visitor => Ok(None),
            Identity::Email if email.len() <= EMAIL_CHARS_MAX && is_email(email) => Ok(Some(email)),
            Identity::Email => {
                let mut problem = Problem::new(ProblemKind::InvalidRequest);
                problem.errors.push(FieldError {
                    pointer: "/email".to_owned(),
                    detail: "send the e-mail address of the order that is to be placed".to_owned(),
                });
                Err(problem)
            }
        }
    }

    /// A new ticket with its text; `email` is the address that it is for.
    ///
    /// # Errors
    /// When none is given now, or the instance cannot tell the time well enough.
    pub(super) fn issue(
        &self,
        room: &RoomNow<'_>,
        email: Option<&str>,
    ) -> Result<(Ticket, String), Failure> {
        let session = &room.room.session;
        match room.state() {
            State::Gathering | State::Open | State::Paused | State::Resting => {}
            State::Announced => {
                let from = rfc3339(session.gathers_at_ms);
                let detail = format!("tickets are given from {from}; ask for one then");
                return Err(Problem::new(ProblemKind::NotOpen).detail(detail).into());
            }
            State::SoldOut => {
                let detail = "everything is sold";
                return Err(Problem::new(ProblemKind::SoldOut).detail(detail).into());
            }
            State::Over => return Err(problems::refusal(SubmitReply::SaleOver).into()),
        }
        let keys = self.ticket_keys();
        let seed = match email {
            Some(email) => keys.buyer_seed(session.number, Buyer::Email(email)),
            None => Some(Seed(self.edge.random_bytes())),
        };
        let arrival_ms = arrival_ms(room.now_ms, room.time, session.opens_at_ms);
        let too_old = |PulseTooOld| Failure::Busy {
            retry_after_s: NO_PULSE_RETRY_AFTER_S,
        };
        let ticket = Ticket {
            session: session.number,
            arrival_ms: arrival_ms.map_err(too_old)?,
            seed: seed.expect("a deployment has a secret"),
        };
        let text = keys.sign(&ticket).expect("a deployment has a secret");
        let random = || self.edge.random_bytes();
        (self.instance.rooms).issued(&ticket, session.opens_at_ms, &random);
        Ok((ticket, text))
    }

    /// Reports a ticket that was seen, if the usher wants to know; `polls`: its page comes back by
    /// itself.
    pub(super) fn report(&self, ticket: &Ticket, room: &RoomNow<'_>, polls: bool) {
        let rank = rank_of(ticket, room.room);
        if let Some(rank) = rank.filter(|&rank| is_reported(rank, room.room)) {
            let random = || self.edge.random_bytes();
            (self.instance.rooms).seen(ticket.session, rank, polls, &random);
        }
    }
}
