//! A person with a browser buys something. The steps are in `browser/journey.mjs`; screenshots go
//! to `target/e2e-screenshots/`.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use souk_e2e::{Platform, Shop, tools};
use tokio::process::Command;
use tokio::time::timeout;

/// Eight journeys of a few seconds each, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

async fn a_shopper_finds_a_product_and_orders_it(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_demo().await?;
    let screenshots = tools::screenshots().join(format!("{platform:?}"));
    std::fs::create_dir_all(&screenshots)?;
    // The pages are the same everywhere, as `reading` shows: one platform gets all journeys.
    let journeys = if platform == Platform::Workers { 8 } else { 2 };
    let browser = Command::new(tools::node()?)
        .arg(tools::root().join("tests/e2e/browser/journey.mjs"))
        .arg(shop.client().base())
        .arg(tools::chromium()?)
        .arg(tools::node_modules()?)
        .arg(&screenshots)
        .arg(journeys.to_string())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, browser)
        .await
        .context("the browser is stuck")?;
    let output = output.context("node cannot be started")?;
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{platform:?}:\n{wrong}");
    let audit = shop.audit().await?;
    ensure!(
        audit.orders == journeys,
        "{} orders of {journeys} shoppers",
        audit.orders
    );
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

async fn a_shopper_pays_by_card(platform: Platform) -> Result<()> {
    let shop = Shop::start_taking_cards(platform, 15).await?;
    shop.publish_demo().await?;
    let screenshots = tools::screenshots().join(format!("{platform:?}"));
    std::fs::create_dir_all(&screenshots)?;
    let browser = Command::new(tools::node()?)
        .arg(tools::root().join("tests/e2e/browser/payment.mjs"))
        .arg(shop.client().base())
        .arg(tools::chromium()?)
        .arg(tools::node_modules()?)
        .arg(&screenshots)
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, browser)
        .await
        .context("the browser is stuck")?;
    let output = output.context("node cannot be started")?;
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{platform:?}:\n{wrong}");
    let payments = shop.sandbox().payments();
    let paid = payments.iter().filter(|payment| payment.captures == 1);
    ensure!(paid.count() == 2, "{payments:?}");
    Ok(())
}

souk_e2e::on_every_platform!(
    a_shopper_finds_a_product_and_orders_it,
    a_shopper_pays_by_card
);
