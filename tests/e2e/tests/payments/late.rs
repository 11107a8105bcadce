//! Orders that are not paid while their units are held.
//!
//! A minute is the shortest hold that a shop can be set to, and the clock of a real runtime cannot
//! be moved, so this waits for a minute.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use souk_e2e::{Platform, Shop};
use souk_payment_sandbox::faults::{Fault, Step};
use souk_payment_sandbox::server::now_ms;

use crate::buyer::{Order, PAYS, is_quiet, place, tea_shop, type_card};

const HOLD_MINUTES: u32 = 1;
/// What is not over by then will not be: the hold, and some patience with a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

async fn a_late_payment_buys_what_is_left_or_is_voided(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, HOLD_MINUTES, 4).await?;
    let client = shop.client();
    let held = async |key: &str, units: u32| -> Result<(Order, String)> {
        let order = place(&client, key, units, "card").await?;
        let url = order.pay_url(&client).await?;
        Ok((order, url))
    };
    let (unpaid, _) = held("unpaid", 1).await?;
    let (lucky, lucky_page) = held("lucky", 1).await?;
    let (unlucky, unlucky_page) = held("unlucky", 2).await?;
    ensure!(shop.stock("TEA").await?.available == 0);
    // Until all shoppers have paid late, the provider does not close pages.
    for _ in 0..100 {
        shop.sandbox().fail(Step::Close, Fault::Answer(503));
    }
    expire(&shop, &[&unpaid, &lucky, &unlucky]).await?;
    ensure!(shop.stock("TEA").await?.available == 4);
    type_card(&lucky_page, PAYS)
        .await?
        .context("the way back")?;
    lucky.becomes(&client, "confirmed", "paid").await?;
    place(&client, "rival", 3, "on_delivery").await?;
    type_card(&unlucky_page, PAYS)
        .await?
        .context("the way back")?;
    shop.sandbox().mend();
    souk_e2e::eventually("the late payment is given up", async || {
        shop.tick().await?;
        let payments = shop.sandbox().payments_of(&unlucky.id);
        Ok(payments
            .iter()
            .any(|one| one.status == "canceled")
            .then_some(()))
    })
    .await?;
    lucky.is_paid_once(&shop, 1).await?;
    unlucky.becomes(&client, "expired", "none").await?;
    let html = client.get(&unlucky.page()).await?.text();
    ensure!(html.contains("sold by then. Nothing was charged"), "{html}");
    let no_page = || {
        shop.sandbox()
            .open_pages_of(&unpaid.id, now_ms())
            .is_empty()
    };
    souk_e2e::eventually("the unpaid page is closed", async || {
        shop.tick().await?;
        Ok(no_page().then_some(()))
    })
    .await?;
    unpaid.becomes(&client, "expired", "none").await?;
    is_quiet(&shop).await?;
    let stock = shop.stock("TEA").await?;
    ensure!(
        (stock.available, stock.held, stock.sold) == (0, 0, 4),
        "{stock:?}"
    );
    Ok(())
}

/// Calls the scheduler until the holds of these orders are over.
async fn expire(shop: &Shop, orders: &[&Order]) -> Result<()> {
    let started = Instant::now();
    loop {
        shop.tick().await?;
        let mut over = 0;
        for order in orders {
            let (status, _) = order.standing(&shop.client()).await?;
            over += usize::from(status == "expired");
        }
        if over == orders.len() {
            return Ok(());
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{over} of {} are over",
            orders.len()
        );
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

souk_e2e::on_every_platform!(a_late_payment_buys_what_is_left_or_is_voided);
