//! A shop with terms of its own: what a shopper is shown at the checkout is what the order says. The
//! steps of the browser are in `browser/terms.mjs`; screenshots go to `target/e2e-screenshots/`.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::{Answer, Platform, Shop, browser, tools};
use souk_protocol::staff;

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
fn cart(code: &str) -> Value {
    json!({
        "lines": [{"sku": "MUG", "quantity": 3}],
        "codes": [code],
        "place": {"country": "US", "region": "NY", "postal_code": "12207"},
        "delivery": "standard",
    })
}

const JSON_TYPE: (&str, &str) = ("content-type", "application/json");

async fn quote_of(shop: &Shop, cart: &Value) -> Result<Value> {
    let client = shop.client();
    let quoted = client.send("POST", "/api/v1/quotes", &[JSON_TYPE], cart.to_string());
    let quoted = quoted.await?;
    ensure!(quoted.status == 200, "{}", quoted.beginning());
    Ok(serde_json::from_slice(&quoted.body)?)
}

/// An order of the cart, by its quote.
fn order_of(cart: &Value, quote: &Value) -> Value {
    let mut order = json!({
        "customer": {"name": "Li Lei", "email": "lilei@example.com"},
        "shipping_address": {"country": "US", "region": "NY", "city": "Albany",
            "postal_code": "12207", "line1": "1 Main Street"},
        "payment": {"method": "on_delivery"},
    });
    for member in ["lines", "codes", "delivery"] {
        order[member] = cart[member].clone();
    }
    order["quote"] = quote["quote"].clone();
    order
}

async fn place(shop: &Shop, key: &str, order: &Value) -> Result<Answer> {
    let headers = [JSON_TYPE, ("idempotency-key", key)];
    let client = shop.client();
    let placed = client.send("POST", "/api/v1/orders", &headers, order.to_string());
    placed.await
}

async fn placed(shop: &Shop, key: &str, order: &Value) -> Result<Value> {
    let placed = place(shop, key, order).await?;
    ensure!(placed.status == 201, "{}", placed.beginning());
    Ok(serde_json::from_slice(&placed.body)?)
}

/// The problem of an order that cannot use its promotion for this reason.
async fn refused(shop: &Shop, key: &str, order: &Value, reason: &str) -> Result<Value> {
    let refused = place(shop, key, order).await?;
    ensure!(refused.status == 409, "{}", refused.beginning());
    let refused: Value = serde_json::from_slice(&refused.body)?;
    let kind = &refused["type"];
    ensure!(kind == "/problems/promotion-unavailable", "{refused}");
    ensure!(refused["reason"] == reason, "{refused}");
    Ok(refused)
}

async fn an_order_costs_what_its_quote_says(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    let cart = cart("WELCOME10");
    let quote = quote_of(&shop, &cart).await?;
    ensure!(quote["total"] == 4_039, "{quote}");
    let mut order = order_of(&cart, &quote);
    let first = placed(&shop, "terms-1", &order).await?;
    ensure!(first["total"]["amount"] == quote["total"], "{first}");
    ensure!(first["adjustments"] == quote["adjustments"], "{first}");
    ensure!(first["tax"] == quote["tax"], "{first}");
    // A buyer uses the code once.
    let refused = refused(&shop, "terms-2", &order, "already-used").await?;
    let without = refused["quote"]["total"].as_i64().unwrap_or_default();
    ensure!(without > 4_039, "the new quote has no code: {refused}");
    // With the new quote it is placed.
    order["quote"] = refused["quote"]["quote"].clone();
    let second = placed(&shop, "terms-2", &order).await?;
    ensure!(second["total"]["amount"] == without, "{second}");
    Ok(())
}

async fn codes_of_a_series_are_good_for_one_order_and_promotions_are_revoked(
    platform: Platform,
) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    let asked = json!({"promotion": "thanks", "first": 4_711, "count": 2}).to_string();
    let made = shop.ask_staff("POST", staff::MAKE_CODES.path(), None, asked);
    let made: Value = serde_json::from_slice(&made.await?.body)?;
    let code = |place: usize| made["codes"][place].as_str().context("a code");
    let used = cart(code(0)?);
    let quote = quote_of(&shop, &used).await?;
    ensure!(quote["adjustments"][1]["amount"] == 500, "{quote}");
    let order = order_of(&used, &quote);
    placed(&shop, "series-1", &order).await?;
    refused(&shop, "series-2", &order, "used-up").await?;
    // Another code, whose form is open while the promotion is revoked.
    let unused = cart(code(1)?);
    let order = order_of(&unused, &quote_of(&shop, &unused).await?);
    let revoke = |undo| {
        let asked = json!({"promotion": "thanks", "undo": undo}).to_string();
        shop.ask_staff("POST", staff::REVOKE_PROMOTION.path(), None, asked)
    };
    let revoked: Value = serde_json::from_slice(&revoke(false).await?.body)?;
    ensure!(revoked["revoked"] == json!(["thanks"]), "{revoked}");
    let problem = refused(&shop, "series-3", &order, "revoked").await?;
    let left = &problem["quote"]["adjustments"];
    ensure!(
        left.as_array().is_some_and(|left| left.len() == 1),
        "{problem}"
    );
    let undone: Value = serde_json::from_slice(&revoke(true).await?.body)?;
    ensure!(undone["revoked"] == json!([]), "{undone}");
    placed(&shop, "series-3", &order).await?;
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
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

async fn an_order_is_collected_at_one_of_the_points(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    let mut cart = cart("WELCOME10");
    cart["delivery"] = json!("pickup");
    let quote = quote_of(&shop, &cart).await?;
    let points = &quote["delivery_options"][1]["points"];
    ensure!(points[1]["id"] == "market", "{quote}");
    let mut order = order_of(&cart, &quote);
    let refused = place(&shop, "pickup-1", &order).await?;
    ensure!(refused.status == 422, "{}", refused.beginning());
    let refused: Value = serde_json::from_slice(&refused.body)?;
    let pointer = &refused["errors"][0]["pointer"];
    ensure!(pointer == "/pickup_point", "{refused}");
    order["pickup_point"] = json!("market");
    let placed = placed(&shop, "pickup-1", &order).await?;
    ensure!(placed["pickup_point"] == points[1], "{placed}");
    let [id, token] = ["id", "token"].map(|name| placed[name].as_str().unwrap_or_default());
    let page = page(&shop, &format!("/orders/{id}?token={token}"), "").await?;
    ensure!(
        page.contains("Market hall, stall 4<br>20 Broadway"),
        "{page}"
    );
    let shown = shop.task("orders", &["show", id]).await?;
    let words = "Market hall, stall 4 (market), 20 Broadway, Albany, NY 12202";
    ensure!(shown.contains(words), "{shown}");
    Ok(())
}

/// A form of a shopper with a cart, whose cookie it returns.
async fn post(shop: &Shop, path: &str, cookie: &str, form: &str) -> Result<(Answer, String)> {
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let headers = [
        form_type,
        ("accept", "text/html"),
        ("sec-fetch-site", "same-origin"),
        ("cookie", cookie),
    ];
    let headers = match cookie {
        "" => &headers[..3],
        _ => &headers[..],
    };
    let answer = shop
        .client()
        .send("POST", path, headers, form.to_owned())
        .await?;
    let pair = answer.header("set-cookie").split(';').next();
    let pair = pair.unwrap_or_default().to_owned();
    Ok((answer, pair))
}

async fn page(shop: &Shop, path: &str, cookie: &str) -> Result<String> {
    let headers = [("accept", "text/html"), ("cookie", cookie)];
    // A browser without a cookie sends no such header.
    let headers = match cookie {
        "" => &headers[..1],
        _ => &headers[..],
    };
    let client = shop.client();
    let answer = client.send("GET", path, headers, String::new()).await?;
    ensure!(answer.status == 200, "{path}: {}", answer.beginning());
    Ok(answer.text())
}

/// The value of a hidden field, as a form carries it: it has no sign that would need an escape.
fn hidden<'p>(page: &'p str, name: &str) -> Result<&'p str> {
    let begins = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&begins)
        .with_context(|| format!("no {name}: {page}"))?;
    Ok(rest.split('"').next().unwrap_or_default())
}

async fn options_go_from_the_form_to_the_parcel(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    let product = page(&shop, "/products/stone-mug", "").await?;
    for part in [
        "name=\"option.engraving\"",
        "name=\"flag.wrap\"",
        "Up to 20 characters",
    ] {
        ensure!(product.contains(part), "{part}: {product}");
    }
    let mug = "action=add&sku=MUG&product=stone-mug&quantity=2&options=1";
    let long = format!("{mug}&option.engraving={}", "x".repeat(21));
    let (refused, _) = post(&shop, "/cart", "", &long).await?;
    ensure!(refused.status == 422, "{}", refused.beginning());
    ensure!(
        refused.text().contains("id=\"e-option.engraving\""),
        "{}",
        refused.text()
    );
    let engraved = format!("{mug}&option.engraving=F%C3%BCr+Anna&flag.wrap=1");
    let (_, cookie) = post(&shop, "/cart", "", &engraved).await?;
    let cart = page(&shop, "/cart", &cookie).await?;
    ensure!(cart.contains("Engraving: Für Anna (+$5.00)"), "{cart}");
    let checkout = page(&shop, "/checkout", &cookie).await?;
    ensure!(
        checkout.contains("4 to 7 working days"),
        "two more than usual: {checkout}"
    );
    let [csrf, key] = ["csrf", "idempotency_key"].map(|name| hidden(&checkout, name));
    let details = format!(
        "csrf={}&idempotency_key={}&name=Li+Lei&email=lilei%40example.com&country=US&region=NY&city=Albany\
         &postal_code=12207&line1=1+Main+Street&delivery=standard&payment=on_delivery",
        csrf?, key?
    );
    // With the address comes a tax: what the order costs is shown, and then ordered.
    let quote = hidden(&checkout, "quote")?;
    let update = format!("{details}&quote={quote}&action=update");
    let (shown, _) = post(&shop, "/checkout", &cookie, &update).await?;
    let shown = shown.text();
    let order = format!("{details}&quote={}", hidden(&shown, "quote")?);
    let (placed, _) = post(&shop, "/checkout", &cookie, &order).await?;
    ensure!(placed.status == 303, "{}", placed.text());
    let path = placed.header("location").to_owned();
    let order = page(&shop, &path, "").await?;
    for part in ["Engraving: Für Anna (+$5.00)", "Gift wrap (+$3.00)"] {
        ensure!(order.contains(part), "{part}: {order}");
    }
    let id = path.split(['/', '?']).nth(2).context("an order")?;
    let packed = shop.task("orders", &["show", id]).await?;
    for words in [
        "Engraving (engraving)",
        "Für Anna",
        "Gift wrap (wrap)",
        "26.00 USD",
    ] {
        ensure!(packed.contains(words), "{words}: {packed}");
    }
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

souk_e2e::on_every_platform!(
    a_market_sells_in_its_own_money,
    a_shopper_sees_reductions_delivery_and_tax_before_and_after,
    an_order_is_collected_at_one_of_the_points,
    an_order_costs_what_its_quote_says,
    codes_of_a_series_are_good_for_one_order_and_promotions_are_revoked,
    options_go_from_the_form_to_the_parcel
);
