//! One run: a rough time with all actors in the shop, then calm, then the audit.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use souk_order_index::sqlite::SqliteOrderIndex;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_protocol::origin::{
    AUDIT_PATH, AuditReport, OFFERS_PATH, PaymentMethod, Queue, REPLAY_PATH, Replay, Replayed,
    SetTerms, TERMS_PATH,
};
use souk_protocol::shards::{GROW_PATH, Grow, GrowReply};
use souk_search_tallies::sqlite::SqliteSearchTallies;
use souk_storefront::Instance;

use crate::database::Calm;
use crate::executor::Node;
use crate::plan::Plan;
use crate::seen::Wish;
use crate::shopper::{self, Answer};
use crate::world::{Failure, Lost, World, deployed};
use crate::{auditor, back_office, crowd, operator, provider, sold_out_holds, staff};

/// More polls than any run needs: beyond, something goes round in circles.
const STEPS_MAX: u64 = 2_000_000;
/// Polls between two looks at the accounts.
const GLANCE_STEPS: u64 = 200;
/// How long things may go wrong, in milliseconds.
const ROUGH_MS: i64 = 40 * 60 * 1_000;
/// Looks whether everything has come to rest: ten minutes apart, two days in all.
const LOOKS_MAX: u32 = 288;

/// Steps of growing that one command requests: eight times as many as any of the seeds 1 to 234 takes.
/// Beyond, steps do not come through where one of many stores does not answer.
const STEPS_OF_GROWTH_MAX: u32 = 100;

/// What is not yet where it belongs.
const UNDER_WAY: &str = "SELECT transfer FROM departure WHERE state = 'open'
    UNION ALL SELECT sku FROM stock WHERE guest = 1 AND available > 0
    UNION ALL SELECT 'the shop grows' FROM layout WHERE growing_to IS NOT NULL";

/// What a run was like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The rule that did not hold.
    pub failure: Option<Failure>,
    /// What happened, line by line.
    pub trace: Vec<String>,
    /// Polls.
    pub steps: u64,
    /// Orders on the books.
    pub orders: usize,
    /// Events of orders, by kind.
    pub events: BTreeMap<String, usize>,
}

/// Runs a plan.
pub fn run(plan: &Plan) -> Outcome {
    let world = World::new(plan);
    let is_over = Rc::new(Cell::new(false));
    let (directed, over) = (Rc::clone(&world), Rc::clone(&is_over));
    world.executor.spawn(Node::Outside, async move {
        if direct(&directed).await.is_err() && directed.failure().is_none() {
            directed.fail(
                "a client that retries gets an answer",
                "none did at the end",
            );
        }
        over.set(true);
    });
    let mut next_glance = 0;
    while !is_over.get() && world.failure().is_none() {
        if !world.executor.step() {
            world.fail("a run comes to an end", "every task waits for another");
        }
        let steps = world.executor.steps();
        if steps > STEPS_MAX {
            world.fail("a run comes to an end", format!("not in {steps} steps"));
        }
        let is_open = !world.seen.borrow().first_units.is_empty();
        if steps >= next_glance && is_open && world.is_free() {
            next_glance = steps + GLANCE_STEPS;
            auditor::glance(&world);
        }
    }
    let (orders, mut events) = auditor::kinds(&world);
    events.extend(world.sold_out_holds.counts());
    let outcome = Outcome {
        failure: world.failure(),
        trace: world.trace(),
        steps: world.executor.steps(),
        orders,
        events,
    };
    // Tasks hold the world, and the world holds the tasks.
    world.executor.end();
    outcome
}

async fn direct(world: &Rc<World>) -> Result<(), Lost> {
    open(world).await?;
    world.set_rough(true);
    for number in 0..world.plan.shoppers {
        world.start(shopper::shop(Rc::clone(world), number));
    }
    for number in 0..world.plan.staff {
        world.start(staff::work(Rc::clone(world), number));
    }
    world
        .executor
        .spawn(Node::Outside, provider::tell_all(Rc::clone(world)));
    for number in 0..world.plan.crowds {
        world.start(crowd::come(Rc::clone(world), number));
    }
    world.start(crowd::turn_clocks(Rc::clone(world)));
    employ(world);
    world.start(trouble(Rc::clone(world)));
    for _ in 0..world.plan.growers {
        world.start(grow(Rc::clone(world)));
    }
    world.start(slip(Rc::clone(world)));
    world
        .executor
        .sleep(world.random.between(0, ROUGH_MS))
        .await;
    world.note(|| "the origin gets a new key".to_owned());
    world.origin.replace(deployed(2));
    while world.busy.get() > 0 {
        world.executor.sleep(10_000).await;
    }
    world.set_rough(false);
    world.note(|| "everything is calm".to_owned());
    settle(world).await?;
    rest(world).await?;
    world.index.free().await;
    world.free().await;
    auditor::close(world);
    ask_the_audit(world).await?;
    if world.random.chance(500) {
        operator::damage_and_repair(world, kill).await?;
        rest(world).await?;
        world.free().await;
        auditor::glance(world);
        ask_the_audit(world).await?;
    }
    sold_out_holds::end(world).await;
    sell_the_rest(world).await?;
    crowd::sell_what_comes_back(world).await?;
    world.free().await;
    auditor::glance(world);
    Ok(())
}

async fn open(world: &Rc<World>) -> Result<(), Lost> {
    for database in &world.databases {
        let store = SqliteOrderStore::new(Calm(database));
        if let Err(error) = store.set_up().await {
            world.fail("a database can be set up", error.to_string());
            return Err(Lost);
        }
    }
    let set_up = async {
        SqliteOrderIndex::new(Calm(&world.index)).set_up().await?;
        SqliteSearchTallies::new(Calm(&world.index)).set_up().await
    };
    if let Err(error) = set_up.await {
        world.fail("a database can be set up", error.to_string());
        return Err(Lost);
    }
    let most = i64::try_from(world.plan.units).unwrap_or(i64::MAX);
    let units: Vec<i64> = (0..world.plan.skus)
        .map(|_| world.random.between(0, most))
        .collect();
    let offers = staff::offers(world, |sku| units[sku]);
    let _: () = world.ask(OFFERS_PATH, Some(&offers)).await?;
    let terms = SetTerms {
        orders: world.published.terms.clone(),
        prices: None,
        revoked: Vec::new(),
    };
    let _: () = world.ask(TERMS_PATH, Some(&terms)).await?;
    let first = offers
        .offers
        .iter()
        .map(|offer| (offer.sku.clone(), offer.initial_units));
    world.seen.borrow_mut().first_units.extend(first);
    Ok(())
}

/// The back office begins its work, and again after a crash. Several ticks at a time do no harm.
fn employ(world: &Rc<World>) {
    for _ in 0..world.plan.tickers {
        let worker = back_office::tick_all(Rc::clone(world));
        world.executor.spawn(Node::BackOffice, worker);
    }
}

/// Kills processes and turns the clock, at moments of chance.
async fn trouble(world: Rc<World>) {
    let mut left = (world.plan.crashes, world.plan.clock_jumps);
    let total = i64::try_from(left.0 + left.1).unwrap_or(0);
    for _ in 0..total {
        world
            .executor
            .sleep(world.random.between(0, 2 * ROUGH_MS / (total + 1)))
            .await;
        // In the middle of something rather than between the acts.
        for _ in 0..world.random.below(30) {
            world.executor.pause().await;
        }
        let crash = left.1 == 0 || (left.0 > 0 && world.random.chance(500));
        if crash {
            left.0 -= 1;
            kill(&world);
        } else {
            left.1 -= 1;
            let ahead_ms = world
                .random
                .between(-2 * 60 * 60 * 1_000, 2 * 60 * 60 * 1_000);
            world.clock_ahead_ms.set(ahead_ms);
            world.sold_out_holds.origin_was_set(world.executor.now_ms());
            world.note(|| format!("!! the origin's clock is {} s ahead", ahead_ms / 1_000));
        }
    }
}

/// Makes the shop grow while all actors are in it, by a command that dies now and then and is run
/// again: each step is requested until one says that the shop has grown.
async fn grow(world: Rc<World>) {
    world
        .executor
        .sleep(world.random.between(0, ROUGH_MS / 2))
        .await;
    let to = world.plan.shards_later;
    for _ in 0..STEPS_OF_GROWTH_MAX {
        let reply: Result<GrowReply, Lost> = world.ask(GROW_PATH, Some(&Grow { to })).await;
        world.note(|| format!("staff makes the shop grow to {to} shards: {reply:?}"));
        match reply {
            Ok(GrowReply::Grown { .. }) => return,
            Ok(GrowReply::Growing { round, .. }) => {
                let copied = usize::try_from(round.keys).unwrap_or(usize::MAX);
                world.keys_copied.set(world.keys_copied.get() + copied);
            }
            Ok(GrowReply::Refused { layout }) => {
                world.fail(
                    "a shop grows to the number that was asked for",
                    format!("{layout:?}"),
                );
                return;
            }
            Err(Lost) => world.executor.sleep(world.random.between(10, 20_000)).await,
        }
        if world.random.chance(100) {
            world.note(|| "!! the command that makes the shop grow dies".to_owned());
            let later = world.random.between(0, 5 * 60_000);
            world.executor.sleep(later).await;
        }
    }
    world.fail("growing comes to an end", format!("to {to} shards"));
}

/// Deploys the shop with another number of shards than it has, which changes nothing.
async fn slip(world: Rc<World>) {
    world
        .executor
        .sleep(world.random.between(0, ROUGH_MS))
        .await;
    if world.plan.shards_slip != world.plan.shards {
        deploy(&world, world.plan.shards_slip).await;
    }
}

/// Deploys the shop with so many shards in its settings. Clients of the origin learn of it sooner
/// or later than the origin itself, as when a new version is rolled out. The stores of the origin
/// restart: an object never goes on with two versions of its code.
async fn deploy(world: &Rc<World>, shards: u16) {
    let origin_first = world.random.chance(500);
    for step in [origin_first, !origin_first] {
        match step {
            true => {
                world.shards.set(shards);
                for (number, database) in world.databases.iter().enumerate() {
                    world.executor.crash(Node::Origin(number));
                    database.crash();
                }
            }
            false => world.shards_asked.set(shards),
        }
        world.executor.sleep(world.random.between(0, 60_000)).await;
    }
    world.note(|| format!("++ the shop is deployed with {shards} shards in its settings"));
}

fn kill(world: &Rc<World>) {
    let edge = world.random.index(world.plan.edges);
    let node = *world.random.pick(&[
        Node::Origin(world.random.index(world.databases.len())),
        Node::Origin(0),
        Node::Edge(edge),
        Node::Payments,
        Node::BackOffice,
    ]);
    let tasks = world.executor.crash(node);
    world.note(|| format!("!! {node:?} is killed, with {tasks} tasks"));
    match node {
        Node::Origin(number) => {
            world.databases[number].crash();
            world.sold_out_holds.forget(number);
        }
        Node::Edge(edge) => {
            world.instances.borrow_mut()[edge] = Rc::new(Instance::new());
            world.known.borrow_mut()[edge] = Rc::default();
        }
        Node::BackOffice => {
            world.index.crash();
            employ(world);
        }
        // It keeps nothing, and is called by others.
        Node::Payments | Node::Outside => {}
    }
}

/// Whatever is not known gets known: the same key once more.
async fn settle(world: &Rc<World>) -> Result<(), Lost> {
    let submissions = world.seen.borrow().submissions.clone();
    for (key, submission) in submissions {
        if submission.is_unknown && submission.placed.is_none() {
            match shopper::place(world, &key, &submission.wish, 40).await? {
                Answer::Placed(_) | Answer::Refused(_) | Answer::OnSoldOutHold => {}
                Answer::KeyReused => world.fail("a key belongs to one content", key),
            }
        }
    }
    let deliveries = world.seen.borrow().deliveries.clone();
    for (key, delivery) in deliveries {
        if !delivery.is_booked {
            staff::book(world, &key, &delivery, 40).await?;
        }
    }
    Ok(())
}

/// Waits until nothing is left to be done.
async fn rest(world: &Rc<World>) -> Result<(), Lost> {
    for _ in 0..LOOKS_MAX {
        world.free().await;
        let left = world.read(
            // Nothing in this world sends mails.
            "SELECT queue, dead, count(*) FROM message WHERE queue <> 'mails' GROUP BY 1, 2",
        );
        if left.is_empty() && world.read(UNDER_WAY).is_empty() {
            return Ok(());
        }
        for row in &left {
            let queue = Queue::ALL
                .into_iter()
                .find(|queue| row.text(0) == Ok(queue.name()));
            let is_dead = row.integer(1) == Ok(1);
            match queue {
                Some(Queue::BackOffice) if is_dead => {
                    let queue = Queue::BackOffice;
                    let _: Replayed = world
                        .insist(REPLAY_PATH, Some(&Replay { queue }), 40)
                        .await?;
                }
                Some(queue) if is_dead => {
                    world.fail(
                        "no hold and no payment needs a person",
                        format!("{queue:?}"),
                    );
                }
                Some(_) | None => {}
            }
        }
        world.executor.sleep(10 * 60 * 1_000).await;
    }
    world.free().await;
    let mut left = world.read("SELECT * FROM message");
    left.extend(world.read(UNDER_WAY));
    world.fail("everything comes to rest", format!("{left:?}"));
    Err(Lost)
}

async fn ask_the_audit(world: &Rc<World>) -> Result<(), Lost> {
    let report: AuditReport = world.insist(AUDIT_PATH, None::<&()>, 40).await?;
    if !report.drift.is_empty() || report.outbox != 0 {
        world.fail("the production audit is content", format!("{report:?}"));
    }
    Ok(())
}

/// Every unit that is on a shelf can be bought, and not one more.
async fn sell_the_rest(world: &Rc<World>) -> Result<(), Lost> {
    let offers = staff::offers(world, |_| 0);
    let _: () = world.insist(OFFERS_PATH, Some(&offers), 40).await?;
    world.free().await;
    for (sku, available) in world.shelves() {
        let backorder = offers
            .offers
            .iter()
            .any(|offer| offer.sku == sku && offer.backorder);
        let mut left = available;
        while left > 0 {
            let quantity = u32::try_from(left.min(7)).expect("small");
            let wish = Wish {
                lines: vec![(sku.clone(), quantity)],
                method: PaymentMethod::OnDelivery,
            };
            let key = format!("probe-{sku}-{left}");
            match shopper::place(world, &key, &wish, 40).await? {
                Answer::Placed(_) => {}
                refused @ (Answer::Refused(_) | Answer::OnSoldOutHold | Answer::KeyReused) => {
                    let found = format!("{quantity} of {available} {sku}: {refused:?}");
                    world.fail("what is on the shelf can be bought", found);
                }
            }
            left -= i64::from(quantity);
        }
        let wish = Wish {
            lines: vec![(sku.clone(), 1)],
            method: PaymentMethod::OnDelivery,
        };
        let answer = shopper::place(world, &format!("probe-{sku}"), &wish, 40).await?;
        let sold_out = answer == Answer::Refused("sold-out".to_owned());
        if sold_out == backorder {
            world.fail(
                "no unit is sold that is not there",
                format!("{sku}: {answer:?}"),
            );
        }
    }
    Ok(())
}
