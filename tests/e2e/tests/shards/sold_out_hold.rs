//! A SKU that has another owner since the shop has grown is sold out under pressure: edges refuse
//! by themselves, and every buyer finds the order, wherever it lives.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use souk_e2e::buyers::{self, Outcome, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Client, Platform, Shop};

use crate::{PRICE, books_add_up, home, skus_of};

const UNITS: usize = 40;
/// Bought before the shop grows.
const EARLY: usize = 15;
const CROWD: usize = 64;
const ROUNDS: usize = 5;

fn wish(name: &str, number: usize, sku: &str) -> Wish {
    Wish {
        key: format!("{name}-{number}"),
        sku: sku.to_owned(),
        quantity: 1,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sku_of_a_shop_that_has_grown_is_on_sold_out_hold_and_its_buyers_find_their_orders()
-> Result<()> {
    let hot = skus_of(2, "SOLD_OUT_HOLD", 1).remove(0);
    let mut shop = Shop::start(Platform::Workers).await?;
    let units = u32::try_from(UNITS)?;
    shop.publish(&CatalogueFile::new(&[single(&hot, PRICE, units)])?.path())
        .await?;
    let buy = async |client: &Client, numbers: std::ops::Range<usize>| {
        let wishes = numbers.map(|number| wish("bought", number, &hot)).collect();
        buyers::settle_all(client, wishes, 8).await
    };
    let mut bought = buy(&shop.client(), 0..EARLY).await?;
    shop.task("shards", &["grow", "--to", "3"]).await?;
    // An isolate that knew the layout from before knows it no more.
    shop.restart().await?;
    let client = shop.client();
    bought.extend(buy(&client, EARLY..UNITS).await?);
    let homes: BTreeSet<_> = bought
        .iter()
        .map(|(_, outcome)| outcome.order().map(home))
        .collect();
    ensure!(homes == [Some(0), Some(2)].into(), "{homes:?}");

    // A hold lasts five seconds without a new refusal, which a busy machine may take for one round.
    for round in 0..ROUNDS {
        sold_out_hold(&client, &hot).await?;
        let before = sold_out_hold_refusals(&client).await?;
        crowd_is_refused_and_buyers_find_their_orders(&client, &bought, &hot, round).await?;
        let refused = sold_out_hold_refusals(&client).await? - before;
        println!("{refused} of {CROWD} strangers were refused without asking the origin");
        if refused >= CROWD as u64 / 2 {
            return books_add_up(&shop, UNITS).await;
        }
    }
    anyhow::bail!("in none of {ROUNDS} rounds half of the strangers were refused by the hold")
}

/// Strangers and the buyers of all orders send at once.
async fn crowd_is_refused_and_buyers_find_their_orders(
    client: &Client,
    bought: &[(Wish, Outcome)],
    sku: &str,
    round: usize,
) -> Result<()> {
    let strangers = (0..CROWD).map(|number| wish(&format!("late-{round}"), number, sku));
    let strangers: Vec<_> = strangers.collect();
    let retries = bought.iter().map(|(wish, _)| buyers::settle(client, wish));
    let refused = strangers.iter().map(|wish| buyers::send_once(client, wish));
    let (retries, refused) = futures_util::future::join(join_all(retries), join_all(refused)).await;
    for answer in refused {
        let answer = answer?;
        ensure!(answer.problem() == "sold-out", "{}", answer.beginning());
    }
    for ((wish, outcome), again) in bought.iter().zip(retries) {
        let again = again?;
        let Outcome::Placed { replayed, .. } = &again else {
            anyhow::bail!("{}: {again:?}", wish.key);
        };
        ensure!(
            *replayed && again.order() == outcome.order(),
            "{}",
            wish.key
        );
    }
    Ok(())
}

/// Orders until a refusal says that a sold-out hold caused it.
async fn sold_out_hold(client: &Client, sku: &str) -> Result<()> {
    let mut refused = 0;
    for round in 0..200 {
        let wishes = (0..CROWD).map(|number| wish(&format!("crowd-{round}"), number, sku));
        let wishes: Vec<_> = wishes.collect();
        let answers = wishes.iter().map(|wish| buyers::send_once(client, wish));
        for answer in join_all(answers).await {
            let answer = answer?;
            ensure!(answer.problem() == "sold-out", "{}", answer.beginning());
            if !answer.header("retry-after").is_empty() {
                println!("under a sold-out hold after {refused} refusals");
                return Ok(());
            }
            refused += 1;
        }
    }
    anyhow::bail!("nothing is under a sold-out hold after {refused} refusals")
}

async fn sold_out_hold_refusals(client: &Client) -> Result<u64> {
    let text = client.get("/metrics").await?.text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("souk_sold_out_hold_refusals_total "));
    Ok(line.context("a counter")?.trim().parse()?)
}
