//! A burst: it waits in the outbox, and the order index ingests it at the rate that it can bear.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use souk_order_index::OrderIndex;
use souk_protocol::origin::Queue;

use crate::world::{Loss, World};

/// Event messages in a second.
const RATE: u32 = 1_000;
/// Of so many requests to the origin one is the last of its courier.
const DIES_AT: u32 = 23;

/// Orders. A hundred thousand take two minutes and come to the same.
const ORDERS: u32 = 7_000;

/// Couriers die all the while, and the next one comes a second later.
#[test]
fn a_burst_is_drained_at_its_rate_and_nothing_is_lost() {
    let mut world = World::new();
    world.pace.per_second = RATE;
    world.pace.budget_ms = 20_000;
    for n in 0..ORDERS {
        world.place(&format!("ORDER-{n}"));
    }
    let calls = Rc::new(Cell::new(0_u32));
    let counter = Rc::clone(&calls);
    *world.losses.borrow_mut() = Some(Box::new(move || {
        counter.set(counter.get() + 1);
        let loss = match counter.get() % 2 {
            0 => Loss::Request,
            _ => Loss::Reply,
        };
        counter.get().is_multiple_of(DIES_AT).then_some(loss)
    }));
    let (mut came, mut died) = (0, 0);
    loop {
        let before_ms = world.now_ms();
        came += 1;
        let round = world.deliver();
        let took_ms = world.now_ms() - before_ms;
        assert!(took_ms <= 20_000 + 100, "a courier went for {took_ms} ms");
        let more = round.as_ref().is_ok_and(|round| round.more);
        died += u32::from(round.is_err());
        if !more {
            // What a dead one had claimed is claimed for a while.
            let waits = world.depth(Queue::BackOffice);
            match waits.next_due_ms {
                None => break,
                Some(due_ms) => world.pass((due_ms - world.now_ms()).max(1_000)),
            }
        }
    }
    assert!(died >= 5, "{died} of {came} couriers died");
    assert_eq!(most_in_a_second(&world.carried.borrow()), RATE as usize);
    world.assert_the_index_is_right();
    let different: BTreeSet<String> = world.indexed().into_iter().collect();
    assert_eq!(different.len(), ORDERS as usize);
    let totals = world.wait(world.index.totals()).expect("a report");
    let indexed: i64 = totals.iter().map(|total| total.orders).sum();
    assert_eq!(indexed, i64::from(ORDERS));
}

/// The most event messages that were delivered in any second; `carried` lists the calls, the first
/// one first: when, and how many.
fn most_in_a_second(carried: &[(i64, usize)]) -> usize {
    let messages_from = |first: usize| {
        let until_ms = carried[first].0 + 1_000;
        let calls = carried[first..].iter();
        let calls = calls.take_while(|(at_ms, _)| *at_ms < until_ms);
        calls.map(|(_, messages)| messages).sum()
    };
    (0..carried.len()).map(messages_from).max().unwrap_or(0)
}
