//! An operator edits the databases without the shop's code, and the staff repair what the audit
//! names, while shoppers go on buying and faults happen once more.
//!
//! It comes after everything else, when the books were found to balance: what was damaged is known
//! to be the damage of this hour, and the runs before it stay what they were.

use std::cell::Cell;
use std::rc::Rc;

use souk_protocol::origin::{
    AUDIT_PATH, AuditReport, Drift, PaymentMethod, RECEIPTS_PATH, REPAIRS_PATH, ReceiptLine,
    ReceiptReply, RepairBooks, RepairReply, StockReceipt, Subject,
};

use crate::seen::Wish;
use crate::shopper;
use crate::world::{Lost, World};

/// What is done to a store.
const DAMAGES: [&str; 5] = [
    // Units are hidden, and units that no shopper ordered are held.
    "UPDATE stock SET available = available - 1, sold = sold + 1
        WHERE available > 0 AND guest = 0",
    "UPDATE stock SET supplied = supplied + 1, held = held + 1",
    // The ledger forgets what orders took and gave back, and what came from other shards.
    "DELETE FROM stock_movement WHERE order_id IS NOT NULL AND id % 3 = 0",
    "DELETE FROM stock_movement WHERE kind = 'arrive'",
    // The shop loses the record that the back office has received some orders.
    "DELETE FROM delivered WHERE sequence = 0",
];
/// Rounds of repairs until the audit is content; one is enough where nothing goes wrong.
const ROUNDS_MAX: u32 = 8;
/// Shoppers, and orders that each of them wants to place.
const SHOPPERS: usize = 3;
const ORDERS_EACH: usize = 4;

/// Damages the books, and has them repaired.
pub(crate) async fn damage_and_repair(world: &Rc<World>, kill: fn(&Rc<World>)) -> Result<(), Lost> {
    world.free().await;
    world.is_damaged.set(true);
    for database in &world.databases {
        for damage in DAMAGES {
            if world.random.chance(400) {
                world.note(|| format!("!! an operator runs {damage}"));
                database.edit(damage);
            }
        }
    }
    let repairs = Rc::new(Cell::new(0));
    world.set_rough(true);
    for number in 0..SHOPPERS {
        world.start(buy(Rc::clone(world), number));
    }
    for _ in 0..2 {
        let (task, repairs) = (Rc::clone(world), Rc::clone(&repairs));
        world.start(async move {
            // A repair that gets no answer is left to the next round.
            let _ = round(&task, &repairs).await;
        });
    }
    for _ in 0..world.plan.crashes.min(2) {
        world.executor.sleep(world.random.between(0, 20_000)).await;
        kill(world);
    }
    while world.busy.get() > 0 {
        world.executor.sleep(10_000).await;
    }
    world.set_rough(false);
    world.note(|| "everything is calm, and the rest is repaired".to_owned());
    for _ in 0..ROUNDS_MAX {
        if round(world, &repairs).await? {
            break;
        }
    }
    world.is_damaged.set(false);
    Ok(())
}

async fn buy(world: Rc<World>, number: usize) {
    for turn in 0..ORDERS_EACH {
        world.executor.sleep(world.random.between(0, 10_000)).await;
        let sku = world.random.index(world.plan.skus);
        let quantity = u32::try_from(world.random.between(1, 2)).expect("small");
        let wish = Wish {
            lines: vec![(format!("sku-{sku}"), quantity)],
            method: PaymentMethod::OnDelivery,
        };
        let key = format!("probe-damaged-{number}-{turn}");
        // Refused or not, and answered or not: the books have to balance.
        let _ = shopper::place(&world, &key, &wish, 4).await;
    }
}

/// Repairs whatever the audit names; `true` when it names nothing.
async fn round(world: &Rc<World>, repairs: &Cell<u32>) -> Result<bool, Lost> {
    let report: AuditReport = world.insist(AUDIT_PATH, None::<&()>, 40).await?;
    for drift in &report.drift {
        let subject = subject(drift);
        repairs.set(repairs.get() + 1);
        let key = format!("repair-{}", repairs.get());
        repair(world, &key, subject).await?;
    }
    Ok(report.drift.is_empty())
}

fn subject(drift: &Drift) -> Subject {
    let name = drift.subject.clone();
    match drift.kind.is_of_sku() {
        true => Subject::Sku(name),
        false => Subject::Order(name),
    }
}

/// Repairs one thing; where units have to come in first, they do.
async fn repair(world: &Rc<World>, key: &str, subject: Subject) -> Result<(), Lost> {
    let asked = RepairBooks {
        by_name: None,
        key: key.to_owned(),
        home: None,
        subject,
        reason: "the audit named it".to_owned(),
        preview: false,
    };
    for attempt in 0..ROUNDS_MAX {
        let reply = world.insist(REPAIRS_PATH, Some(&asked), 40).await?;
        world.note(|| format!("staff repairs {:?} as {key}: {reply:?}", asked.subject));
        match reply {
            RepairReply::Done { .. } | RepairReply::Already { .. } => return Ok(()),
            RepairReply::Short { sku, units } => {
                let receipt = StockReceipt {
                    by_name: None,
                    home: None,
                    key: format!("{key}-{attempt}"),
                    lines: vec![ReceiptLine { sku, units }],
                    reason: "counted".to_owned(),
                };
                let _: ReceiptReply = world.insist(RECEIPTS_PATH, Some(&receipt), 40).await?;
            }
            RepairReply::Would { .. }
            | RepairReply::KeyUsedForSomethingElse
            | RepairReply::Unknown => {
                world.fail(
                    "what the audit names is known",
                    format!("{asked:?}: {reply:?}"),
                );
                return Err(Lost);
            }
        }
    }
    Ok(())
}
