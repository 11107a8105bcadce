//! A person with a browser buys something. The steps are in `browser/journey.mjs`; screenshots go
//! to `target/e2e-screenshots/`.
//!
//! Every run has the two journeys that differ most on each platform, and four on Workers. All eight, each
//! language with scripts and without, wide and narrow: `SOUK_E2E_LOOKS=all cargo test -p souk-e2e --test
//! browser`.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::time::Duration;

use anyhow::{Result, ensure};
use souk_e2e::{Platform, Shop, browser};

/// Eight journeys of a few seconds each, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

async fn a_shopper_finds_a_product_and_orders_it(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_demo().await?;
    // The pages are the same everywhere, as `reading` shows.
    let journeys = match platform {
        Platform::Workers if std::env::var("SOUK_E2E_LOOKS").is_ok_and(|looks| looks == "all") => 8,
        Platform::Workers => 4,
        _ => 2,
    };
    browser::run(&shop, "journey.mjs", &journeys.to_string(), PATIENCE).await?;
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
    browser::run(&shop, "payment.mjs", "", PATIENCE).await?;
    let payments = shop.sandbox().payments();
    let paid = payments.iter().filter(|payment| payment.captures == 1);
    ensure!(paid.count() == 2, "{payments:?}");
    Ok(())
}

souk_e2e::on_every_platform!(
    a_shopper_finds_a_product_and_orders_it,
    a_shopper_pays_by_card
);
