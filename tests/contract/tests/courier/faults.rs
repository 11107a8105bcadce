//! Whatever is lost on the way, wherever a courier stops: in the end everything is in the order
//! index, and nothing twice.

use std::cell::Cell;
use std::rc::Rc;

use souk_protocol::origin::{Action, Queue};

use crate::world::{Fault, Loss, World};
use crate::{cancel, ship};

/// Requests to the origin in one delivery of the first test, at most.
const CALLS: u32 = 8;
const SEEDS: u64 = 30;
const STEPS: usize = 120;

#[test]
fn a_loss_at_any_call_is_made_up_for() {
    for loss in [Loss::Request, Loss::Reply] {
        let mut stopped = 0;
        for call in 0..CALLS {
            let world = World::new();
            for order in ["A", "B"] {
                world.place(order);
            }
            world.change("A", "1", ship());
            let calls = Rc::new(Cell::new(0));
            let counter = Rc::clone(&calls);
            *world.losses.borrow_mut() = Some(Box::new(move || {
                counter.set(counter.get() + 1);
                (counter.get() == call + 1).then_some(loss)
            }));
            stopped += u32::from(world.deliver().is_err());
            *world.losses.borrow_mut() = None;
            // A delivery at once finds only what is claimed, or delivers the rest.
            world.deliver().expect("everybody answers");
            world.pass(30_000);
            world.deliver().expect("everybody answers");
            world.assert_the_index_is_right();
            assert_eq!(
                world.depth(Queue::BackOffice).waiting,
                0,
                "{loss:?} of call {call}"
            );
        }
        assert_eq!(stopped, 2, "a round claims and settles");
    }
}

#[test]
fn a_index_that_took_messages_in_and_did_not_say_so_counts_them_once() {
    let world = World::new();
    world.place("A");
    world.change("A", "1", ship());
    world.carrier_faults.set(Some(Fault::ReplyLost));
    for _ in 0..5 {
        let round = world.deliver().expect("the origin answers");
        assert_eq!(round.delivered.done, 0);
        world.pass_until_due();
    }
    world.assert_the_index_is_right();
    world.carrier_faults.set(None);
    world.pass(60_000);
    assert_eq!(
        world.deliver().expect("everybody answers").delivered.done,
        3
    );
    world.assert_the_index_is_right();
}

/// Orders, changes, losses, doors without an answer and jumps of the clock, in any order.
#[test]
fn any_series_of_faults_ends_in_the_same_index() {
    for seed in 1..=SEEDS {
        let world = World::new();
        world.seed(seed);
        let (mut placed, mut delivered) = (0, 0);
        for step in 0..STEPS {
            match world.below(10) {
                0..3 => {
                    world.place(&format!("ORDER-{placed}"));
                    placed += 1;
                }
                3..6 if placed > 0 => {
                    let order = format!("ORDER-{}", world.below(placed));
                    let action = match world.below(4) {
                        0 => cancel(),
                        1 => Action::Allocate,
                        2 => ship(),
                        _ => Action::Deliver,
                    };
                    // What is not legal changes nothing, which is as well.
                    world.change(&order, &step.to_string(), action);
                }
                6 => world.pass(i64::try_from(world.below(40_000)).expect("small")),
                _ => {
                    let (fault, lost) = (world.below(4), world.below(6));
                    world.carrier_faults.set(match fault {
                        0 => Some(Fault::Away),
                        1 => Some(Fault::ReplyLost),
                        _ => None,
                    });
                    let mut calls = 0;
                    *world.losses.borrow_mut() = Some(Box::new(move || {
                        calls += 1;
                        (calls == lost).then_some(match fault {
                            2 => Loss::Request,
                            _ => Loss::Reply,
                        })
                    }));
                    delivered += u32::from(world.deliver().is_ok());
                }
            }
        }
        assert!(placed > 10 && delivered > 5, "seed {seed} did too little");
        world.carrier_faults.set(None);
        *world.losses.borrow_mut() = None;
        for _ in 0..10 {
            world.pass(60_000);
            world.deliver().expect("everybody answers");
        }
        assert_eq!(world.depth(Queue::BackOffice).waiting, 0, "seed {seed}");
        assert_eq!(world.depth(Queue::BackOffice).dead, 0, "seed {seed}");
        world.assert_the_index_is_right();
    }
}
