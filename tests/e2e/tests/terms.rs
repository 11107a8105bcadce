//! A shop with terms of its own: what a shopper is shown at the checkout is what the order says. The
//! steps of the browser are in `browser/terms.mjs`; screenshots go to `target/e2e-screenshots/`.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use souk_e2e::{Platform, Shop, browser, tools};

/// Two journeys with two orders each, of some seconds, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(200);

async fn a_shopper_sees_reductions_delivery_and_tax_before_and_after(
    platform: Platform,
) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    browser::run(&shop, "terms.mjs", "", PATIENCE).await?;
    let audit = shop.audit().await?;
    ensure!(audit.orders == 4, "{} orders", audit.orders);
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

/// Three mugs for Albany, with a code.
fn cart() -> Value {
    json!({
        "lines": [{"sku": "MUG", "quantity": 3}],
        "codes": ["WELCOME10"],
        "place": {"country": "US", "region": "NY", "postal_code": "12207"},
        "delivery": "standard",
    })
}

async fn an_order_costs_what_its_quote_says(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    let client = shop.client();
    let json_type = ("content-type", "application/json");
    let body = cart().to_string();
    let quoted = client
        .send("POST", "/api/v1/quotes", &[json_type], body)
        .await?;
    ensure!(quoted.status == 200, "{}", quoted.beginning());
    let quote: Value = serde_json::from_slice(&quoted.body)?;
    ensure!(quote["total"] == 4_039, "{quote}");
    let mut order = json!({
        "customer": {"name": "Li Lei", "email": "lilei@example.com"},
        "shipping_address": {"country": "US", "region": "NY", "city": "Albany",
            "postal_code": "12207", "line1": "1 Main Street"},
        "payment": {"method": "on_delivery"},
    });
    for member in ["lines", "codes", "delivery"] {
        order[member] = cart()[member].clone();
    }
    order["quote"] = quote["quote"].clone();
    let headers = [json_type, ("idempotency-key", "terms-1")];
    let placed = client
        .send("POST", "/api/v1/orders", &headers, order.to_string())
        .await?;
    ensure!(placed.status == 201, "{}", placed.beginning());
    let placed: Value = serde_json::from_slice(&placed.body)?;
    ensure!(placed["total"]["amount"] == quote["total"], "{placed}");
    ensure!(placed["adjustments"] == quote["adjustments"], "{placed}");
    ensure!(placed["tax"] == quote["tax"], "{placed}");
    // A buyer uses the code once.
    let second = [json_type, ("idempotency-key", "terms-2")];
    let refused = client
        .send("POST", "/api/v1/orders", &second, order.to_string())
        .await?;
    ensure!(refused.status == 409, "{}", refused.beginning());
    let refused: Value = serde_json::from_slice(&refused.body)?;
    ensure!(
        refused["type"] == "/problems/promotion-unavailable",
        "{refused}"
    );
    ensure!(refused["reason"] == "already-used", "{refused}");
    let without = refused["quote"]["total"].as_i64().unwrap_or_default();
    ensure!(without > 4_039, "the new quote has no code: {refused}");
    // With the new quote it is placed.
    order["quote"] = refused["quote"]["quote"].clone();
    let placed = client
        .send("POST", "/api/v1/orders", &second, order.to_string())
        .await?;
    ensure!(placed.status == 201, "{}", placed.beginning());
    let placed: Value = serde_json::from_slice(&placed.body)?;
    ensure!(placed["total"]["amount"] == without, "{placed}");
    Ok(())
}

async fn a_market_sells_in_its_own_money(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    let client = shop.client();
    let page = client.get("/eu/products/stone-mug").await?;
    ensure!(page.status == 200, "{}", page.beginning());
    let text = page.text();
    ensure!(text.contains("\"priceCurrency\":\"EUR\""), "{text}");
    ensure!(text.contains("\"price\":\"17.50\""), "{text}");
    let order = json!({
        "market": "eu",
        "lines": [{"sku": "MUG", "quantity": 1}],
        "customer": {"name": "Erika Mustermann", "email": "erika@example.com"},
        "shipping_address": {"country": "DE", "city": "Berlin", "postal_code": "10115",
            "line1": "Invalidenstraße 1"},
        "delivery": "standard",
        "payment": {"method": "on_delivery"},
    });
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "market-1"),
    ];
    let placed = client
        .send("POST", "/api/v1/orders", &headers, order.to_string())
        .await?;
    ensure!(placed.status == 201, "{}", placed.beginning());
    let placed: Value = serde_json::from_slice(&placed.body)?;
    let total = &placed["total"];
    ensure!(
        *total == json!({"amount": 2_240, "currency": "EUR"}),
        "{placed}"
    );
    ensure!(placed["tax"]["included"] == true, "{placed}");
    let id = placed["id"].as_str().unwrap_or_default();
    let token = placed["token"].as_str().unwrap_or_default();
    let page = client
        .get(&format!("/eu/orders/{id}?token={token}"))
        .await?;
    ensure!(page.text().contains("22.40"), "{}", page.text());
    let shown = shop.task("orders", &["show", id]).await?;
    for words in ["22.40", "EUR", "market eu", "VAT 19 %"] {
        ensure!(shown.contains(words), "{words}: {shown}");
    }
    Ok(())
}

souk_e2e::on_every_platform!(
    a_market_sells_in_its_own_money,
    a_shopper_sees_reductions_delivery_and_tax_before_and_after,
    an_order_costs_what_its_quote_says
);
