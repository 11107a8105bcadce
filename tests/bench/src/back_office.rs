//! The row of people who buy while staff read a report of everything that was ever ordered.
//!
//! Not here: orders against each other (`hot`), orders against a bare write (`orders`).

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use souk_protocol::staff::{self, OrderTotal};

use crate::bench::{Bench, Platform};
use crate::beside;
use crate::load::{Pace, Target};
use crate::orders::{SKUS, order_target};
use crate::report::Row;
use crate::server::Server;
use crate::shop::Staff;

pub(crate) const NAME: &str = "order-beside-report-latency";

/// Part of what the shop does at most: of the orders whose latency counts.
const ORDERS: f64 = 0.3;
/// Reports a second: a member of staff who reads one requests the next at once, and so do others.
const REPORTS: f64 = 5.0;
/// A report is of as many orders at least.
const REPORTED: i64 = 2_000;
/// The order index has ingested them by then.
const FILLED_IN: Duration = Duration::from_secs(120);

/// The latency of orders at a fixed pace, beside reports and beside nothing. The report reads a
/// store of its own, so what is left to be seen is the machine that both share.
///
/// # Errors
/// When the server does not answer, or the order index does not ingest the orders.
pub(crate) async fn row(bench: &Bench, platform: Platform, shop: &Server) -> Result<()> {
    let id = format!("{}/{NAME}", platform.name());
    if !bench.wants(&id) {
        return Ok(());
    }
    let (warm, measured) = bench.seconds();
    let orders = order_target(shop, "reported", 0..SKUS);
    let most = orders.run(Pace::Closed, warm).await?.per_second;
    let reported = fill(shop, &orders, warm).await?;
    let pace = Pace::Open((most * ORDERS).round().max(1.0));
    let token = Staff::new(shop.staff).token().await?.to_owned();
    let reports = staff_target(shop, &token, "GET", staff::REPORT_ORDERS.path());
    let beside = [Some((&reports, Pace::Open(REPORTS))), None];
    let [busy, quiet] = beside::p99_ms(measured, (&orders, pace), beside).await?;
    let note = format!(
        "open loop, {:.0}/s beside {REPORTS:.0} reports/s of {reported} orders and more",
        most * ORDERS
    );
    bench.add(Row {
        cpu_us: None,
        id,
        value: busy,
        unit: "ms p99".to_owned(),
        limit: Some(quiet),
        limit_is: "beside nothing".to_owned(),
        ratio: Some(quiet / busy),
        goal: Some(0.9),
        note,
    });
    Ok(())
}

/// Places orders until the order index has enough of them; how many it has.
async fn fill(shop: &Server, orders: &Target, time: Duration) -> Result<i64> {
    let staff = Staff::new(shop.staff);
    let token = staff.token().await?.to_owned();
    let tick = staff_target(shop, &token, "POST", staff::TICK.path());
    let began = Instant::now();
    loop {
        let totals: Vec<OrderTotal> = staff.get(staff::REPORT_ORDERS.path()).await?;
        let reported = totals.iter().map(|total| total.orders).sum();
        if reported >= REPORTED {
            return Ok(reported);
        }
        ensure!(
            began.elapsed() < FILLED_IN,
            "the order index has {reported} orders, and {REPORTED} were to be reported on"
        );
        orders.run(Pace::Closed, time).await?;
        // What a scheduler calls for: the orders come into the order index.
        tick.run(Pace::Closed, time).await?;
    }
}

fn staff_target(shop: &Server, token: &str, method: &'static str, path: &'static str) -> Target {
    let (address, token) = (shop.staff, token.to_owned());
    Target::of_staff(shop, move |_, into| {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-length: 0\r\n\r\n"
        );
        into.extend_from_slice(head.as_bytes());
    })
}
