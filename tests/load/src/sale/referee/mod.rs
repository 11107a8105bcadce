//! Judges a sale from the raw log of its visitors, strictly and by nothing else.
//!
//! It knows what visitors were told and when, which is less than the shop knows and all that is fair:
//! a rule that none of them could see broken is not broken for them. Edges learn of a call within
//! [`PULSE`], so what one visitor was told is compared with what another one was told so much later.

mod places;
#[cfg(test)]
mod tests;
mod visits;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::deed::{Deed, OrderOutcome, TicketState, What};
use visits::Visits;

/// Until every edge knows what the room has called.
pub(crate) const PULSE: Duration = Duration::from_secs(5);

/// What the referee has to know beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// When the sale opened, from the beginning of the run.
    pub opens: Duration,
    /// Units of the sale, if they are known.
    pub units: Option<u32>,
    /// Units that one buyer may have.
    pub limit: u32,
    /// Visitors who came to buy, and not to leave.
    pub buyers: u64,
}

/// What the referee found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether every rule holds.
    pub fair: bool,
    /// Rules that do not hold, and what was found.
    pub broken: Vec<Broken>,
    /// Visitors with a ticket.
    pub tickets: u64,
    /// Visitors who left.
    pub left: u64,
    /// Visitors who learnt of their turn.
    pub called: u64,
    /// Units in orders.
    pub sold: u64,
    /// Visitors who were called and learnt then that nothing is left.
    pub told_sold_out: u64,
    /// Attempts of bots.
    pub guesses: u64,
    /// Answers that were no answer to the question, by request and status.
    pub refused: BTreeMap<String, u64>,
    /// The longest time from when a called visitor left until another one learnt of a turn instead, in
    /// seconds.
    pub abandoned_s: Option<f64>,
    /// From the opening to the last order, in seconds.
    pub sold_within_s: Option<f64>,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// Which rule, always in the same words.
    pub rule: &'static str,
    /// What was found.
    pub found: String,
}

/// Judges the log of a sale.
pub fn judge(deeds: &[Deed], facts: &Facts) -> Verdict {
    let visits = Visits::of(deeds);
    let mut verdict = counted(deeds, &visits, facts);
    early(deeds, facts, &mut verdict);
    guesses(deeds, &mut verdict);
    units(deeds, facts, &mut verdict);
    limit(deeds, facts, &mut verdict);
    visits.turns(&mut verdict);
    visits.order_of_ranks(&mut verdict);
    visits.promises(facts, &mut verdict);
    places::are_used_again(&visits, facts, &mut verdict);
    verdict.fair = verdict.broken.is_empty();
    verdict
}

impl Verdict {
    fn breaks(&mut self, rule: &'static str, found: String) {
        self.broken.push(Broken { rule, found });
    }
}

/// An order that was placed.
fn placed(deed: &Deed) -> Option<(&str, u32)> {
    match &deed.what {
        What::Order {
            outcome: OrderOutcome::Placed,
            buyer,
            units,
        } => Some((buyer, *units)),
        _ => None,
    }
}

fn counted(deeds: &[Deed], visits: &Visits<'_>, facts: &Facts) -> Verdict {
    let mut refused = BTreeMap::new();
    for deed in deeds {
        if let What::Refused { request, status } = &deed.what {
            *refused.entry(format!("{request} {status}")).or_default() += 1;
        }
    }
    let count =
        |is_one: &dyn Fn(&Deed) -> bool| deeds.iter().filter(|deed| is_one(deed)).count() as u64;
    let last = deeds.iter().filter(|deed| placed(deed).is_some());
    let last = last.map(|deed| deed.answered).max();
    Verdict {
        tickets: count(&|deed| matches!(deed.what, What::Ticket(_))),
        left: count(&|deed| matches!(deed.what, What::Leaves)),
        guesses: count(&|deed| matches!(deed.what, What::Guess { .. })),
        called: visits.called(),
        sold: deeds
            .iter()
            .filter_map(placed)
            .map(|(_, units)| u64::from(units))
            .sum(),
        refused,
        sold_within_s: last.map(|last| last.saturating_sub(facts.opens).as_secs_f64()),
        ..Verdict::default()
    }
}

fn early(deeds: &[Deed], facts: &Facts, verdict: &mut Verdict) {
    for deed in deeds.iter().filter(|deed| deed.answered < facts.opens) {
        let is_called = match &deed.what {
            What::Ticket(seen) | What::Poll(seen) => {
                matches!(seen.state, TicketState::Called | TicketState::Missed)
            }
            _ => false,
        };
        if placed(deed).is_some() || is_called {
            let found = format!("{:?} before it: {deed:?}", facts.opens - deed.answered);
            verdict.breaks("nothing is sold before the opening", found);
        }
    }
}

fn guesses(deeds: &[Deed], verdict: &mut Verdict) {
    for deed in deeds {
        if let What::Guess { status: 200..=299 } = deed.what {
            verdict.breaks(
                "an address that is guessed sells nothing",
                format!("{deed:?}"),
            );
        }
    }
}

fn units(deeds: &[Deed], facts: &Facts, verdict: &mut Verdict) {
    let Some(units) = facts.units.map(u64::from) else {
        return;
    };
    let expected = units.min(facts.buyers);
    if verdict.sold != expected {
        let outcomes = deeds.iter().filter_map(|deed| match &deed.what {
            What::Order { outcome, .. } => Some(outcome),
            _ => None,
        });
        let mut refused: BTreeMap<String, u64> = BTreeMap::new();
        for outcome in outcomes.filter(|outcome| **outcome != OrderOutcome::Placed) {
            *refused.entry(format!("{outcome:?}")).or_default() += 1;
        }
        let found = format!(
            "{} of {expected}; orders refused: {refused:?}",
            verdict.sold
        );
        verdict.breaks("exactly the units of the sale are sold", found);
    }
}

fn limit(deeds: &[Deed], facts: &Facts, verdict: &mut Verdict) {
    let mut of_buyers: BTreeMap<&str, u32> = BTreeMap::new();
    for (buyer, units) in deeds.iter().filter_map(placed) {
        *of_buyers.entry(buyer).or_default() += units;
    }
    for (buyer, units) in of_buyers {
        if units > facts.limit {
            let found = format!("{buyer} has {units} of {}", facts.limit);
            verdict.breaks("no buyer has more than the limit", found);
        }
    }
}
