//! Rows of one SKU that many buyers want: against orders that are spread, and next to orders for
//! other SKUs.
//!
//! Not here: orders against a bare write (`orders`).

use anyhow::Result;

use crate::bench::{Bench, Platform};
use crate::beside;
use crate::load::{Pace, Target};
use crate::orders::{SKUS, order_target};
use crate::report::Row;
use crate::server::Server;

/// Parts of what the shop does at most: of the orders whose latency counts, and of those for the
/// SKU that many buyers want.
const OTHERS: f64 = 0.2;
const WANTED: f64 = 0.4;

pub(crate) const NAMES: [&str; 2] = ["order-hot-to-spread", "order-others-latency"];

/// Measures both rows on a shop that has the catalogue.
///
/// # Errors
/// When the server does not answer.
pub(crate) async fn rows(bench: &Bench, platform: Platform, shop: &Server) -> Result<()> {
    let [to_spread, latency] = NAMES.map(|name| format!("{}/{name}", platform.name()));
    let spread = order_target(shop, "spread-floor", 0..SKUS);
    if bench.wants(&to_spread) {
        let hot = order_target(shop, "hot-shop", 0..1);
        let floor = ("the same spread", &spread);
        let row = bench.throughput(&to_spread, floor, &hot, Some(0.8)).await?;
        bench.add(row);
    }
    if bench.wants(&latency) {
        bench.add(others(bench, &latency, shop, &spread).await?);
    }
    Ok(())
}

/// The latency of orders for other SKUs at a fixed pace, while as many orders come in for one SKU
/// as, on the other side, for all of them. Both sides load the machine alike, so the ratio says how
/// the demand for one SKU affects orders for the others.
async fn others(bench: &Bench, id: &str, shop: &Server, spread: &Target) -> Result<Row> {
    let (warm, measured) = bench.seconds();
    let most = spread.run(Pace::Closed, warm).await?.per_second;
    let paces = [OTHERS, WANTED].map(|part| Pace::Open((most * part).round().max(1.0)));
    let others = order_target(shop, "others", 1..SKUS);
    let wanted = order_target(shop, "wanted", 0..1);
    let beside = [Some((&wanted, paces[1])), Some((spread, paces[1])), None];
    let p99_ms = beside::p99_ms(measured, (&others, paces[0]), beside).await?;
    let [hammered, alike, alone] = p99_ms;
    let note = format!(
        "open loop, {:.0}/s beside {:.0}/s; {:.1} ms beside nothing",
        most * OTHERS,
        most * WANTED,
        alone,
    );
    Ok(Row {
        cpu_us: None,
        id: id.to_owned(),
        value: hammered,
        unit: "ms p99".to_owned(),
        limit: Some(alike),
        limit_is: "as many, spread".to_owned(),
        ratio: Some(alike / hammered),
        goal: Some(0.9),
        note,
    })
}
