//! A sale without a waiting room on a shop that runs: announced, open and over by the clock, with units
//! of its own and so many to one buyer, and everything adds up afterwards.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use souk_e2e::buyers::{order_body, send_body};
use souk_e2e::catalogue::{CatalogueFile, shop_folder, single};
use souk_e2e::{Answer, Client, Platform, Shop, eventually_within};
use souk_pages::format::timestamp;

const SKU: &str = "TEA";
const SOLD_AS: &str = "sale:drop:TEA";
const PRICE: i64 = 500;
/// Of the shop, and of the sale.
const STOCK: u32 = 40;
const UNITS: u32 = 12;
const BUYERS: usize = 60;
/// Orders on their way at the same time.
const AT_A_TIME: usize = 16;
/// How long after the publish the sale opens, in seconds; more where publishing takes as long.
const LEADS_S: [i64; 3] = [20, 60, 240];
const LASTS_S: i64 = 40;

fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

/// Publishes a shop with a sale that opens at a moment, in milliseconds since 1970.
async fn publish(shop: &Shop, opens_ms: i64) -> Result<()> {
    let file = CatalogueFile::new(&[single(SKU, 1_000, STOCK)])?;
    let folder = shop_folder(&file.path(), 15)?;
    let sale = folder.path().join("sales/drop");
    fs::create_dir_all(&sale)?;
    let opens = timestamp(opens_ms).context("a date")?;
    let closes = timestamp(opens_ms + LASTS_S * 1_000).context("a date")?;
    let text = format!(
        r#"titles = {{ en = "The drop", zh = "限时特卖" }}
opens = {opens}
closes = {closes}
room = false
gathers = "1m"
identity = "email"
items = [{{ sku = "{SKU}", price = {PRICE}, units = {UNITS}, limit = 2 }}]
"#
    );
    fs::write(sale.join("sale.toml"), text)?;
    shop.publish_folder(folder.path()).await?;
    shop.task("sale", &["schedule", "drop"]).await.map(drop)
}

async fn buy(client: &Client, key: &str, buyer: usize, units: u32) -> Result<Answer> {
    let mut body = order_body(SOLD_AS, units);
    body["customer"]["email"] = format!("buyer-{buyer}@example.com").into();
    send_body(client, key, &body).await
}

async fn sale(client: &Client) -> Result<Value> {
    let answer = client.get("/api/v1/sales/drop").await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    answer.json()
}

async fn waits_for(client: &Client, state: &str) -> Result<()> {
    let patience = Duration::from_secs(300);
    let mut before = Value::Null;
    eventually_within(patience, state, async || {
        let now = sale(client).await?["state"].clone();
        if now != before {
            println!("the sale is {now}");
            before.clone_from(&now);
        }
        Ok((now == state).then_some(()))
    })
    .await
}

async fn a_sale_opens_on_the_second_and_sells_what_it_has(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let client = shop.client();
    // What was moved for an opening that is put off is not moved once more.
    publish(&shop, now_ms()? + 3_600_000).await?;
    let mut opens_ms = 0;
    for lead_s in LEADS_S {
        opens_ms = (now_ms()? / 1_000 + lead_s) * 1_000;
        publish(&shop, opens_ms).await?;
        if now_ms()? < opens_ms - 5_000 {
            break;
        }
    }
    let moved = shop.stock(SOLD_AS).await?.available;
    ensure!(moved == i64::from(UNITS), "{moved} units are for the sale");
    let early = buy(&client, "early", 0, 1).await?;
    ensure!(now_ms()? < opens_ms, "publishing takes minutes");
    ensure!(early.problem() == "not-open", "{}", early.beginning());
    let page = client.get("/sales/drop").await?;
    ensure!(page.text().contains("Opens on"), "{}", page.beginning());

    waits_for(&client, "open").await?;
    ensure!(now_ms()? >= opens_ms, "it is open before it opens");
    let page = client.get("/zh/sales/drop").await?.text();
    ensure!(
        page.contains("限时特卖") && page.contains(SOLD_AS),
        "{page}"
    );
    everybody_wants_it(&client).await?;
    waits_for(&client, "sold_out").await?;

    waits_for(&client, "over").await?;
    let late = buy(&client, "late", 0, 1).await?;
    ensure!(late.problem() == "sale-over", "{}", late.beginning());
    adds_up(&shop).await
}

/// Buyers who each want three units, two at most are allowed, and who all try at the same time.
async fn everybody_wants_it(client: &Client) -> Result<()> {
    let greedy = buy(client, "greedy", 0, 3).await?;
    ensure!(
        greedy.problem() == "limit-exceeded",
        "{}",
        greedy.beginning()
    );
    let wishes = (0..BUYERS).flat_map(|buyer| (0..3).map(move |nth| (buyer, nth)));
    let answers = stream::iter(wishes).map(async |(buyer, nth)| {
        let answer = buy(client, &format!("{buyer}-{nth}"), buyer, 1).await;
        (buyer, answer)
    });
    let answers: Vec<_> = answers.buffer_unordered(AT_A_TIME).collect().await;
    let mut had = vec![0; BUYERS];
    for (buyer, answer) in answers {
        let answer = answer?;
        match (answer.status, answer.problem().as_str()) {
            (201, "") => had[buyer] += 1,
            (409, "sold-out" | "limit-exceeded") => {}
            _ => anyhow::bail!("{}", answer.beginning()),
        }
    }
    let sold: u32 = had.iter().sum();
    ensure!(sold == UNITS, "{sold} of {UNITS} units are sold: {had:?}");
    ensure!(had.iter().all(|&units| units <= 2), "{had:?}");
    let again = join_all((0..4).map(|n| buy(client, "after", n, 1))).await;
    for answer in again {
        let answer = answer?;
        let is_refused = ["sold-out", "limit-exceeded"].contains(&answer.problem().as_str());
        ensure!(is_refused, "{}", answer.beginning());
    }
    Ok(())
}

/// What the sale did not sell goes back, and the books balance.
async fn adds_up(shop: &Shop) -> Result<()> {
    let of_sale = shop.stock(SOLD_AS).await?;
    ensure!(of_sale.sold == i64::from(UNITS), "{of_sale:?}");
    shop.task("sale", &["close", "drop"]).await?;
    let (of_sale, rest) = (shop.stock(SOLD_AS).await?, shop.stock(SKU).await?);
    ensure!(of_sale.available == 0, "{of_sale:?}");
    ensure!(rest.available == i64::from(STOCK - UNITS), "{rest:?}");
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{audit:?}");
    Ok(())
}

souk_e2e::on_every_platform_and_over_shards!(a_sale_opens_on_the_second_and_sells_what_it_has);
