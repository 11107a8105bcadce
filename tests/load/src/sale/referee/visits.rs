//! The log by visitor: what each was told of its place, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use super::verdict::{Facts, PULSE, Verdict};
use crate::sale::event::{Event, OrderOutcome, Seen, TicketState, What};

/// All visitors with a ticket, by number.
pub(super) struct Visits<'d>(BTreeMap<u32, Visit<'d>>);

/// What one visitor was told.
#[derive(Default)]
pub(super) struct Visit<'d> {
    /// What it saw of its ticket, in the order of time.
    seen: Vec<Look<'d>>,
    order: Option<(Duration, &'d OrderOutcome)>,
    pub(super) left: Option<Duration>,
}

/// A look at a ticket.
struct Look<'d> {
    asked: Duration,
    answered: Duration,
    seen: &'d Seen,
}

impl<'d> Visits<'d> {
    pub(super) fn of(events: &'d [Event]) -> Self {
        let mut visits: BTreeMap<u32, Visit<'d>> = BTreeMap::new();
        for event in events {
            if matches!(event.what, What::Guess { .. } | What::Refused { .. }) {
                continue;
            }
            let visit = visits.entry(event.visitor).or_default();
            match &event.what {
                What::Ticket(seen) | What::Poll(seen) => visit.seen.push(Look {
                    asked: event.sent,
                    answered: event.answered,
                    seen,
                }),
                What::Order { outcome, .. } => {
                    visit.order = Some((event.answered, outcome));
                }
                What::Leaves => visit.left = Some(event.answered),
                What::Guess { .. } | What::Refused { .. } => {}
            }
        }
        for visit in visits.values_mut() {
            visit.seen.sort_by_key(|look| look.answered);
        }
        Self(visits)
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &Visit<'d>> {
        self.0.values()
    }

    /// Visitors who learnt of their turn.
    pub(super) fn called(&self) -> u64 {
        self.each().filter(|visit| visit.called().is_some()).count() as u64
    }

    /// The window only moves forward, a place stays what it is, and who stays does not miss the turn.
    pub(super) fn turns(&self, verdict: &mut Verdict) {
        for (visitor, visit) in &self.0 {
            for two in visit.seen.windows(2) {
                let [before, now] = [two[0].seen, two[1].seen];
                let goes_back = matches!(
                    (before.state, now.state),
                    (
                        TicketState::Called | TicketState::Missed,
                        TicketState::Waiting | TicketState::Gathering
                    ) | (TicketState::Missed, TicketState::Called)
                );
                if goes_back {
                    let found = format!("{visitor}: {before:?}, then {now:?}");
                    verdict.breaks("the window only moves forward", found);
                }
                if before.rank.is_some() && before.rank != now.rank && now.rank.is_some() {
                    let found = format!("{visitor}: {before:?}, then {now:?}");
                    verdict.breaks("a place stays what it is", found);
                }
            }
            if visit.left.is_none() && visit.last_state() == Some(TicketState::Missed) {
                let rule = "a visitor who stays does not miss the turn";
                verdict.breaks(rule, format!("{visitor}"));
            }
        }
    }

    /// No order of a place while a better one waited: its visitor was there when the other one learnt of
    /// its turn, and was still told to wait more than [`PULSE`] later.
    pub(super) fn order_of_ranks(&self, verdict: &mut Verdict) {
        for served in self.each().filter(|visit| visit.bought().is_some()) {
            let (Some(rank), Some(called)) = (served.rank(), served.called()) else {
                verdict.breaks(
                    "an order is of a ticket that was called",
                    format!("{:?}", served.rank()),
                );
                continue;
            };
            for (visitor, other) in &self.0 {
                let is_before = other.rank().is_some_and(|other| other < rank);
                if !is_before || !other.is_there_from(called) {
                    continue;
                }
                if let Some(waits) = other.waits_at(called + PULSE) {
                    let found = format!(
                        "{rank} bought, called at {called:?}; visitor {visitor}, {:?}, still waited at {waits:?}",
                        other.rank()
                    );
                    let rule = "no order while a better place is there and uncalled for 5 s";
                    verdict.breaks(rule, found);
                }
            }
        }
    }

    /// Of those who were called and stayed at most one in a hundred units was promised in vain.
    pub(super) fn promises(&self, facts: &Facts, verdict: &mut Verdict) {
        let in_vain = self.each().filter(|visit| visit.was_told_in_vain());
        verdict.told_sold_out = in_vain.count() as u64;
        let units = facts.units.map_or(verdict.sold, u64::from);
        if verdict.told_sold_out * 100 > units {
            let found = format!("{} of {units} units", verdict.told_sold_out);
            verdict.breaks("at most one in a hundred units is promised in vain", found);
        }
    }
}

impl Visit<'_> {
    /// The place, once it was shown.
    pub(super) fn rank(&self) -> Option<&str> {
        self.seen.iter().find_map(|look| look.seen.rank.as_deref())
    }

    /// When it learnt of its turn.
    pub(super) fn called(&self) -> Option<Duration> {
        let mut calls = self
            .seen
            .iter()
            .filter(|look| look.seen.state == TicketState::Called);
        calls.next().map(|look| look.answered)
    }

    /// Whether it was given up after it was called.
    pub(super) fn abandoned(&self) -> Option<Duration> {
        self.called()?;
        self.left?;
        self.last_seen()
    }

    /// When its order was placed.
    pub(super) fn bought(&self) -> Option<Duration> {
        let order = self
            .order
            .filter(|(_, outcome)| **outcome == OrderOutcome::Placed);
        order.map(|(answered, _)| answered)
    }

    /// When it read its ticket for the last time.
    pub(super) fn last_seen(&self) -> Option<Duration> {
        self.seen.last().map(|look| look.answered)
    }

    fn last_state(&self) -> Option<TicketState> {
        self.seen.last().map(|look| look.seen.state)
    }

    /// Whether it had its ticket by then. It polls until it buys or leaves.
    pub(super) fn is_there_from(&self, moment: Duration) -> bool {
        self.seen
            .first()
            .is_some_and(|look| look.answered <= moment)
    }

    /// When it asked, after this moment, and was told to wait.
    pub(super) fn waits_at(&self, moment: Duration) -> Option<Duration> {
        let later = self.seen.iter().filter(|look| look.asked > moment);
        let mut waits = later.filter(|look| look.seen.state == TicketState::Waiting);
        waits.next().map(|look| look.asked)
    }

    fn was_told_in_vain(&self) -> bool {
        let sold_out_by_order = matches!(self.order, Some((_, OrderOutcome::SoldOut)));
        let is_sold_out = self.last_state() == Some(TicketState::SoldOut);
        self.called().is_some()
            && self.left.is_none()
            && (sold_out_by_order || (is_sold_out && self.order.is_none()))
    }

    /// The pause until its next poll, as it was told last.
    pub(super) fn poll_after(&self) -> Duration {
        let last = self.seen.last().map(|look| look.seen.poll_after_s);
        Duration::from_secs(last.unwrap_or_default().into())
    }
}
