//! What the shop answers to requests that change nothing, or that it must refuse: one list of
//! requests, sent to every platform.
//!
//! The shops are started once and shared by all tests of this binary.

mod cases;
mod expectations;
mod journey;
mod parity;
mod privacy;
mod stateless;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use souk_e2e::{Platform, Shop};
use tokio::sync::OnceCell;

/// A name that is not the developer's own machine, the same for every platform: addresses in
/// bodies and the `ETag`s of those bodies are then the same too.
pub(crate) const HOST: &str = "shop.localhost";

/// The shop of a platform, with the demo catalogue.
pub(crate) async fn shop(platform: Platform) -> Result<&'static Shop> {
    type Started = OnceCell<Result<Shop, String>>;
    static WORKERS: Started = OnceCell::const_new();
    static WORKERS_SHARDED: Started = OnceCell::const_new();
    static WRANGLER_DEV: Started = OnceCell::const_new();
    static SPIN_SQLITE: Started = OnceCell::const_new();
    static SPIN_POSTGRES: Started = OnceCell::const_new();
    let cell = match platform {
        Platform::Workers => &WORKERS,
        Platform::WorkersSharded => &WORKERS_SHARDED,
        Platform::WranglerDev => &WRANGLER_DEV,
        Platform::SpinSqlite => &SPIN_SQLITE,
        Platform::SpinPostgres => &SPIN_POSTGRES,
    };
    let start = async || {
        let shop = Shop::start(platform).await?;
        shop.publish_demo().await?;
        anyhow::Ok(shop)
    };
    // A shop that did not start is not started again by every test.
    let started = cell.get_or_init(async || start().await.map_err(|error| format!("{error:#}")));
    started.await.as_ref().map_err(|error| anyhow!("{error}"))
}

/// Names out of the demo catalogue that requests need.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// A product with several variants.
    pub(crate) slug: String,
    pub(crate) sku: String,
    pub(crate) price: i64,
    /// A SKU that no test buys, so that its stock is the same everywhere.
    pub(crate) untouched_sku: String,
    /// Path of a picture.
    pub(crate) media: String,
    /// Path of the stylesheet.
    pub(crate) asset: String,
    /// A collection.
    pub(crate) collection: String,
    /// The place of the third product of everything.
    pub(crate) cursor: String,
}

impl Names {
    pub(crate) async fn read(shop: &Shop) -> Result<Self> {
        let client = shop.client();
        let list: Value = client.get("/api/v1/products?limit=100").await?.json()?;
        let items = list["items"].as_array().context("no items")?;
        let several = |item: &&Value| {
            let variants = item["variants"].as_array().map_or(0, Vec::len);
            let collections = item["collections"].as_array().map_or(0, Vec::len);
            variants > 1 && collections > 0 && item["variants"][0]["available"] == true
        };
        let item = items
            .iter()
            .find(several)
            .context("no product has several variants")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let untouched = items.last().context("no items")?;
        anyhow::ensure!(
            untouched["slug"] != item["slug"],
            "the catalogue has one product only"
        );
        let two: Value = client.get("/api/v1/products?limit=2").await?.json()?;
        let home = client.get("/").await?.text();
        let asset = home
            .split('"')
            .find(|part| part.starts_with("/assets/"))
            .map(str::to_owned);
        Ok(Self {
            slug: text(&item["slug"]).context("no slug")?,
            sku: text(&item["variants"][0]["sku"]).context("no SKU")?,
            price: item["variants"][0]["price"]["amount"]
                .as_i64()
                .context("no price")?,
            untouched_sku: text(&untouched["variants"][0]["sku"]).context("no SKU")?,
            media: text(&item["images"][0]["url"]).context("no picture")?,
            asset: asset.context("no stylesheet")?,
            collection: text(&item["collections"][0]).context("no collection")?,
            cursor: text(&two["next"]).context("no cursor")?,
        })
    }
}
