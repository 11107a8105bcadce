//! No other client sees what belongs to one shopper.

use anyhow::{Context, Result};
use serde_json::Value;
use souk_e2e::Platform;
use souk_e2e::buyers::{self, Wish};

use crate::journey::{self, Shopper, details, hidden};
use crate::{HOST, Names, shop};

async fn a_cart_is_on_its_own_pages_only(platform: Platform) -> Result<()> {
    let shop = shop(platform).await?;
    let (client, names) = (shop.client(), Names::read(shop).await?);
    let (mut first, mut second) = (Shopper::new(&client), Shopper::new(&client));
    let added = first.fill_cart(&names, "").await?;
    assert_eq!((added.status, added.header("location")), (303, "/cart"));
    let cookie = added.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
        assert!(cookie.contains(attribute), "{cookie} lacks {attribute}");
    }
    let own = first.get("/cart").await?;
    let line = hidden(&own.text(), "line");
    let line = format!(
        "value=\"{}\"",
        line.context("the cart shows what was put into it")?
    );
    assert!(
        own.text().contains(&format!("/products/{}", names.slug)),
        "the line knows its product"
    );
    assert_eq!(own.header("cache-control"), "no-store");
    let other = second.get("/cart").await?;
    assert!(!other.text().contains(&line), "a cart of another shopper");
    let public = [
        "/",
        "/zh/",
        "/collections/all",
        "/robots.txt",
        "/api/v1/products",
        "/developers",
    ];
    let product = format!("/products/{}", names.slug);
    for path in public.into_iter().chain([product.as_str()]) {
        let (with, without) = (first.get(path).await?, second.get(path).await?);
        assert_eq!(with.body, without.body, "{path} depends on the cart");
        assert_eq!(with.header("etag"), without.header("etag"), "{path}");
        for answer in [with, without] {
            assert!(
                !answer.headers.contains_key("set-cookie"),
                "{path} sets a cookie"
            );
            assert!(
                answer.header("cache-control").starts_with("public"),
                "{path}"
            );
        }
    }
    // A form belongs to the browser that it was shown to: another one gets its own form again.
    second.fill_cart(&names, "").await?;
    second.fill_cart(&names, "").await?;
    let form = first.get("/checkout").await?.text();
    let field = |name| hidden(&form, name);
    let (csrf, key, quote) = (field("csrf")?, field("idempotency_key")?, field("quote")?);
    let stolen = second
        .post("/checkout", &details(&csrf, &key, &quote))
        .await?;
    assert_eq!(stolen.status, 409, "a form of another shopper");
    assert_eq!(stolen.header("location"), "", "nothing is ordered");
    assert_ne!(hidden(&stolen.text(), "csrf")?, csrf, "the form is its own");
    let other_key = "0".repeat(32);
    let forged = first
        .post("/checkout", &details(&csrf, &other_key, &quote))
        .await?;
    assert_eq!(forged.status, 403, "a form with another key");
    // A changed cookie is no cart.
    let changed = first.cookie.replacen("souk_cart=", "souk_cart=A", 1);
    first.cookie = changed;
    assert!(
        !first.get("/cart").await?.text().contains(&line),
        "a forged cart"
    );
    Ok(())
}

async fn the_journey_works_in_both_languages(platform: Platform) -> Result<()> {
    let shop = shop(platform).await?;
    let (client, names) = (shop.client(), Names::read(shop).await?);
    for prefix in ["", "/zh"] {
        let journey = journey::run(&client, &names, prefix).await?;
        for (name, answer) in &journey.steps {
            assert_eq!(answer.header("cache-control"), "no-store", "{name}");
            assert!(
                answer.header("content-security-policy").contains("'none'") || answer.status == 303
            );
        }
        let order = journey
            .steps
            .iter()
            .find(|(name, _)| *name == "the order's page");
        let (_, page) = order.context("the journey ends with an order")?;
        let total = names.price + 1_500;
        let total = format!("{}.{:02}", total / 100, total % 100);
        assert!(
            page.text().contains(&total),
            "the total {total} is on the order's page"
        );
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("x-robots-tag"), "noindex");
        assert!(page.text().contains("韩梅梅"));
    }
    Ok(())
}

async fn an_order_is_opened_by_its_own_token_only(platform: Platform) -> Result<()> {
    let shop = shop(platform).await?;
    let (client, names) = (shop.client(), Names::read(shop).await?);
    let mut orders = Vec::new();
    for buyer in ["A", "B"] {
        let key = format!("privacy {buyer}");
        let wish = Wish {
            key,
            sku: names.sku.clone(),
            quantity: 1,
        };
        let outcome = buyers::settle(&client, &wish).await?;
        orders.push(
            outcome
                .order()
                .context("the demo catalogue has stock")?
                .clone(),
        );
    }
    let text = |order: &Value, name: &str| order[name].as_str().unwrap_or_default().to_owned();
    let (id, token) = (text(&orders[0], "id"), text(&orders[0], "token"));
    let other = text(&orders[1], "token");
    assert_ne!(token, other);
    let longer = format!("{token}0");
    let half = &token[..token.len() / 2];
    let cases = [
        (token.as_str(), 200),
        (&other, 404),
        ("", 404),
        (&longer, 404),
        (half, 404),
    ];
    for (token, status) in cases {
        for (path, accept) in [
            ("/api/v1/orders", "application/json"),
            ("/orders", "text/html"),
        ] {
            let path = format!("{path}/{id}?token={token}");
            let answer = client
                .get_with(&path, &[("accept", accept), ("host", HOST)])
                .await?;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            let tells = answer.text().contains("lilei@example.com");
            assert_eq!(tells, status == 200, "{path}");
        }
    }
    Ok(())
}

souk_e2e::on_every_platform!(
    a_cart_is_on_its_own_pages_only,
    the_journey_works_in_both_languages,
    an_order_is_opened_by_its_own_token_only,
);
