//! A shop that is deployed with another number of shards than it has goes on with those that it has,
//! and says so.

use anyhow::{Context, Result, ensure};
use souk_e2e::buyers;
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Platform, Shop};
use souk_protocol::origin::Action;

use crate::{
    PRICE, SHARDS, books_add_up, cart, comes_to, home, look, place, shards, skus_of, text,
};

const UNITS: u32 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_number_in_the_settings_changes_nothing() -> Result<()> {
    let mut shop = Shop::start(Platform::WorkersSharded).await?;
    let skus: Vec<_> = (0..SHARDS)
        .map(|shard| skus_of(shard, "FEWER", 1).remove(0))
        .collect();
    let products: Vec<_> = skus.iter().map(|sku| single(sku, PRICE, UNITS)).collect();
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let mut orders = Vec::new();
    for sku in &skus {
        let body = buyers::order_body(sku, 1);
        orders.push(place(&shop.client(), sku, &body).await?);
    }
    let homes: Vec<_> = orders.iter().map(home).collect();
    ensure!(homes == (0..SHARDS).collect::<Vec<_>>(), "{homes:?}");

    let mut placed = orders.len();
    for deployed in [1, 2, 5] {
        // Each of these is the first that an isolate is asked for.
        shop.restart_with_shards(deployed).await?;
        ensure!(look(&shop.client(), &orders[2]).await? == orders[2]);
        shop.restart().await?;
        let last = skus.last().context("a SKU")?;
        let again = buyers::send_body(&shop.client(), last, &buyers::order_body(last, 1)).await?;
        ensure!(again.status == 200, "{}", again.beginning());
        ensure!(text(&again.json()?, "id") == text(&orders[2], "id"));
        shop.restart().await?;
        for sku in &skus {
            let key = format!("{deployed} {sku}");
            let order = place(&shop.client(), &key, &buyers::order_body(sku, 1)).await?;
            ensure!(skus[usize::from(home(&order))] == *sku, "{order}");
        }
        let lines: Vec<_> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
        place(&shop.client(), &format!("cart {deployed}"), &cart(&lines)).await?;
        placed += skus.len() + 1;
        shop.restart().await?;
        books_add_up(&shop, placed).await?;
        let report = shards(&shop).await?;
        ensure!(
            (report.layout.shards, report.deployed) == (SHARDS, deployed),
            "{report:?}"
        );
        let shown = shop.task("shards", &["show"]).await?;
        let (named, remedy) = match deployed {
            5 => ("ORIGIN_SHARDS is 5", "shards grow --to 5"),
            _ => ("which changes nothing", "set it to 3"),
        };
        ensure!(shown.contains(named) && shown.contains(remedy), "{shown}");
        let log = shop.log_end();
        ensure!(log.contains(remedy), "{log}");
    }
    let reason = "changed my mind".to_owned();
    shop.restart().await?;
    let id = text(&orders[2], "id");
    shop.change(id, "cancel", &Action::Cancel { reason })
        .await?;
    let sold = 3 + 3;
    let units = i64::from(UNITS);
    comes_to(&shop, &skus[2], (units, units - sold, 0, sold)).await?;
    shop.restart_with_shards(SHARDS).await?;
    let shown = shop.task("shards", &["show"]).await?;
    ensure!(!shown.contains("ORIGIN_SHARDS"), "{shown}");
    books_add_up(&shop, placed).await
}
