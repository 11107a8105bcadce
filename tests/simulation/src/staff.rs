//! The staff: they pack, ship, take money and units, change prices, and sometimes do what cannot
//! be done.

use std::rc::Rc;

use souk_protocol::origin::{
    Action, Actor, CHANGES_PATH, ChangeOrder, ChangeReply, DefineOffers, OFFERS_PATH,
    OfferDefinition, OrderRecord, PaymentMethod, Queue, RECEIPTS_PATH, REPLAY_PATH, ReceiptLine,
    ReceiptReply, Replay, Replayed, ReturnedUnits, StockReceipt,
};

use crate::seen::{self, Delivery};
use crate::world::{CURRENCY, Lost, World};

/// What the shop sells: prices differ from time to time, first units never count again.
pub(crate) fn offers(world: &World, units: impl Fn(usize) -> i64) -> DefineOffers {
    let offer = |sku: usize| OfferDefinition {
        sku: format!("sku-{sku}"),
        title: format!("Thing {sku}"),
        slug: format!("thing-{sku}"),
        unit_price: 100 + world.random.between(0, 3) * 10,
        // The last of several may be ordered without being there.
        backorder: sku > 0 && sku + 1 == world.plan.skus,
        initial_units: units(sku),
        facts: Vec::new(),
        prices: Vec::new(),
    };
    DefineOffers {
        currency: CURRENCY.to_owned(),
        offers: (0..world.plan.skus).map(offer).collect(),
        withdrawn: Vec::new(),
    }
}

/// One person's day.
pub(crate) async fn work(world: Rc<World>, number: usize) {
    for turn in 0..world.plan.deeds_each {
        world.executor.sleep(world.random.between(0, 120_000)).await;
        let key = format!("staff-{number}-{turn}");
        match world.random.below(10) {
            0 => receive(&world, &key).await,
            1 => define(&world).await,
            2 => replay(&world).await,
            _ => change(&world, &key).await,
        }
    }
}

async fn define(world: &Rc<World>) {
    let mut change = offers(world, |_| 1_000);
    if world.random.chance(200) {
        let gone = change
            .offers
            .remove(world.random.index(change.offers.len()));
        world.note(|| format!("staff takes {} off the shelves", gone.sku));
        change.withdrawn.push(gone.sku);
    }
    let _: Result<(), Lost> = world.insist(OFFERS_PATH, Some(&change), 3).await;
}

/// Dead messages come back to life.
async fn replay(world: &Rc<World>) {
    let queue = Queue::BackOffice;
    let _: Result<Replayed, Lost> = world.ask(REPLAY_PATH, Some(&Replay { queue })).await;
}

async fn receive(world: &Rc<World>, key: &str) {
    let sku = world.random.index(world.plan.skus);
    let units = match world.random.chance(700) {
        true => world.random.between(1, 5),
        false => -world.random.between(1, 4),
    };
    let lines = vec![ReceiptLine {
        sku: format!("sku-{sku}"),
        units,
    }];
    let delivery = Delivery {
        lines,
        is_booked: false,
    };
    world
        .seen
        .borrow_mut()
        .deliveries
        .insert(key.to_owned(), delivery.clone());
    let done = book(world, key, &delivery, 4).await;
    world.note(|| format!("staff books {units} of sku-{sku} as {key}: {done:?}"));
}

/// Books a delivery, with the same key until there is an answer.
pub(crate) async fn book(
    world: &Rc<World>,
    key: &str,
    delivery: &Delivery,
    attempts: u32,
) -> Result<bool, Lost> {
    let receipt = StockReceipt {
        by_name: None,
        home: None,
        key: key.to_owned(),
        lines: delivery.lines.clone(),
        reason: "counted".to_owned(),
    };
    match world
        .insist(RECEIPTS_PATH, Some(&receipt), attempts)
        .await?
    {
        ReceiptReply::Done { .. } => {
            let mut seen = world.seen.borrow_mut();
            seen.deliveries.get_mut(key).expect("it was sent").is_booked = true;
            Ok(true)
        }
        ReceiptReply::TooFew { .. } => Ok(false),
        reply @ (ReceiptReply::KeyUsedForOtherReceipt | ReceiptReply::UnknownSku { .. }) => {
            world.fail(
                "a delivery of known SKUs is booked",
                format!("{key}: {reply:?}"),
            );
            Err(Lost)
        }
    }
}

async fn change(world: &Rc<World>, key: &str) {
    let orders = world.seen.borrow().orders();
    if orders.is_empty() {
        return;
    }
    let (receipt, method) = world.random.pick(&orders).clone();
    let Ok(Some(record)) = seen::look(world, &receipt.id).await else {
        return;
    };
    let asked = ChangeOrder {
        key: key.to_owned(),
        order: receipt.id,
        by: Actor::Staff,
        by_name: None,
        action: draw(world, &record, method),
    };
    world.executor.sleep(world.random.between(0, 3_000)).await;
    let reply = world.insist(CHANGES_PATH, Some(&asked), 5).await;
    world.note(|| {
        let done = match &reply {
            Ok(ChangeReply::Done { record } | ChangeReply::Already { record }) => {
                format!("{:?}", record.progress)
            }
            other => format!("{other:?}"),
        };
        format!("staff: {} {:?}: {done}", asked.order, asked.action)
    });
    match reply {
        Ok(ChangeReply::Done { record } | ChangeReply::Already { record }) => {
            world.seen.borrow_mut().changes += 1;
            seen::record(world, &record);
        }
        Ok(ChangeReply::Illegal { .. }) | Err(Lost) => {}
        Ok(reply @ (ChangeReply::UnknownOrder | ChangeReply::KeyUsedForOtherChange)) => {
            world.fail("acknowledged survives", format!("{asked:?}: {reply:?}"));
        }
    }
}

/// What chance does to an order: mostly what comes next, at times anything.
fn draw(world: &World, record: &OrderRecord, method: PaymentMethod) -> Action {
    let random = &world.random;
    let total = record.order.total.max(1);
    let funds = record.progress.funds;
    let reason = || "so it is".to_owned();
    let reference = || "bank".to_owned();
    let by_hand = method != PaymentMethod::Card;
    if by_hand && funds.refunding > 0 && random.chance(500) {
        let (refund, amount) = (reference(), funds.refunding);
        return match random.chance(800) {
            true => Action::SettleRefund {
                provider: None,
                refund,
                amount,
            },
            false => Action::FailRefund {
                provider: None,
                request: None,
                refund,
                amount,
                reason: reason(),
            },
        };
    }
    if by_hand && funds.captured == 0 && random.chance(400) {
        let amount = if random.chance(900) { total } else { total + 1 };
        return Action::ReceivePayment {
            amount,
            reference: reference(),
        };
    }
    let carrier = || Action::Ship {
        carrier: "SF".to_owned(),
        tracking: String::new(),
        unpaid_reason: random.chance(100).then(reason),
    };
    match random.below(10) {
        0 => Action::Cancel { reason: reason() },
        1 | 2 => Action::Allocate,
        3 | 4 => carrier(),
        5 => Action::Deliver,
        6 | 7 => {
            let line = random.index(record.order.lines.len());
            let most = i64::from(record.order.lines[line].quantity).max(1);
            let quantity = u32::try_from(random.between(1, most)).expect("small");
            let units = vec![ReturnedUnits {
                line,
                quantity,
                restock: random.chance(700),
            }];
            let refund = match random.index(3) {
                0 => Some(random.between(1, total)),
                1 => Some(0),
                _ => None,
            };
            Action::Return {
                units,
                refund,
                reason: reason(),
            }
        }
        8 => Action::Refund {
            amount: random.between(1, total),
            reason: reason(),
        },
        _ => Action::Expire,
    }
}
