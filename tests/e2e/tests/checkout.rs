//! What may happen at the checkout of a shop that runs: a person who has no mouse, a price that changes
//! and a code that another buyer uses up while the form is open. The steps of the browser are in
//! `browser/checkout.mjs`; screenshots go to `target/e2e-screenshots/`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use souk_e2e::{Platform, Shop, browser, eventually, tools};

/// Two journeys with two orders and a publish each, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(200);

/// What a mug costs at first and after each change, as the file has it.
const PRICES: [&str; 3] = ["18.00", "20.00", "22.00"];

async fn a_person_without_a_mouse_orders_in_german(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::kontor_folder()).await?;
    browser::run(&shop, "checkout.mjs", "keyboard", PATIENCE).await?;
    let audit = shop.audit().await?;
    ensure!(audit.orders == 1, "{} orders", audit.orders);
    Ok(())
}

async fn a_price_changes_and_a_code_runs_out_while_the_form_is_open(
    platform: Platform,
) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    // What is shown holds for no minute, so that a change is met at once.
    shop.restart_with(&[("freeze_minutes", "0")]).await?;
    let folder = tempfile::tempdir()?;
    let mut price = 0;
    publish(&shop, folder.path(), PRICES[price]).await?;
    browser::run_in_steps(
        &shop,
        "checkout.mjs",
        "changes",
        PATIENCE,
        async |step| match step.split_once(' ') {
            None if step == "price" => {
                price += 1;
                publish(&shop, folder.path(), PRICES[price]).await
            }
            Some(("code", number)) => use_up(&shop, &format!("LAST{number}")).await,
            _ => bail!("an unknown step"),
        },
    )
    .await?;
    let audit = shop.audit().await?;
    // Two of each journey, and one of each who was quicker.
    ensure!(audit.orders == 6, "{} orders", audit.orders);
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

/// Publishes the shop with terms, a mug at this price and two codes for one order each; returns when it
/// shows the price.
async fn publish(shop: &Shop, folder: &Path, price: &str) -> Result<()> {
    for file in fs::read_dir(tools::terms_folder())? {
        let file = file?;
        fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    let products = folder.join("products.csv");
    let text = fs::read_to_string(&products)?;
    ensure!(text.contains(PRICES[0]), "the mug costs something else");
    fs::write(&products, text.replace(PRICES[0], price))?;
    let promotions = folder.join("promotions.toml");
    let mut text = fs::read_to_string(&promotions)?;
    for number in 1..=2 {
        text.push_str(&format!(
            "\n[[promotion]]\nid = \"last-{number}\"\n\
             title = {{ en = \"The last one\", de = \"Der letzte\" }}\nclass = \"order\"\n\
             codes = [\"LAST{number}\"]\nmax_uses = 1\naction = {{ amount = {{ USD = 300, EUR = 300 }} }}\n"
        ));
    }
    fs::write(&promotions, text)?;
    shop.publish_folder(folder).await?;
    let client = shop.client();
    eventually("the page shows the price", async || {
        let page = client.get("/products/stone-mug").await?;
        Ok(page.text().contains(price).then_some(()))
    })
    .await
}

/// Another buyer is quicker.
async fn use_up(shop: &Shop, code: &str) -> Result<()> {
    let client = shop.client();
    let json_type = ("content-type", "application/json");
    let mut order = json!({
        "lines": [{"sku": "BOOK", "quantity": 1}],
        "codes": [code],
        "delivery": "standard",
    });
    let mut cart = order.clone();
    cart["place"] = json!({"country": "US", "region": "NY", "postal_code": "12207"});
    let headers = [json_type];
    let quote = client.send("POST", "/api/v1/quotes", &headers, cart.to_string());
    let quote: Value = quote.await?.json()?;
    order["quote"] = quote["quote"].clone();
    order["customer"] = json!({"name": "Han Meimei", "email": format!("{code}@example.com")});
    order["shipping_address"] = json!({"country": "US", "region": "NY", "city": "Albany",
        "postal_code": "12207", "line1": "2 Main Street"});
    order["payment"] = json!({"method": "on_delivery"});
    let headers = [json_type, ("idempotency-key", code)];
    let placed = client.send("POST", "/api/v1/orders", &headers, order.to_string());
    let placed = placed.await?;
    ensure!(placed.status == 201, "{}", placed.beginning());
    let placed: Value = placed.json()?;
    let used = placed["adjustments"].as_array().context("reductions")?;
    ensure!(used.iter().any(|one| one["code"] == code), "{placed}");
    Ok(())
}

// The pages are the same everywhere, as `reading` shows; what an origin decides is not.
mod workers {
    souk_e2e::tests_on!(
        Workers: a_person_without_a_mouse_orders_in_german,
        a_price_changes_and_a_code_runs_out_while_the_form_is_open
    );
}
mod spin_postgres {
    souk_e2e::tests_on!(
        SpinPostgres: a_price_changes_and_a_code_runs_out_while_the_form_is_open
    );
}
