//! The tiers of the catalogue: browsing never calls the origin, a cold instance reads every blob
//! once, however many shoppers come at the same time, and every tier gives the same bytes.
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

/// A name that does not change with the port: it stands in canonical addresses.
const HOST: &str = "shop.localhost";
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

/// Another name of the shop: what is kept of finished responses is kept for one name.
const OTHER_HOST: &str = "again.localhost";

async fn a_forced_miss_at_each_tier_gives_the_same_bytes(platform: Platform) -> Result<()> {
    let mut shop = Shop::start_with_lasting_instances(platform).await?;
    shop.publish_demo().await?;
    let paths = paths(&shop.client()).await?;
    // Nothing is kept anywhere: the store.
    shop.restart_without_shared_cache().await?;
    let store = visit(&shop.client(), &paths, 1).await?;
    let from_store = &store.instances[0];
    let needed = from_store["souk_tier_store_reads_total"];
    ensure!(needed > 10, "only {needed} blobs were read");
    ensure!(
        from_store["souk_tier_shared_hits_total"] == 0,
        "the shared cache was not empty"
    );
    // The instance's memory is gone: the shared cache, where there is one.
    shop.restart().await?;
    let shared = visit(&shop.client(), &paths, 1).await?;
    let tier = match platform {
        Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev => {
            "souk_tier_shared_hits_total"
        }
        Platform::SpinSqlite | Platform::SpinPostgres => "souk_tier_store_reads_total",
    };
    ensure!(
        shared.instances[0][tier] == needed && reads(&shared.instances[0]) == needed,
        "{} of {needed} blobs came from the next tier",
        shared.instances[0][tier]
    );
    // No response is kept under the other name: blobs in memory.
    let memory = visit_as(&shop.client(), OTHER_HOST, &paths, 1).await?;
    let (before, after) = (&shared.instances[0], &memory.instances[0]);
    let grown = |name: &str| after[name] - before[name];
    ensure!(reads(after) == needed, "a blob in memory was read again");
    ensure!(
        grown("souk_response_cache_hits_total") == 0,
        "a response of another name was given"
    );
    ensure!(
        grown("souk_tier_memory_hits_total") >= needed,
        "the blobs were not in memory"
    );
    // Everything is kept: finished responses.
    let finished = visit(&shop.client(), &paths, 1).await?;
    let (before, after) = (after, &finished.instances[0]);
    let hits = after["souk_response_cache_hits_total"] - before["souk_response_cache_hits_total"];
    let pages = u64::try_from(paths.len())?;
    ensure!(hits == pages, "{hits} of {pages} responses were kept");
    println!("{platform:?}: {needed} blobs, {pages} responses, the same from every tier");
    for (path, body) in &store.bodies {
        ensure!(
            shared.bodies[path] == *body,
            "{path}: other bytes behind a cold memory"
        );
        ensure!(
            finished.bodies[path] == *body,
            "{path}: other bytes out of finished responses"
        );
        let text = String::from_utf8_lossy(&memory.bodies[path]).replace(OTHER_HOST, HOST);
        ensure!(
            text.as_bytes() == body,
            "{path}: other bytes out of blobs in memory"
        );
    }
    Ok(())
}

type Counters = BTreeMap<String, u64>;

/// What visitors got, and what each instance that could be asked had counted up to then.
struct Visit {
    bodies: BTreeMap<String, Bytes>,
    instances: Vec<Counters>,
}

async fn visit(client: &Client, paths: &[String], in_flight: usize) -> Result<Visit> {
    visit_as(client, HOST, paths, in_flight).await
}

async fn visit_as(
    client: &Client,
    host: &str,
    paths: &[String],
    in_flight: usize,
) -> Result<Visit> {
    let answers = stream::iter(paths.to_vec()).map(async |path| {
        let answer = client.get_with(&path, &[("host", host)]).await?;
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
    // Gauges, such as the age of a queue, are no counters, and need not be whole.
    let totals = pairs.filter(|(name, _)| name.ends_with("_total"));
    totals
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

souk_e2e::on_every_platform!(
    a_burst_of_shoppers_reads_no_blob_twice_and_never_calls_the_origin,
    a_forced_miss_at_each_tier_gives_the_same_bytes,
);
