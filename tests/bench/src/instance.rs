//! Rows of an instance: its memory, and how soon a new one answers.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::bench::{Bench, Host, Platform, Side, median};
use crate::load::{Pace, Target};
use crate::reads::value;
use crate::report::Row;
use crate::server::get;
use crate::shop::{Staff, catalogue, slug};

const PRODUCTS: usize = 1_000;
/// Longer than Spin keeps an instance without requests.
const IDLE: Duration = Duration::from_millis(1_500);
const MIB: f64 = 1024.0 * 1024.0;

/// Measures instances on one platform.
///
/// # Errors
/// When a server does not come up or answer.
pub(crate) async fn rows(bench: &Bench, platform: Platform) -> Result<()> {
    let names = ["memory", "cold-start", "first-request"];
    if !bench.wants_any(platform, &names) {
        return Ok(());
    }
    let mut floor = bench.start(platform, Side::Floor).await?;
    let mut shop = bench.start(platform, Side::Shop).await?;
    let paths: Vec<_> = (0..PRODUCTS)
        .map(|n| format!("/products/{}", slug(n)))
        .collect();
    let page = paths[7].clone();
    Staff::new(shop.server.staff)
        .publish(&catalogue(PRODUCTS), &[])
        .await?;
    let id = |name: &str| format!("{}/{name}", platform.name());
    if bench.wants(&id(names[0])) {
        bench.add(memory(bench, id(names[0]), &floor, &shop, paths).await?);
    }
    if bench.wants(&id(names[1])) {
        let (mut hello, mut product) = (Vec::new(), Vec::new());
        for _ in 0..bench.repeats() {
            hello.push(cold(bench, &mut floor, "/").await?);
            product.push(cold(bench, &mut shop, &page).await?);
        }
        let note = "from the start of the process to the first product page";
        bench.add(row(id(names[1]), hello, product, note));
    }
    if bench.wants(&id(names[2])) {
        let (mut hello, mut product) = (Vec::new(), Vec::new());
        for _ in 0..bench.repeats() {
            hello.push(first(bench, platform, &mut floor, "/").await?);
            product.push(first(bench, platform, &mut shop, &page).await?);
        }
        let note = "product page, the first request of a fresh instance";
        bench.add(row(id(names[2]), hello, product, note));
    }
    Ok(())
}

async fn memory(
    bench: &Bench,
    id: String,
    floor: &Host,
    shop: &Host,
    paths: Vec<String>,
) -> Result<Row> {
    let hello = Target::reads(&floor.server, vec!["/".to_owned()]);
    let pages = Target::reads(&shop.server, paths);
    bench.compare(&hello, &pages, Pace::Closed).await?;
    let (_, metrics) = get(shop.server.address, "/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics);
    let gauge = |name: &str| value(&metrics, name) as f64 / MIB;
    let resident =
        |host: &Host| -> Result<f64> { Ok(host.server.process().resident_bytes()? as f64 / MIB) };
    let (value, limit) = (resident(shop)?, resident(floor)?);
    Ok(Row {
        cpu_us: None,
        id,
        value,
        unit: "MiB".to_owned(),
        limit: Some(limit),
        limit_is: "hello".to_owned(),
        ratio: Some(limit / value),
        goal: None,
        note: format!(
            "the whole runtime after reading {PRODUCTS} pages; an instance keeps {:.1} MiB of \
             blobs and {:.1} MiB of responses",
            gauge("souk_memory_blob_bytes"),
            gauge("souk_memory_response_bytes")
        ),
    })
}

async fn cold(bench: &Bench, host: &mut Host, path: &str) -> Result<f64> {
    host.restart(&bench.tools)?;
    Ok(host.server.wait_for(path).await?.as_secs_f64() * 1000.0)
}

async fn first(bench: &Bench, platform: Platform, host: &mut Host, path: &str) -> Result<f64> {
    match platform {
        Platform::Workers => {
            host.restart(&bench.tools)?;
            host.server.wait_until_it_listens().await?;
        }
        // The process stays; its instances end when no request comes for a while.
        Platform::Spin | Platform::Postgres => tokio::time::sleep(IDLE).await,
    }
    let started = Instant::now();
    let (status, _) = get(host.server.address, path).await?;
    ensure!(status == 200, "{path} was answered {status}");
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

fn row(id: String, hello: Vec<f64>, product: Vec<f64>, note: &str) -> Row {
    let (limit, value) = (median(hello), median(product));
    Row {
        cpu_us: None,
        id,
        value,
        unit: "ms".to_owned(),
        limit: Some(limit),
        limit_is: "hello".to_owned(),
        ratio: Some(limit / value),
        goal: None,
        note: note.to_owned(),
    }
}
