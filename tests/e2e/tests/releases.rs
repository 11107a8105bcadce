//! Releases by lane on a shop that runs: shoppers keep the build that they got, with their carts, and a
//! build that crashes is taken back by itself while shoppers hardly notice.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Answer, Client, NextBuild, Platform, Shop, eventually_within};
use souk_operations::control::BY_ITSELF;
use souk_operations::verify;
use souk_protocol::release::ReleaseStanding;
use souk_protocol::staff::{READ_RELEASE, SET_RELEASE};

const PAGE: &str = "/products/tea";
/// Edges know of a change by then.
const SOON: Duration = Duration::from_secs(15);
/// The shortest window that there is.
const WINDOW: Duration = Duration::from_secs(60);
const SHOPPERS: usize = 60;

async fn open(platform: Platform, next: NextBuild) -> Result<Shop> {
    let shop = Shop::start_with_next(platform, next).await?;
    let file = CatalogueFile::new(&[single("TEA", 1_000, 50)])?;
    shop.publish(&file.path()).await?;
    Ok(shop)
}

async fn set(shop: &Shop, wish: &Value) -> Result<ReleaseStanding> {
    let answer = shop
        .ask_staff("PUT", SET_RELEASE.path(), None, wish.to_string())
        .await?;
    ensure!(answer.status == 200, "{wish}: {}", answer.beginning());
    answer.json()
}

async fn standing(shop: &Shop) -> Result<ReleaseStanding> {
    let answer = shop.ask_staff("GET", READ_RELEASE.path(), None, "").await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    answer.json()
}

/// A shopper with the cookies of a browser.
struct Shopper<'a> {
    client: &'a Client,
    cookies: Vec<(String, String)>,
}

impl<'a> Shopper<'a> {
    fn new(client: &'a Client) -> Self {
        Self {
            client,
            cookies: Vec::new(),
        }
    }

    fn cookie(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn keep(&mut self, answer: &Answer) -> Result<()> {
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie")?;
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        Ok(())
    }

    async fn get(&mut self, path: &str) -> Result<Answer> {
        let cookie = self.cookie();
        let headers = [("accept", "text/html"), ("cookie", cookie.as_str())];
        let answer = self.client.get_with(path, &headers).await?;
        self.keep(&answer)?;
        Ok(answer)
    }

    async fn add(&mut self, product: &str, sku: &str) -> Result<Answer> {
        let cookie = self.cookie();
        let headers = [
            ("accept", "text/html"),
            ("cookie", cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", self.client.base()),
            ("sec-fetch-site", "same-origin"),
        ];
        let form = format!("action=add&product={product}&sku={sku}&quantity=1");
        let answer = self.client.send("POST", "/cart", &headers, form).await?;
        self.keep(&answer)?;
        Ok(answer)
    }

    /// Puts the shopper into another bucket of the same release.
    fn move_to(&mut self, bucket: u16) -> Result<()> {
        let mut cookies = self.cookies.iter_mut();
        let lane = cookies.find(|(name, _)| name == "souk_lane");
        let (_, value) = lane.context("the cookie of the lane")?;
        let (salt, _) = value.split_once('.').context("the release and a bucket")?;
        *value = format!("{salt}.{bucket}");
        Ok(())
    }
}

fn is_of_next(answer: &Answer) -> bool {
    answer
        .headers
        .get("souk-lane")
        .is_some_and(|lane| lane == "next")
}

/// Waits until edges put shoppers into lanes.
async fn known(client: &Client) -> Result<()> {
    eventually_within(SOON, "edges know of the release", async || {
        let first = Shopper::new(client).get(PAGE).await?;
        Ok(first.headers.contains_key("set-cookie").then_some(()))
    })
    .await
}

async fn shoppers_keep_their_lane_and_their_carts(platform: Platform) -> Result<()> {
    let shop = open(platform, NextBuild::Same).await?;
    let client = shop.client();
    let begin = json!({"next": {"name": "r1", "share": 5_000, "window_s": 600}});
    set(&shop, &begin).await?;
    known(&client).await?;
    let mut shoppers = Vec::new();
    for _ in 0..SHOPPERS {
        let mut shopper = Shopper::new(&client);
        let first = shopper.get(PAGE).await?;
        ensure!(first.status == 200, "{}", first.beginning());
        let policy = first.headers.get("cache-control").context("a policy")?;
        ensure!(policy == "no-store", "{policy:?}");
        shoppers.push((shopper, is_of_next(&first)));
    }
    let count = shoppers.iter().filter(|(_, is_next)| *is_next).count();
    // Half of 60, within four standard deviations.
    ensure!((15..=45).contains(&count), "{count} of {SHOPPERS}");
    for (shopper, is_next) in &mut shoppers {
        for path in [PAGE, "/", "/cart"] {
            let page = shopper.get(path).await?;
            ensure!(
                page.status == 200 && is_of_next(&page) == *is_next,
                "{path}"
            );
        }
    }
    let (shopper, _) = &mut shoppers[0];
    for (bucket, other) in [(0, 9_999), (9_999, 0)] {
        shopper.move_to(bucket)?;
        let added = shopper.add("tea", "TEA").await?;
        ensure!(added.status == 303, "{}", added.beginning());
        ensure!(is_of_next(&added) == (bucket == 0), "bucket {bucket}");
        shopper.move_to(other)?;
        let cart = shopper.get("/cart").await?;
        ensure!(is_of_next(&cart) == (other == 0), "bucket {other}");
        ensure!(
            cart.text().contains("Product TEA"),
            "the cart of the other lane"
        );
    }
    set(&shop, &json!({"promote": true})).await?;
    eventually_within(SOON, "no shopper is in a lane", async || {
        let mut lanes = Vec::new();
        for (shopper, _) in &mut shoppers {
            lanes.push(is_of_next(&shopper.get(PAGE).await?));
        }
        Ok((!lanes.contains(&true)).then_some(()))
    })
    .await
}

async fn a_build_that_crashes_is_taken_back_by_itself(platform: Platform) -> Result<()> {
    let shop = open(platform, NextBuild::Broken).await?;
    let client = shop.client();
    let mut buyer = Shopper::new(&client);
    let added = buyer.add("tea", "TEA").await?;
    ensure!(added.status == 303, "{}", added.beginning());
    let begin = json!({"next": {"name": "bad", "share": 5_000, "window_s": 60}});
    set(&shop, &begin).await?;
    known(&client).await?;
    let taken_back = eventually_within(WINDOW, "the release is taken back", async || {
        for _ in 0..20 {
            // The stable build answers reads that the other one does not.
            let page = Shopper::new(&client).get(PAGE).await?;
            ensure!(page.status == 200, "{}", page.beginning());
        }
        Ok(standing(&shop).await?.out.is_none().then_some(()))
    });
    shop.while_ticking(taken_back).await?;
    let past = standing(&shop).await?.past.context("it was out")?;
    ensure!(past.name == "bad" && past.who == BY_ITSELF && !past.is_promoted);
    ensure!(past.why.contains("errors"), "{}", past.why);
    let journal = shop.task("journal", &["export"]).await?;
    ensure!(verify(&journal, None).is_ok(), "{journal}");
    let records = journal.lines().map(serde_json::from_str);
    let records: Vec<Value> = records.collect::<Result<_, _>>()?;
    let record = records.iter().find(|record| record["who"] == BY_ITSELF);
    let effect = record.context("a record of it")?["effect"].to_string();
    ensure!(effect.contains("release none; next "), "{effect}");
    let cart = buyer.get("/cart").await?;
    ensure!(cart.text().contains("Product TEA"), "the cart is as it was");
    Ok(())
}

souk_e2e::on_every_platform!(
    shoppers_keep_their_lane_and_their_carts,
    a_build_that_crashes_is_taken_back_by_itself,
);
