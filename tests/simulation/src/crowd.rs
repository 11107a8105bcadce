//! Crowds: many shoppers who want the same SKU within a moment, so that the origin sets a sold-out
//! hold; and edges whose clocks go wrong meanwhile.
//!
//! Not here: what a sold-out hold promises (`sold_out_holds`).

use std::rc::Rc;

use souk_protocol::origin::{PaymentMethod, ReceiptLine};
use souk_stock_signals::sold_out_hold::{CLOCKS_APART_MS, DURATION_MS, VALID_MS, is_in_force};

use crate::seen::{Delivery, Wish};
use crate::shopper::{self, Answer};
use crate::staff;
use crate::world::{Lost, World};

/// As many refusals as make the origin set a sold-out hold, and more.
const PEOPLE: (i64, i64) = (18, 40);
/// Within how long they come, in milliseconds.
const MOMENT_MS: i64 = 1_500;
/// Waves of a crowd: some come again during a sold-out hold, and when it is about to end.
const WAVES: usize = 3;
const WAVE_MS: i64 = 5_000;
/// Between two attempts to buy what came back.
const LOOK_MS: i64 = 300;

/// A crowd comes, some time in the day.
pub(crate) async fn come(world: Rc<World>, number: usize) {
    let random = &world.random;
    world.executor.sleep(random.between(0, 20 * 60_000)).await;
    let sku = format!("sku-{}", random.index(world.plan.skus));
    for wave in 0..WAVES {
        let people = random.between(PEOPLE.0, PEOPLE.1);
        world.note(|| format!("++ {people} people want {sku}"));
        for person in 0..people {
            let key = format!("crowd-{number}-{wave}-{person}");
            world.start(want(Rc::clone(&world), key, sku.clone()));
        }
        world.executor.sleep(random.between(0, WAVE_MS)).await;
        // Where clocks go wrong, one goes back during a sold-out hold: as far as hurts.
        if world.plan.edge_jumps > 0 && random.chance(400) {
            turn(&world, random.between(-VALID_MS, -CLOCKS_APART_MS));
        }
    }
}

/// One shopper of a crowd. A shopper with an order repeats it, or cancels it.
async fn want(world: Rc<World>, key: String, sku: String) {
    let random = &world.random;
    world.executor.sleep(random.between(0, MOMENT_MS)).await;
    let wish = one_of(&sku);
    let Ok(Answer::Placed(receipt)) = shopper::place(&world, &key, &wish, 3).await else {
        return;
    };
    world
        .executor
        .sleep(random.between(0, 2 * DURATION_MS))
        .await;
    match random.chance(300) {
        true => shopper::cancel(&world, &receipt).await,
        false => shopper::ask_again(&world, &key, &wish).await,
    }
}

/// Clocks of edges jump: a little, further than a sold-out hold allows, or by hours.
pub(crate) async fn turn_clocks(world: Rc<World>) {
    for _ in 0..world.plan.edge_jumps {
        world
            .executor
            .sleep(world.random.between(0, 8 * 60_000))
            .await;
        let most_ms = *world
            .random
            .pick(&[2_000, 8_000, 8_000, 2 * 60 * 60 * 1_000]);
        let ahead_ms = world.random.between(-most_ms, most_ms);
        turn(&world, ahead_ms);
    }
}

fn turn(world: &World, ahead_ms: i64) {
    let edge = world.random.index(world.plan.edges);
    world.sold_out_holds.set_edge(edge, ahead_ms);
    world.note(|| format!("!! the clock of edge {edge} is {ahead_ms} ms ahead"));
}

/// Once everything is sold and calm, a crowd causes a sold-out hold, a unit comes back, and a
/// shopper gets it when the hold is over at the latest.
pub(crate) async fn sell_what_comes_back(world: &Rc<World>) -> Result<(), Lost> {
    if world.plan.crowds == 0 {
        return Ok(());
    }
    for (sku, _) in world.shelves() {
        let people = 0..PEOPLE.1;
        for person in people {
            let (task, sku) = (Rc::clone(world), sku.clone());
            world.start(async move {
                task.executor.sleep(task.random.between(0, MOMENT_MS)).await;
                let key = format!("probe-crowd-{person}-{sku}");
                // Their answers do not matter here.
                let _ = shopper::place(&task, &key, &one_of(&sku), 40).await;
            });
        }
        while world.busy.get() > 0 {
            world.executor.sleep(100).await;
        }
        world.free().await;
        let now_ms = world.origin_ms();
        let until = format!("SELECT sold_out_until_ms FROM stock WHERE sku = '{sku}'");
        let until = world.read(&until);
        let mut until = until.iter().filter_map(|row| row.integer(0).ok());
        if !until.any(|until_ms| is_in_force(until_ms, now_ms)) {
            // It may be ordered without units, or has moved and its keys are elsewhere.
            continue;
        }
        world.sold_out_holds.a_unit_comes_back();
        come_back(world, &sku).await?;
    }
    Ok(())
}

fn one_of(sku: &str) -> Wish {
    Wish {
        lines: vec![(sku.to_owned(), 1)],
        method: PaymentMethod::OnDelivery,
    }
}

async fn come_back(world: &Rc<World>, sku: &str) -> Result<(), Lost> {
    let line = ReceiptLine {
        sku: sku.to_owned(),
        units: 1,
    };
    let delivery = Delivery {
        lines: vec![line],
        is_booked: false,
    };
    let key = format!("back-{sku}");
    let deliveries = &world.seen;
    deliveries
        .borrow_mut()
        .deliveries
        .insert(key.clone(), delivery.clone());
    staff::book(world, &key, &delivery, 40).await?;
    let came_ms = world.executor.now_ms();
    for turn in 0.. {
        let key = format!("probe-back-{turn}-{sku}");
        let answer = shopper::place(world, &key, &one_of(sku), 40).await?;
        if let Answer::Placed(_) = answer {
            break;
        }
        let waited_ms = world.executor.now_ms() - came_ms;
        if waited_ms > DURATION_MS {
            let found = format!("{sku} is not sold after {waited_ms} ms: {answer:?}");
            world.fail(
                "what comes back is sold when a sold-out hold is over",
                found,
            );
            return Err(Lost);
        }
        world.executor.sleep(LOOK_MS).await;
    }
    Ok(())
}
