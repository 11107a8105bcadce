//! Carts whose lines belong to several shards.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use souk_e2e::buyers::{self, Outcome};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Client, Platform, Shop, eventually};
use souk_protocol::origin::Action;
use souk_protocol::staff;
use souk_sharding::layout;

use crate::{
    PRICE, SHARDS, books_add_up, cart, comes_to, home, is_problem, look, numbers, place, skus_of,
    text,
};

/// One SKU of the demo catalogue of each shard, with its units.
async fn one_of_each_shard(shop: &Shop) -> Result<Vec<(String, i64)>> {
    let client = shop.client();
    let list: Value = client.get("/api/v1/products?limit=50").await?.json()?;
    let mut found: Vec<Option<(String, i64)>> = vec![None; usize::from(SHARDS)];
    for item in list["items"].as_array().context("products")? {
        for variant in item["variants"].as_array().context("variants")? {
            let sku = text(variant, "sku");
            let account = shop.stock(sku).await?;
            let place = &mut found[usize::from(layout::place_by_hash(sku, SHARDS))];
            // Few enough to be bought in one order.
            if place.is_none() && (2..=50).contains(&account.available) {
                *place = Some((sku.to_owned(), account.available));
            }
        }
    }
    let found: Option<Vec<_>> = found.into_iter().collect();
    found.context("the demo has a SKU for each shard")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cart_over_all_shards_is_one_order_and_its_units_can_be_bought_again() -> Result<()> {
    let shop = Shop::start(Platform::WorkersSharded).await?;
    shop.publish_demo().await?;
    let client = shop.client();
    let skus = one_of_each_shard(&shop).await?;
    // All units but one, from the last shard to the first: its home is the last one.
    let lines = skus.iter().rev();
    let lines: Vec<_> = lines
        .map(|(sku, units)| (sku.as_str(), u32::try_from(units - 1).unwrap_or(u32::MAX)))
        .collect();
    let body = cart(&lines);
    let order = place(&client, "all", &body).await?;
    ensure!(home(&order) == SHARDS - 1, "{order}");
    ensure!(look(&client, &order).await? == order);
    for (sku, units) in &skus {
        comes_to(&shop, sku, (*units, 1, 0, units - 1)).await?;
    }

    // The same key again, and with other content whose first line is at home elsewhere.
    let again = buyers::send_body(&client, "all", &body).await?;
    ensure!(again.status == 200, "{}", again.beginning());
    ensure!(again.json::<Value>()? == order);
    let other = buyers::send_body(&client, "all", &cart(&[(&skus[0].0, 1)])).await?;
    is_problem(&other, 422, "idempotency-key-reused")?;

    // More than there is, on a shard that is not the home, is refused without moving anything.
    let mut more = lines.clone();
    more[2].1 = 2;
    (more[0].1, more[1].1) = (1, 1);
    let refused = buyers::send_body(&client, "more", &cart(&more)).await?;
    is_problem(&refused, 409, "sold-out")?;
    let refused: Value = refused.json()?;
    ensure!(
        refused["sku"] == more[2].0 && refused["available"].is_null(),
        "{refused}"
    );
    for (sku, units) in &skus {
        comes_to(&shop, sku, (*units, 1, 0, units - 1)).await?;
    }

    let reason = "changed my mind".to_owned();
    let cancel = Action::Cancel { reason };
    shop.change(text(&order, "id"), "cancel", &cancel).await?;
    ensure!(text(&look(&client, &order).await?, "status") == "cancelled");
    for (sku, units) in &skus {
        comes_to(&shop, sku, (*units, *units, 0, 0)).await?;
    }
    let all = skus.iter();
    let all: Vec<_> = all
        .map(|(sku, units)| (sku.as_str(), u32::try_from(*units).unwrap_or(u32::MAX)))
        .collect();
    let all = cart(&all);
    // On the shelf of the order's home first, and on its way to where it is sold after a moment.
    let everything = eventually("everything can be bought again", async || {
        let answer = buyers::send_body(&client, "again", &all).await?;
        if answer.problem() == "sold-out" {
            return Ok(None);
        }
        ensure!(answer.status == 201, "{}", answer.beginning());
        answer.json::<Value>().map(Some)
    })
    .await?;
    ensure!(home(&everything) == 0, "{everything}");
    for (sku, units) in &skus {
        comes_to(&shop, sku, (*units, 0, 0, *units)).await?;
    }
    books_add_up(&shop, 2).await
}

/// Buyers at once.
const BUYERS: usize = 300;
/// Those of them who come before the rush.
const EARLY: usize = 12;
/// Units of the SKU that every buyer wants.
const HOT: u32 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_buyers_at_once_buy_exactly_what_there_is() -> Result<()> {
    let hot = skus_of(1, "HOT", 1).remove(0);
    let beside: Vec<_> = (0..SHARDS)
        .map(|shard| skus_of(shard, "BESIDE", 1).remove(0))
        .collect();
    let mut products = vec![single(&hot, PRICE, HOT)];
    products.extend(beside.iter().map(|sku| single(sku, PRICE, 1_000)));
    let shop = Shop::start(Platform::WorkersSharded).await?;
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;

    let buyer = |number: usize| {
        let own = beside[number % beside.len()].as_str();
        (format!("buyer-{number}"), cart(&[(own, 1), (&hot, 1)]))
    };
    // A few one after the other, so that every shard places some however slow it is in the rush.
    let mut first = Vec::new();
    for number in 0..EARLY {
        first.extend(buy(&shop.client(), vec![buyer(number)]).await?);
    }
    first.extend(buy(&shop.client(), (EARLY..BUYERS).map(buyer).collect()).await?);
    // Units that were released for an order that was not placed in time come back a moment later,
    // and the origin refused the buyers who ordered in between.
    let mut orders = placed(&first)?;
    println!(
        "{} of {HOT} units were sold to the first {BUYERS} buyers",
        orders.len()
    );
    ensure!(
        orders.len() > usize::try_from(HOT)? / 2,
        "{} orders",
        orders.len()
    );
    let supplied = i64::from(HOT);
    eventually("every unit is on some shard's books", async || {
        Ok((shop.stock(&hot).await?.supplied == supplied).then_some(()))
    })
    .await?;
    let left = shop.stock(&hot).await?.available;
    ensure!(left == supplied - i64::try_from(orders.len())?, "{left}");
    let late = BUYERS..BUYERS + usize::try_from(left)?;
    let late = buy(&shop.client(), late.map(buyer).collect()).await?;
    orders.extend(placed(&late)?);

    ensure!(
        orders.len() == usize::try_from(HOT)?,
        "{} orders",
        orders.len()
    );
    comes_to(&shop, &hot, (supplied, 0, 0, supplied)).await?;
    let homes: BTreeSet<_> = orders.iter().map(|id| layout::home_of(id)).collect();
    ensure!(homes.len() == usize::from(SHARDS), "{homes:?}");
    let mut sold = 0;
    for sku in &beside {
        eventually("what was not sold is back", async || {
            let account = shop.stock(sku).await?;
            Ok((account.supplied == 1_000 && account.held == 0).then_some(()))
        })
        .await?;
        sold += shop.stock(sku).await?.sold;
    }
    ensure!(sold == supplied, "{sold} beside {supplied}");
    let last = buy(&shop.client(), vec![buyer(BUYERS * 2)]).await?;
    ensure!(placed(&last)?.is_empty(), "{last:?}");
    books_add_up(&shop, orders.len()).await
}

/// All buyers order at the same moment.
async fn buy(client: &Client, carts: Vec<(String, Value)>) -> Result<Vec<Outcome>> {
    let count = carts.len().max(1);
    let settled = stream::iter(carts)
        .map(async |(key, body)| buyers::settle_body(client, &key, &body).await)
        .buffer_unordered(count);
    let settled: Vec<_> = settled.collect().await;
    settled.into_iter().collect()
}

/// The numbers of the orders that were placed, each once.
fn placed(outcomes: &[Outcome]) -> Result<BTreeSet<String>> {
    let orders: Vec<_> = outcomes.iter().filter_map(Outcome::order).collect();
    let ids: BTreeSet<_> = orders
        .iter()
        .map(|order| text(order, "id").to_owned())
        .collect();
    ensure!(ids.len() == orders.len(), "two buyers have one order");
    Ok(ids)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_pays_for_a_cart_over_several_shards() -> Result<()> {
    let shop = Shop::start_taking_cards(Platform::WorkersSharded, 15).await?;
    let skus: Vec<_> = (0..SHARDS)
        .map(|shard| skus_of(shard, "CARD", 1).remove(0))
        .collect();
    let products: Vec<_> = skus.iter().map(|sku| single(sku, PRICE, 10)).collect();
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let client = shop.client();
    let mut body = cart(&[(&skus[2], 1), (&skus[0], 2), (&skus[1], 3)]);
    body["payment"] = json!({"method": "card"});
    let order = place(&client, "card", &body).await?;
    ensure!(home(&order) == 2, "{order}");
    for (sku, units) in skus.iter().zip([2, 3, 1]) {
        comes_to(&shop, sku, (10, 10 - units, units, 0)).await?;
    }

    let (id, token) = (text(&order, "id"), text(&order, "token"));
    let path = format!("/api/v1/orders/{id}/payment?token={token}");
    let page: Value = client.send("POST", &path, &[], "").await?.json()?;
    let url = text(&page, "url");
    let place = url.match_indices('/').nth(2).context("a path")?.0;
    let provider = Client::new(&url[..place]);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let form = "number=4242424242424242&expiry=12/34&cvc=123";
    let typed = provider.send("POST", &url[place..], &headers, form).await?;
    ensure!(typed.status == 303, "{}", typed.beginning());
    // The shopper never comes back: the webhook finds the order on its shard.
    eventually("the order is paid", async || {
        let order = look(&client, &order).await?;
        let paid = text(&order, "status") == "confirmed" && order["payment"]["status"] == "paid";
        Ok(paid.then_some(()))
    })
    .await?;
    for (sku, units) in skus.iter().zip([2, 3, 1]) {
        comes_to(&shop, sku, (10, 10 - units, 0, units)).await?;
    }
    let mut payments = shop.sandbox().payments_of(id);
    payments.retain(|payment| payment.status != "canceled");
    ensure!(
        payments.len() == 1 && payments[0].captured == 6 * i64::from(PRICE),
        "{payments:?}"
    );
    books_add_up(&shop, 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_received_at_one_shard_are_sold_by_another_at_once() -> Result<()> {
    // Units that come in at one shard are sold by another one's order at once.
    let shop = Shop::start(Platform::WorkersSharded).await?;
    let (near, far) = (
        skus_of(2, "NEAR", 1).remove(0),
        skus_of(0, "FAR", 1).remove(0),
    );
    let products = [single(&near, PRICE, 5), single(&far, PRICE, 0)];
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let body = cart(&[(&near, 1), (&far, 1)]);
    let early = buyers::send_body(&shop.client(), "early", &body).await?;
    is_problem(&early, 409, "sold-out")?;
    let receipt = json!({"lines": [{"sku": far, "units": 3}], "reason": "delivery"});
    let received = shop.ask_staff(
        "POST",
        staff::RECEIVE_STOCK.path(),
        Some("in"),
        receipt.to_string(),
    );
    let received = received.await?;
    ensure!(received.status == 200, "{}", received.beginning());
    ensure!(numbers(&shop.stock(&far).await?) == (3, 3, 0, 0));
    let order = place(&shop.client(), "late", &body).await?;
    ensure!(home(&order) == 2, "{order}");
    comes_to(&shop, &far, (3, 2, 0, 1)).await?;
    books_add_up(&shop, 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn badges_show_what_any_shard_has_sold_out() -> Result<()> {
    let shop = Shop::start(Platform::WorkersSharded).await?;
    let skus: Vec<_> = (0..SHARDS)
        .map(|shard| skus_of(shard, "BADGE", 1).remove(0))
        .collect();
    let products: Vec<_> = skus.iter().map(|sku| single(sku, PRICE, 2)).collect();
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let client = shop.client();
    let badge = async |sku: &str| {
        let path = format!("/api/v1/products/{}", sku.to_lowercase());
        let product: Value = client.get(&path).await?.json()?;
        product["variants"][0]["available"]
            .as_bool()
            .context("a badge")
    };
    // The last units of two shards, by an order that lives on the third.
    let body = cart(&[(&skus[2], 1), (&skus[0], 2), (&skus[1], 2)]);
    let order = place(&client, "all", &body).await?;
    ensure!(home(&order) == 2, "{order}");
    eventually(
        "both are shown as sold out, and the third is not",
        async || {
            let shown = (
                badge(&skus[0]).await?,
                badge(&skus[1]).await?,
                badge(&skus[2]).await?,
            );
            Ok((shown == (false, false, true)).then_some(()))
        },
    )
    .await
}
