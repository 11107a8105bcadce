//! A publish while the shop is read: no answer mixes versions, rollback restores every byte, and
//! a walk through a listing stays with the version that it began with. And what orders teach, which is
//! published beside the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::buyers::{cart_body, send_body};
use souk_e2e::catalogue::{CatalogueFile, Product, Variant};
use souk_e2e::{Answer, Client, Platform, Shop, eventually};
use souk_protocol::staff::{self, OrderTotal};

/// Every price of the first version ends in 11, every price of the second one in 22.
const ENDS: [(u64, u32); 2] = [(1, 11), (2, 22)];
const PRODUCTS: u32 = 40;
const READERS: usize = 24;
/// How often the published version changes while the shop is read.
const FLIPS: usize = 6;

async fn no_answer_mixes_versions_and_rollback_restores_every_byte(
    platform: Platform,
) -> Result<()> {
    let shop = Shop::start(platform).await?;
    for (version, end) in ENDS {
        let file = CatalogueFile::new(&priced(end))?;
        ensure!(
            shop.publish(&file.path()).await? == version,
            "versions count from 1"
        );
    }
    shop.rollback(1).await?;
    let paths = Arc::new(paths());
    let before = bodies(&shop.client(), &paths, 1).await?;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = tokio::task::JoinSet::new();
    for reader in 0..READERS {
        readers.spawn(read(shop.client(), paths.clone(), reader, done.clone()));
    }
    for flip in 0..FLIPS {
        let version = if flip % 2 == 0 { 2 } else { 1 };
        shop.rollback(version).await?;
        // The next change comes when readers have seen this one.
        shown(&shop.client(), version).await?;
    }
    done.store(true, Ordering::Relaxed);
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    while let Some(read) = readers.join_next().await {
        for (version, answers) in read?? {
            *seen.entry(version).or_default() += answers;
        }
    }
    println!("{platform:?}: answers by version: {seen:?}");
    ensure!(
        seen.keys().eq([&1, &2]),
        "both versions were read: {seen:?}"
    );
    let after = bodies(&shop.client(), &paths, 1).await?;
    for (path, (etag, body)) in &before {
        let (etag_after, body_after) = &after[path];
        ensure!(
            etag == etag_after,
            "{path}: another ETag after the rollback"
        );
        ensure!(
            body == body_after,
            "{path}: another body after the rollback"
        );
    }
    let second = bodies_differ(&shop, &paths, &before).await?;
    ensure!(
        second > 0,
        "the versions do not differ, so nothing was shown"
    );
    Ok(())
}

/// With the second version published again, how many of the bodies are others.
async fn bodies_differ(shop: &Shop, paths: &[String], first: &Bodies) -> Result<usize> {
    shop.rollback(2).await?;
    let second = bodies(&shop.client(), paths, 2).await?;
    Ok(second
        .iter()
        .filter(|(path, body)| first[*path] != **body)
        .count())
}

type Bodies = BTreeMap<String, (String, bytes::Bytes)>;

/// The body of every path in a version; instances may show the last one for a moment longer.
async fn bodies(client: &Client, paths: &[String], version: u64) -> Result<Bodies> {
    let mut bodies = Bodies::new();
    for path in paths {
        let what = format!("{path} is shown in version {version}");
        let answer = eventually(&what, async || {
            let answer = client.get(path).await?;
            check_prices(path, &answer)?;
            Ok((answer.version() == Some(version)).then_some(answer))
        });
        let answer = answer.await?;
        bodies.insert(
            path.clone(),
            (answer.header("etag").to_owned(), answer.body),
        );
    }
    Ok(bodies)
}

async fn shown(client: &Client, version: u64) -> Result<()> {
    let look = async || {
        let answer = client.get("/api/v1/products?limit=1").await?;
        Ok((answer.version() == Some(version)).then_some(()))
    };
    eventually(&format!("version {version} is shown"), look).await
}

/// Reads one path after the other until `done` is set; gives the number of answers by version.
async fn read(
    client: Client,
    paths: Arc<Vec<String>>,
    first: usize,
    done: Arc<AtomicBool>,
) -> Result<BTreeMap<u64, usize>> {
    let mut seen = BTreeMap::new();
    for path in paths.iter().cycle().skip(first * 7) {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let answer = client.get(path).await?;
        let version = check_prices(path, &answer)?;
        *seen.entry(version).or_default() += 1;
    }
    Ok(seen)
}

/// All prices of an answer belong to the version that its header names.
fn check_prices(path: &str, answer: &Answer) -> Result<u64> {
    ensure!(
        answer.status == 200,
        "{path}: {} {}",
        answer.status,
        answer.beginning()
    );
    let version = answer
        .version()
        .with_context(|| format!("{path} names no version"))?;
    let (_, end) = *ENDS
        .iter()
        .find(|(known, _)| *known == version)
        .context("which version?")?;
    let is_json = answer
        .header("content-type")
        .starts_with("application/json");
    let prices = if is_json {
        json_prices(&answer.json()?)
    } else {
        page_prices(&answer.text())
    };
    ensure!(!prices.is_empty(), "{path} shows no price");
    for price in prices {
        ensure!(
            price % 100 == end,
            "{path}: version {version} with a price of {price}"
        );
    }
    Ok(version)
}

fn json_prices(value: &Value) -> Vec<u32> {
    match value {
        Value::Array(items) => items.iter().flat_map(json_prices).collect(),
        Value::Object(members) => {
            let amount = members.get("amount").and_then(Value::as_u64);
            let own = amount.and_then(|amount| u32::try_from(amount).ok());
            own.into_iter()
                .chain(members.values().flat_map(json_prices))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Everything with a point and exactly two digits behind it, in minor units.
fn page_prices(text: &str) -> Vec<u32> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    let price = |part: &str| {
        let (whole, cents) = part.trim_end_matches(['.', ',']).split_once('.')?;
        let whole: u32 = whole.replace(',', "").parse().ok()?;
        (cents.len() == 2).then_some(())?;
        Some(whole * 100 + cents.parse::<u32>().ok()?)
    };
    parts.filter_map(price).collect()
}

fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    for prefix in ["", "/zh"] {
        paths.push(format!("{prefix}/"));
        for sort in ["featured", "price-asc", "price-desc", "title"] {
            paths.push(format!("{prefix}/collections/all?sort={sort}"));
        }
        paths.extend((0..PRODUCTS).map(|place| format!("{prefix}/products/{}", slug(place))));
    }
    paths.push("/api/v1/products?limit=100".to_owned());
    paths.push("/api/v1/products?limit=9&sort=price-desc".to_owned());
    paths.push("/api/v1/products?price.max=6000&sort=price-asc".to_owned());
    paths.extend((0..PRODUCTS).map(|place| format!("/api/v1/products/{}", slug(place))));
    paths
}

fn slug(place: u32) -> String {
    format!("thing-{place:03}")
}

fn thing(place: u32, end: u32) -> Product {
    let variant = |number: u32| Variant {
        sku: format!("T{place}-{number}"),
        // The order by price differs between the versions too.
        price: (10 + (place * end) % 97 + number) * 100 + end,
        compare_at: place.is_multiple_of(3).then_some(500_000 + end),
        units: 10,
    };
    Product {
        slug: slug(place),
        title: format!("Thing {place:03}"),
        collection: format!("Shelf {}", place % 3),
        variants: (0..3).map(variant).collect(),
    }
}

fn priced(end: u32) -> Vec<Product> {
    (0..PRODUCTS).map(|place| thing(place, end)).collect()
}

async fn a_walk_through_a_listing_stays_with_its_version(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let client = shop.client();
    let first: Vec<_> = (0..PRODUCTS).map(|place| thing(place, 11)).collect();
    shop.publish(&CatalogueFile::new(&first)?.path()).await?;
    let wanted: BTreeSet<String> = first.iter().map(|product| product.slug.clone()).collect();
    // Every product costs more than a cent; such a filter has cursors of its own.
    let every = "&price.min=1";
    for (sort, filter) in [
        ("featured", ""),
        ("price-asc", every),
        ("price-desc", every),
        ("title", ""),
    ] {
        shop.rollback_unless_current(1).await?;
        shown(&client, 1).await?;
        // The next version lacks every third product, has new ones and other prices.
        let next: Vec<_> = (1..PRODUCTS + 9)
            .filter(|place| !place.is_multiple_of(3))
            .map(|place| thing(place, 22 + u32::try_from(sort.len()).unwrap_or(0)))
            .collect();
        let next = CatalogueFile::new(&next)?;
        let mut walked = Vec::new();
        let mut cursor = String::new();
        let mut pages = 0;
        loop {
            let path = format!("/api/v1/products?sort={sort}{filter}&limit=7&cursor={cursor}");
            let answer = client.get(&path).await?;
            ensure!(answer.status == 200, "{path}: {}", answer.beginning());
            ensure!(
                answer.version() == Some(1),
                "{path}: version {:?}",
                answer.version()
            );
            let page: Value = answer.json()?;
            let items = page["items"].as_array().context("a page without items")?;
            walked.extend(
                items
                    .iter()
                    .filter_map(|item| item["slug"].as_str().map(str::to_owned)),
            );
            pages += 1;
            if pages == 2 {
                let version = shop.publish(&next.path()).await?;
                ensure!(version > 1, "a new version");
                shown(&client, version).await?;
            }
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        ensure!(pages == PRODUCTS.div_ceil(7), "{pages} pages of {sort}");
        let distinct: BTreeSet<String> = walked.iter().cloned().collect();
        ensure!(
            distinct.len() == walked.len(),
            "{sort}: a product stands twice: {walked:?}"
        );
        ensure!(
            distinct == wanted,
            "{sort}: a product is missing or new: {walked:?}"
        );
    }
    Ok(())
}

/// A file of orders: so many with two of the things each, and one line of a SKU that the shop does not
/// have.
fn baskets(orders: &[(u32, [u32; 2])]) -> String {
    let mut file = "order,sku,quantity,date\n".to_owned();
    for (times, pair) in orders {
        for time in 0..*times {
            for thing in pair {
                let [one, other] = pair;
                let line = format!(
                    "{one}-{other}-{time},T{thing}-1,1,2026-11-{:02}\n",
                    1 + time
                );
                file.push_str(&line);
            }
        }
    }
    file.push_str("last,GONE,1,2026-11-29\n");
    file
}

/// The slugs that are recommended for the first thing, once that is by a version of the insights.
async fn recommended(client: &Client, version: &str) -> Result<(String, Vec<String>)> {
    let path = format!("/api/v1/products/{}/recommendations?limit=3", slug(0));
    let look = async || {
        let answer = client.get(&path).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.beginning());
        Ok((answer.header("souk-insights-version") == version).then_some(answer))
    };
    let answer = eventually(&format!("insights {version} are read"), look).await?;
    let page: Value = answer.json()?;
    let items = page["items"].as_array().context("items")?.iter();
    let slugs = items.filter_map(|item| item["slug"].as_str().map(str::to_owned));
    let source = page["source"].as_str().context("a source")?;
    Ok((source.to_owned(), slugs.collect()))
}

async fn what_orders_teach_is_recommended(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let client = shop.client();
    shop.publish(&CatalogueFile::new(&priced(11))?.path())
        .await?;
    let (source, _) = recommended(&client, "0").await?;
    ensure!(source != "baskets", "nothing was learnt yet: {source}");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.csv");
    let import = async |orders: &str| {
        std::fs::write(&path, orders)?;
        let path = path.to_str().context("the path is no text")?;
        shop.task("insights", &["import", "--baskets", path]).await
    };
    let refused = import("order,sku,quantity,date\n1,T0-1,one,2026-11-01\n").await;
    let refused = refused.err().context("a faulty line was imported")?;
    ensure!(
        format!("{refused:#}").contains("line 2: quantity 'one'"),
        "{refused:#}"
    );

    let orders = [(9, [0, 5]), (4, [0, 6]), (3, [5, 7]), (2, [0, 8])];
    let printed = import(&baskets(&orders)).await?;
    ensure!(printed.contains("1 lines name 1 SKUs"), "{printed}");
    ensure!(
        printed.contains("version 1 of the insights is published"),
        "{printed}"
    );
    let (source, slugs) = recommended(&client, "1").await?;
    ensure!(
        source == "baskets" && slugs == [slug(5), slug(6)],
        "{source} {slugs:?}"
    );
    let cart = format!("/api/v1/recommendations?for={},{}", slug(0), slug(6));
    let cart: Value = client.get(&cart).await?.json()?;
    ensure!(cart["items"][0]["slug"] == slug(5), "{cart}");
    let page = client.get(&format!("/products/{}", slug(0))).await?.text();
    ensure!(
        page.contains("Often bought together"),
        "the page does not say so"
    );

    let printed = import(&baskets(&orders)).await?;
    ensure!(
        printed.contains("version 1 is published and is the same"),
        "{printed}"
    );
    let shown = shop.task("insights", &["show", &slug(0)]).await?;
    // 9 / (sqrt(15 * 12) + 10).
    ensure!(shown.contains(&format!("- 0.384 {}", slug(5))), "{shown}");
    // Two versions later the blobs of the first one are gone, and a garbage collection leaves the rest.
    for (version, other) in [("2", 9), ("3", 10)] {
        import(&baskets(&[(9, [0, other])])).await?;
        let (_, slugs) = recommended(&client, version).await?;
        ensure!(slugs == [slug(other)], "{slugs:?}");
    }
    shop.task("catalogue", &["gc", "--keep", "0", "--grace-hours", "0"])
        .await?;
    let verified = shop.task("verify", &[]).await?;
    ensure!(
        verified.contains("version 3 of the insights: all"),
        "{verified}"
    );
    Ok(())
}

/// Orders through the public API are in the order index, once each.
async fn orders_are_indexed(shop: &Shop, orders: &[[u32; 2]]) -> Result<()> {
    for (number, things) in orders.iter().enumerate() {
        let lines = things.map(|thing| (format!("T{thing}-1"), 1));
        let key = format!("taught-by-an-order-{number:04}");
        let placed = send_body(&shop.client(), &key, &cart_body(&lines)).await?;
        ensure!(placed.status == 201, "{}", placed.beginning());
    }
    eventually("the orders are in the order index", async || {
        shop.wake().await?;
        let report = shop.ask_staff("GET", staff::REPORT_ORDERS.path(), None, "");
        let totals: Vec<OrderTotal> = report.await?.json()?;
        let indexed: i64 = totals.iter().map(|total| total.orders).sum();
        Ok((indexed == i64::try_from(orders.len())?).then_some(()))
    })
    .await
}

async fn the_shop_learns_from_its_own_orders(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let client = shop.client();
    shop.publish(&CatalogueFile::new(&priced(11))?.path())
        .await?;
    orders_are_indexed(&shop, &[[0, 5], [5, 0], [0, 5], [0, 6]]).await?;
    // A tick may have built them before.
    shop.task("insights", &["build"]).await?;
    let shown = shop.task("insights", &["show"]).await?;
    ensure!(
        shown.contains("4 orders, 2 products have a list"),
        "{shown}"
    );
    let path = format!("/api/v1/products/{}/recommendations?limit=3", slug(0));
    let page = eventually("what the shop has learnt is read", async || {
        let page: Value = client.get(&path).await?.json()?;
        Ok((page["source"] == "baskets").then_some(page))
    })
    .await?;
    ensure!(page["items"][0]["slug"] == slug(5), "{page}");
    let again = shop.task("insights", &["build"]).await?;
    ensure!(again.contains("is published and is the same"), "{again}");
    let metrics = shop.ask_staff("GET", staff::METRICS.path(), None, "");
    let metrics = metrics.await?.text();
    ensure!(metrics.contains("souk_insights_age_seconds "), "{metrics}");

    // Orders from elsewhere count beside them.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, baskets(&[(9, [0, 9])]))?;
    let file = file.to_str().context("the path is no text")?;
    let imported = shop
        .task("insights", &["import", "--baskets", file])
        .await?;
    ensure!(
        imported.contains("of 13 orders 3 products have a list"),
        "{imported}"
    );
    let shown = shop.task("insights", &["show", &slug(0)]).await?;
    let places = [slug(9), slug(5)].map(|slug| shown.find(&slug));
    ensure!(places[0].is_some() && places[0] < places[1], "{shown}");
    Ok(())
}

souk_e2e::on_every_platform!(
    no_answer_mixes_versions_and_rollback_restores_every_byte,
    a_walk_through_a_listing_stays_with_its_version,
    what_orders_teach_is_recommended,
    the_shop_learns_from_its_own_orders,
);
