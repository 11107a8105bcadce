//! A shop with a sale that opens in a while, the scheduler of a shop on Spin, and what the staff do.

use std::fs;
use std::future::Future;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::catalogue::{CatalogueFile, shop_folder, single};
use souk_e2e::{Client, Platform, Shop, eventually_within};
use souk_pages::format::timestamp;
use souk_protocol::staff::StaffSale;

pub(crate) const SKU: &str = "TEA";
pub(crate) const SOLD_AS: &str = "sale:drop:TEA";
/// Of the shop at other times, at least.
const STOCK_MIN: u32 = 40;
/// How long after the publish the sale opens, in seconds; more where publishing takes as long.
const LEADS_S: [i64; 3] = [25, 60, 240];
/// The sale is closed by hand long before.
const LASTS_S: i64 = 1_800;
/// Everything that a sale has to come to, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

/// A shop that knows the addresses of its clients, with a sale that gathers.
pub(crate) struct Evening {
    pub(crate) shop: Shop,
    /// In milliseconds since 1970.
    pub(crate) opens_ms: i64,
    /// Units that the shop has in all.
    stock: u32,
}

impl Evening {
    /// Publishes and schedules a sale of so many units, one to each buyer.
    pub(crate) async fn begin(platform: Platform, units: u32) -> Result<Self> {
        Self::begin_on(Shop::start(platform).await?, units).await
    }

    /// The same on a shop that runs, and is empty.
    pub(crate) async fn begin_on(mut shop: Shop, units: u32) -> Result<Self> {
        let stock = STOCK_MIN.max(2 * units);
        shop.restart_with(&[("client_address_header", "x-forwarded-for")])
            .await?;
        for lead_s in LEADS_S {
            let opens_ms = (now_ms()? / 1_000 + lead_s) * 1_000;
            publish(&shop, stock, units, opens_ms).await?;
            if now_ms()? < opens_ms - 10_000 {
                return Ok(Self {
                    shop,
                    opens_ms,
                    stock,
                });
            }
            // A sale that has begun cannot be changed.
            shop.restart_without_stores().await?;
        }
        anyhow::bail!("publishing takes minutes")
    }

    /// Does this while the shop ticks once a second, as by a scheduler on Spin.
    pub(crate) async fn while_ticking<T>(
        &self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.shop.while_ticking(work).await
    }

    /// The sale, as its staff see it.
    pub(crate) async fn status(&self) -> Result<StaffSale> {
        let printed = self.shop.task("sale", &["status", "drop", "--json"]);
        let mut sales: Vec<StaffSale> = serde_json::from_str(&printed.await?)?;
        sales.pop().context("a sale")
    }

    /// The same once the usher knows of an order: with its next step.
    pub(crate) async fn status_with_an_order(&self) -> Result<StaffSale> {
        eventually_within(PATIENCE, "the usher knows of an order", async || {
            let status = self.status().await?;
            Ok((status.orders >= 1).then_some(status))
        })
        .await
    }

    /// A command of the staff about the sale; what it prints.
    pub(crate) async fn command(&self, name: &str, more: &[&str]) -> Result<String> {
        let mut arguments = vec![name, "drop"];
        arguments.extend(more);
        self.shop.task("sale", &arguments).await
    }

    /// Closes the sale for good, and looks whether so many units are sold and the others are back.
    pub(crate) async fn adds_up(&self, sold: u32) -> Result<()> {
        let shop = &self.shop;
        let of_sale = shop.stock(SOLD_AS).await?;
        ensure!(of_sale.sold == i64::from(sold), "{of_sale:?}");
        self.command("close", &[]).await?;
        let (of_sale, rest) = (shop.stock(SOLD_AS).await?, shop.stock(SKU).await?);
        ensure!(of_sale.available == 0, "{of_sale:?}");
        ensure!(rest.available == i64::from(self.stock - sold), "{rest:?}");
        let audit = shop.audit().await?;
        ensure!(audit.drift.is_empty(), "{audit:?}");
        Ok(())
    }
}

async fn publish(shop: &Shop, stock: u32, units: u32, opens_ms: i64) -> Result<()> {
    let file = CatalogueFile::new(&[single(SKU, 1_000, stock)])?;
    let folder = shop_folder(&file.path(), 15)?;
    let sale = folder.path().join("sales/drop");
    fs::create_dir_all(&sale)?;
    let opens = timestamp(opens_ms).context("a date")?;
    let closes = timestamp(opens_ms + LASTS_S * 1_000).context("a date")?;
    let text = format!(
        r#"titles = {{ en = "The drop", zh = "限时特卖" }}
opens = {opens}
closes = {closes}
gathers = "5m"
identity = "email"
items = [{{ sku = "{SKU}", price = 500, units = {units}, limit = 1 }}]
"#
    );
    fs::write(sale.join("sale.toml"), text)?;
    shop.publish_folder(folder.path()).await?;
    let told = shop.task("sale", &["schedule", "drop"]).await?;
    ensure!(told.contains("waiting room"), "{told}");
    // Once more does no harm.
    shop.task("sale", &["schedule", "drop"]).await?;
    let moved = shop.stock(SOLD_AS).await?;
    ensure!(moved.supplied == i64::from(units), "{moved:?}");
    Ok(())
}

/// The sale, as everybody sees it.
pub(crate) async fn sale(client: &Client) -> Result<Value> {
    let answer = client.get("/api/v1/sales/drop").await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    answer.json()
}

pub(crate) async fn waits_for(client: &Client, state: &str) -> Result<Value> {
    let mut before = Value::Null;
    eventually_within(PATIENCE, state, async || {
        let now = sale(client).await?;
        if now["state"] != before {
            println!("the sale is {}", now["state"]);
            before.clone_from(&now["state"]);
        }
        Ok((now["state"] == state).then_some(now))
    })
    .await
}
