//! Sold out under pressure: edges refuse by themselves, and only the origin notices.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};
use souk_e2e::buyers::{self, Outcome, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Client, Platform, Shop, eventually};
use souk_protocol::origin::Action;

const SKU: &str = "FLASH";
const OTHER: &str = "CALM";
const UNITS: u32 = 20;
const LATE: usize = 3_000;
const IN_FLIGHT: usize = 64;
/// Of the refusals, as many go to the origin at most.
const THROUGH_MAX: u64 = LATE as u64 / 100;
/// Requests that an instance of Spin works on at the same time.
const UNDER_WAY: u64 = 16;
/// A unit that comes back is sold within the six seconds of a sold-out hold. The rest is for a busy
/// machine.
const BACK_WITHIN: Duration = Duration::from_secs(6 + 2);

async fn refusals_of_what_is_sold_out_are_made_at_the_edge(platform: Platform) -> Result<()> {
    let shop = Shop::start_with_lasting_instances(platform).await?;
    let products = [single(SKU, 1_999, UNITS), single(OTHER, 900, 500)];
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let client = shop.client();
    let sold = buyers::settle_all(&client, wishes("sold", SKU, UNITS as usize), 8).await?;
    let refused = sold_out_hold(&client).await?;

    let began = Instant::now();
    let late = buyers::settle_all(&client, wishes("late", SKU, LATE), IN_FLIGHT);
    let (late, meanwhile) = join(late, meanwhile(&client, &sold)).await;
    let (late, took) = (late?, began.elapsed());
    meanwhile?;
    for (wish, outcome) in &late {
        let Outcome::SoldOut { problem } = outcome else {
            anyhow::bail!("{wish:?}: {outcome:?}");
        };
        ensure!(
            problem["sku"] == SKU && problem["available"] == 0,
            "{problem}"
        );
    }
    let tally = tally(&client, platform, refused + LATE as u64).await?;
    let Tally {
        refused: counted,
        on_sold_out_hold,
        instances,
    } = tally;
    ensure!(
        counted >= LATE as u64 / 2,
        "{counted} refusals are counted by {instances} instances"
    );
    // Refusals that caused the sold-out hold do not count.
    let through = (counted - on_sold_out_hold).saturating_sub(refused);
    // Nor do those that an instance of Spin had under way before it first knew of the hold.
    let through_max = match platform {
        Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev => THROUGH_MAX,
        Platform::SpinSqlite | Platform::SpinPostgres => {
            THROUGH_MAX + UNDER_WAY * u64::try_from(instances)?
        }
    };
    println!(
        "{platform:?}: {through} of {counted} refusals came to the origin, \
         by {instances} instances, in {took:?}"
    );
    ensure!(
        through <= through_max,
        "{through} refusals came to the origin"
    );

    // A unit comes back while many buyers order it.
    let order = sold[0].1.order().context("an order")?;
    let id = order["id"].as_str().context("a number")?;
    let reason = "changed my mind".to_owned();
    shop.change(id, "back", &Action::Cancel { reason }).await?;
    let came_back = Instant::now();
    let waited = buy_until_sold(&client, came_back).await?;
    println!("{platform:?}: the unit that came back was sold after {waited:?}");
    ensure!(waited <= BACK_WITHIN, "it was sold after {waited:?}");
    let account = shop.stock(SKU).await?;
    ensure!(
        account.available == 0 && account.sold == i64::from(UNITS),
        "{account:?}"
    );
    ensure!(
        shop.audit().await?.drift.is_empty(),
        "the books do not add up"
    );
    Ok(())
}

fn wishes(name: &str, sku: &str, count: usize) -> Vec<Wish> {
    let wish = |n| Wish {
        key: format!("{name}-{n}"),
        sku: sku.to_owned(),
        quantity: 1,
    };
    (0..count).map(wish).collect()
}

/// Orders until a refusal says that a sold-out hold caused it; gives how many were refused.
async fn sold_out_hold(client: &Client) -> Result<u64> {
    let mut refused = 0;
    for round in 0..100 {
        let wishes = wishes(&format!("crowd-{round}"), SKU, IN_FLIGHT);
        let answers = wishes.iter().map(|wish| buyers::send_once(client, wish));
        let mut is_on_sold_out_hold = false;
        for answer in join_all(answers).await {
            let answer = answer?;
            ensure!(answer.problem() == "sold-out", "{}", answer.beginning());
            is_on_sold_out_hold |= !answer.header("retry-after").is_empty();
            refused += 1;
        }
        if is_on_sold_out_hold {
            return Ok(refused);
        }
    }
    anyhow::bail!("nothing is under a sold-out hold after {refused} refusals")
}

/// A buyer who retries gets the same order, and what is not sold out sells.
async fn meanwhile(client: &Client, sold: &[(Wish, Outcome)]) -> Result<()> {
    for (n, (wish, outcome)) in sold.iter().enumerate() {
        let again = buyers::settle(client, wish).await?;
        let Outcome::Placed {
            order, replayed, ..
        } = &again
        else {
            anyhow::bail!("{wish:?}: {again:?}");
        };
        ensure!(
            *replayed && Some(order) == outcome.order(),
            "{wish:?}: another order"
        );
        let calm = Wish {
            key: format!("calm-{n}"),
            sku: OTHER.to_owned(),
            quantity: 1,
        };
        let calm = buyers::settle(client, &calm).await?;
        ensure!(calm.order().is_some(), "{calm:?}");
    }
    Ok(())
}

/// Buyers go on ordering until one of them gets the unit; gives how long that took.
async fn buy_until_sold(client: &Client, since: Instant) -> Result<Duration> {
    let wishes = (0..).map(|n| Wish {
        key: format!("again-{n}"),
        sku: SKU.to_owned(),
        quantity: 1,
    });
    let answers = stream::iter(wishes).map(async |wish| buyers::settle(client, &wish).await);
    let mut answers = std::pin::pin!(answers.buffer_unordered(8));
    while let Some(outcome) = answers.next().await {
        if outcome?.order().is_some() {
            return Ok(since.elapsed());
        }
        ensure!(
            since.elapsed() < Duration::from_secs(60),
            "no order gets it"
        );
    }
    anyhow::bail!("there are no more wishes")
}

/// What instances have counted.
struct Tally {
    refused: u64,
    on_sold_out_hold: u64,
    instances: usize,
}

/// Rounds of looks at the instances of Spin.
const LOOKS: usize = 20;

/// Any instance may answer. On Workers there is one here, and it has counted every refusal. Spin
/// ends instances that have nothing to do, and what they have counted is gone: there it is what
/// those say that are left.
async fn tally(client: &Client, platform: Platform, refused: u64) -> Result<Tally> {
    let mut seen: BTreeSet<[u64; 4]> = BTreeSet::new();
    let mut looks = 0;
    eventually("the instances are seen", async || {
        let asked = (0..IN_FLIGHT).map(|_| client.get("/metrics"));
        for answer in join_all(asked).await {
            let text = answer?.text();
            let counter = |name: &str| -> Result<u64> {
                let line = text.lines().find_map(|line| line.strip_prefix(name));
                Ok(line.context("a counter")?.trim().parse()?)
            };
            // Nothing is ordered meanwhile, so these tell instances apart.
            seen.insert([
                counter("souk_orders_refused_total ")?,
                counter("souk_sold_out_hold_refusals_total ")?,
                counter("souk_orders_accepted_total ")?,
                counter("souk_orders_replayed_total ")?,
            ]);
        }
        looks += 1;
        let sum = |which: usize| seen.iter().map(|counters| counters[which]).sum::<u64>();
        let is_enough = match platform {
            Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev => {
                sum(0) >= refused
            }
            Platform::SpinSqlite | Platform::SpinPostgres => looks >= LOOKS,
        };
        Ok(is_enough.then(|| Tally {
            refused: sum(0),
            on_sold_out_hold: sum(1),
            instances: seen.len(),
        }))
    })
    .await
}

souk_e2e::on_every_platform!(refusals_of_what_is_sold_out_are_made_at_the_edge);
