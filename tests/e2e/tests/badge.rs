//! The availability badge is seconds old, never more, whatever caches are on its way.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::buyers::{self, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Client, Platform, Shop, eventually};
use tokio::time::Instant;

/// Promised are 2 s in an instance's memory and, on Workers, 2 s in the cache of a data centre. A
/// busy machine gets as much again, and that of a cache without a bound is far longer.
const BADGE_AGE_MAX: Duration = Duration::from_secs(10);

async fn a_badge_is_never_older_than_its_bound(platform: Platform) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    let products = ["FIRST", "SECOND"].map(|sku| single(sku, 1_000, 1));
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    for sku in ["FIRST", "SECOND"] {
        // Every cache on the way holds the availability snapshot of before the sale.
        ensure!(is_available(&shop.client(), sku).await?, "{sku} is there");
        buy(&shop.client(), sku).await?;
        let sold = Instant::now();
        if sku == "SECOND" {
            // The memory is gone, but not what instances share.
            shop.restart().await?;
        }
        let client = shop.client();
        let what = format!("{sku} is shown as sold out");
        let shown = eventually(&what, async || {
            Ok((!is_available(&client, sku).await?).then(|| sold.elapsed()))
        });
        let age = shown.await?;
        println!(
            "{platform:?}: {sku} shown as sold out after {} ms",
            age.as_millis()
        );
        ensure!(age <= BADGE_AGE_MAX, "the badge of {sku} was {age:?} old");
        let page = client
            .get(&format!("/products/{}", sku.to_lowercase()))
            .await?;
        ensure!(
            page.text().contains("Sold out"),
            "the page of {sku} says nothing of it"
        );
        let found = [
            found(&client, sku, "").await?,
            found(&client, sku, "&in_stock=true").await?,
        ];
        ensure!(
            found == [1, 0],
            "searches find {found:?} products for {sku}"
        );
    }
    Ok(())
}

async fn is_available(client: &Client, sku: &str) -> Result<bool> {
    let path = format!("/api/v1/products/{}", sku.to_lowercase());
    let product: Value = client.get(&path).await?.json()?;
    Ok(product["variants"][0]["available"] == true)
}

/// How many products a search finds.
async fn found(client: &Client, sku: &str, filter: &str) -> Result<u64> {
    let path = format!("/api/v1/search?q={}{filter}", sku.to_lowercase());
    let page: Value = client.get(&path).await?.json()?;
    page["total"].as_u64().context("no total")
}

async fn buy(client: &Client, sku: &str) -> Result<()> {
    let wish = Wish {
        key: format!("badge-{sku}"),
        sku: sku.to_owned(),
        quantity: 1,
    };
    let outcome = buyers::settle(client, &wish).await?;
    ensure!(outcome.order().is_some(), "the last unit of {sku} is sold");
    Ok(())
}

souk_e2e::on_every_platform!(a_badge_is_never_older_than_its_bound);
