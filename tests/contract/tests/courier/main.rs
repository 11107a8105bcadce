//! The way of messages from the real origin to the real order index, by a courier that meets
//! everything that can happen on it.

mod burst;
mod faults;
mod world;

use souk_order_index::courier::ATTEMPTS_MAX;
use souk_protocol::consistency::{Class, Data};
use souk_protocol::origin::{Action, Queue};
use souk_protocol::staff::Delivered;

use world::{Fault, World};

fn cancel() -> Action {
    Action::Cancel {
        reason: "no longer wanted".to_owned(),
    }
}

fn ship() -> Action {
    Action::Ship {
        carrier: "SF".to_owned(),
        tracking: "SF1".to_owned(),
        unpaid_reason: None,
    }
}

#[test]
fn what_happened_is_in_the_index_after_one_round() {
    let world = World::new();
    for order in ["A", "B", "C"] {
        world.place(order);
    }
    world.change("A", "1", ship());
    world.change("A", "2", Action::Deliver);
    world.change("B", "1", cancel());
    let round = world.deliver().expect("everybody answers");
    // Shipping also puts the units aside: two events.
    let delivered = Delivered {
        claimed: 7,
        done: 7,
        retried: 0,
        dead: 0,
    };
    assert_eq!((round.delivered, round.more), (delivered, false));
    world.assert_the_index_is_right();
    assert_eq!(world.depth(Queue::BackOffice).waiting, 0);
    let idle = world.deliver().expect("everybody answers");
    assert_eq!(idle.delivered, Delivered::default());
}

#[test]
fn a_place_that_is_away_gives_nothing_up_and_is_asked_ever_later() {
    let world = World::new();
    world.place("A");
    world.carrier_faults.set(Some(Fault::Away));
    let mut pauses = Vec::new();
    for _ in 0..4 * ATTEMPTS_MAX {
        let round = world.deliver().expect("the origin answers");
        assert_eq!((round.delivered.retried, round.delivered.dead), (1, 0));
        pauses.push(world.pass_until_due());
    }
    assert!(pauses[0] >= 500 && pauses[0] <= 1_000, "{pauses:?}");
    assert!(pauses.iter().all(|&pause| pause <= 60_000), "{pauses:?}");
    assert!(
        pauses.iter().rev().take(8).all(|&pause| pause >= 30_000),
        "{pauses:?}"
    );
    world.carrier_faults.set(None);
    let round = world.deliver().expect("everybody answers");
    assert_eq!(round.delivered.done, 1);
    world.assert_the_index_is_right();
}

#[test]
fn the_index_goes_on_without_its_origin_and_catches_up_within_its_bound() {
    let bound_ms = match Data::OrderIndex.class() {
        Class::Eventual { ms } => ms,
        class @ (Class::Strict | Class::Honoured { .. } | Class::Lossy { .. } | Class::Carried) => {
            panic!("{class:?}")
        }
    };
    let world = World::new();
    world.place("A");
    world.deliver().expect("everybody answers");
    world.carrier_faults.set(Some(Fault::Away));
    world.place("B");
    for _ in 0..30 {
        world.deliver().expect("the origin answers");
        assert_eq!(world.indexed(), ["A"], "what was known is still there");
        world.pass_until_due();
    }
    world.carrier_faults.set(None);
    let free_ms = world.now_ms();
    while world.indexed().len() < 2 {
        if world.deliver().expect("everybody answers").delivered.done == 0 {
            world.pass_until_due();
        }
    }
    assert!(world.now_ms() - free_ms <= bound_ms);
    world.assert_the_index_is_right();
}

#[test]
fn a_poison_message_is_dead_lettered_the_rest_drains_and_a_replay_delivers_it() {
    let world = World::new();
    for order in ["A", "B", "C"] {
        world.place(order);
    }
    world.change("B", "1", ship());
    world.poison.borrow_mut().insert("B".to_owned());
    let started_ms = world.now_ms();
    let mut delivered = 0;
    while world.depth(Queue::BackOffice).dead < 3 {
        delivered += world.deliver().expect("everybody answers").delivered.done;
        if world.depth(Queue::BackOffice).dead < 3 {
            world.pass_until_due();
        }
    }
    let took_ms = world.now_ms() - started_ms;
    assert!(
        (12_000..=40_000).contains(&took_ms),
        "given up after {took_ms} ms"
    );
    assert_eq!(delivered, 2, "the rest has drained");
    assert_eq!(world.depth(Queue::BackOffice).waiting, 0);
    assert_eq!(world.indexed(), ["A", "C"]);
    // Replayed while the cause is still there, it is given up again.
    assert_eq!(world.replay(), 3);
    while world.depth(Queue::BackOffice).dead < 3 {
        world.deliver().expect("everybody answers");
        if world.depth(Queue::BackOffice).dead < 3 {
            world.pass_until_due();
        }
    }
    world.poison.borrow_mut().clear();
    assert_eq!(world.replay(), 3);
    assert_eq!(
        world.deliver().expect("everybody answers").delivered.done,
        3
    );
    world.assert_the_index_is_right();
}

#[test]
fn a_message_that_brings_a_whole_call_down_is_found() {
    let world = World::new();
    for order in ["A", "B", "C"] {
        world.place(order);
    }
    world.carrier_faults.set(Some(Fault::CorruptWith("B")));
    let round = world.deliver().expect("the origin answers");
    assert_eq!((round.delivered.done, round.delivered.retried), (2, 1));
    assert_eq!(world.indexed(), ["A", "C"]);
    world.carrier_faults.set(None);
    world.pass_until_due();
    world.deliver().expect("everybody answers");
    world.assert_the_index_is_right();
}
