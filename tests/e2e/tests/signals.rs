//! Signals: with traffic on, a level is applied on every instance within seconds, and the journal says
//! when.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Client, Platform, Shop, eventually_within};
use souk_operations::Record;
use souk_operations::control::EDGES;
use souk_protocol::operations::Standing;
use souk_protocol::samples::SignalsStanding;
use souk_protocol::staff::{READ_SIGNALS, SET_SWITCHES};
use tokio::time::{MissedTickBehavior, interval};

/// A change is applied by then.
const APPLIED_WITHIN_S: f64 = 5.0;
/// It is known after three seconds more, and a step; a machine with other work may need longer.
const KNOWN_WITHIN: Duration = Duration::from_secs(20);
/// What shoppers look at: pages from memory and others.
const PATHS: [&str; 4] = ["/", "/products/tea", "/cart", "/api/v1/status"];
/// Requests at the same time, so that several instances of Spin answer, and how often they come.
const AT_A_TIME: usize = 12;
const EVERY: Duration = Duration::from_millis(200);
/// How many switches are moved; more of them are a measurement.
const SWITCHES: &str = "SOUK_MEASURED_SWITCHES";
const SWITCHES_DEFAULT: usize = 1;

/// Does this while shoppers look around and the shop ticks once a second, as by a scheduler on Spin.
async fn under_traffic<T>(shop: &Shop, work: impl Future<Output = Result<T>>) -> Result<T> {
    let client = shop.client();
    let visits = async {
        let mut visits = interval(EVERY);
        visits.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            visits.tick().await;
            let paths = PATHS.iter().cycle().take(AT_A_TIME);
            for answer in join_all(paths.map(|path| client.get(path))).await {
                let status = answer?.status;
                ensure!(status < 500, "a shopper got {status}");
            }
        }
    };
    let both = async {
        tokio::select! {
            done = work => done,
            failed = visits => failed,
        }
    };
    shop.while_ticking(both).await
}

async fn signals(shop: &Shop) -> Result<SignalsStanding> {
    let path = format!("{}?watch=true", READ_SIGNALS.path());
    let answer = shop.ask_staff("GET", &path, None, "").await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    answer.json()
}

fn value(signals: &SignalsStanding, name: &str) -> Option<f64> {
    let mut all = signals.signals.iter();
    all.find(|one| one.signal == name).and_then(|one| one.value)
}

/// Waits until instances report.
async fn reported(shop: &Shop) -> Result<SignalsStanding> {
    eventually_within(KNOWN_WITHIN, "instances report", async || {
        let signals = signals(shop).await?;
        let has_some = value(&signals, "edges").is_some_and(|edges| edges >= 1.0)
            && value(&signals, "requests.rate").is_some_and(|rate| rate > 1.0)
            && value(&signals, "pages.p99").is_some();
        Ok(has_some.then_some(signals))
    })
    .await
}

/// Sets a level, and waits for the record that it is applied: after how many seconds it was.
async fn applied_after(shop: &Shop, level: usize) -> Result<f64> {
    let wish = json!({"level": level}).to_string();
    let path = SET_SWITCHES.path();
    let set = shop.ask_staff("PUT", path, None, wish).await?;
    ensure!(set.status == 200, "{}", set.beginning());
    let standing: Standing = set.json()?;
    let journal = format!("/staff/v1/journal?after={}", standing.records - 1);
    let what = format!("level {level} is applied");
    eventually_within(KNOWN_WITHIN, &what, async || {
        let page = shop.ask_staff("GET", &journal, None, "").await?;
        ensure!(page.status == 200, "{}", page.beginning());
        let records = page.text();
        let records = records.lines().map(serde_json::from_str);
        let records: Vec<Record> = records.collect::<Result<_, _>>()?;
        let change = records.first().context("the record of the change")?;
        let applied = format!("record {} is applied everywhere after ", change.seq);
        let said = records.iter().filter(|record| record.who == EDGES);
        let mut said = said.filter_map(|record| record.what.strip_prefix(&applied));
        let seconds = said.next().and_then(|rest| rest.strip_suffix(" s"));
        Ok(seconds.map(str::parse).transpose()?)
    })
    .await
}

/// The 99th percentile, and the largest one of fewer than a hundred.
fn p99(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    let place = (seconds.len() * 99).div_ceil(100).max(1) - 1;
    seconds[place]
}

async fn switched(shop: &Shop, client: &Client) -> Result<Vec<f64>> {
    reported(shop).await?;
    let switches = std::env::var(SWITCHES).ok();
    let switches = switches.map_or(Ok(SWITCHES_DEFAULT), |text| text.parse())?;
    let mut all = Vec::with_capacity(switches);
    for number in 0..switches {
        let level = 1 + number % 2;
        let seconds = applied_after(shop, level).await?;
        ensure!(seconds <= APPLIED_WITHIN_S, "level {level}: {seconds} s");
        let status: Value = client.get("/api/v1/status").await?.json()?;
        ensure!(status["level"] == level, "{status}");
        all.push(seconds);
    }
    Ok(all)
}

async fn a_level_is_applied_on_every_instance_and_the_journal_says_so(
    platform: Platform,
) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    let file = CatalogueFile::new(&[single("TEA", 1_000, 50)])?;
    shop.publish(&file.path()).await?;
    let client = shop.client();
    let seconds = under_traffic(&shop, switched(&shop, &client)).await?;
    println!(
        "{platform:?}: applied after {seconds:?} s, p99 {} s",
        p99(seconds.clone())
    );

    // What was reported is kept, and new instances report too.
    shop.restart().await?;
    let back = async {
        let signals = reported(&shop).await?;
        let applied = value(&signals, "switches.applied");
        ensure!(applied.is_some(), "{signals:?}");
        let printed = shop.task("status", &["--json"]).await?;
        let printed: Value = serde_json::from_str(&printed)?;
        ensure!(printed["signals"]["requests.rate"].is_number(), "{printed}");
        ensure!(printed["level"].as_u64() >= Some(1), "{printed}");
        applied_after(&shop, 0).await
    };
    let seconds = under_traffic(&shop, back).await?;
    ensure!(seconds <= APPLIED_WITHIN_S, "after a restart: {seconds} s");
    println!("{platform:?}: after a restart {seconds} s");
    Ok(())
}

souk_e2e::on_every_platform!(a_level_is_applied_on_every_instance_and_the_journal_says_so);
