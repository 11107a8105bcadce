//! Rows of reading: one warm product, and so many that their responses are built again.

use std::net::SocketAddr;

use anyhow::Result;

use crate::bench::{Bench, Platform, Side};
use crate::load::{Pace, Target};
use crate::report::Row;
use crate::server::get;
use crate::shop::{Staff, catalogue, slug};

/// Products of the catalogue that is read; all of them, in turn, in the rows with this number.
const PRODUCTS: usize = 5_000;
const GOAL: f64 = 0.8;
const NAMES: [&str; 5] = [
    "product-json",
    "product-page",
    "product-json-5000",
    "product-page-5000",
    "product-json-latency",
];

/// Counters that tell whether a read was warm.
const TIERS: [(&str, &str); 5] = [
    ("finished", "souk_response_cache_hits_total"),
    ("made", "souk_response_cache_misses_total"),
    ("blobs from memory", "souk_tier_memory_hits_total"),
    ("from the shared cache", "souk_tier_shared_hits_total"),
    ("from the store", "souk_tier_store_reads_total"),
];

/// Measures reading on one platform.
///
/// # Errors
/// When a server does not come up or answer.
pub(crate) async fn rows(bench: &Bench, platform: Platform) -> Result<()> {
    if !bench.wants_any(platform, &NAMES) {
        return Ok(());
    }
    let floor = bench.start(platform, Side::Floor).await?;
    let shop = bench.start(platform, Side::Shop).await?;
    let address = shop.server.address;
    Staff::new(shop.server.staff)
        .publish(&catalogue(PRODUCTS), &[])
        .await?;
    let hello = Target::reads(&floor.server, vec!["/".to_owned()]);
    let (json, page) = ("/api/v1/products/", "/products/");
    let all = |prefix: &str| {
        (0..PRODUCTS)
            .map(|n| format!("{prefix}{}", slug(n)))
            .collect()
    };
    let one = |prefix: &str| vec![format!("{prefix}{}", slug(7))];
    let cases = [
        (NAMES[0], one(json), Some(GOAL)),
        (NAMES[1], one(page), Some(GOAL)),
        (NAMES[2], all(json), None),
        (NAMES[3], all(page), None),
    ];
    for (name, paths, goal) in cases {
        let id = format!("{}/{name}", platform.name());
        if !bench.wants(&id) {
            continue;
        }
        let target = Target::reads(&shop.server, paths);
        let before = tiers(address).await?;
        let mut row = bench
            .throughput(&id, ("hello", &hello), &target, goal)
            .await?;
        let after = tiers(address).await?;
        // Only where one instance answers everything do its counters tell everything.
        if platform == Platform::Workers {
            row.note += &describe(&before, &after);
        }
        bench.add(row);
    }
    let id = format!("{}/{}", platform.name(), NAMES[4]);
    if bench.wants(&id) {
        bench.add(latency(bench, &id, &hello, &Target::reads(&shop.server, one(json))).await?);
    }
    Ok(())
}

/// Half of what the shop can do, at fixed moments; latencies count from when a request was due.
async fn latency(bench: &Bench, id: &str, hello: &Target, json: &Target) -> Result<Row> {
    let most = bench
        .compare(hello, json, Pace::Closed)
        .await?
        .shop
        .per_second;
    let pace = Pace::Open((most / 2.0).round());
    let compared = bench.compare(hello, json, pace).await?;
    Ok(Row {
        id: id.to_owned(),
        value: f64::from(compared.shop.p99_us) / 1000.0,
        unit: "ms p99".to_owned(),
        limit: Some(f64::from(compared.floor.p99_us) / 1000.0),
        limit_is: "hello".to_owned(),
        note: format!(
            "open loop, {:.0}/s; p50 {:.1} ms, hello {:.1} ms",
            compared.shop.per_second,
            f64::from(compared.shop.p50_us) / 1000.0,
            f64::from(compared.floor.p50_us) / 1000.0,
        ),
        ..Row::default()
    })
}

async fn tiers(address: SocketAddr) -> Result<Vec<u64>> {
    let (_, body) = get(address, "/metrics").await?;
    let text = String::from_utf8_lossy(&body);
    Ok(TIERS.iter().map(|(_, name)| value(&text, name)).collect())
}

/// The value of a counter or gauge in the text of `/metrics`; 0 where there is none.
pub(crate) fn value(text: &str, name: &str) -> u64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}

fn describe(before: &[u64], after: &[u64]) -> String {
    let counted = TIERS.iter().zip(before.iter().zip(after));
    counted
        .map(|((name, _), (before, after))| (name, after.saturating_sub(*before)))
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("; {count} {name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_their_whole_name() {
        let text = "# TYPE souk_a counter\nsouk_a_b 7\nsouk_a 12\n";
        assert_eq!((value(text, "souk_a"), value(text, "souk_c")), (12, 0));
        assert_eq!(
            describe(&[1, 0, 5, 0, 0], &[9, 0, 5, 1, 0]),
            "; 8 finished; 1 from the shared cache"
        );
    }
}
