//! Prices on a shop that runs: of a further market, and one that changes at a moment. Pages and API
//! switch with the clock, without a publish, and a rollback brings the terms of before.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use souk_e2e::{Platform, Shop, eventually, eventually_within, tools};
use souk_pages::format::timestamp;

/// A product of the German shop, what it costs, and what it costs later: as pages and the API write it.
const PATHS: [&str; 4] = [
    "/products/topfbuerste",
    "/collections/kueche",
    "/en/products/topfbuerste",
    "/api/v1/products/topfbuerste",
];
const REDUCED: [&str; 3] = ["7,25", "7.25", "\"amount\":725"];

/// How long after the publish the price changes, in seconds; more where publishing takes as long.
const LEADS_S: [i64; 3] = [15, 60, 240];

fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

async fn a_price_changes_at_its_moment_without_a_publish(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let folder = tempfile::tempdir()?;
    for lead_s in LEADS_S {
        let at_ms = (now_ms()? / 1_000 + lead_s) * 1_000;
        let begins = timestamp(at_ms).context("a date")?;
        let version = publish(&shop, folder.path(), &begins).await?;
        if watch(&shop, version, at_ms).await? {
            return roll_back(&shop, folder.path(), version).await;
        }
    }
    anyhow::bail!("publishing takes minutes")
}

/// Publishes the German shop with a price that begins at a moment; the version's number.
async fn publish(shop: &Shop, terms: &Path, begins: &str) -> Result<u64> {
    let prices = format!("sku,market,price,compare_at,from,until\nK-01-01,,7.25,9.50,{begins},\n");
    fs::write(terms.join("prices.csv"), prices)?;
    publish_with(shop, terms).await
}

/// Publishes the German shop with the terms of another folder; the version's number.
async fn publish_with(shop: &Shop, terms: &Path) -> Result<u64> {
    let (kontor, terms) = (tools::kontor_folder(), terms.to_str());
    let kontor = kontor.to_str().context("the path is no text")?;
    let terms = terms.context("the path is no text")?;
    shop.task("publish", &[kontor, "--terms", terms]).await?;
    shop.current_version().await
}

/// Reads until the moment has passed, and checks every answer of the version against the clock; whether
/// some came before the moment.
async fn watch(shop: &Shop, version: u64, at_ms: i64) -> Result<bool> {
    let mut before = 0;
    let patience = Duration::from_secs(300);
    eventually_within(patience, "the moment has passed", async || {
        let mut after = 0;
        for path in PATHS {
            let sent_ms = now_ms()?;
            let answer = shop.client().get(path).await?;
            let received_ms = now_ms()?;
            if answer.version() != Some(version) {
                continue;
            }
            let text = answer.text();
            let is_reduced = REDUCED.iter().any(|price| text.contains(price));
            if received_ms < at_ms {
                ensure!(
                    !is_reduced,
                    "{path} at {received_ms}, before {at_ms}: {text}"
                );
                before += 1;
            } else if sent_ms >= at_ms {
                ensure!(is_reduced, "{path} at {sent_ms}, after {at_ms}: {text}");
                after += 1;
            }
        }
        Ok((after == PATHS.len()).then_some(()))
    })
    .await?;
    Ok(before > 0)
}

async fn roll_back(shop: &Shop, terms: &Path, reduced: u64) -> Result<()> {
    publish(shop, terms, "2100-01-01").await?;
    let shows = async |is_reduced: bool| {
        eventually("the price of the version", async || {
            let text = shop.client().get(PATHS[0]).await?.text();
            Ok((text.contains("7,25") == is_reduced).then_some(()))
        })
        .await
    };
    shows(false).await?;
    shop.rollback(reduced).await?;
    shows(true).await
}

/// What a brush costs, one publish after the other: for less without saying so, then dearer again, then
/// reduced, and reduced further.
const UNTIL_THE_REDUCTION: [&str; 2] = ["8.00,", "9.00,"];
const REDUCTIONS: [&str; 2] = ["7.25,9.50", "6.50,9.50"];

async fn a_reduction_shows_the_lowest_price_before_it_began(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let folder = tempfile::tempdir()?;
    let set = async |price: &str| {
        let prices = format!("sku,market,price,compare_at,from,until\nK-01-01,,{price},,\n");
        fs::write(folder.path().join("prices.csv"), prices)?;
        publish_with(&shop, folder.path()).await
    };
    for price in UNTIL_THE_REDUCTION {
        set(price).await?;
    }
    for price in REDUCTIONS {
        let version = set(price).await?;
        for (path, shown) in [
            (
                "/products/topfbuerste",
                "Niedrigster Preis der 30 Tage davor: 8,00",
            ),
            (
                "/collections/kueche",
                "Niedrigster Preis der 30 Tage davor: 8,00",
            ),
            (
                "/api/v1/products/topfbuerste",
                "\"prior_price\":{\"amount\":800,",
            ),
            (
                "/api/v1/products?collection=kueche",
                "\"prior_price\":{\"amount\":800,",
            ),
        ] {
            eventually(path, async || {
                let answer = shop.client().get(path).await?;
                let is_it = answer.version() == Some(version);
                Ok(is_it
                    .then(|| answer.text().contains(shown))
                    .filter(|&shows| shows))
            })
            .await?;
        }
        ensure!(
            set(price).await? == version,
            "the same folder is another version"
        );
    }
    let told = shop.task("terms", &["prior", "K-01-01", "--json"]).await?;
    let told: serde_json::Value = serde_json::from_str(&told)?;
    ensure!(told["markets"][0]["prior_price"] == 800, "{told}");
    Ok(())
}

/// Switzerland beside the German shop: francs, English first.
const MARKETS: &str = r#"
[[market]]
id = "eu"
currency = "EUR"

[[market]]
id = "ch"
path = "ch"
title = "Schweiz"
currency = "CHF"
countries = ["CH"]
languages = ["en", "de"]
convert = { from = "eu", rate = "0.95", round = "0.05" }
"#;

async fn a_further_market_has_its_money_and_its_languages(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("markets.toml"), MARKETS)?;
    publish_with(&shop, folder.path()).await?;
    let client = shop.client();
    // 9.50 euros are 9.025 francs, in steps of 0.05.
    for (path, language, price, currency) in [
        ("/ch/products/topfbuerste", "en", "9.05", "CHF"),
        ("/ch/de/products/topfbuerste", "de", "9,05", "CHF"),
        ("/products/topfbuerste", "de", "9,50", "EUR"),
    ] {
        let page = client.get(path).await?;
        ensure!(page.status == 200, "{path}: {}", page.beginning());
        let text = page.text();
        let begins = format!("<html lang=\"{language}\"");
        ensure!(text.contains(&begins), "{path}: {text}");
        ensure!(text.contains(price), "{path}: {text}");
        let said = format!("\"priceCurrency\":\"{currency}\"");
        ensure!(text.contains(&said), "{path}: {text}");
    }
    let missing = client.get("/ch/en/products/topfbuerste").await?;
    ensure!(missing.status == 404, "{}", missing.beginning());
    Ok(())
}

souk_e2e::on_every_platform!(
    a_further_market_has_its_money_and_its_languages,
    a_price_changes_at_its_moment_without_a_publish,
    a_reduction_shows_the_lowest_price_before_it_began
);
