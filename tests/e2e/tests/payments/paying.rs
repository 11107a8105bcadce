//! Cards that pay, that are declined, and that ask first; through the pages and the API.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::{Platform, eventually};

use crate::buyer::{
    ASKS, DECLINED, PAYS, PRICE, answer_bank, come_back, is_quiet, path_in, place, tea_shop,
    type_card,
};

async fn a_card_pays(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    let order = place(&client, "k", 2, "card").await?;
    ensure!(order.standing(&client).await? == ("awaiting_payment".into(), "due".into()));
    ensure!(shop.stock("TEA").await?.held == 2);
    let url = order.pay_url(&client).await?;
    ensure!(order.pay_url(&client).await? == url, "the same page again");
    let back = type_card(&url, PAYS).await?.context("the way back")?;
    let page = come_back(&client, &back).await?;
    ensure!(page.starts_with(&order.page()), "{page}");
    // Within the shopper's own request: no webhook was waited for.
    ensure!(order.standing(&client).await? == ("confirmed".into(), "paid".into()));
    let html = client.get(&page).await?.text();
    ensure!(html.contains("Payment received") && !html.contains("Pay now"));
    order.is_paid_once(&shop, 2).await?;
    let stock = shop.stock("TEA").await?;
    ensure!(
        (stock.available, stock.held, stock.sold) == (8, 0, 2),
        "{stock:?}"
    );
    Ok(())
}

async fn a_buyer_who_takes_units_off_pays_less_or_gets_money_back(
    platform: Platform,
) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    let order = place(&client, "k", 4, "card").await?;
    let old = order.pay_url(&client).await?;
    order.change(&client, "a", &keep(3)).await?;
    // The page of before is of no use, and the new one is for what is left.
    let url = order.pay_url(&client).await?;
    ensure!(url != old, "another page");
    type_card(&url, PAYS).await?.context("the way back")?;
    order.is_paid_once(&shop, 3).await?;
    order.change(&client, "b", &keep(1)).await?;
    order
        .becomes(&client, "confirmed", "partly_refunded")
        .await?;
    is_quiet(&shop).await?;
    let refunds = order.payment(&shop)?.refunds;
    ensure!(refunds == [2 * PRICE], "{refunds:?}");
    order
        .change(&client, "c", &json!({"action": "cancel"}))
        .await?;
    order.becomes(&client, "cancelled", "refunded").await?;
    is_quiet(&shop).await?;
    let stock = shop.stock("TEA").await?;
    ensure!(
        (stock.available, stock.held, stock.sold) == (10, 0, 0),
        "{stock:?}"
    );
    Ok(())
}

fn keep(quantity: u32) -> Value {
    json!({"action": "set_quantity", "line": 0, "quantity": quantity})
}

async fn a_shopper_who_never_returns_has_paid(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let order = place(&shop.client(), "k", 1, "card").await?;
    let url = order.pay_url(&shop.client()).await?;
    type_card(&url, PAYS).await?.context("the way back")?;
    order.is_paid_once(&shop, 1).await
}

async fn a_declined_card_is_reported_and_another_one_pays(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    let order = place(&client, "k", 1, "card").await?;
    let url = order.pay_url(&client).await?;
    ensure!(type_card(&url, DECLINED).await?.is_none());
    let html = eventually("the order's page tells of the decline", async || {
        let html = client.get(&order.page()).await?.text();
        Ok(html.contains("Your card was declined").then_some(html))
    });
    ensure!(html.await?.contains("Pay now"));
    let pay = format!("/orders/{}/pay", order.id);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let form = format!("token={}", order.token);
    let again = client.send("POST", &pay, &headers, form).await?;
    ensure!((again.status, again.header("location")) == (303, url.as_str()));
    let back = type_card(&url, PAYS).await?.context("the way back")?;
    come_back(&client, &back).await?;
    order.is_paid_once(&shop, 1).await
}

async fn a_bank_may_ask_first(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    let order = place(&client, "k", 1, "card").await?;
    let url = order.pay_url(&client).await?;
    let bank = |url: &str| format!("{url}/bank");
    let asked = type_card(&url, ASKS).await?.context("the bank's page")?;
    ensure!(asked.ends_with("/bank"), "{asked}");
    ensure!(answer_bank(&bank(&url), "deny").await?.is_none());
    ensure!(order.standing(&client).await?.0 == "awaiting_payment");
    type_card(&url, ASKS).await?.context("the bank's page")?;
    let back = answer_bank(&bank(&url), "approve").await?;
    come_back(&client, &back.context("the way back")?).await?;
    order.is_paid_once(&shop, 1).await
}

async fn the_checkout_leads_to_the_provider(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    let form = "action=add&product=tea&sku=TEA&quantity=1";
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let added = client.send("POST", "/cart", &[kind], form).await?;
    let cookie = added
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or("")
        .to_owned();
    let headers = [("cookie", cookie.as_str()), ("accept", "text/html")];
    let page = client.get_with("/checkout", &headers).await?;
    let policy = page.header("content-security-policy");
    ensure!(
        policy.contains("form-action 'self' http://127.0.0.1:"),
        "{policy}"
    );
    let html = page.text();
    ensure!(
        html.contains("value=\"card\" required checked"),
        "a card comes first"
    );
    let hidden = |name: &str| {
        let rest = html.split(&format!("name=\"{name}\" value=\"")).nth(1);
        let value = rest
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default();
        value.replace("&amp;", "&")
    };
    let mut form = String::new();
    for (name, value) in [
        ("csrf", hidden("csrf").as_str()),
        ("idempotency_key", &hidden("idempotency_key")),
        ("quote", &hidden("quote")),
        ("name", "Li Lei"),
        ("email", "lilei@example.com"),
        ("country", "CN"),
        ("region", "Zhejiang"),
        ("city", "Hangzhou"),
        ("postal_code", "310000"),
        ("line1", "1 Wensan Road"),
        ("delivery", "standard"),
        ("payment", "card"),
    ] {
        let value = value
            .replace('%', "%25")
            .replace('+', "%2B")
            .replace('&', "%26");
        let value = value.replace('=', "%3D").replace(' ', "+");
        form.push_str(&format!("{name}={value}&"));
    }
    let headers = [
        kind,
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let placed = client.send("POST", "/checkout", &headers, form).await?;
    ensure!(
        placed.status == 303,
        "{} {}",
        placed.status,
        placed.beginning()
    );
    let back = type_card(placed.header("location"), PAYS)
        .await?
        .context("the way back")?;
    ensure!(path_in(&client, &back)?.starts_with("/orders/"));
    let page = client.get(&come_back(&client, &back).await?).await?;
    ensure!(page.text().contains("Confirmed"));
    is_quiet(&shop).await
}

mod workers {
    souk_e2e::tests_on!(Workers:
        a_card_pays,
        a_buyer_who_takes_units_off_pays_less_or_gets_money_back,
        a_shopper_who_never_returns_has_paid,
        a_declined_card_is_reported_and_another_one_pays,
        a_bank_may_ask_first,
        the_checkout_leads_to_the_provider
    );
}
mod spin_sqlite {
    souk_e2e::tests_on!(SpinSqlite:
        a_card_pays,
        a_buyer_who_takes_units_off_pays_less_or_gets_money_back,
        a_shopper_who_never_returns_has_paid,
        a_declined_card_is_reported_and_another_one_pays,
        a_bank_may_ask_first,
        the_checkout_leads_to_the_provider
    );
}
