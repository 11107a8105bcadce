//! Lighthouse's scores and the weight of the pages. The budgets are in `browser/lighthouse.mjs`.
//!
//! On `workerd` alone: the pages are the same bytes everywhere, as `reading` shows, and only
//! Workers compress them without a proxy in front.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::{Platform, Shop, tools};
use tokio::process::Command;
use tokio::time::timeout;

/// Three pages of about ten seconds each, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

async fn pages_keep_within_their_budgets(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_demo().await?;
    let list: Value = shop
        .client()
        .get("/api/v1/products?limit=1")
        .await?
        .json()?;
    let slug = list["items"][0]["slug"].as_str().context("no product")?;
    let browser = Command::new(tools::node()?)
        .arg(tools::root().join("tests/e2e/browser/lighthouse.mjs"))
        .arg(shop.client().base())
        .arg(tools::chromium()?)
        .arg(tools::lighthouse_modules()?)
        .arg(format!("/products/{slug}"))
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, browser)
        .await
        .context("Lighthouse is stuck")?;
    let output = output.context("node cannot be started")?;
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let wrong = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{platform:?}:\n{wrong}");
    Ok(())
}

mod workers {
    souk_e2e::tests_on!(Workers: pages_keep_within_their_budgets);
}
