//! What one forgotten or mistyped setting can do: nothing, because the shop does not open. And what a
//! stranger can do with a host, plain HTTP, a picture or another buyer's key: nothing either.
//!
//! Findings S08, S10, S12, S18, S19, S20.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::buyers::order_body;
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Answer, Client, Platform, Shop};

const SHOP: &str = "https://shop.example";

async fn shop_with_tea(platform: Platform) -> Result<Shop> {
    let shop = Shop::start(platform).await?;
    let file = CatalogueFile::new(&[single("TEA", 1_000, 99)])?;
    shop.publish(&file.path()).await?;
    Ok(shop)
}

async fn order(client: &Client, key: &str, email: &str) -> Result<Answer> {
    let mut body = order_body("TEA", 1);
    body["customer"]["email"] = json!(email);
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    client
        .send(
            "POST",
            "/api/v1/orders",
            &headers,
            serde_json::to_vec(&body)?,
        )
        .await
}

async fn a_shop_with_a_wrong_setting_does_not_open(platform: Platform) -> Result<()> {
    let mut shop = shop_with_tea(platform).await?;
    for (name, value) in [
        ("order_page_open_days", "-500"),
        ("order_page_open_days", "always"),
        ("base_url", "javascript:alert(1)"),
        ("base_url", "http://shop.example"),
    ] {
        shop.restart_closed_with(&[(name, value)]).await?;
        let client = shop.client();
        for path in ["/", "/readyz", "/cart", "/api/v1/products"] {
            let answer = client.get(path).await?;
            ensure!(
                answer.status == 503,
                "{name}={value} {path}: {}",
                answer.status
            );
            ensure!(
                !answer.beginning().contains(value),
                "{}",
                answer.beginning()
            );
        }
        let placed = order(&client, "k", "a@example.com").await?;
        ensure!(placed.status == 503, "{name}={value}: {}", placed.status);
        let log = shop.log_end();
        ensure!(log.contains(&name.to_ascii_uppercase()), "{log}");
    }
    shop.restart_with(&[]).await?;
    ensure!(shop.client().get("/").await?.status == 200);
    Ok(())
}

async fn the_secret_of_an_example_does_not_pass(platform: Platform) -> Result<()> {
    let mut shop = shop_with_tea(platform).await?;
    for secret in [
        "change-me-to-32-random-characters",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "pomegranate",
    ] {
        shop.restart_closed_with(&[("session_secret", secret)])
            .await?;
        let answer = shop.client().get("/").await?;
        ensure!(answer.status == 503, "{secret}: {}", answer.status);
        let log = shop.log_end();
        ensure!(
            log.contains("SESSION_SECRET") && !log.contains(secret),
            "{log}"
        );
    }
    Ok(())
}

async fn other_hosts_and_plain_http_get_nothing_of_the_shop(platform: Platform) -> Result<()> {
    let mut shop = shop_with_tea(platform).await?;
    let closed = shop
        .client()
        .get_with("/", &[("host", "shop.example")])
        .await?;
    ensure!(closed.status == 503, "without BASE_URL: {}", closed.status);
    let set = [("base_url", SHOP), ("redirect_hosts", "www.shop.example")];
    shop.restart_with(&set).await?;
    let client = shop.client();
    for (host, status) in [
        ("evil.example", 421),
        ("127.0.0.1", 421),
        ("shop.example", 308),
        ("www.shop.example", 308),
    ] {
        for path in ["/", "/robots.txt", "/sitemap.xml", "/products/tea"] {
            let answer = client.get_with(path, &[("host", host)]).await?;
            ensure!(answer.status == status, "{host}{path}: {}", answer.status);
            ensure!(!answer.beginning().contains("evil"), "{host}{path}");
            if status == 308 {
                let location = answer.header("location");
                ensure!(location == format!("{SHOP}{path}"), "{location}");
            }
        }
        let webhook = client
            .send("POST", "/payments/stripe/webhook", &[("host", host)], "{}")
            .await?;
        ensure!(
            webhook.status == status,
            "{host} webhook: {}",
            webhook.status
        );
    }
    ensure!(client.get("/healthz").await?.status == 200, "monitoring");
    if matches!(platform, Platform::SpinSqlite | Platform::SpinPostgres) {
        // A proxy that ends TLS says so; `workerd` reads the scheme of the address.
        let headers = [("host", "shop.example"), ("x-forwarded-proto", "https")];
        let page = client.get_with("/", &headers).await?;
        ensure!(page.status == 200, "{}", page.status);
        ensure!(String::from_utf8_lossy(&page.body).contains(SHOP));
    }
    Ok(())
}

async fn a_picture_is_no_document_of_the_shop(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_demo().await?;
    let client = shop.client();
    let home = client.get_with("/", &[("accept", "text/html")]).await?;
    let page = String::from_utf8_lossy(&home.body).into_owned();
    let at = page
        .find("/media/")
        .context("a picture of the shop's own")?;
    let end = page[at..].find(['"', ' ', ',']).context("its end")?;
    let picture = client.get(&page[at..at + end]).await?;
    ensure!(picture.status == 200, "{}", picture.status);
    let policy = picture.header("content-security-policy");
    ensure!(policy == "default-src 'none'; sandbox", "{policy}");
    ensure!(picture.header("x-content-type-options") == "nosniff");
    if picture.header("content-type") == "image/svg+xml" {
        ensure!(picture.header("content-disposition") == "attachment");
    }
    Ok(())
}

async fn a_key_belongs_to_the_buyer_who_sent_it(platform: Platform) -> Result<()> {
    let shop = shop_with_tea(platform).await?;
    let client = shop.client();
    let first: Value = order(&client, "order-1", "ana@example.com").await?.json()?;
    let other = order(&client, "order-1", "ben@example.com").await?;
    ensure!(other.status == 201, "{}", other.status);
    let other: Value = other.json()?;
    ensure!(first["id"] != other["id"], "{other}");
    let again = order(&client, "order-1", "ana@example.com").await?;
    ensure!(again.status == 200, "{}", again.status);
    let again: Value = again.json()?;
    ensure!(again["id"] == first["id"], "{again}");
    Ok(())
}

/// A test for each platform and statement.
macro_rules! on {
    ($($platform:ident: $variant:ident),+ => $statements:tt) => {
        $(mod $platform {
            on!(@ $variant $statements);
        })+
    };
    (@ $variant:ident [$($statement:ident),+ $(,)?]) => {
        $(
            #[tokio::test]
            async fn $statement() -> anyhow::Result<()> {
                super::$statement(super::Platform::$variant).await
            }
        )+
    };
}

on!(workers: Workers, spin_sqlite: SpinSqlite, spin_postgres: SpinPostgres => [
    a_shop_with_a_wrong_setting_does_not_open,
    the_secret_of_an_example_does_not_pass,
    other_hosts_and_plain_http_get_nothing_of_the_shop,
    a_picture_is_no_document_of_the_shop,
    a_key_belongs_to_the_buyer_who_sent_it,
]);
