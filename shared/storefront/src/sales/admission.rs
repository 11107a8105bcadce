//! Which orders are let in to a sale with a waiting room, however they come: those with a ticket of its
//! session that is called.
//!
//! A ticket that was never called has no order, so it is refused without asking the origin. One that was
//! called may have placed its order before its turn was over: the origin is asked for that order, by
//! the key, in a way in which it places none.
//!
//! Not here: one order for each ticket, and everything else that the origin decides.

use souk_catalogue::Identity;
use souk_domain::split_sale_sku;
use souk_operations::RouteClass;
use souk_ports::Edge;
use souk_protocol::origin::{self, PublishedTerms, SaleTicket, SubmitOrder, SubmitReply};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_room::before_checkout::CHECKOUT;
use souk_room::schedule::{Control, Stock};
use souk_room::view::rank_of;
use souk_room::{Buyer, Rank, State, Ticket, TicketError, Turn};

use crate::http::shop::{Failure, Shop};
use crate::origin::criticality::Criticality;
use crate::sales::before_checkout::Waiting;
use crate::sales::read::SaleNow;
use crate::sales::room::{NO_PULSE_RETRY_AFTER_S, ticket_invalid};
use crate::signals::Signals;

/// Why an order is not let in.
#[derive(Debug)]
pub(crate) enum NotLetIn {
    /// As the origin would answer; or the order, where it was placed before.
    Answered(Box<SubmitReply>),
    /// It has no ticket of the sale with this id that is called.
    NotYourTurn(String),
    /// Orders of all products are accepted in turn, and it waits for its own.
    BeforeCheckout(Box<Waiting>),
    /// The turn of its ticket is over.
    TurnMissed,
    /// The sale sells nothing at the moment.
    Paused,
    /// What was sent is no ticket of the session.
    NoTicket(TicketError),
    /// The ticket is for another e-mail address.
    OtherBuyer,
    /// It has items of two sales that have waiting rooms.
    TwoSales,
    /// The catalogue or the origin does not answer, or the instance has no pulse.
    Failed(Failure),
}

impl<T: Into<Failure>> From<T> for NotLetIn {
    fn from(error: T) -> Self {
        NotLetIn::Failed(error.into())
    }
}

fn answered(reply: SubmitReply) -> NotLetIn {
    NotLetIn::Answered(Box::new(reply))
}

impl NotLetIn {
    /// What an API client gets.
    ///
    /// # Errors
    /// Where it is no answer of the origin: the failure.
    pub(crate) fn for_api(self) -> Result<SubmitReply, Failure> {
        let problem = match self {
            NotLetIn::Answered(reply) => return Ok(*reply),
            NotLetIn::Failed(failure) => return Err(failure),
            NotLetIn::NotYourTurn(id) => Problem::new(ProblemKind::NotYourTurn).detail(format!(
                "the sale '{id}' is sold by turns: ask for a ticket at /api/v1/sales/{id}/tickets, \
                 read it until it is called, and send the order to its 'orders_path' then"
            )),
            NotLetIn::BeforeCheckout(waiting) => {
                let mut problem = Problem::new(ProblemKind::NotYourTurn).detail(
                    "orders are accepted in turn at the moment: read this ticket at \
                     /api/v1/sales/_checkout/tickets/ until it is called, and send the same order \
                     again with the header Souk-Ticket then",
                );
                problem.ticket = Some(Box::new(waiting.shown));
                problem
            }
            NotLetIn::TurnMissed => Problem::new(ProblemKind::TurnMissed)
                .detail("the turn of this ticket is over; ask for another one"),
            NotLetIn::Paused => Problem::new(ProblemKind::NotOpen)
                .detail("the sale is paused; send the order again when it goes on"),
            NotLetIn::NoTicket(error) => ticket_invalid(error),
            NotLetIn::OtherBuyer => Problem::new(ProblemKind::TicketInvalid)
                .detail("the ticket is for another e-mail address than the one of the order"),
            NotLetIn::TwoSales => {
                let mut problem = Problem::new(ProblemKind::InvalidRequest);
                problem.errors.push(FieldError {
                    pointer: "/lines".to_owned(),
                    detail: "may have items of one sale with a waiting room only".to_owned(),
                });
                problem
            }
        };
        Err(problem.into())
    }
}

impl<E: Edge> Shop<'_, E> {
    /// Lets an order in, with its ticket if it needs one. `ticket_of` finds the text of the ticket for
    /// the sale with an id.
    pub(crate) async fn let_in(
        &self,
        submit: &mut SubmitOrder,
        ticket_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), NotLetIn> {
        let skus = submit.lines.iter().map(|line| line.sku.as_str());
        let skus: Vec<_> = skus.filter(|sku| split_sale_sku(sku).is_some()).collect();
        let sales = match skus.is_empty() {
            true => Vec::new(),
            false => self.reader().await?.sales_of_skus(&skus).await?,
        };
        let mut with_room = sales.iter().filter(|sale| sale.sale.room);
        let outcome = match (with_room.next(), with_room.next()) {
            (None, _) => self.let_in_to_checkout(ticket_of).await,
            (Some(sale), None) => self.let_in_to(sale, submit, ticket_of).await,
            (Some(_), Some(_)) => Err(NotLetIn::TwoSales),
        };
        if let Err(why) = &outcome {
            self.count_not_let_in(why);
        }
        outcome
    }

    /// An order of what is always sold, or of a sale without a room.
    async fn let_in_to_checkout(
        &self,
        ticket_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), NotLetIn> {
        match self.wait_before_checkout(ticket_of(CHECKOUT)).await? {
            None => Ok(()),
            Some(waiting) => Err(NotLetIn::BeforeCheckout(Box::new(waiting))),
        }
    }

    async fn let_in_to(
        &self,
        sale: &SaleNow,
        submit: &mut SubmitOrder,
        ticket_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), NotLetIn> {
        let signals = self.signals().await;
        let outcome = self.let_in_by(&signals, sale, submit, ticket_of).await;
        let has_ticket = || ticket_of(&sale.sale.id).is_some();
        match outcome {
            Err(NotLetIn::NotYourTurn(_)) if has_ticket() => {
                self.expect_admission(RouteClass::Order, &self.client())
                    .await?;
                let newer = self.newer_signals().await;
                self.let_in_by(&newer, sale, submit, ticket_of).await
            }
            outcome => outcome,
        }
    }

    async fn let_in_by(
        &self,
        signals: &Signals,
        sale: &SaleNow,
        submit: &mut SubmitOrder,
        ticket_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), NotLetIn> {
        let now_ms = self.edge.now_ms();
        let id = sale.sale.id.as_str();
        let Some(room) = sale.room(signals, now_ms) else {
            return Err(without_room(sale, now_ms));
        };
        let session = &room.room.session;
        let not_your_turn = || NotLetIn::NotYourTurn(id.to_owned());
        let text = ticket_of(id).ok_or_else(not_your_turn)?;
        let keys = self.ticket_keys();
        let ticket = keys.read(&text, session.number);
        let ticket = ticket.map_err(NotLetIn::NoTicket)?;
        let buyer = Buyer::Email(&submit.details.customer.email);
        if sale.sale.identity == Identity::Email && !keys.is_of_buyer(&ticket, buyer) {
            return Err(NotLetIn::OtherBuyer);
        }
        let rank = rank_of(&ticket, room.room).ok_or_else(not_your_turn)?;
        self.report(&ticket, &room, false);
        let why = match (room.state(), room.room.window.turn(rank)) {
            (State::Announced | State::Gathering, _) => {
                let opens_at_ms = session.opens_at_ms;
                return Err(answered(SubmitReply::NotOpen { opens_at_ms }));
            }
            (State::Open | State::Resting | State::SoldOut, Turn::Called) => {
                submit.ticket = Some(Box::new(sale_ticket(&ticket, rank)));
                return Ok(());
            }
            (State::SoldOut, _) => answered(sold_out(sale, submit)),
            (State::Over, _) => answered(SubmitReply::SaleOver),
            (_, Turn::Waiting) => not_your_turn(),
            (State::Paused, Turn::Called) => NotLetIn::Paused,
            (State::Open | State::Resting | State::Paused, _) => NotLetIn::TurnMissed,
        };
        match room.room.window.turn(rank) {
            Turn::Waiting => Err(why),
            Turn::Called | Turn::Missed => Err(self.placed_before(submit).await?.unwrap_or(why)),
        }
    }

    /// The order with the key of this one, if it was placed before. Under terms that no shop has the
    /// origin places none.
    async fn placed_before(&self, submit: &SubmitOrder) -> Result<Option<NotLetIn>, Failure> {
        let nowhere = PublishedTerms {
            stamp: String::new(),
            payment_methods: Vec::new(),
            express_fee: None,
            card_hold_ms: 0,
            transfer_hold_ms: 0,
        };
        let submit = SubmitOrder {
            terms: Some(nowhere),
            ..submit.clone()
        };
        self.expect_admission(RouteClass::Order, &self.client())
            .await?;
        let body = serde_json::to_vec(&submit).expect("plain structs with text keys become JSON");
        let reply = self.write(origin::ORDERS_PATH, body.into(), Criticality::Other);
        let reply = reply.await?;
        Ok(match reply {
            found @ (SubmitReply::Exists { .. } | SubmitReply::ExistsWithDifferentContent) => {
                Some(answered(found))
            }
            _ => None,
        })
    }

    fn count_not_let_in(&self, why: &NotLetIn) {
        let metrics = &self.instance.metrics;
        match why {
            NotLetIn::Answered(reply) => self.count_reply(reply),
            NotLetIn::Failed(_) => {}
            _ => {
                metrics.refusals.not_your_turn.add_one();
                metrics.orders_refused.add_one();
            }
        }
    }
}

/// Why an instance that does not know the room of a sale sells nothing of it.
fn without_room(sale: &SaleNow, now_ms: i64) -> NotLetIn {
    let session = &sale.session;
    match session.state(now_ms, Control::Running, Stock::Available) {
        State::Announced | State::Gathering => answered(SubmitReply::NotOpen {
            opens_at_ms: session.opens_at_ms,
        }),
        State::Over => answered(SubmitReply::SaleOver),
        State::Open | State::Paused | State::Resting | State::SoldOut => {
            NotLetIn::Failed(Failure::Busy {
                retry_after_s: NO_PULSE_RETRY_AFTER_S,
            })
        }
    }
}

fn sale_ticket(ticket: &Ticket, rank: Rank) -> SaleTicket {
    SaleTicket {
        session: ticket.session,
        rank: rank.text(),
        seed: ticket.seed.text(),
    }
}

/// The refusal of an order for an item of a sale of which nothing is left.
fn sold_out(sale: &SaleNow, submit: &SubmitOrder) -> SubmitReply {
    let mut lines = submit.lines.iter();
    let line = lines.find(|line| sale.item(&line.sku).is_some());
    SubmitReply::SoldOut {
        sku: line.map_or_else(String::new, |line| line.sku.clone()),
        available: 0,
        sold_out_until_ms: None,
    }
}
