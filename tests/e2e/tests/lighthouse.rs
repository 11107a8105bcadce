//! Lighthouse's scores and the weight of the pages. The budgets are in `browser/lighthouse.mjs`, the
//! scores with timings in `browser/scores.mjs`.
//!
//! One page of each folder is timed in every run; `SOUK_E2E_LOOKS=all` times five kinds of pages.
//!
//! On `workerd` alone: the pages are the same bytes everywhere, as `reading` shows, and only
//! Workers compress them without a proxy in front.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::{Platform, Shop, tools};
use tokio::process::Command;
use tokio::time::timeout;

/// Three pages of about ten seconds each, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// Three runs of each of five pages, of about fifteen seconds each.
const PATIENCE_WITH_TIMINGS: Duration = Duration::from_secs(600);

async fn pages_keep_within_their_budgets(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_demo().await?;
    let list: Value = shop
        .client()
        .get("/api/v1/products?limit=1")
        .await?
        .json()?;
    let slug = list["items"][0]["slug"].as_str().context("no product")?;
    let product = format!("/products/{slug}");
    run("lighthouse.mjs", &shop, &product, PATIENCE).await
}

async fn pages_of_the_demo_score_well(platform: Platform) -> Result<()> {
    scores(platform, &tools::demo_folder()).await
}

async fn pages_of_another_folder_score_well(platform: Platform) -> Result<()> {
    scores(platform, &tools::kontor_folder()).await
}

async fn scores(platform: Platform, folder: &Path) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(folder).await?;
    let how_many = std::env::var("SOUK_E2E_LOOKS").unwrap_or_else(|_| "some".to_owned());
    run("scores.mjs", &shop, &how_many, PATIENCE_WITH_TIMINGS).await
}

/// Runs a script with the address of the shop and one argument.
async fn run(script: &str, shop: &Shop, argument: &str, patience: Duration) -> Result<()> {
    let browser = Command::new(tools::node()?)
        .arg(tools::root().join("tests/e2e/browser").join(script))
        .arg(shop.client().base())
        .arg(tools::chromium()?)
        .arg(tools::lighthouse_modules()?)
        .arg(argument)
        .kill_on_drop(true)
        .output();
    let output = timeout(patience, browser)
        .await
        .context("Lighthouse is stuck")?;
    let output = output.context("node cannot be started")?;
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let wrong = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{script}:\n{wrong}");
    Ok(())
}

mod workers {
    souk_e2e::tests_on!(
        Workers: pages_keep_within_their_budgets,
        pages_of_the_demo_score_well,
        pages_of_another_folder_score_well
    );
}
