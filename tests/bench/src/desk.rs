//! The row of people who buy while staff read a report of everything that was ever ordered.
//!
//! Not here: orders against each other (`hot`), orders against a bare write (`orders`).

use std::time::Duration;

use anyhow::Result;
use souk_protocol::desk;

use crate::bench::{Bench, Platform, median};
use crate::load::{Pace, Target};
use crate::orders::{SKUS, order_target};
use crate::report::Row;
use crate::server::Server;
use crate::workerd::SECRET;

pub(crate) const NAME: &str = "order-beside-report-latency";

/// How often both sides are measured, in turn.
const ROUNDS: usize = 7;
/// Part of what the shop does at most: of the orders whose latency counts.
const ORDERS: f64 = 0.3;
/// Reports a second: whoever looks at one asks for the next at once, and so do some others.
const REPORTS: f64 = 5.0;
/// The book takes in the orders of the other rows within this.
const FILLED_IN: Duration = Duration::from_secs(4);

/// The latency of orders at a fixed pace, beside reports and beside nothing. The report reads a store
/// of its own, so what is left to be seen is the machine that both share.
///
/// # Errors
/// When the server does not answer.
pub(crate) async fn row(bench: &Bench, platform: Platform, shop: &Server) -> Result<()> {
    let id = format!("{}/{NAME}", platform.name());
    if !bench.wants(&id) {
        return Ok(());
    }
    let (warm, measured) = bench.seconds();
    // Something to report on.
    let orders = order_target(shop, "reported", 0..SKUS);
    let most = orders.run(Pace::Closed, warm).await?.per_second;
    let pace = Pace::Open((most * ORDERS).round().max(1.0));
    // What a scheduler calls for: the orders come into the book.
    let ticks = staff_target(shop, "POST", desk::TICK_PATH);
    ticks.run(Pace::Closed, measured.max(FILLED_IN)).await?;
    let reports = staff_target(shop, "GET", desk::REPORT_PATH);
    let (mut beside, mut alone, mut read) = (Vec::new(), Vec::new(), 0.0);
    for round in 0..=ROUNDS {
        let both = tokio::try_join!(
            orders.run(pace, measured),
            reports.run(Pace::Open(REPORTS), measured)
        );
        let (busy, report) = both?;
        let quiet = orders.run(pace, measured).await?;
        // The first round warms up.
        if round > 0 {
            beside.push(f64::from(busy.p99_us) / 1000.0);
            alone.push(f64::from(quiet.p99_us) / 1000.0);
            read = f64::from(report.p50_us) / 1000.0;
        }
    }
    let ratios = beside.iter().zip(&alone).map(|(shop, floor)| floor / shop);
    let ratio = median(ratios.collect());
    let note = format!(
        "open loop, {:.0}/s beside {REPORTS:.0} reports/s, of {read:.1} ms each",
        most * ORDERS
    );
    bench.add(Row {
        id,
        value: median(beside),
        unit: "ms p99".to_owned(),
        limit: Some(median(alone)),
        limit_is: "beside nothing".to_owned(),
        ratio: Some(ratio),
        goal: Some(0.9),
        note,
    });
    Ok(())
}

fn staff_target(shop: &Server, method: &'static str, path: &'static str) -> Target {
    let address = shop.address;
    Target::new(shop, move |_, into| {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {SECRET}\r\n\
             content-length: 0\r\n\r\n"
        );
        into.extend_from_slice(head.as_bytes());
    })
}
