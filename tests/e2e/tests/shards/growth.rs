//! A shop that grows while buyers order: it answers that they should retry, and they do.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use souk_e2e::buyers::{self, Outcome, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::crash::burst_until_killed;
use souk_e2e::{Client, Platform, Shop, eventually};
use souk_protocol::origin::Action;
use souk_protocol::staff;
use souk_sharding::layout;

use crate::{PRICE, SHARDS, books_add_up, cart, home, is_problem, look, place, shards, text};

const SKUS: usize = 60;
const UNITS: u32 = 40;
/// Buyers before, and while the runtime is killed.
const EARLY: usize = 90;
const CAUGHT: usize = 240;
/// Buyers who order while the shop grows, and retry until they have an answer.
const MEANWHILE: usize = 300;

fn sku(number: usize) -> String {
    format!("GROW-{}", number % SKUS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_grows_while_people_want_to_buy_and_nothing_is_lost() -> Result<()> {
    let products: Vec<_> = (0..SKUS)
        .map(|number| single(&sku(number), PRICE, UNITS))
        .collect();
    let mut shop = Shop::start(Platform::Workers).await?;
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    ensure!(shards(&shop).await?.layout.shards == 1);

    let wishes = (0..EARLY).map(|number| wish("early", number)).collect();
    let early = buyers::settle_all(&shop.client(), wishes, EARLY).await?;
    let first = early[0].1.order().context("an order")?.clone();
    let wishes = (0..CAUGHT).map(|number| wish("caught", number)).collect();
    let caught = burst_until_killed(&mut shop, wishes, CAUGHT / 4).await?;

    shop.restart().await?;
    let client = shop.client();
    close_for_a_while(&shop, &client).await?;
    // Buyers whose order had no answer retry, and others come, while the shop grows: by a command
    // that is killed, and by the one that is run again.
    let again = (0..CAUGHT).map(|number| wish("caught", number));
    let new = (0..MEANWHILE).map(|number| wish("meanwhile", number));
    let crowd: Vec<_> = again.chain(new).collect();
    let to = SHARDS.to_string();
    let arguments = ["grow", "--to", &to];
    let (crowd, grown) = tokio::join!(buyers::settle_all(&client, crowd, 60), async {
        let killed =
            tokio::time::timeout(Duration::from_millis(150), shop.task("shards", &arguments));
        drop(killed.await);
        shop.task("shards", &arguments).await
    });
    let (crowd, grown) = (crowd?, grown?);
    ensure!(grown.contains("ordering is open"), "{grown}");
    ensure!(grown.contains("everything adds up"), "{grown}");
    let carts = stream::iter(0..60)
        .map(async |number| {
            let (one, two) = (sku(number), sku(number + 7));
            let body = cart(&[(&one, 1), (&two, 1)]);
            buyers::settle_body(&client, &format!("cart-{number}"), &body).await
        })
        .buffer_unordered(20);
    let carts: Vec<Result<Outcome>> = carts.collect().await;

    let mut sold: BTreeMap<String, i64> = BTreeMap::new();
    let mut orders = BTreeMap::new();
    let all = early.iter().chain(&crowd).map(|(_, outcome)| outcome);
    let carts = carts.into_iter().collect::<Result<Vec<_>>>()?;
    for outcome in all.chain(&carts) {
        // There are more units than the buyers want, so every buyer has an order.
        let order = outcome.order().context("an order was refused")?;
        orders.insert(text(order, "id").to_owned(), order.clone());
        for line in order["lines"].as_array().context("lines")? {
            *sold.entry(text(line, "sku").to_owned()).or_default() += 1;
        }
    }
    ensure!(orders.len() == EARLY + CAUGHT + MEANWHILE + carts.len());
    for (wish, outcome) in &crowd {
        if let Some(acknowledged) = caught.get(&wish.key) {
            ensure!(outcome.order() == Some(acknowledged), "{}", wish.key);
        }
    }
    for number in 0..SKUS {
        let units = i64::from(UNITS);
        let sold = sold.get(&sku(number)).copied().unwrap_or_default();
        crate::comes_to(&shop, &sku(number), (units, units - sold, 0, sold)).await?;
    }
    shop.restart().await?;
    let client = shop.client();
    let again = buyers::settle_all(&client, (0..EARLY).map(|n| wish("early", n)).collect(), 30);
    for (wish, outcome) in again.await? {
        let before = early.iter().find(|(known, _)| known.key == wish.key);
        let before = before.and_then(|(_, outcome)| outcome.order());
        ensure!(outcome.order() == before, "{}: another order", wish.key);
    }
    check_old_order(&shop, &client, &early[0].0.key, &first).await?;
    check_places(&shop, &client).await?;
    books_add_up(&shop, orders.len() + SKUS).await
}

/// One step of growing closes ordering; browsing goes on, and so does what is known of orders.
async fn close_for_a_while(shop: &Shop, client: &Client) -> Result<()> {
    let grow = format!(r#"{{"to":{SHARDS}}}"#);
    let step = shop
        .ask_staff("POST", staff::GROW_SHARDS.path(), None, grow)
        .await?;
    ensure!(step.status == 200, "{}", step.beginning());
    // The keys of its orders alone take more than one.
    ensure!(shards(shop).await?.layout.is_closed());
    let refused = buyers::send_once(client, &wish("closed", 0)).await?;
    is_problem(&refused, 503, "ordering-closed")?;
    ensure!(!refused.header("retry-after").is_empty());
    let page = client.get("/").await?;
    ensure!(page.status == 200, "{}", page.beginning());
    Ok(())
}

fn wish(who: &str, number: usize) -> Wish {
    Wish {
        key: format!("{who}-{number}"),
        sku: sku(number),
        quantity: 1,
    }
}

/// An order from before is found, its key is known, and it can be changed.
async fn check_old_order(shop: &Shop, client: &Client, key: &str, order: &Value) -> Result<()> {
    ensure!(home(order) == 0, "{order}");
    ensure!(look(client, order).await? == *order);
    let bought = text(&order["lines"][0], "sku").to_owned();
    let again = buyers::send_body(client, key, &buyers::order_body(&bought, 1)).await?;
    ensure!(
        again.status == 200,
        "{} {}",
        again.status,
        again.beginning()
    );
    ensure!(text(&again.json()?, "id") == text(order, "id"));
    // With another first line, whose place is on another shard.
    let elsewhere = (0..SKUS).map(sku);
    let elsewhere =
        elsewhere.filter(|sku| *sku != bought && layout::place_by_hash(sku, SHARDS) != 0);
    let elsewhere = elsewhere.into_iter().next().context("a SKU that moved")?;
    let other = buyers::send_body(client, key, &buyers::order_body(&elsewhere, 1)).await?;
    is_problem(&other, 422, "idempotency-key-reused")?;

    let before = shop.stock(&bought).await?;
    let reason = "changed my mind".to_owned();
    let cancel = Action::Cancel { reason };
    shop.change(text(order, "id"), "cancel", &cancel).await?;
    ensure!(text(&look(client, order).await?, "status") == "cancelled");
    eventually(
        "the unit is on the shelf where it is sold now",
        async || {
            let now = shop.stock(&bought).await?;
            Ok(
                (now.available == before.available + 1 && now.supplied == before.supplied)
                    .then_some(()),
            )
        },
    )
    .await
}

/// Every SKU is sold by the shard of its place: the home of an order for it alone.
async fn check_places(shop: &Shop, client: &Client) -> Result<()> {
    let report = shards(shop).await?;
    ensure!(report.layout.shards == SHARDS, "{report:?}");
    let mut counts = vec![0; usize::from(SHARDS)];
    for number in 0..SKUS {
        let sku = sku(number);
        let order = place(
            client,
            &format!("last-{number}"),
            &buyers::order_body(&sku, 1),
        )
        .await?;
        ensure!(
            home(&order) == layout::place_by_hash(&sku, SHARDS),
            "{order}"
        );
        counts[usize::from(home(&order))] += 1;
    }
    println!("SKUs by shard: {counts:?}");
    ensure!(counts.iter().all(|&count| count > 0), "{counts:?}");
    Ok(())
}
