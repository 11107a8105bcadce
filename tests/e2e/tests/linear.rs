//! What many clients see of one SKU at the same time can be put into one order, on every engine.
//!
//! Buyers order, staff cancel, take money, book units in and out, and look; when each command was
//! begun and answered is written down, and the history of each SKU is held against one counter.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::time::Instant;

use anyhow::{Context, Result, bail};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::commands::{Clerk, Command, Done, Placed};
use souk_e2e::{Platform, Shop};
use souk_simulation::linear::{self, Answer, Call, Operation};

const SKUS: [&str; 3] = ["LINE-A", "LINE-B", "LINE-C"];
/// Few, so that many are refused.
const UNITS: u32 = 9;
/// People at the same time.
const PEOPLE: u64 = 16;
/// What each of them does.
const COMMANDS: usize = 40;

async fn the_history_of_each_sku_is_linearizable(platform: Platform) -> Result<()> {
    let seed = souk_e2e::seed();
    println!("{platform:?}: SOUK_E2E_SEED={seed}");
    let products: Vec<_> = SKUS.iter().map(|sku| single(sku, 1_999, UNITS)).collect();
    let shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let began = Instant::now();
    let people = (0..PEOPLE).map(|person| {
        let clerk = Clerk::new(shop.client(), shop.bearer());
        tokio::spawn(day(
            clerk,
            fastrand::Rng::with_seed(seed ^ person),
            person,
            began,
        ))
    });
    let people: Vec<_> = people.collect();
    let mut histories: Vec<Vec<Operation>> = vec![Vec::new(); SKUS.len()];
    for person in people {
        for (sku, operation) in person.await?? {
            histories[sku].push(operation);
        }
    }
    for (sku, history) in SKUS.iter().zip(&histories) {
        let refused = history
            .iter()
            .filter(|one| matches!(one.answer, Some((Answer::TooFew(_) | Answer::Fewer, _))));
        let (count, refused) = (history.len(), refused.count());
        println!("{platform:?}: {sku}: {count} operations, {refused} refused");
        assert!(refused > 0 && refused < count, "{sku}: all or none refused");
        if let Err(wrong) = linear::check(UNITS.into(), history) {
            bail!("{sku} is not linearizable: {wrong:#?}");
        }
    }
    let audit = shop.audit().await?;
    assert_eq!(audit.drift, Vec::new());
    Ok(())
}

/// What one person does, one command after the other.
async fn day(
    clerk: Clerk,
    mut random: fastrand::Rng,
    person: u64,
    began: Instant,
) -> Result<Vec<(usize, Operation)>> {
    let mut mine: Vec<Placed> = Vec::new();
    let mut history = Vec::new();
    let moment = || u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    for turn in 0..COMMANDS {
        let command = draw(&mut random, &mut mine);
        let called = moment();
        let done = clerk
            .settle(&format!("line-{person}-{turn}"), &command)
            .await?;
        let ended = moment();
        if let (Done::Placed(placed), true) = (&done, random.u8(..10) < 8) {
            mine.push(placed.clone());
        }
        if let Some((sku, call, answer)) = operation(&command, &done)? {
            let answer = Some((answer, ended));
            history.push((
                sku,
                Operation {
                    call,
                    called,
                    answer,
                },
            ));
        }
    }
    Ok(history)
}

fn draw(random: &mut fastrand::Rng, mine: &mut Vec<Placed>) -> Command {
    let sku = random.choice(SKUS).expect("some").to_owned();
    match random.u8(..20) {
        0..=8 => Command::Order {
            lines: vec![(sku, random.u32(1..=3))],
            method: random.choice(["transfer", "on_delivery"]).expect("some"),
        },
        9..=13 if !mine.is_empty() => Command::Cancel(mine.swap_remove(random.usize(..mine.len()))),
        14 if !mine.is_empty() => Command::Pay(mine[random.usize(..mine.len())].clone()),
        15 => Command::Receive {
            sku,
            units: random.i64(1..=2),
        },
        16 => Command::Receive {
            sku,
            units: -random.i64(1..=3),
        },
        _ => Command::Look { sku },
    }
}

/// What a command means for the counter of its SKU; `None` when it leaves it alone.
fn operation(command: &Command, done: &Done) -> Result<Option<(usize, Call, Answer)>> {
    let of = |sku: &str| SKUS.iter().position(|known| *known == sku).context("a SKU");
    Ok(Some(match (command, done) {
        (Command::Order { lines, .. }, Done::Placed(_)) => {
            let (sku, units) = only(lines)?;
            (of(sku)?, Call::Take(units), Answer::Done)
        }
        (Command::Order { lines, .. }, Done::TooFew(left)) => {
            let (sku, units) = only(lines)?;
            (of(sku)?, Call::Take(units), too_few(*left))
        }
        // So many people at so few units are a crowd. A sold-out hold says that there were none
        // when it was set, up to six seconds ago: nothing of the counter as it is now.
        (Command::Order { .. }, Done::OnSoldOutHold) => return Ok(None),
        (Command::Cancel(order), Done::Done) => {
            let (sku, units) = only(&order.lines)?;
            (of(sku)?, Call::Give(units), Answer::Done)
        }
        // Money moves held units to sold ones, or is refused: nothing that the counter knows.
        (Command::Pay(_), Done::Done | Done::Illegal(_)) => return Ok(None),
        (
            Command::Receive {
                sku,
                units: units @ 1..,
            },
            Done::Done,
        ) => (of(sku)?, Call::Give(*units), Answer::Done),
        (Command::Receive { sku, units }, Done::Done) => {
            (of(sku)?, Call::Take(-units), Answer::Done)
        }
        (Command::Receive { sku, units }, Done::TooFew(left)) => {
            (of(sku)?, Call::Take(-units), too_few(*left))
        }
        (Command::Look { sku }, Done::Seen(left)) => (of(sku)?, Call::Look, Answer::Seen(*left)),
        (command, done) => bail!("{command:?} was answered with {done:?}"),
    }))
}

fn too_few(left: Option<i64>) -> Answer {
    left.map_or(Answer::Fewer, Answer::TooFew)
}

/// The one line of an order here.
fn only(lines: &[(String, u32)]) -> Result<(&str, i64)> {
    let [(sku, units)] = lines else {
        bail!("an order of several lines is no command for one counter: {lines:?}");
    };
    Ok((sku, i64::from(*units)))
}

souk_e2e::on_every_platform_and_over_shards!(the_history_of_each_sku_is_linearizable);
