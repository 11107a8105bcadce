//! Stock under a crowd: exactly as many orders as there are units, whatever happens on the way.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;
use souk_e2e::buyers::{self, Outcome, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::crash::burst_until_killed;
use souk_e2e::{Client, Platform, Shop};

const BUYERS: usize = 2_000;
const UNITS: usize = 100;
const IN_FLIGHT: usize = 300;
const PRICE: u32 = 1_999;

async fn two_thousand_buyers_for_a_hundred_units_make_a_hundred_orders(
    platform: Platform,
) -> Result<()> {
    let shop = shop_with(platform, &["FLASH"]).await?;
    let wishes = wishes("FLASH", BUYERS);
    let settled = buyers::settle_all(&shop.client(), wishes, IN_FLIGHT).await?;
    let (mut created, mut refused, mut settled_by_retry) = (0, 0, 0);
    for (_, outcome) in &settled {
        match outcome {
            Outcome::Placed {
                order,
                replayed,
                attempts,
            } => {
                check_order(order, "FLASH");
                assert!(
                    !replayed || *attempts > 1,
                    "the first sending of a key is no replay"
                );
                if *replayed {
                    settled_by_retry += 1
                } else {
                    created += 1
                }
            }
            Outcome::SoldOut { problem } => {
                check_sold_out(problem, "FLASH");
                refused += 1;
            }
        }
    }
    println!(
        "{platform:?}: {created} created, {settled_by_retry} settled by a retry, {refused} refused"
    );
    assert_eq!(created + settled_by_retry, UNITS);
    assert_eq!(refused, BUYERS - UNITS);
    assert_eq!(
        order_ids(&settled).len(),
        UNITS,
        "every buyer has an order of their own"
    );
    check_books(&shop, "FLASH", UNITS).await
}

/// Buyers of whom each sends three copies: the crowd is that of the test above, the copies are new.
const REPEATING: usize = 600;

async fn every_request_sent_three_times_still_makes_a_hundred_orders(
    platform: Platform,
) -> Result<()> {
    let shop = shop_with(platform, &["THRICE"]).await?;
    let wishes = wishes("THRICE", REPEATING);
    // The three copies of a request stand beside each other, so that they are in flight together.
    let copies = wishes
        .iter()
        .flat_map(|wish| vec![wish.clone(); 3])
        .collect();
    let settled = buyers::settle_all(&shop.client(), copies, IN_FLIGHT).await?;
    let mut by_key: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for (wish, outcome) in &settled {
        by_key.entry(&wish.key).or_default().push(outcome);
    }
    assert_eq!(by_key.len(), REPEATING);
    let (mut placed, mut replays) = (0, 0);
    for (key, outcomes) in &by_key {
        let orders: Vec<&Value> = outcomes
            .iter()
            .filter_map(|outcome| outcome.order())
            .collect();
        let Some(first) = orders.first() else {
            continue;
        };
        assert_eq!(
            orders.len(),
            3,
            "{key}: all three copies get the order, or none does"
        );
        assert!(
            orders.iter().all(|order| order == first),
            "{key}: copies of one order differ"
        );
        let replayed =
            |outcome: &&&Outcome| matches!(outcome, Outcome::Placed { replayed: true, .. });
        let retried = |outcome: &&Outcome| matches!(outcome, Outcome::Placed { attempts: 2.., .. });
        let replayed = outcomes.iter().filter(replayed).count();
        let retried = outcomes.iter().any(retried);
        assert!(
            replayed == 2 || (replayed == 3 && retried),
            "{key}: {replayed} replays"
        );
        check_order(first, "THRICE");
        placed += 1;
        replays += replayed;
    }
    println!("{platform:?}: {placed} orders, {replays} replays");
    assert_eq!(placed, UNITS);
    assert_eq!(order_ids(&settled).len(), UNITS);
    check_books(&shop, "THRICE", UNITS).await
}

/// Buyers who all want something that there is enough of, at the same moment.
const CROWD: usize = 600;

async fn six_hundred_at_once_all_have_an_order_and_no_server_error(
    platform: Platform,
) -> Result<()> {
    let shop = shop_with_units(platform, &["PLENTY"], CROWD).await?;
    let client = shop.client();
    let mut tasks = tokio::task::JoinSet::new();
    for wish in wishes("PLENTY", CROWD) {
        let client = client.clone();
        tasks.spawn(async move {
            let sent = Instant::now();
            let answer = buyers::send_once(&client, &wish).await;
            (wish, answer, sent.elapsed())
        });
    }
    let (mut orders, mut unanswered, mut took) = (BTreeSet::new(), Vec::new(), Vec::new());
    while let Some(sent) = tasks.join_next().await {
        let (wish, answer, elapsed) = sent?;
        // A connection that the platform refused brought no answer, and is not one of the shop.
        let Ok(answer) = answer else {
            unanswered.push(wish);
            continue;
        };
        assert_eq!(answer.status, 201, "{}: {}", wish.key, answer.beginning());
        let order: Value = answer.json()?;
        check_order(&order, "PLENTY");
        orders.insert(order["id"].as_str().context("a number")?.to_owned());
        took.push(elapsed);
    }
    took.sort();
    let at = |share: usize| took[(took.len() - 1) * share / 100];
    println!(
        "{platform:?}: {} answers, {} connections without one; p50 {:?}, p99 {:?}, last {:?}",
        took.len(),
        unanswered.len(),
        at(50),
        at(99),
        at(100)
    );
    for (_, outcome) in buyers::settle_all(&client, unanswered, IN_FLIGHT).await? {
        let id = outcome.order().context("there are units for all")?["id"].clone();
        orders.insert(id.as_str().context("a number")?.to_owned());
    }
    assert_eq!(orders.len(), CROWD, "every buyer has an order of their own");
    check_books_of(&shop, "PLENTY", CROWD, CROWD).await
}

/// Rounds of the crash test; each one kills the runtime once, at a moment of its own.
const CRASHES: usize = 2;
const CRASH_BUYERS: usize = 400;

async fn no_acknowledged_order_is_lost_or_doubled_when_the_runtime_is_killed(
    platform: Platform,
) -> Result<()> {
    let seed = souk_e2e::seed();
    println!("{platform:?}: SOUK_E2E_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let skus: Vec<String> = (0..CRASHES).map(|round| format!("CRASH-{round}")).collect();
    let names: Vec<&str> = skus.iter().map(String::as_str).collect();
    let mut shop = shop_with(platform, &names).await?;
    for (round, sku) in names.iter().enumerate() {
        // Between the first acknowledgement and the last unit but one.
        let kill_after = random.usize(1..UNITS - 1);
        let wishes = wishes(sku, CRASH_BUYERS);
        let acknowledged = burst_until_killed(&mut shop, wishes.clone(), kill_after).await?;
        assert!(acknowledged.len() >= kill_after);
        shop.restart().await?;
        let client = shop.client();
        check_still_there(&client, &acknowledged).await?;
        // All buyers retry: a buyer with an order gets that one, and the others get the rest.
        let settled = buyers::settle_all(&client, wishes, IN_FLIGHT).await?;
        let placed = settled
            .iter()
            .filter(|(_, outcome)| outcome.order().is_some());
        assert_eq!(placed.count(), UNITS, "round {round}");
        assert_eq!(order_ids(&settled).len(), UNITS, "round {round}");
        for (wish, outcome) in &settled {
            if let Some(order) = acknowledged.get(&wish.key) {
                let again = outcome.order().context("an acknowledged order is gone")?;
                assert_eq!(again, order, "round {round}: {}", wish.key);
            }
        }
        let kept = acknowledged.len();
        println!("{platform:?}: round {round}: killed after {kill_after}, {kept} acknowledged");
        check_books(&shop, sku, UNITS * (round + 1)).await?;
    }
    Ok(())
}

async fn check_still_there(client: &Client, orders: &BTreeMap<String, Value>) -> Result<()> {
    for order in orders.values() {
        let text = |name: &str| order[name].as_str().unwrap_or_default();
        let path = format!("/api/v1/orders/{}?token={}", text("id"), text("token"));
        let answer = client.get(&path).await?;
        assert_eq!(answer.status, 200, "an acknowledged order is gone: {order}");
        assert_eq!(&answer.json::<Value>()?, order);
    }
    Ok(())
}

async fn shop_with(platform: Platform, skus: &[&str]) -> Result<Shop> {
    shop_with_units(platform, skus, UNITS).await
}

async fn shop_with_units(platform: Platform, skus: &[&str], units: usize) -> Result<Shop> {
    let units = u32::try_from(units)?;
    let products: Vec<_> = skus.iter().map(|sku| single(sku, PRICE, units)).collect();
    let shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    assert_eq!(shop.stock(skus[0]).await?.available, i64::from(units));
    Ok(shop)
}

fn wishes(sku: &str, count: usize) -> Vec<Wish> {
    let wish = |buyer| Wish {
        key: format!("{sku}-{buyer}"),
        sku: sku.to_owned(),
        quantity: 1,
    };
    (0..count).map(wish).collect()
}

fn order_ids(settled: &[(Wish, Outcome)]) -> BTreeSet<&str> {
    settled
        .iter()
        .filter_map(|(_, outcome)| outcome.order()?["id"].as_str())
        .collect()
}

fn check_order(order: &Value, sku: &str) {
    assert_eq!(order["status"], "confirmed", "{order}");
    assert_eq!(order["lines"][0]["sku"], sku, "{order}");
    assert_eq!(order["lines"][0]["quantity"], 1, "{order}");
    assert_eq!(order["lines"][0]["unit_price"]["amount"], PRICE, "{order}");
    assert_eq!(order["total"]["amount"], PRICE, "{order}");
    assert_eq!(order["total"]["currency"], "USD", "{order}");
    assert!(
        order["token"]
            .as_str()
            .is_some_and(|token| token.len() >= 32),
        "{order}"
    );
}

fn check_sold_out(problem: &Value, sku: &str) {
    assert_eq!(problem["sku"], sku, "{problem}");
    assert_eq!(problem["available"], 0, "{problem}");
    assert_eq!(problem["status"], 409, "{problem}");
}

/// Everything was sold, and the ledger adds up.
async fn check_books(shop: &Shop, sku: &str, orders: usize) -> Result<()> {
    check_books_of(shop, sku, UNITS, orders).await
}

async fn check_books_of(shop: &Shop, sku: &str, units: usize, orders: usize) -> Result<()> {
    let account = shop.stock(sku).await?;
    let units = i64::try_from(units)?;
    let numbers = (
        account.supplied,
        account.available,
        account.held,
        account.sold,
    );
    assert_eq!(numbers, (units, 0, 0, units), "{account:?}");
    let audit = shop.audit().await?;
    assert_eq!(audit.drift, Vec::new());
    assert_eq!(audit.orders, i64::try_from(orders)?);
    Ok(())
}

souk_e2e::on_every_platform_and_over_shards!(
    two_thousand_buyers_for_a_hundred_units_make_a_hundred_orders,
    every_request_sent_three_times_still_makes_a_hundred_orders,
    six_hundred_at_once_all_have_an_order_and_no_server_error,
    no_acknowledged_order_is_lost_or_doubled_when_the_runtime_is_killed,
);
