//! A sale that is fair, and one breach of each rule.

use std::time::Duration;

use super::*;
use crate::sale::event::Seen;

const UNITS: u32 = 2;
const FACTS: Facts = Facts {
    opens: Duration::from_secs(100),
    units: Some(UNITS),
    limit: 1,
    buyers: 3,
};

fn at(second: u64, visitor: u32, what: What) -> Event {
    let moment = Duration::from_secs(second);
    Event {
        sent: moment,
        answered: moment + Duration::from_millis(20),
        visitor,
        what,
    }
}

fn seen(state: TicketState, rank: u32) -> Seen {
    Seen {
        state,
        rank: (state != TicketState::Gathering).then(|| format!("0-{rank:016x}")),
        poll_after_s: 10,
    }
}

fn poll(second: u64, visitor: u32, state: TicketState) -> Event {
    at(second, visitor, What::Poll(seen(state, visitor)))
}

fn order(second: u64, visitor: u32, outcome: OrderOutcome) -> Event {
    let buyer = format!("visitor-{visitor}");
    let units = 1;
    at(
        second,
        visitor,
        What::Order {
            outcome,
            buyer,
            units,
        },
    )
}

/// Visitors 1 to 4 come in the order of their ranks. The first one is called and leaves, the second one
/// buys, the third one is called instead of the first one and buys, the fourth one reads that all is
/// sold.
fn fair() -> Vec<Event> {
    use TicketState::{Called, Gathering, SoldOut, Waiting};
    let tickets = (1..=4).map(|visitor| {
        let shown = seen(Gathering, visitor);
        at(50, visitor, What::Ticket(shown))
    });
    let mut events: Vec<_> = tickets.collect();
    events.extend([
        poll(102, 1, Called),
        at(110, 1, What::Leaves),
        poll(103, 2, Called),
        order(105, 2, OrderOutcome::Placed),
        poll(103, 3, Waiting),
        poll(113, 3, Waiting),
        poll(123, 3, Waiting),
        poll(133, 3, Called),
        order(135, 3, OrderOutcome::Placed),
        poll(103, 4, Waiting),
        poll(133, 4, Waiting),
        poll(163, 4, SoldOut),
        at(60, 9, What::Guess { status: 404 }),
    ]);
    events
}

/// The rules that the log breaks, each once.
fn broken(events: &[Event]) -> Vec<&'static str> {
    let mut rules: Vec<_> = judge(events, &FACTS)
        .broken
        .iter()
        .map(|one| one.rule)
        .collect();
    rules.dedup();
    rules
}

#[test]
fn a_fair_sale_breaks_no_rule() {
    let verdict = judge(&fair(), &FACTS);
    assert!(verdict.fair, "{verdict:?}");
    let counted = (verdict.tickets, verdict.left, verdict.called, verdict.sold);
    assert_eq!(counted, (4, 1, 3, 2));
    assert_eq!(verdict.abandoned_s, Some(31.0));
}

#[test]
fn an_order_before_the_opening_is_found() {
    let mut events = fair();
    events.push(poll(90, 3, TicketState::Called));
    events.sort_by_key(|event| event.sent);
    assert!(broken(&events).contains(&"nothing is sold before the opening"));
}

#[test]
fn an_address_that_sells_to_a_bot_is_found() {
    let mut events = fair();
    events.push(at(120, 9, What::Guess { status: 201 }));
    assert_eq!(
        broken(&events),
        ["an address that is guessed sells nothing"]
    );
}

#[test]
fn a_unit_too_many_and_a_unit_too_few_are_found() {
    let rule = "exactly the units of the sale are sold";
    let few = judge(
        &fair(),
        &Facts {
            units: Some(3),
            ..FACTS
        },
    );
    assert!(
        few.broken.iter().any(|broken| broken.rule == rule),
        "{few:?}"
    );
    let many = judge(
        &fair(),
        &Facts {
            units: Some(1),
            ..FACTS
        },
    );
    assert!(
        many.broken.iter().any(|broken| broken.rule == rule),
        "{many:?}"
    );
}

#[test]
fn a_buyer_with_two_orders_is_found() {
    let mut events = fair();
    for event in &mut events {
        if let What::Order { buyer, .. } = &mut event.what {
            "one".clone_into(buyer);
        }
    }
    assert_eq!(broken(&events), ["no buyer has more than the limit"]);
}

#[test]
fn an_order_before_a_better_place_is_found() {
    let mut events = fair();
    // The third one buys at the opening, and the second one waits until then.
    events.retain(|event| event.visitor != 2 && event.visitor != 3);
    events.extend([
        at(50, 2, What::Ticket(seen(TicketState::Gathering, 2))),
        at(50, 3, What::Ticket(seen(TicketState::Gathering, 3))),
        poll(102, 3, TicketState::Called),
        order(105, 3, OrderOutcome::Placed),
        poll(103, 2, TicketState::Waiting),
        poll(113, 2, TicketState::Waiting),
        poll(123, 2, TicketState::Called),
        order(125, 2, OrderOutcome::Placed),
    ]);
    let rule = "no order while a better place is there and uncalled for 5 s";
    assert_eq!(broken(&events), [rule]);
    // Within the time that a pulse takes it is none.
    let is_late = |event: &Event| event.visitor == 2 && event.sent == Duration::from_secs(113);
    events.retain(|event| !is_late(event));
    assert_eq!(broken(&events), [""; 0]);
}

#[test]
fn a_window_that_goes_back_is_found() {
    let mut events = fair();
    events.push(poll(134, 3, TicketState::Waiting));
    assert!(broken(&events).contains(&"the window only moves forward"));
}

#[test]
fn a_place_that_stays_empty_is_found() {
    let mut events = fair();
    for event in &mut events {
        let is_call = *event == poll(133, 3, TicketState::Called);
        if is_call || *event == order(135, 3, OrderOutcome::Placed) {
            let later = Duration::from_secs(30);
            event.sent += later;
            event.answered += later;
        }
    }
    events.push(poll(143, 3, TicketState::Waiting));
    events.push(poll(153, 3, TicketState::Waiting));
    let rule = PLACE_IS_USED;
    assert_eq!(broken(&events), [rule]);
}

#[test]
fn a_promise_in_vain_is_found() {
    let mut events = fair();
    events.push(poll(155, 4, TicketState::Called));
    events.sort_by_key(|event| event.sent);
    let rule = "at most one in a hundred units is promised in vain";
    assert_eq!(broken(&events), [rule]);
}
