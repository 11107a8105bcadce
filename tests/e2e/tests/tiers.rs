//! The tiers of the catalogue: browsing never calls the origin, and a cold instance reads every
//! blob once, however many shoppers come at the same time.
//!
//! Counters belong to an instance. `workerd` answers with one isolate here; Spin makes another
//! instance whenever all are busy, so there every instance that answers is held to the bound.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use souk_e2e::{Client, Platform, Shop};

/// Requests that are in flight together.
const IN_FLIGHT: usize = 64;
/// How often every address is asked for in the burst.
const TIMES: usize = 5;

async fn a_burst_of_shoppers_reads_no_blob_twice_and_never_calls_the_origin(
    platform: Platform,
) -> Result<()> {
    let mut shop = Shop::start_with_lasting_instances(platform).await?;
    shop.publish_demo().await?;
    let paths = paths(&shop.client()).await?;
    // One after the other: what a cold instance has to read at least.
    shop.restart().await?;
    let one_by_one = visit(&shop.client(), &paths, 1).await?;
    let needed = reads(&one_by_one.instances[0]);
    ensure!(needed > 10, "only {needed} blobs were read");
    // All together, cold again.
    shop.restart().await?;
    let burst: Vec<String> = paths
        .iter()
        .flat_map(|path| vec![path.clone(); TIMES])
        .collect();
    let cold = visit(&shop.client(), &burst, IN_FLIGHT).await?;
    for instance in &cold.instances {
        let (read, waits) = (reads(instance), instance["souk_coalesced_reads_total"]);
        println!("{platform:?}: {read} of {needed} blobs read, {waits} waits for another's read");
        ensure!(read <= needed, "{read} reads of {needed} blobs");
    }
    if platform == Platform::Workers {
        // One isolate answers everything here, so it needed every blob, and had to wait for some.
        let isolate = &cold.instances[0];
        ensure!(
            reads(isolate) == needed,
            "{} reads of {needed} blobs",
            reads(isolate)
        );
        ensure!(
            isolate["souk_coalesced_reads_total"] > 0,
            "the burst was no burst"
        );
    }
    let warm = visit(&shop.client(), &burst, IN_FLIGHT).await?;
    for visit in [&one_by_one, &cold, &warm] {
        // Memory, the shared cache and the store give the same bytes.
        ensure!(visit.bodies == cold.bodies, "bodies depend on the tier");
        for instance in &visit.instances {
            ensure!(
                instance["souk_requests_total"] > 0,
                "an instance that counts nothing"
            );
            ensure!(
                instance["souk_origin_calls_total"] == 0,
                "browsing called the origin"
            );
            ensure!(
                instance["souk_tier_store_misses_total"] == 0,
                "a blob is missing"
            );
            ensure!(instance["souk_failures_total"] == 0, "a visitor got 5xx");
            ensure!(
                reads(instance) <= needed,
                "a warm instance reads blobs again"
            );
        }
    }
    let hits = |instance: &Counters| instance["souk_response_cache_hits_total"];
    ensure!(
        warm.instances.iter().any(|one| hits(one) > 0),
        "nothing came from memory"
    );
    Ok(())
}

type Counters = BTreeMap<String, u64>;

/// What visitors got, and what each instance that could be asked had counted up to then.
struct Visit {
    bodies: BTreeMap<String, Bytes>,
    instances: Vec<Counters>,
}

async fn visit(client: &Client, paths: &[String], in_flight: usize) -> Result<Visit> {
    let answers = stream::iter(paths.to_vec()).map(async |path| {
        // A name that does not change with the port: it stands in canonical addresses.
        let answer = client.get_with(&path, &[("host", "shop.example")]).await?;
        ensure!(
            answer.status == 200,
            "{path}: {} {}",
            answer.status,
            answer.beginning()
        );
        Ok((path, answer.body))
    });
    let answers: Vec<_> = answers.buffer_unordered(in_flight).collect().await;
    let mut bodies = BTreeMap::new();
    for answer in answers {
        let (path, body) = answer?;
        if let Some(known) = bodies.insert(path.clone(), body.clone()) {
            ensure!(known == body, "{path} has two bodies");
        }
    }
    // Any instance may answer: asked together, several of them do.
    let asked = (0..in_flight).map(|_| counters(client));
    let mut instances = Vec::new();
    for counters in join_all(asked).await {
        let counters = counters?;
        let same = |known: &Counters| reads(known) == reads(&counters);
        if !instances.iter().any(same) {
            instances.push(counters);
        }
    }
    Ok(Visit { bodies, instances })
}

async fn counters(client: &Client) -> Result<Counters> {
    let text = client.get("/metrics").await?.text();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs
        .map(|(name, value)| Ok((name.to_owned(), value.parse()?)))
        .collect()
}

/// Blobs that did not come from the instance's own memory.
fn reads(counters: &Counters) -> u64 {
    counters["souk_tier_store_reads_total"] + counters["souk_tier_shared_hits_total"]
}

/// Pages and JSON of many products and of every collection.
async fn paths(client: &Client) -> Result<Vec<String>> {
    let list: Value = client.get("/api/v1/products?limit=100").await?.json()?;
    let items = list["items"].as_array().context("no items")?;
    let mut paths = vec![
        "/".to_owned(),
        "/zh/".to_owned(),
        "/collections/all".to_owned(),
    ];
    for item in items.iter().step_by(2) {
        let slug = item["slug"].as_str().context("no slug")?;
        paths.push(format!("/products/{slug}"));
        paths.push(format!("/zh/products/{slug}"));
        paths.push(format!("/api/v1/products/{slug}"));
        for collection in item["collections"].as_array().into_iter().flatten() {
            let slug = collection.as_str().context("no slug")?;
            paths.push(format!("/collections/{slug}?sort=price-asc"));
        }
    }
    paths.sort_unstable();
    paths.dedup();
    Ok(paths)
}

souk_e2e::on_every_platform!(a_burst_of_shoppers_reads_no_blob_twice_and_never_calls_the_origin,);
