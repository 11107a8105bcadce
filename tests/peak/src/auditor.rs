//! Looks on, and compares what happens with the rules, by its own model.
//!
//! It knows when each visitor really came and who is there, which no part of the shop does.

use std::collections::{BTreeMap, BTreeSet};

use souk_operations::Pulse;
use souk_room::{Published, Rank, Session, State};

use crate::model::{Place, TrueTicket};
use crate::plan::Plan;

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which rule, always in the same words.
    pub rule: &'static str,
    /// What was found.
    pub found: String,
}

/// How long no ticket may be called while units are left and visitors wait: until a front is settled,
/// until it is found to be deserted, and some.
const STALL_MS_MAX: i64 = 150_000;

/// The auditor.
pub(crate) struct Auditor {
    session: Session,
    plan: Plan,
    pub(crate) failure: Option<Failure>,
    /// The last pulse that was published.
    window: Option<(u64, Option<Rank>, Option<Rank>)>,
    /// By rank: visitors who wait, were not called, and have the ticket that is truly so.
    waiting: BTreeSet<(Rank, usize)>,
    /// The same by the latest place that they may have.
    places: BTreeMap<(Place, usize), Rank>,
    tickets: BTreeMap<usize, (TrueTicket, Rank)>,
    /// Visitors who were called and are there without an order.
    inside: BTreeSet<usize>,
    units_of_buyers: BTreeMap<u32, i64>,
    told_sold_out: BTreeSet<u32>,
    stalled_since_ms: Option<i64>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// What happened, in order.
    pub(crate) trace: Vec<String>,
}

impl Auditor {
    pub(crate) fn new(plan: &Plan, session: Session) -> Self {
        Self {
            session,
            plan: plan.clone(),
            failure: None,
            window: None,
            waiting: BTreeSet::new(),
            places: BTreeMap::new(),
            tickets: BTreeMap::new(),
            inside: BTreeSet::new(),
            units_of_buyers: BTreeMap::new(),
            told_sold_out: BTreeSet::new(),
            stalled_since_ms: None,
            counts: BTreeMap::new(),
            trace: Vec::new(),
        }
    }

    /// Only the first failure counts: others follow from it.
    pub(crate) fn fail(&mut self, rule: &'static str, found: impl Into<String>) {
        let found = found.into();
        self.failure.get_or_insert(Failure { rule, found });
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn called(&self) -> Option<Rank> {
        self.window.and_then(|(_, called, _)| called)
    }

    /// A pulse was published.
    pub(crate) fn published(&mut self, pulse: &Pulse, room: &Published, available: i64) {
        let now = (pulse.stamp, room.window.called(), room.window.missed());
        if let Some(before) = self.window {
            if now.0 <= before.0 {
                self.fail(
                    "each pulse has a newer stamp",
                    format!("{now:?}, {before:?}"),
                );
            }
            if now.1 < before.1 || now.2 < before.2 {
                let found = format!("{now:?} after {before:?}");
                self.fail("the window only moves forward", found);
            }
        }
        if now.2 > now.1 {
            self.fail("no turn is over before it was called", format!("{now:?}"));
        }
        if now.1.is_some() && pulse.made_at_ms < self.session.opens_at_ms {
            self.fail("none is called before the opening", format!("{now:?}"));
        }
        if self.called() != now.1 {
            self.count("window moved");
            self.trace.push(format!(
                "{:>8} called {:?}, missed {:?}; {} inside, {} wait, front {:?} {}, {available} left, {} counted",
                pulse.made_at_ms - self.session.opens_at_ms,
                now.1,
                now.2,
                self.inside.len(),
                self.waiting.len(),
                room.front,
                room.share,
                room.queue.up_to(Rank::LAST),
            ));
        }
        self.window = Some(now);
        while let Some(&(rank, visitor)) = self.waiting.first()
            && Some(rank) <= now.1
        {
            self.stop_waiting(visitor);
            self.inside.insert(visitor);
        }
    }

    /// A visitor got a ticket, which has this rank for the shop.
    pub(crate) fn ticket(&mut self, visitor: usize, ticket: TrueTicket, rank: Rank) {
        if let Rank::Drawn(draw) = rank
            && draw != ticket.draw
        {
            self.fail(
                "the draw is that of the key",
                format!("{rank:?}, {ticket:?}"),
            );
        }
        self.forget(visitor);
        self.tickets.insert(visitor, (ticket, rank));
        self.arrive(visitor);
    }

    /// A visitor with a ticket is there.
    pub(crate) fn arrive(&mut self, visitor: usize) {
        let Some(&(ticket, rank)) = self.tickets.get(&visitor) else {
            return;
        };
        let missed = self.window.and_then(|(_, _, missed)| missed);
        if Some(rank) > self.called() {
            self.waiting.insert((rank, visitor));
            let place = ticket.latest(self.session.opens_at_ms);
            self.places.insert((place, visitor), rank);
        } else if Some(rank) > missed {
            self.inside.insert(visitor);
        }
    }

    /// A visitor is gone, for a while or for good.
    pub(crate) fn leave(&mut self, visitor: usize) {
        self.stop_waiting(visitor);
        self.inside.remove(&visitor);
    }

    /// A visitor gives the ticket up.
    pub(crate) fn forget(&mut self, visitor: usize) {
        self.leave(visitor);
        self.tickets.remove(&visitor);
    }

    fn stop_waiting(&mut self, visitor: usize) {
        if let Some(&(ticket, rank)) = self.tickets.get(&visitor) {
            self.waiting.remove(&(rank, visitor));
            let place = ticket.latest(self.session.opens_at_ms);
            self.places.remove(&(place, visitor));
        }
    }

    /// An order was placed at `now_ms`.
    pub(crate) fn placed(
        &mut self,
        now_ms: i64,
        visitor: usize,
        rank: Rank,
        buyer: u32,
        units: u32,
    ) {
        self.count("placed");
        let Session {
            opens_at_ms,
            closes_at_ms,
            ..
        } = self.session;
        if now_ms < opens_at_ms {
            self.fail("nothing is sold before the opening", format!("{now_ms}"));
        }
        if now_ms >= closes_at_ms {
            self.fail("nothing is sold after the end", format!("{now_ms}"));
        }
        let of_buyer = self.units_of_buyers.entry(buyer).or_default();
        *of_buyer += i64::from(units);
        let of_buyer = *of_buyer;
        if of_buyer > i64::from(self.plan.limit) {
            let found = format!("{of_buyer} of {}", self.plan.limit);
            self.fail("no buyer has more than the limit", found);
        }
        if Some(rank) > self.called() {
            let found = format!("{rank:?}, called {:?}", self.called());
            self.fail("only tickets that were called buy", found);
        }
        self.check_turn(visitor, rank);
        self.leave(visitor);
    }

    /// Of those who wait none was before the buyer by more than a wrong clock explains.
    fn check_turn(&mut self, visitor: usize, rank: Rank) {
        let Some(&(ticket, own)) = self.tickets.get(&visitor) else {
            return self.fail(
                "an order is of a ticket that was given",
                format!("{rank:?}"),
            );
        };
        if own != rank {
            self.fail(
                "an order is of the visitor's own ticket",
                format!("{rank:?}"),
            );
        }
        let earliest = ticket.earliest(self.session.opens_at_ms);
        if let Some(((place, other), waits)) = self.places.first_key_value()
            && *place < earliest
        {
            let found = format!("{visitor} {earliest:?} {rank:?}; {other} {place:?} {waits:?}");
            self.fail("no order while a lower rank waits uncalled", found);
        }
    }

    /// The deadline of an order passed: its buyer may buy again.
    pub(crate) fn expired(&mut self, buyer: u32, units: u32) {
        self.count("expired");
        *self.units_of_buyers.entry(buyer).or_default() -= i64::from(units);
    }

    /// A visitor who was called and wants to buy learns that nothing is left. Whose buyer has units
    /// already was promised no more.
    pub(crate) fn told_sold_out(&mut self, now_ms: i64, buyer: u32) {
        let has = self
            .units_of_buyers
            .get(&buyer)
            .copied()
            .unwrap_or_default();
        if has == 0 && self.told_sold_out.insert(buyer) {
            let line = format!("{:>8} told {buyer}", now_ms - self.session.opens_at_ms);
            self.trace.push(line);
            self.count("told sold out inside");
        }
    }

    /// A visitor who was there all the time and was not told of the turn learns that it is over.
    pub(crate) fn missed_unseen(&mut self, visitor: usize) {
        let found = format!("{visitor}: {:?}", self.tickets.get(&visitor));
        self.fail(
            "a visitor who is there learns of the turn before it is over",
            found,
        );
    }

    /// A second passes.
    pub(crate) fn look(&mut self, now_ms: i64, state: State, is_disturbed: bool) {
        let stalls = state == State::Open && !self.waiting.is_empty() && self.inside.is_empty();
        let since_ms = *self.stalled_since_ms.get_or_insert(now_ms);
        if !stalls {
            self.stalled_since_ms = None;
            return;
        }
        let most_ms = match is_disturbed {
            true => STALL_MS_MAX + self.plan.turn_ms,
            false => STALL_MS_MAX,
        };
        if now_ms - since_ms > most_ms {
            let found = format!("{} wait since {since_ms}", self.waiting.len());
            self.fail("units are sold while visitors wait", found);
        }
    }

    /// The sale is over; `available` units are left.
    pub(crate) fn close(&mut self, available: i64) {
        let told = self.told_sold_out.len() as i64;
        if self.plan.overbook <= 1_000 && told * 100 > self.plan.units {
            let found = format!("{told} of {} units", self.plan.units);
            self.fail("at most one in a hundred units was promised in vain", found);
        }
        if available > 0 && !self.waiting.is_empty() {
            let found = format!("{available} left, {} wait", self.waiting.len());
            self.fail("units are sold while visitors wait", found);
        }
    }
}
