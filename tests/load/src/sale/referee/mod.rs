//! Judges a sale from the raw log of its visitors, strictly and by nothing else.
//!
//! It knows what visitors were told and when, which is less than the shop knows and all that is fair:
//! a rule that none of them could see broken is not broken for them. Edges learn of a call within
//! 5 s, so what one visitor was told is compared with what another one was told so much later.

mod places;
#[cfg(test)]
mod tests;
mod verdict;
mod visits;

use std::collections::BTreeMap;

use super::event::{Event, OrderOutcome, TicketState, What};
pub use places::PLACE_IS_USED;
pub use verdict::{Broken, Facts, Verdict};
use visits::Visits;

/// Judges the log of a sale.
pub fn judge(events: &[Event], facts: &Facts) -> Verdict {
    let visits = Visits::of(events);
    let mut verdict = counted(events, &visits, facts);
    early(events, facts, &mut verdict);
    guesses(events, &mut verdict);
    units(events, facts, &mut verdict);
    limit(events, facts, &mut verdict);
    visits.turns(&mut verdict);
    visits.order_of_ranks(&mut verdict);
    visits.promises(facts, &mut verdict);
    places::are_used_again(&visits, facts, &mut verdict);
    verdict.fair = verdict.broken.is_empty();
    verdict
}

/// An order that was placed.
fn placed(event: &Event) -> Option<(&str, u32)> {
    match &event.what {
        What::Order {
            outcome: OrderOutcome::Placed,
            buyer,
            units,
        } => Some((buyer, *units)),
        _ => None,
    }
}

fn counted(events: &[Event], visits: &Visits<'_>, facts: &Facts) -> Verdict {
    let mut refused = BTreeMap::new();
    for event in events {
        if let What::Refused { request, status } = &event.what {
            *refused.entry(format!("{request} {status}")).or_default() += 1;
        }
    }
    let count = |is_one: &dyn Fn(&Event) -> bool| {
        events.iter().filter(|event| is_one(event)).count() as u64
    };
    let last = events.iter().filter(|event| placed(event).is_some());
    let last = last.map(|event| event.answered).max();
    Verdict {
        tickets: count(&|event| matches!(event.what, What::Ticket(_))),
        left: count(&|event| matches!(event.what, What::Leaves)),
        guesses: count(&|event| matches!(event.what, What::Guess { .. })),
        called: visits.called(),
        sold: events
            .iter()
            .filter_map(placed)
            .map(|(_, units)| u64::from(units))
            .sum(),
        refused,
        sold_within_s: last.map(|last| last.saturating_sub(facts.opens).as_secs_f64()),
        ..Verdict::default()
    }
}

fn early(events: &[Event], facts: &Facts, verdict: &mut Verdict) {
    for event in events.iter().filter(|event| event.answered < facts.opens) {
        let is_called = match &event.what {
            What::Ticket(seen) | What::Poll(seen) => {
                matches!(seen.state, TicketState::Called | TicketState::Missed)
            }
            _ => false,
        };
        if placed(event).is_some() || is_called {
            let found = format!("{:?} before it: {event:?}", facts.opens - event.answered);
            verdict.breaks("nothing is sold before the opening", found);
        }
    }
}

fn guesses(events: &[Event], verdict: &mut Verdict) {
    for event in events {
        if let What::Guess { status: 200..=299 } = event.what {
            verdict.breaks(
                "an address that is guessed sells nothing",
                format!("{event:?}"),
            );
        }
    }
}

fn units(events: &[Event], facts: &Facts, verdict: &mut Verdict) {
    let Some(units) = facts.units.map(u64::from) else {
        return;
    };
    let expected = units.min(facts.buyers);
    if verdict.sold != expected {
        let outcomes = events.iter().filter_map(|event| match &event.what {
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

fn limit(events: &[Event], facts: &Facts, verdict: &mut Verdict) {
    let mut of_buyers: BTreeMap<&str, u32> = BTreeMap::new();
    for (buyer, units) in events.iter().filter_map(placed) {
        *of_buyers.entry(buyer).or_default() += units;
    }
    for (buyer, units) in of_buyers {
        if units > facts.limit {
            let found = format!("{buyer} has {units} of {}", facts.limit);
            verdict.breaks("no buyer has more than the limit", found);
        }
    }
}
